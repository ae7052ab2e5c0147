"""Who says what: devices by name and their series, in memory and as fresh as the register."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import psycopg

from data.device_types import DeviceTypes, SettingsBook, load_types
from data.devices import Answer, Device, PlainKey, SeriesKey, key_of, read_devices
from data.register_changes import NOWHERE, Touched, follow
from twin.codes import InvalidIdentifierError, canonical
from twin.model import Mode, Name, SeriesInfo

__all__ = ["Catalogue", "Device", "PlainKey", "SeriesKey", "key_of"]

Connection = psycopg.Connection[tuple[Any, ...]]

_MOST_REFUSED = 100_000
"""Names that are no device's; of a flood of others the oldest are forgotten."""

_STATE = """
    SELECT revision, rule_revision, coalesce((SELECT revision FROM quality_state), 0), now()
    FROM registry_state"""

_DATUMS = """
    SELECT series_id, datum, valid @> now(), least(
               CASE WHEN lower(valid) > now() THEN lower(valid) END,
               CASE WHEN upper(valid) > now() THEN upper(valid) END)
    FROM series_calibration"""

_NEW_SERIES = """
    INSERT INTO series (entity, quantity, device, statistic, period_s, channel, mode)
    SELECT * FROM unnest(%s::int8[], %s::text[], %s::int8[], %s::text[], %s::int4[], %s::text[],
                         %s::text[]) AS wanted (e, q, d, s, p, c, m)
    ON CONFLICT ON CONSTRAINT uq_series_identity DO NOTHING"""

_SERIES_OF_DEVICES = """
    SELECT s.id, s.entity, s.device, s.quantity, s.channel, s.statistic, s.period_s, s.mode,
           coalesce((SELECT k.datum FROM series_calibration k
                     WHERE k.series_id = s.id AND k.valid @> now()), '')
    FROM series s WHERE s.device = ANY(%s)"""


