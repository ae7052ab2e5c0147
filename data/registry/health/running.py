"""Asking the store what is wrong with the register."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import psycopg
import shapely
from psycopg.sql import SQL, Composed

from data.reference import entity_classes
from data.reference.counties import county_boundaries
from data.reference.device_types import shipped_types
from data.registry.health.check import Check, Example, Result
from data.registry.recording import srid_of
from spatial.crs import WGS84, transform_shapes

PLACELESS = ("8102", "8103", "8901")
"""Storeys and spaces lie where their building lies, systems nowhere."""
_STACKED = ("8102", "8103")
"""One above the other in a building, so that their points meet."""

_COUNTED = SQL("""
    WITH found AS MATERIALIZED ({query}),
    example AS (SELECT code, sentence FROM found ORDER BY code, sentence LIMIT %(sample)s)
    SELECT (SELECT count(*) FROM found), x.code, coalesce(e.name, ''), x.sentence
    FROM (SELECT) AS one LEFT JOIN example x ON true LEFT JOIN entity e ON e.code = x.code
    ORDER BY x.code, x.sentence""")


def run_checks(
    connection: psycopg.Connection[tuple[Any, ...]],
    checks: Iterable[Check],
    sample: int,
    device_types: Collection[str] | None = None,
) -> Iterator[Result]:
    """Yield what each check comes to, with at most ``sample`` examples.

    Args:
        connection: to the store.
        checks: that are wanted.
        sample: how many examples of each.
        device_types: ids of those that the district knows; the shipped ones where none are given.
    """
    asked = parameters(srid_of(connection), sample, device_types)
    for check in checks:
        yield result_of(check, connection.execute(statement(check), asked).fetchall())


def statement(check: Check) -> Composed:
    """Return the query whose rows ``result_of`` reads."""
    return _COUNTED.format(query=SQL(check.query))


def parameters(
    srid: int, sample: int, device_types: Collection[str] | None = None
) -> dict[str, Any]:
    """Return what the queries of all checks need.

    Args:
        srid: EPSG code of the store's CRS, in which distances are metres.
        sample: how many examples of each check.
        device_types: ids of those that the district knows; the shipped ones where none are given.
    """
    return {
        "sample": sample,
        "placeless": list(PLACELESS),
        "stacked": list(_STACKED),
        "devices": device_classes(),
        "device_types": ["", *(shipped_types() if device_types is None else device_types)],
        **_counties(srid),
    }


def device_classes() -> list[str]:
    """Return the classes of what monitors or watches."""
    classes = entity_classes().values()
    return [found.code for found in classes if found.role in {"device", "camera"}]


def result_of(check: Check, rows: Sequence[tuple[Any, ...]]) -> Result:
    """Return what the rows of ``statement`` say."""
    examples = [Example(*row[1:]) for row in rows if row[3] is not None]
    return Result(check, rows[0][0], examples)


def _counties(srid: int) -> dict[str, Any]:
    known = county_boundaries()
    # Of counties beyond the CRS's area of use the outline is good enough to say: not there.
    outlines = transform_shapes(
        [row.outline for row in known], WGS84, f"EPSG:{srid}", anywhere=True
    )
    grown = shapely.buffer(outlines, np.array([row.tolerance_m for row in known]))
    return {
        "counties": [int(row.county) for row in known],
        "county_names": [row.name_zh for row in known],
        "outlines": _ewkb(outlines, srid),
        "grown": _ewkb(grown, srid),
    }


def _ewkb(shapes: Any, srid: int) -> list[bytes]:  # noqa: ANN401 - array of geometries
    return list(shapely.to_wkb(shapely.set_srid(shapes, srid), include_srid=True))
