"""Watches the devices: takes note of what is heard, and finds whose state has changed."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from data import device_states
from data.device_states import Connection, Cursor, DeviceState, StateChange
from data.devices import Device
from data.observations import Rows
from data.own_parts import CLASS
from data.reference import entity_classes
from ingest.batch import CameraEvent
from ingest.devices import judging
from ingest.devices.columns import STATES, Columns
from ingest.devices.listening import Listening, Span
from ingest.devices.our_clock import OurClock
from ingest.devices.reasons import reason_of
from twin.model import Grade, Mode, Name, Presence, SeriesInfo, Statistic

_MOST_SPANS: Final = 1000
_SPAN_KEPT_US: Final = 10_000_000
_MOST_CHANGES: Final = 20_000
"""Written at once; the others with the next look."""

_THERE: Final = [
    STATES.index(state)
    for state in (DeviceState.ONLINE, DeviceState.FAULTY, DeviceState.CLOCK_WRONG)
]
"""Whoever is in one of these was not overdue."""

_GRADES: Final = 3
_NOBODY: Final = -1
_UNHEARD_OF: Final = -2
_CLASS_BEGINS: Final = 10**6
_CLASSES: Final = 10**4
_OUR_CLASS: Final = int(CLASS)


class Sight(NamedTuple):
    """What a look at the devices found, to be written and then adopted.

    Attributes:
        changes: of devices whose state is another one.
        intervals: seconds between the messages of devices, by code, where those were learnt anew.
        span: of listening, that has grown; None if it has not.
    """

    changes: Sequence[StateChange]
    intervals: Mapping[int, int]
    span: Span | None

    def write(self, cursor: Cursor) -> None:
        """Store it in the cursor's transaction."""
        device_states.write_changes(cursor, self.changes)
        device_states.write_intervals(cursor, self.intervals)
        if self.span is not None:
            device_states.write_listening(cursor, [self.span])


