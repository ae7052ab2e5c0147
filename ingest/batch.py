"""A batch on its way: messages decoded, then resolved to rows, events and what is to be parked."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, NamedTuple

import numpy as np
import orjson
import psycopg

from data.catalogue import Catalogue, Device, SeriesKey, key_of
from data.observations import Rows
from ingest.translation import translated
from twin.model import Decoded, Fault, FaultReason, Message, Name, VideoEvent


class Parcel(NamedTuple):
    """A message and what its decoder read from it."""

    message: Message
    decoded: Decoded


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


def resolve(
    connection: psycopg.Connection[tuple[Any, ...]],
    catalogue: Catalogue,
    parcels: Sequence[Parcel],
) -> Batch:
    """Turn decoded messages into rows of known series; who is unknown gets parked."""
    names = {reading.device for _, decoded in parcels for reading in decoded.readings}
    names |= {native.device for _, decoded in parcels for native in decoded.natives}
    names |= {event.camera for _, decoded in parcels for event in decoded.events}
    refused = catalogue.look_up(connection, names)
    meant = [Parcel(message, translated(decoded)) for message, decoded in parcels]
    _open_missing_series(connection, catalogue, meant)
    sorter = _Sorter(catalogue, refused)
    for parcel in meant:
        sorter.sort(parcel)
    return sorter.batch()


def _open_missing_series(
    connection: psycopg.Connection[tuple[Any, ...]],
    catalogue: Catalogue,
    parcels: Sequence[Parcel],
) -> None:
    missing: list[tuple[Device, SeriesKey]] = []
    devices = catalogue.devices
    for message, decoded in parcels:
        for reading in decoded.readings:
            device = devices.get(reading.device)
            if device is None:
                continue
            key = key_of(reading, message.mode)
            if key not in device.series:
                missing.append((device, key))
    if missing:
        catalogue.open_series(connection, missing)
        connection.commit()


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

    def sort(self, parcel: Parcel) -> None:
        message, decoded = parcel
        faults = list(decoded.faults)
        unknown: set[Name] = set()
        timeless = self._sort_readings(message, decoded, unknown)
        timeless |= self._sort_events(message, decoded, unknown)
        faults += [Fault(FaultReason.UNKNOWN_DEVICE, self._refused[name]) for name in unknown]
        if faults:
            self._parked.append(Parked(message, faults))
            self._faults[len(self._starts) - 1] = faults
        self._starts.append(len(self._readings.series_id))
        if timeless and message.packet_id:
            self._timeless.append(message)

    def batch(self) -> Batch:
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
        )

    def _sort_readings(self, message: Message, decoded: Decoded, unknown: set[Name]) -> bool:
        columns = self._retained if message.retained else self._readings
        timeless = False
        for reading in decoded.readings:
            device = self._devices.get(reading.device)
            if device is None:
                unknown.add(reading.device)
                continue
            timeless |= reading.observed_us is None
            observed = message.received_us if reading.observed_us is None else reading.observed_us
            columns.series_id.append(device.series[key_of(reading, message.mode)])
            columns.ts_us.append(observed)
            columns.value.append(reading.value)
            columns.quality.append(reading.flags)
            columns.received_us.append(message.received_us)
            columns.judged.append(message.mode.judged)
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
