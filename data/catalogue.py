"""Who says what: devices by name and their series, in memory and as fresh as the register."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import psycopg

from data.reference import entity_classes
from data.registry import revision
from twin.model import Mode, Name, Reading, SeriesInfo

_DEVICES = """
    WITH wanted AS (
        SELECT scheme, value, CASE WHEN scheme = 'code' THEN value::int8 ELSE (
            SELECT n.code FROM entity_name n
            WHERE n.scheme = asked.scheme AND n.value = asked.value
            AND n.superseded_in IS NULL AND n.valid @> now() LIMIT 1) END AS code
        FROM unnest(%(schemes)s::text[], %(values)s::text[]) AS asked (scheme, value)
    )
    SELECT wanted.scheme, wanted.value, e.code, e.class_code, e.retired,
           coalesce(t.code, e.code), coalesce(t.class_code, e.class_code),
           coalesce(t.properties, e.properties), w.areas
    FROM wanted LEFT JOIN entity e USING (code)
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


class SeriesKey(NamedTuple):
    """Which of a device's series a reading belongs to."""

    quantity: str
    channel: str
    statistic: str
    period_s: int
    mode: str


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
        series: its series of that thing, by key.
    """

    code: int
    klass: str
    entity: int
    entity_class: str
    properties: Mapping[str, object]
    areas: tuple[int, ...]
    series: dict[SeriesKey, int] = field(default_factory=dict)


class Catalogue:
    """Resolves names to devices and readings to series, from memory where it can.

    Call ``refresh`` before each batch; then ``look_up`` what the batch names, and ``open_series``
    what it needs.
    """

    def __init__(self) -> None:
        self.devices: dict[Name, Device] = {}
        self.series: dict[int, SeriesInfo] = {}
        self._revision = -1

    def refresh(self, connection: psycopg.Connection[tuple[Any, ...]]) -> bool:
        """Forget everything if the register has changed; return whether it had."""
        current = revision(connection)
        if current == self._revision:
            return False
        self.devices.clear()
        self.series.clear()
        self._revision = current
        return True

    def look_up(
        self, connection: psycopg.Connection[tuple[Any, ...]], names: Iterable[Name]
    ) -> dict[Name, str]:
        """Load the devices that are not in memory.

        Returns:
            For each name that is no device in use, a sentence that says why.
        """
        missing = [name for name in names if name not in self.devices]
        if not missing:
            return {}
        found = connection.execute(
            _DEVICES,
            {"schemes": [n.scheme for n in missing], "values": [n.value for n in missing]},
        ).fetchall()
        refused: dict[Name, str] = {}
        for scheme, value, *row in found:
            name = Name(scheme, value)
            if sentence := _refusal(name, row):
                refused[name] = sentence
            else:
                self.devices[name] = _device(row)
        self._load_series(connection, [row[2] for row in found if row[2] is not None])
        return refused

    def open_series(
        self,
        connection: psycopg.Connection[tuple[Any, ...]],
        wanted: Iterable[tuple[Device, SeriesKey]],
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
        self._load_series(connection, [device for device, _, _ in asked])

    def _load_series(
        self, connection: psycopg.Connection[tuple[Any, ...]], codes: list[int]
    ) -> None:
        wanted = set(codes)
        # One device may stand in memory under several names.
        by_code: dict[int, list[Device]] = {}
        for device in self.devices.values():
            if device.code in wanted:
                by_code.setdefault(device.code, []).append(device)
        for row in connection.execute(_SERIES_OF_DEVICES, (list(wanted),)):
            for device in by_code.get(row[2], ()):
                self._add_series(device, row)

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
    if found is None or found.role not in {"device", "camera"}:
        called = found.name_en if found else f"of class {klass}"
        return f"entity {code} is a {called}: expected a device or a camera"
    return f"device {code} is retired: expected one in use" if retired else ""


def _device(row: list[Any]) -> Device:
    code, klass, _, entity, entity_class, properties, areas = row
    return Device(code, klass, entity, entity_class, properties, tuple(areas or ()))