class DeviceWatch:
    """What is known of each device, in memory; the store has what survives a restart.

    ``hear`` what is committed, ``look`` every few seconds, and ``adopt`` what it found once that
    is written and committed. How messages are cut into batches makes no difference.

    Attributes:
        clock_error_s: how far our clock was ahead of most devices' at the last look; None if nobody
            knows.
    """

    def __init__(self) -> None:
        self.clock_error_s: float | None = None
        self._our_clock = OurClock()
        self._columns = Columns()
        self._places: dict[int, int] = {}
        self._place_of_series = np.full(1024, _UNHEARD_OF, dtype=np.int32)
        self._is_live = np.zeros(1024, dtype=np.bool_)
        self._goodbyes: dict[int, str] = {}
        self._throttled: dict[int, str] = {}
        self._told: dict[int, int] = {}
        self._devices: Mapping[Name, Device] = {}
        self._followed = 0
        self._listening = Listening()
        self._kept = Span(0, 0)
        self._learnt: set[int] = set()

    @property
    def listened_us(self) -> int:
        """Until when we listened, microseconds since 1970 UTC; 0 if we never did."""
        last = self._listening.last
        return 0 if last is None else last.until_us

    def load(self, connection: Connection) -> None:
        """Learn from the store how devices were, and when we listened."""
        spans = device_states.read_listening(connection, _MOST_SPANS)
        self._listening = Listening(Span(*span) for span in spans)
        for stored in device_states.read_states(connection):
            place = self._place_of(stored.device)
            columns = self._columns
            columns.heard_us[place] = columns.turn_us[place] = stored.heard_us
            columns.gone_us[place] = stored.gone_us
            if not columns.told[place]:
                columns.interval_s[place] = stored.interval_s
            columns.state[place] = STATES.index(stored.state)
            columns.faulty[place] = stored.state is DeviceState.FAULTY
            # By how much it was off is found again with its next values.
            columns.drift_us[place] = int(stored.state is DeviceState.CLOCK_WRONG)
        self._trust_states()

    def follow(self, devices: Mapping[Name, Device]) -> None:
        """Take what the register says of devices: their codes, and how often they should send.

        Cheap where no device was added since and ``forget_register`` was not called.
        """
        self._devices = devices
        if len(devices) == self._followed:
            return
        self._followed = len(devices)
        for device in devices.values():
            interval_s = device.settings.interval_s
            if self._told.get(device.code) != interval_s:
                self._tell(device.code, interval_s)

    def forget_register(self) -> None:
        """The register has changed: ``follow`` reads all of it again."""
        self._followed = 0

    def hear(
        self,
        rows: Rows,
        judged: NDArray[np.bool_],
        series: Mapping[int, SeriesInfo],
        presences: Iterable[tuple[int, Presence]] = (),
        events: Iterable[CameraEvent] = (),
    ) -> None:
        """Take note of a batch that is committed.

        Args:
            rows: its readings with the qualities that the checks gave them.
            judged: bool[n], which of them are of the present and of the real city.
            series: all series of the rows.
            presences: who said that they came or went, by code.
            events: what cameras saw.
        """
        for event in events:
            if event.message.mode is Mode.ACTUAL and not event.message.retained:
                self._note_heard(event.camera.code, event.message.received_us)
        for code, presence in presences:
            self._note_presence(code, presence)
        if not rows:
            return
        place = self._places_of(rows.series_id, series)
        known = judged & (place >= 0)
        if not known.all():
            place, rows = place[known], rows.take(known)
        self._note_values(place, rows)

    def look(self, now_us: int, *, listening: bool, throttled: Mapping[Name, str]) -> Sight:
        """Find whose state has changed.

        Args:
            now_us: our clock, microseconds since 1970 UTC.
            listening: whether we are connected and have taken what was waiting.
            throttled: reasons of the devices that are throttled, by their names.
        """
        columns = self._columns
        self._listening.note(now_us, listening=listening)
        self.clock_error_s = self._our_clock.error_s(now_us)
        self._set_throttled(throttled)
        learnt = judging.learn_intervals(columns, self._listening)
        self._learnt.update(learnt.tolist())
        judging.judge_values(columns)
        judging.judge_clocks(columns, now_us)
        states = judging.judge_states(columns, self._listening, now_us)
        places = np.flatnonzero(states != columns.state[: columns.count])[:_MOST_CHANGES]
        changes = self._changes(places, states[places], now_us)
        return Sight(changes, self._intervals(), self._grown_span())

    def adopt(self, sight: Sight) -> None:
        """Take what a look found for what is known, now that it is committed."""
        for change in sight.changes:
            self._columns.state[self._places[change.device]] = STATES.index(change.state)
        self._learnt.clear()
        if sight.span is not None:
            self._kept = sight.span

    def _trust_states(self) -> None:
        """Take who was not overdue when we last listened for heard until then.

        Of cameras, births and whatever else leaves no reading the store does not say when it came.
        """
        columns, last = self._columns, self._listening.last
        if last is None:
            return
        heard = columns.heard_us[: columns.count]
        late_us, _ = judging.patience_us(columns.interval_s[: columns.count])
        was_there = np.isin(columns.state[: columns.count], _THERE)
        stale = np.flatnonzero(was_there & (heard > 0) & (last.until_us - heard >= late_us))
        columns.heard_us[stale] = last.until_us
        columns.turn_us[stale] = 0

    def _place_of(self, code: int) -> int:
        place = self._places.get(code)
        if place is None:
            found = entity_classes().get(f"{code // _CLASS_BEGINS % _CLASSES:04}")
            supervised = found is None or found.role != "camera"
            place = self._places[code] = self._columns.add(code, supervised=supervised)
            if code in self._told:
                self._set_interval(place, self._told[code])
        return place

    def _tell(self, code: int, interval_s: int | None) -> None:
        if interval_s is None:
            del self._told[code]
        else:
            self._told[code] = interval_s
        if (place := self._places.get(code)) is not None:
            self._set_interval(place, interval_s)

    def _set_interval(self, place: int, interval_s: int | None) -> None:
        self._columns.told[place] = interval_s is not None
        self._columns.interval_s[place] = interval_s or 0
        if interval_s:
            self._columns.supervised[place] = True

    def _note_presence(self, code: int, presence: Presence) -> None:
        place = self._place_of(code)
        if presence.online:
            self._note_heard(code, presence.at_us)
        elif presence.at_us >= self._columns.gone_us[place]:
            self._columns.gone_us[place] = presence.at_us
            self._goodbyes[place] = presence.reason

    def _note_heard(self, code: int, at_us: int) -> None:
        place = self._place_of(code)
        self._columns.heard_us[place] = max(self._columns.heard_us[place], at_us)

    def _note_values(self, place: NDArray[np.int32], rows: Rows) -> None:
        columns = self._columns
        np.maximum.at(columns.heard_us, place, rows.received_us)
        np.add.at(columns.values, place, 1)
        unreliable = rows.quality & _GRADES == Grade.UNRELIABLE
        np.add.at(columns.unreliable, place[unreliable], 1)
        live = self._is_live[rows.series_id]
        place, lag = place[live], (rows.received_us - rows.ts_us)[live]
        np.add.at(columns.instants, place, 1)
        np.minimum.at(columns.lag_us, place, lag)
        others = columns.code[place] // _CLASS_BEGINS % _CLASSES != _OUR_CLASS
        self._our_clock.note(place[others], lag[others])
        np.add.at(columns.ahead, place[lag < -judging.TOLERANCE_US], 1)

    def _places_of(
        self, series_id: NDArray[np.int32], series: Mapping[int, SeriesInfo]
    ) -> NDArray[np.int32]:
        """Return the place of the device of each row, -1 where it is none of the real city."""
        largest = int(series_id.max())
        if largest >= len(self._place_of_series):
            room = largest + 1
            unheard = np.full(room, _UNHEARD_OF, dtype=np.int32)
            self._place_of_series = np.concatenate((self._place_of_series, unheard))
            self._is_live = np.concatenate((self._is_live, np.zeros(room, dtype=np.bool_)))
        place = self._place_of_series[series_id]
        new = place == _UNHEARD_OF
        if not new.any():
            return place
        for number in np.unique(series_id[new]).tolist():
            info = series[number]
            is_ours = info.mode is Mode.ACTUAL and info.device
            self._place_of_series[number] = self._place_of(info.device) if is_ours else _NOBODY
            self._is_live[number] = info.statistic == Statistic.INSTANT and not info.period_s
        return self._place_of_series[series_id]

    def _set_throttled(self, throttled: Mapping[Name, str]) -> None:
        self._throttled = {
            self._place_of(self._devices[name].code): reason
            for name, reason in throttled.items()
            if name in self._devices
        }
        self._columns.throttled[:] = False
        self._columns.throttled[list(self._throttled)] = True

    def _changes(
        self, places: NDArray[np.intp], states: NDArray[np.int8], now_us: int
    ) -> Sequence[StateChange]:
        columns = self._columns
        return [
            StateChange(
                device=int(columns.code[place]),
                at_us=now_us,
                state=STATES[state],
                reason=reason_of(columns, place, STATES[state], now_us, self._said_of(place)),
                heard_us=int(columns.heard_us[place]),
                gone_us=int(columns.gone_us[place]),
                interval_s=round(float(columns.interval_s[place])),
            )
            for place, state in zip(places.tolist(), states.tolist(), strict=True)
        ]

    def _said_of(self, place: int) -> str:
        return self._throttled.get(place) or self._goodbyes.get(place, "")

    def _intervals(self) -> dict[int, int]:
        return {
            int(self._columns.code[place]): max(1, round(float(self._columns.interval_s[place])))
            for place in sorted(self._learnt)
        }

    def _grown_span(self) -> Span | None:
        last, kept = self._listening.last, self._kept
        if last is None or (
            last.since_us == kept.since_us and last.until_us - kept.until_us < _SPAN_KEPT_US
        ):
            return None
        return last
