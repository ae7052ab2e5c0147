"""Where things that move are: positions out of their stored longitudes and latitudes."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import psycopg

from data.observations import Rows
from data.reference import entity_classes
from data.registry import srid_of
from spatial.crs import area_of_use
from twin.model import Mode, SeriesInfo, Statistic, from_us

Connection = psycopg.Connection[tuple[Any, ...]]
Cursor = psycopg.Cursor[tuple[Any, ...]]
Key = tuple[int, int, str, int]

LONGITUDE, LATITUDE = "longitude", "latitude"
_SOURCE = "telemetry"

# Both halves are read from the store, for they may have come in different messages. The bounds in
# time keep the planner from chunks of other days. What a receiver without a fix says lies outside
# the area of use, usually at 0, 0.
_WRITE = """
    INSERT INTO position (entity, ts, geom, source, received_at)
    SELECT DISTINCT ON (k.entity, k.ts) k.entity, k.ts,
           ST_Transform(ST_SetSRID(ST_MakePoint(x.value, y.value), 4326), %(srid)s),
           %(source)s, greatest(x.received_at, y.received_at)
    FROM unnest(%(entities)s::int8[], %(devices)s::int8[], %(channels)s::text[],
                %(times)s::timestamptz[]) AS k (entity, device, channel, ts)
    JOIN series sx ON sx.entity = k.entity AND sx.device = k.device AND sx.channel = k.channel
         AND sx.quantity = 'longitude' AND sx.statistic = 'instant' AND sx.period_s = 0
         AND sx.mode = 'actual'
    JOIN series sy ON sy.entity = k.entity AND sy.device = k.device AND sy.channel = k.channel
         AND sy.quantity = 'latitude' AND sy.statistic = 'instant' AND sy.period_s = 0
         AND sy.mode = 'actual'
    JOIN observation x ON x.series_id = sx.id AND x.ts = k.ts
         AND x.ts BETWEEN %(first)s AND %(last)s
    JOIN observation y ON y.series_id = sy.id AND y.ts = k.ts
         AND y.ts BETWEEN %(first)s AND %(last)s
    WHERE x.value BETWEEN %(west)s AND %(east)s AND y.value BETWEEN %(south)s AND %(north)s
    AND x.quality & 3 < 2 AND y.quality & 3 < 2
    ORDER BY k.entity, k.ts, k.device, k.channel
    ON CONFLICT (entity, ts) DO UPDATE SET
        geom = excluded.geom, source = excluded.source, received_at = excluded.received_at"""


def mobile_classes() -> tuple[str, ...]:
    """Return the classes of what moves: crews, vehicles, mobile pumps."""
    return tuple(code for code, found in entity_classes().items() if found.role == "mobile")


def write_positions(cursor: Cursor, rows: Rows, series: Mapping[int, SeriesInfo]) -> int:
    """Keep the positions that newly stored readings give; return how many.

    A position is a longitude and a latitude (WGS 84) of one device and one instant, neither of
    them unreliable, inside the area of use of the store's CRS. Things that stand have none, and
    what an exercise or a replay says of places is not where anybody is.

    Args:
        cursor: in the transaction in which the rows were stored.
        rows: newly stored.
        series: of the rows.
    """
    keys = _keys(rows, series)
    if not keys:
        return 0
    entities, devices, channels, times = zip(*sorted(keys), strict=True)
    srid = srid_of(cursor.connection)
    area = area_of_use(f"EPSG:{srid}")
    told = {
        "srid": srid,
        "source": _SOURCE,
        "entities": list(entities),
        "devices": list(devices),
        "channels": list(channels),
        "times": [from_us(each) for each in times],
        "first": from_us(min(times)),
        "last": from_us(max(times)),
        **{side: getattr(area, side) for side in ("west", "south", "east", "north")},
    }
    cursor.execute(_WRITE, told)
    return cursor.rowcount


def drop_positions(connection: Connection, *, before: datetime) -> int:
    """Drop the chunks of positions that end before an instant; return how many."""
    with connection.transaction():
        found = connection.execute("SELECT drop_chunks('position', %s)", (before,))
        return len(found.fetchall())


def _keys(rows: Rows, series: Mapping[int, SeriesInfo]) -> set[Key]:
    """Return entity, device, channel and time of each row that is half of a position."""
    placing = {
        number: info
        for number in set(rows.series_id.tolist())
        if (info := series[number]).quantity in (LONGITUDE, LATITUDE)
        and info.entity_class in mobile_classes()
        and info.mode is Mode.ACTUAL
        and (info.statistic, info.period_s) == (Statistic.INSTANT, 0)
    }
    if not placing:
        return set()
    pairs = zip(rows.series_id.tolist(), rows.ts_us.tolist(), strict=True)
    halves = ((placing[number], ts_us) for number, ts_us in pairs if number in placing)
    return {(info.entity, info.device, info.channel, ts_us) for info, ts_us in halves}
