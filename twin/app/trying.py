"""What would become of a message: each step from its topic to its series, and nothing stored."""

import time
from typing import Any

import psycopg

from data.catalogue import Catalogue, Device, key_of
from data.connection import connect
from data.device_types import DeviceSettings, load_types
from data.reference import quantities
from ingest.config import SourceConfig
from ingest.decoders import Decoder
from ingest.decoders.documents import UnreadableDocumentError
from ingest.mapping import MappedDecoder
from ingest.mqtt_source import matches
from ingest.translation import translated
from twin.app.ingesting import decoders_of, sources_of
from twin.app.settings import Settings
from twin.app.trying_quality import Verdict, by_size, judge_readings
from twin.codes import EntityCode
from twin.model import Decoded, Message, Mode, Name, Reading, from_us

Connection = psycopg.Connection[tuple[Any, ...]]

_NAME = "SELECT name FROM entity WHERE code = %s"


def try_message(settings: Settings, topic: str, payload: bytes) -> dict[str, Any]:
    """Return what ingest would make of a message that came now; the store is only read.

    Raises:
        SettingsError: a source of the settings cannot be used.
        DeviceTypeError: a file of a device type has mistakes.
        StoreUnavailableError: the store is away.
    """
    source = next(
        (one for one in sources_of(settings) if any(matches(each, topic) for each in one.filters)),
        None,
    )
    if source is None:
        return {
            "source": None,
            "steps": [],
            "readings": [],
            "events": [],
            "parked": [],
            "left_out": f"topic {topic!r}: no source takes it, so it would be left out",
        }
    message = Message(source.name, source.mode, topic, payload, time.time_ns() // 1000)
    decoder = decoders_of(settings)[source.decoder]
    catalogue = Catalogue(load_types(settings.device_types_folder))
    with connect(settings.store_url, name="citytwin try") as connection:
        told = _told(connection, catalogue, source, message, decoder.decode(message))
    return told | {"steps": _steps(decoder, message)}


def _told(
    connection: Connection,
    catalogue: Catalogue,
    source: SourceConfig,
    message: Message,
    decoded: Decoded,
) -> dict[str, Any]:
    names = {reading.device for reading in decoded.readings}
    names |= {native.device for native in decoded.natives}
    names |= {event.camera for event in decoded.events}
    refused = catalogue.look_up(connection, names)

    def settings_of(name: Name) -> DeviceSettings | None:
        device = catalogue.devices.get(name)
        return None if device is None else device.settings

    meant = translated(decoded, settings_of)
    known = [reading for reading in meant.readings if reading.device in catalogue.devices]
    verdicts = iter(judge_readings(connection, catalogue, known, message))
    readings = [
        _reading(
            connection,
            catalogue,
            reading,
            source.mode,
            next(verdicts) if reading.device in catalogue.devices else by_size(reading),
        )
        for reading in meant.readings
    ]
    events = [
        {"camera": _device(connection, catalogue, event.camera), "topic": event.topic}
        for event in meant.events
    ]
    return {
        "source": source.model_dump(mode="json"),
        "native": [native.native for native in decoded.natives],
        "readings": readings,
        "events": events,
        "parked": [*(fault.sentence for fault in meant.faults), *refused.values()],
        "left_out": None,
    }


def _steps(decoder: Decoder, message: Message) -> list[dict[str, Any]]:
    """Return what each expression of a mapping gave; nothing for other decoders."""
    if not isinstance(decoder, MappedDecoder):
        return []
    try:
        return [step._asdict() for step in decoder.steps(message)]
    except UnreadableDocumentError:
        return []


def _reading(
    connection: Connection, catalogue: Catalogue, reading: Reading, mode: Mode, verdict: Verdict
) -> dict[str, Any]:
    device = catalogue.devices.get(reading.device)
    observed = reading.observed_us
    return {
        "device": _device(connection, catalogue, reading.device),
        "entity": None if device is None else _entity(connection, device.entity),
        "series": None if device is None else _series(device, reading, mode),
        "quantity": reading.quantity,
        "raw_value": reading.value,
        "value": verdict.value,
        "unit": quantities()[reading.quantity].unit,
        "channel": reading.channel,
        "statistic": str(reading.statistic),
        "period_s": reading.period_s,
        "observed_at": None if observed is None else from_us(observed).isoformat(),
        "quality": verdict.grade,
        "checks": list(verdict.checks),
    }


def _device(connection: Connection, catalogue: Catalogue, name: Name) -> dict[str, Any]:
    device = catalogue.devices.get(name)
    if device is None:
        return {"scheme": name.scheme, "value": name.value, "registered": None}
    settings = device.settings
    return {
        "scheme": name.scheme,
        "value": name.value,
        "registered": _entity(connection, device.code),
        "device_type": settings.device_type or None,
        "settings_problem": settings.unknown or None,
    }


def _series(device: Device, reading: Reading, mode: Mode) -> int | str:
    return device.series.get(key_of(reading, mode), "new")


def _entity(connection: Connection, code: int) -> dict[str, str]:
    found = connection.execute(_NAME, (code,)).fetchone()
    printed = EntityCode.parse(str(code)).printed()
    return {"code": str(code), "printed": printed, "name": str(found[0]) if found else ""}
