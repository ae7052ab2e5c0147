"""A batch on its way: messages decoded, then resolved to rows, events and what is to be parked."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, NamedTuple

import numpy as np
import orjson
import psycopg
import structlog

from data.catalogue import Catalogue, Device, PlainKey, SeriesKey
from data.device_types import DeviceSettings
from data.observations import Rows
from ingest.translation import Meant, meant
from ingest.unknown_names import UnknownNames
from twin.model import (
    Decoded,
    Fault,
    FaultReason,
    Message,
    Mode,
    Name,
    Presence,
    VideoEvent,
)

_log = structlog.get_logger()


_REALMS = {mode: (mode.realm, mode.judged) for mode in Mode}


class Parcel(NamedTuple):
    """A message and what its decoder read from it."""

    message: Message
    decoded: Decoded


class OfferedAgain(Parcel):
    """A parked message that somebody wants offered again: what it lacks is told in any case."""


class Refused(Decoded):
    """What becomes of a message of a throttled sender; ``speaker`` is whom it counts for."""

    __slots__ = ()


class CameraEvent(NamedTuple):
    """A video event of a known camera, ready to be stored.

    Attributes:
        camera: who saw it.
        event: what it saw, with its time set.
        ts_us: observed, or arrived where the event had no time.
        digest: of source, data and mode; tells events of the same instant apart.
        message: what carried it.
    """

    camera: Device
    event: VideoEvent
    ts_us: int
    digest: bytes
    message: Message


class Parked(NamedTuple):
    """A message to be kept whole, with the reasons why it was not (wholly) taken."""

    message: Message
    faults: Sequence[Fault]


@dataclass(slots=True)
class Batch:
    """What one transaction shall store.

    Attributes:
        rows: readings, judged or not; their qualities are what the devices say.
        judged: bool[n], which of the rows rules may look at.
        retained: last-known states that are no readings.
        events: video events.
        parked: messages that could not be taken, or not wholly.
        timeless: messages without a time of their own, to be known again by their packet id.
        starts: where the rows of each message begin, and the end of the last one's.
        places: the position of the message of each event.
        faults: of the parked messages, by position.
        presences: who said without readings that they are there or went, by their codes.
        refused: how many messages of a device were refused, and the time of the last one.
    """

    rows: Rows
    judged: np.ndarray[Any, np.dtype[np.bool_]]
    retained: Rows
    events: list[CameraEvent] = field(default_factory=list)
    parked: list[Parked] = field(default_factory=list)
    timeless: list[Message] = field(default_factory=list)
    starts: list[int] = field(default_factory=lambda: [0])
    places: list[int] = field(default_factory=list)
    faults: dict[int, Sequence[Fault]] = field(default_factory=dict)
    presences: list[tuple[int, Presence]] = field(default_factory=list)
    refused: dict[int, tuple[int, int]] = field(default_factory=dict)


def resolve_known(catalogue: Catalogue, parcels: Sequence[Parcel]) -> Batch | None:
    """Turn decoded messages into rows from memory alone, for another thread than the writer's.

    Returns:
        None where somebody or a series is not in memory, where a protocol's names are to be
        translated or a message may have come before: that needs the store, and what the writer
        knows. The batch holds while the catalogue's version stays as it was before.
    """
    if any(decoded.natives or message.duplicate for message, decoded in parcels):
        return None
    if any(name not in catalogue.devices for name in _names(parcels)):
        return None
    # Whoever is forgotten meanwhile changes the version.
    sorter = _Sorter(catalogue, defaultdict(str))
    for parcel in parcels:
        sorter.sort(parcel)
    return None if sorter.missing else sorter.batch()


def join(batches: Sequence[Batch]) -> Batch:
    """Return one batch with the messages of all, in their order; there is at least one."""
    first, *others = batches
    if not others:
        return first
    joined = Batch(
        rows=Rows(*map(np.concatenate, zip(*(one.rows for one in batches), strict=True))),
        judged=np.concatenate([one.judged for one in batches]),
        retained=Rows(*map(np.concatenate, zip(*(one.retained for one in batches), strict=True))),
    )
    for one in batches:
        messages, rows = len(joined.starts) - 1, joined.starts[-1]
        joined.events += one.events
        joined.parked += one.parked
        joined.timeless += one.timeless
        joined.starts += [rows + start for start in one.starts[1:]]
        joined.places += [messages + place for place in one.places]
        joined.faults |= {messages + place: faults for place, faults in one.faults.items()}
        joined.presences += one.presences
        for device, (count, last_us) in one.refused.items():
            before, before_us = joined.refused.get(device, (0, 0))
            joined.refused[device] = before + count, max(before_us, last_us)
    return joined


def resolve(
    connection: psycopg.Connection[tuple[Any, ...]],
    catalogue: Catalogue,
    parcels: Sequence[Parcel],
    unknown_names: UnknownNames,
) -> Batch:
    """Turn decoded messages into rows of known series; who is unknown gets parked."""
    refused = catalogue.look_up(connection, _names(parcels))
    for code, problem in catalogue.take_problems().items():
        _log.warning("settings of a device are not used", device=code, sentence=problem)
    understood = [
        _understood(parcel, catalogue.devices, unknown_names) if parcel.decoded.natives else parcel
        for parcel in parcels
    ]
    sorter = _Sorter(catalogue, refused)
    for parcel in understood:
        sorter.sort(parcel)
    if sorter.missing:
        wanted = [(device, SeriesKey(*key)) for _, _, device, key in sorter.missing]
        catalogue.open_series(connection, wanted)
        connection.commit()
    return sorter.batch()


def _names(parcels: Sequence[Parcel]) -> set[Name]:
    """Return whoever speaks or is spoken of."""
    names: set[Name] = set()
    for _, decoded in parcels:
        said_by: Name | None = None
        for reading in decoded.readings:
            # Nearly always all of a message are of one device, and a name is slow to hash.
            if reading[0] is not said_by:
                said_by = reading[0]
                names.add(said_by)
        if decoded.natives:
            names.update([native[0] for native in decoded.natives])
        if decoded.events:
            names.update([event.camera for event in decoded.events])
        # Whoever says no more than that they are there need not be known.
        if decoded.speaker is not None:
            names.add(decoded.speaker)
        if decoded.presences:
            names.update([said.device for said in decoded.presences])
    return names


def _understood(
    parcel: Parcel, devices: Mapping[Name, Device], unknown_names: UnknownNames
) -> Parcel:
    """Return a message with its natives as readings, as its devices' settings have them."""

    def settings_of(name: Name) -> DeviceSettings | None:
        device = devices.get(name)
        return None if device is None else device.settings

    said = meant(parcel.decoded, settings_of)
    if not said.unknown:
        return parcel._replace(decoded=said.decoded)
    faults = [
        said.unknown_fault(name)
        for name in said.unknown
        if _is_told(name, parcel, said, devices, unknown_names)
    ]
    return parcel._replace(
        decoded=said.decoded._replace(faults=[*said.decoded.faults, *faults]),
    )


