"""Devices and cameras as ingest needs them, read from the register by their names."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

import psycopg

from data.device_types import NO_SETTINGS, DeviceSettings, SettingsBook
from data.reference import entity_classes
from twin.model import Mode, Name, Reading

_DEVICES = """
    SELECT asked.scheme, asked.value, held.turn, e.code, e.class_code, e.retired,
           coalesce(t.code, e.code), coalesce(t.class_code, e.class_code),
           coalesce(t.properties, e.properties), w.areas, e.properties->>'device_type',
           e.properties->'device_settings', e.properties->'interval_s'
    FROM unnest(%(schemes)s::text[], %(values)s::text[]) AS asked (scheme, value)
    LEFT JOIN LATERAL (
        SELECT (array_agg(n.code ORDER BY n.code_system, n.id)
                FILTER (WHERE n.valid @> now()))[1] AS code,
               min(bound) FILTER (WHERE bound > now() AND isfinite(bound)) AS turn
        FROM entity_name n CROSS JOIN unnest(ARRAY[lower(n.valid), upper(n.valid)]) AS bound
        WHERE asked.scheme <> 'code' AND n.scheme = asked.scheme AND n.value = asked.value
        AND n.superseded_in IS NULL
    ) held ON true
    LEFT JOIN entity e
    ON e.code = CASE WHEN asked.scheme = 'code' THEN asked.value::int8 ELSE held.code END
    LEFT JOIN LATERAL (
        SELECT target.code, target.class_code, target.properties
        FROM relation r JOIN entity target ON target.code = r.target AND NOT target.retired
        WHERE r.origin = e.code AND r.kind = 'monitors' AND r.superseded_in IS NULL
        ORDER BY r.distance_m NULLS LAST, r.id LIMIT 1
    ) t ON true
    LEFT JOIN LATERAL (
        SELECT array_agg(r.target ORDER BY r.target) AS areas FROM relation r
        WHERE r.origin = e.code AND r.kind = 'watches' AND r.superseded_in IS NULL
    ) w ON true"""


_SYSTEM = "8901"
"""Measures itself."""


class SeriesKey(NamedTuple):
    """Which of a device's series a reading belongs to."""

    quantity: str
    channel: str
    statistic: str
    period_s: int
    mode: str


PlainKey = tuple[str, str, str, int, str]
"""A series' key without its names."""


@dataclass(slots=True)
class Device:
    """A device or camera as the pipeline needs it.

    Attributes:
        code: its entity code.
        klass: the four digits of its class.
        entity: code of the thing that it measures, its own where it is not linked.
        entity_class: class of that thing.
        properties: free properties of that thing.
        areas: codes of what a camera watches.
        settings: what its type and its own settings say of what it sends.
        series: its series of that thing, by key.
    """

    code: int
    klass: str
    entity: int
    entity_class: str
    properties: Mapping[str, object]
    areas: tuple[int, ...]
    settings: DeviceSettings = NO_SETTINGS
    series: dict[PlainKey, int] = field(default_factory=dict)


class Answer(NamedTuple):
    """What the register says of a name.

    Attributes:
        name: as it was asked for.
        code: of the entity that it names, None if it names none.
        device: None if it names no device in use.
        refusal: the sentence that says why.
        turn: when the name begins or ceases to mean something, None if it never does.
    """

    name: Name
    code: int | None
    device: Device | None
    refusal: str
    turn: datetime | None


def read_devices(
    connection: psycopg.Connection[tuple[Any, ...]], names: Iterable[Name], book: SettingsBook
) -> Iterator[Answer]:
    """Yield what the register says of each name, which is in its scheme's canonical form."""
    asked = list(names)
    told = {"schemes": [n.scheme for n in asked], "values": [n.value for n in asked]}
    for scheme, value, turn, *row in connection.execute(_DEVICES, told):
        name = Name(scheme, value)
        refusal = _refusal(name, row)
        yield Answer(name, row[0], None if refusal else _device(row, book), refusal, turn)


def key_of(reading: Reading, mode: Mode) -> SeriesKey:
    """Return which series of its device a reading belongs to."""
    return SeriesKey(
        reading.quantity, reading.channel, reading.statistic, reading.period_s, mode.realm
    )


def _refusal(name: Name, row: list[Any]) -> str:
    code, klass, retired = row[:3]
    if code is None:
        kind = "entity code" if name.scheme == "code" else f"{name.scheme} name"
        return f"{kind} {name.value!r}: expected a device of the register"
    found = entity_classes().get(klass)
    if found is None or (found.role not in {"device", "camera"} and klass != _SYSTEM):
        called = found.name_en if found else f"of class {klass}"
        return f"entity {code} is a {called}: expected a device or a camera"
    return f"device {code} is retired: expected one in use" if retired else ""


def _device(row: list[Any], book: SettingsBook) -> Device:
    code, klass, _, entity, entity_class, properties, areas, *said = row
    device_type, own, interval_s = said
    settings = book.settings(device_type or "", own, interval_s)
    return Device(code, klass, entity, entity_class, properties, tuple(areas or ()), settings)