class Catalogue:
    """Resolves names to devices and readings to series, from memory where it can.

    Call ``refresh`` before each batch; then ``look_up`` what the batch names, and ``open_series``
    what it needs. A name is kept as it was written, which costs nothing when it comes again; the
    store is asked for its canonical form.

    Args:
        types: of devices; the shipped ones where none are given.

    Attributes:
        devices: those in memory, by their names.
        series: of these devices, by number.
        version: grows before anything is forgotten. What was resolved from memory alone holds as
            long as it stays the same.
        rule_revision: grows whenever other rules are in force.
        quality_revision: grows whenever quality settings or calibrations are changed.
    """

    def __init__(self, types: DeviceTypes | None = None) -> None:
        self._settings = SettingsBook(load_types() if types is None else types)
        self.devices: dict[Name, Device] = {}
        self.series: dict[int, SeriesInfo] = {}
        self._refused: dict[Name, str] = {}
        self._problems: dict[int, str] = {}
        self._names_of: dict[int, tuple[Name, ...]] = {}
        self._canonical: dict[Name, Name] = {}
        self._turns: dict[Name, datetime] = {}
        self._next_turn: datetime | None = None
        self._position = NOWHERE
        self.version = 0
        self.rule_revision = self.quality_revision = -1
        self._datum_turn: datetime | None = None

    def refresh(self, connection: Connection) -> bool:
        """Forget what has changed in the register; return whether any device did."""
        found = connection.execute(_STATE).fetchone()
        if found is None:
            raise LookupError("registry_state: expected one row, run twin migrate")
        revision, self.rule_revision, quality_revision, now = found
        forgotten = self._follow_datums(connection, quality_revision, now)
        forgotten |= self._forget_turned(now)
        if revision == self._position.revision:
            return forgotten
        self._position, touched = follow(connection, self._position)
        return self._forget_touched(touched) or forgotten

    def look_up(self, connection: Connection, names: Iterable[Name]) -> dict[Name, str]:
        """Load the devices that are not in memory.

        Returns:
            For each name that is no device in use, a sentence that says why.
        """
        missing = [name for name in names if name not in self.devices]
        if not missing:
            return {}
        known = {name: self._refused[name] for name in missing if name in self._refused}
        unheard = [name for name in missing if name not in known]
        return known | self._ask(connection, unheard) if unheard else known

    def take_problems(self) -> dict[int, str]:
        """Return why types or settings of devices could not be used, by code; each is told once."""
        problems, self._problems = self._problems, {}
        return problems

    def open_series(
        self, connection: Connection, wanted: Iterable[tuple[Device, SeriesKey]]
    ) -> None:
        """Make the series that do not stand yet, and learn their numbers."""
        asked = list(dict.fromkeys((d.code, d.entity, key) for d, key in wanted))
        if not asked:
            return
        columns = zip(
            *(
                (entity, key.quantity, device, key.statistic, key.period_s, key.channel, key.mode)
                for device, entity, key in asked
            ),
            strict=True,
        )
        connection.execute(_NEW_SERIES, [list(column) for column in columns])
        self._load_series(connection, {device for device, _, _ in asked})

    def _ask(self, connection: Connection, names: Iterable[Name]) -> dict[Name, str]:
        """Learn what the register says of names, and return what it says of those it refuses."""
        written, refused = _canonical_forms(names)
        codes: set[int] = set()
        for answer in read_devices(connection, written, self._settings):
            for name in written[answer.name]:
                self._learn(name, answer)
                if answer.device is None:
                    refused[name] = answer.refusal
                else:
                    codes.add(answer.device.code)
        self._refused |= refused
        for name in list(self._refused)[: max(0, len(self._refused) - _MOST_REFUSED)]:
            self._forget(name)
        self._load_series(connection, codes)
        return refused

    def _learn(self, name: Name, answer: Answer) -> None:
        if answer.device is not None:
            self.devices[name] = answer.device
            if answer.device.settings.unknown:
                self._problems[answer.device.code] = answer.device.settings.unknown
        if answer.code is not None:
            known = self._names_of.get(answer.code, ())
            self._names_of[answer.code] = known if name in known else (*known, name)
        if name != answer.name:
            self._canonical[name] = answer.name
        if answer.turn is not None:
            self._turns[name] = answer.turn
            self._next_turn = min(self._next_turn or answer.turn, answer.turn)

    def _follow_datums(self, connection: Connection, revision: int, now: datetime) -> bool:
        """Set the datums of series anew where calibrations were set, or have begun since."""
        turned = self._datum_turn is not None and now >= self._datum_turn
        if revision == self.quality_revision and not turned:
            return False
        rows = connection.execute(_DATUMS).fetchall()
        self.quality_revision = revision
        self._datum_turn = min((turn for *_, turn in rows if turn is not None), default=None)
        datums = {series_id: datum for series_id, datum, valid, _ in rows if valid}
        changed = {
            number: info._replace(datum=datums.get(number, ""))
            for number, info in self.series.items()
            if info.datum != datums.get(number, "")
        }
        self.series.update(changed)
        return bool(changed)

    def _forget_turned(self, now: datetime) -> bool:
        """Forget names that have begun or ceased to mean something since they were read."""
        if self._next_turn is None or now < self._next_turn:
            return False
        found = [self._forget(name) for name, turn in list(self._turns.items()) if turn <= now]
        self._next_turn = min(self._turns.values(), default=None)
        return any(found)

    def _forget_touched(self, touched: Touched | None) -> bool:
        if touched is None:
            return self._forget_all()
        found = [self._forget_code(code) for code in touched.codes]
        names = {*touched.names, *(Name("code", str(code)) for code in touched.codes)}
        others = [name for name, canonical in self._canonical.items() if canonical in names]
        found += [self._forget(name) for name in (*names, *others)]
        return any(found)

    def _forget_all(self) -> bool:
        self.version += 1
        for memory in (self.devices, self._refused, self._canonical, self._turns):
            memory.clear()
        self.series.clear()
        self._names_of.clear()
        self._next_turn = None
        return True

    def _forget(self, name: Name) -> bool:
        """Forget a name; with a device all its names, because they share its series."""
        device = self.devices.get(name)
        if device is not None:
            return self._forget_code(device.code)
        for memory in (self._refused, self._canonical, self._turns):
            memory.pop(name, None)
        return False

    def _forget_code(self, code: int) -> bool:
        self.version += 1
        known = False
        for name in self._names_of.pop(code, ()):
            device = self.devices.get(name)
            # A name whose refusal was forgotten may have come to mean another since.
            if device is not None and device.code != code:
                continue
            known |= self.devices.pop(name, None) is not None
            self._forget(name)
            for series_id in device.series.values() if device else ():
                self.series.pop(series_id, None)
        return known

    def _load_series(self, connection: Connection, codes: set[int]) -> None:
        if not codes:
            return
        for row in connection.execute(_SERIES_OF_DEVICES, (list(codes),)):
            for name in self._names_of.get(row[2], ()):
                if name in self.devices:
                    self._add_series(self.devices[name], row)

    def _add_series(self, device: Device, row: tuple[Any, ...]) -> None:
        series_id, entity, _, quantity, channel, statistic, period_s, mode, datum = row
        if entity != device.entity:
            return
        device.series[SeriesKey(quantity, channel, statistic, period_s, mode)] = series_id
        self.series[series_id] = SeriesInfo(
            series_id=series_id,
            entity=entity,
            entity_class=device.entity_class,
            device=device.code,
            quantity=quantity,
            channel=channel,
            statistic=statistic,
            period_s=period_s,
            mode=Mode(mode),
            datum=datum,
            properties=device.properties,
        )


def _canonical_forms(names: Iterable[Name]) -> tuple[dict[Name, list[Name]], dict[Name, str]]:
    """Return for each canonical name the forms in which it was written, and what is no name."""
    written: dict[Name, list[Name]] = {}
    refused: dict[Name, str] = {}
    for name in names:
        try:
            found = Name(name.scheme, canonical(name.scheme, name.value))
        except InvalidIdentifierError as error:
            refused[name] = f"{name.scheme} name: {error}"
        else:
            written.setdefault(found, []).append(name)
    return written, refused
