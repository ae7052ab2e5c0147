"""Series by number with the things that they tell about, and whether they still do."""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import psycopg
from psycopg.rows import tuple_row

from twin.model import Mode, SeriesInfo

_READ = """
    SELECT s.id, s.entity, e.class_code, s.device, s.quantity, s.channel, s.statistic, s.period_s,
           s.mode, coalesce((SELECT k.datum FROM series_calibration k
                             WHERE k.series_id = s.id AND k.valid @> now()), ''), e.properties,
           NOT e.retired AND (s.device IS NULL OR (NOT d.retired AND s.entity = coalesce(
               (SELECT target.code
                FROM relation r JOIN entity target ON target.code = r.target AND NOT target.retired
                WHERE r.origin = s.device AND r.kind = 'monitors' AND r.superseded_in IS NULL
                ORDER BY r.distance_m NULLS LAST, r.id LIMIT 1), s.device)))
    FROM series s
    JOIN entity e ON e.code = s.entity
    LEFT JOIN entity d ON d.code = s.device
    WHERE s.id = ANY(%s)"""


_OF_QUANTITIES = """
    SELECT id FROM series WHERE quantity = ANY(%s) AND mode = %s ORDER BY id"""


class BoundSeries(NamedTuple):
    """A series, and whether its device still measures the thing that it tells about.

    Attributes:
        info: the series.
        stands: false where device or thing is retired, or the device measures something else now.
    """

    info: SeriesInfo
    stands: bool


def read_series(
    connection: psycopg.Connection[Any], series_ids: Iterable[int]
) -> Iterator[BoundSeries]:
    """Yield series by their numbers, as the register stands."""
    asked = list(series_ids)
    if not asked:
        return
    with connection.cursor(row_factory=tuple_row) as cursor:
        for *told, stands in cursor.execute(_READ, [asked]):
            yield BoundSeries(_info(told), stands)


def series_of_quantities(
    connection: psycopg.Connection[Any], quantities: Iterable[str], mode: Mode
) -> list[int]:
    """Return the numbers of the series of some quantities in a mode."""
    with connection.cursor(row_factory=tuple_row) as cursor:
        cursor.execute(_OF_QUANTITIES, [list(quantities), mode.value])
        return [row[0] for row in cursor]


def _info(row: list[Any]) -> SeriesInfo:
    series_id, entity, klass, device, quantity, channel, statistic, period_s, *rest = row
    mode, datum, properties = rest
    return SeriesInfo(
        series_id=series_id,
        entity=entity,
        entity_class=klass,
        device=device or 0,
        quantity=quantity,
        channel=channel,
        statistic=statistic,
        period_s=period_s,
        mode=Mode(mode),
        datum=datum,
        properties=properties,
    )