def _is_told(
    name: Name,
    parcel: Parcel,
    said: Meant,
    devices: Mapping[Name, Device],
    unknown_names: UnknownNames,
) -> bool:
    """Whether a message is to be parked for the unknown names of one of its devices."""
    device = devices.get(name)
    if device is None or isinstance(parcel, OfferedAgain):
        return True
    return unknown_names.worth_parking(
        device.code, said.unknown[name], said.vocabulary, parcel.message.received_us
    )


class _Columns:
    """Rows while they are being collected."""

    __slots__ = ("judged", "quality", "received_us", "series_id", "ts_us", "value")

    def __init__(self) -> None:
        self.series_id: list[int] = []
        self.ts_us: list[int] = []
        self.value: list[float] = []
        self.quality: list[int] = []
        self.received_us: list[int] = []
        self.judged: list[bool] = []

    def rows(self) -> Rows:
        return Rows(
            np.array(self.series_id, dtype=np.int32),
            np.array(self.ts_us, dtype=np.int64),
            np.array(self.value, dtype=np.float64),
            np.array(self.quality, dtype=np.int16),
            np.array(self.received_us, dtype=np.int64),
        )


class _Sorter:
    """Puts each part of each message where it belongs."""

    def __init__(self, catalogue: Catalogue, refused: dict[Name, str]) -> None:
        self._devices = catalogue.devices
        self._refused = refused
        self._readings = _Columns()
        self._retained = _Columns()
        self._events: list[CameraEvent] = []
        self._parked: list[Parked] = []
        self._timeless: list[Message] = []
        self._starts = [0]
        self._places: list[int] = []
        self._faults: dict[int, Sequence[Fault]] = {}
        self._presences: list[tuple[int, Presence]] = []
        self._throttled: dict[int, tuple[int, int]] = {}
        self.missing: list[tuple[_Columns, int, Device, PlainKey]] = []

    def sort(self, parcel: Parcel) -> None:
        message, decoded = parcel
        if isinstance(decoded, Refused):
            self._sort_refused(message, decoded)
            return
        if decoded.presences or (decoded.speaker is not None and not decoded.readings):
            self._sort_presences(message, decoded)
        unknown: set[Name] = set()
        timeless = self._sort_readings(message, decoded, unknown)
        if decoded.events:
            timeless |= self._sort_events(message, decoded, unknown)
        if decoded.faults or unknown:
            lacking = [Fault(FaultReason.UNKNOWN_DEVICE, self._refused[name]) for name in unknown]
            faults = [*decoded.faults, *lacking]
            self._parked.append(Parked(message, faults))
            self._faults[len(self._starts) - 1] = faults
        self._starts.append(len(self._readings.series_id))
        if timeless and message.packet_id:
            self._timeless.append(message)

    def batch(self) -> Batch:
        for columns, place, device, key in self.missing:
            columns.series_id[place] = device.series[key]
        return Batch(
            rows=self._readings.rows(),
            judged=np.array(self._readings.judged, dtype=np.bool_),
            retained=self._retained.rows(),
            events=self._events,
            parked=self._parked,
            timeless=self._timeless,
            starts=self._starts,
            places=self._places,
            faults=self._faults,
            presences=self._presences,
            refused=self._throttled,
        )

    def _sort_refused(self, message: Message, refused: Refused) -> None:
        device = self._devices.get(refused.speaker) if refused.speaker else None
        if device is not None:
            count, last_us = self._throttled.get(device.code, (0, 0))
            self._throttled[device.code] = count + 1, max(last_us, message.received_us)
        self._faults[len(self._starts) - 1] = refused.faults
        self._starts.append(len(self._readings.series_id))

    def _sort_presences(self, message: Message, decoded: Decoded) -> None:
        if message.mode is not Mode.ACTUAL:
            return
        said = list(decoded.presences)
        if decoded.speaker is not None:
            at_us = message.received_us
            said.append(Presence(decoded.speaker, online=True, at_us=at_us, reason=""))
        for presence in said:
            device = self._devices.get(presence.device)
            # What the broker had kept tells that somebody went, but not that they are still there.
            if device is not None and not (presence.online and message.retained):
                self._presences.append((device.code, presence))

    def _sort_readings(self, message: Message, decoded: Decoded, unknown: set[Name]) -> bool:
        """Add readings to their columns; return whether one has no time of its own."""
        columns = self._retained if message.retained else self._readings
        received_us = message.received_us
        realm, judged = _REALMS[message.mode]
        series_ids = columns.series_id
        before = len(series_ids)
        timeless = False
        said_by: Name | None = None
        device: Device | None = None
        # Most of what arrives goes through here: tuples are taken apart instead of asked by name.
        for name, quantity, value, ts_us, channel, statistic, period_s, flags in decoded.readings:
            if name is not said_by:
                said_by, device = name, self._devices.get(name)
            if device is None:
                unknown.add(name)
                continue
            if ts_us is None:
                timeless = True
            key = (quantity, channel, statistic, period_s, realm)
            series_id = device.series.get(key)
            if series_id is None:
                self.missing.append((columns, len(series_ids), device, key))
                series_id = 0
            series_ids.append(series_id)
            columns.ts_us.append(received_us if ts_us is None else ts_us)
            columns.value.append(value)
            columns.quality.append(flags)
        count = len(series_ids) - before
        columns.received_us += [received_us] * count
        columns.judged += [judged] * count
        return timeless

    def _sort_events(self, message: Message, decoded: Decoded, unknown: set[Name]) -> bool:
        timeless = False
        for event in decoded.events:
            camera = self._devices.get(event.camera)
            if camera is None:
                unknown.add(event.camera)
                continue
            timeless |= event.observed_us is None
            observed = message.received_us if event.observed_us is None else event.observed_us
            self._events.append(
                CameraEvent(camera, event, observed, _digest(message, event), message)
            )
            self._places.append(len(self._starts) - 1)
        return timeless


def _digest(message: Message, event: VideoEvent) -> bytes:
    said = orjson.dumps(
        [message.mode.realm, event.source, event.active, event.data],
        option=orjson.OPT_SORT_KEYS,
    )
    return blake2b(said, digest_size=16).digest()
