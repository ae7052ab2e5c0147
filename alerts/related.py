"""Which measured things belong to which judged ones: at it, near it, upstream, in its catchment."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, LiteralString, NamedTuple

import psycopg
from psycopg.rows import tuple_row

from alerts.rules.together import Condition, Near

# x is measured, e is judged. Whatever is asked, both stand in the register.
_MEASURED: LiteralString = """
    WITH RECURSIVE x AS MATERIALIZED (
        SELECT DISTINCT ON (s.entity) s.entity AS code, n.geom, w.point, w.grid_cell
        FROM series s JOIN entity n ON n.code = s.entity AND NOT n.retired
        LEFT JOIN entity_place w ON w.code = s.entity
        WHERE s.quantity = %(quantity)s
    ), e AS MATERIALIZED (
        SELECT n.code, n.geom, w.point, w.grid_cell
        FROM entity n LEFT JOIN entity_place w USING (code)
        WHERE n.class_code = ANY (%(classes)s) AND NOT n.retired
    )"""
_PAIRS: Mapping[str, LiteralString] = {
    "self": "SELECT x.code, e.code FROM x JOIN e USING (code)",
    "within": "SELECT x.code, e.code FROM x JOIN e ON ST_DWithin(x.geom, e.geom, %(within_m)s)",
    "grid_cell": "SELECT x.code, e.code FROM x JOIN e ON e.grid_cell = x.grid_cell",
    "catchment": """
        SELECT DISTINCT x.code, e.code FROM entity c
        JOIN x ON ST_Covers(c.geom, x.point) JOIN e ON ST_Covers(c.geom, e.point)
        WHERE c.class_code = '8303' AND NOT c.retired""",
    # Water runs down in few steps for each thing, while what lies upstream of one may be a city.
    "upstream": """
        , down AS (
            SELECT x.code AS origin, r.target FROM x JOIN relation r ON r.origin = x.code
            WHERE r.kind IN ('flows_to', 'drains_to', 'upstream_of') AND r.superseded_in IS NULL
            UNION
            SELECT d.origin, r.target FROM down d JOIN relation r ON r.origin = d.target
            WHERE r.kind IN ('flows_to', 'drains_to', 'upstream_of') AND r.superseded_in IS NULL
        )
        SELECT d.origin, e.code FROM down d JOIN e ON e.code = d.target""",
    "building": """
        , up AS (
            (SELECT code, code AS holder FROM x UNION SELECT code, code FROM e)
            UNION
            SELECT u.code, r.target FROM up u JOIN relation r ON r.origin = u.holder
            WHERE r.kind IN ('part_of', 'located_in') AND r.superseded_in IS NULL
        ), housed AS (
            SELECT u.code, u.holder FROM up u JOIN entity b ON b.code = u.holder
            WHERE b.class_code = '8101' AND NOT b.retired
        )
        SELECT DISTINCT x.code, e.code FROM x JOIN housed a ON a.code = x.code
        JOIN housed b USING (holder) JOIN e ON e.code = b.code""",
}

_FRESH = """
    SELECT EXISTS (
        SELECT FROM series s JOIN series_latest l ON l.series_id = s.id
        WHERE s.entity = ANY (ARRAY(SELECT unnest(%s::int8[]))) AND s.quantity = %s
          AND s.mode = %s AND l.ts >= %s)"""


class Related(NamedTuple):
    """Pairs of a condition: which things are judged by a measured one, and the other way round.

    Attributes:
        judged: by the code of a measured thing.
        measured: by the code of a judged thing.
    """

    judged: Mapping[int, Collection[int]]
    measured: Mapping[int, Collection[int]]


def read_related(
    connection: psycopg.Connection[Any], condition: Condition, classes: Iterable[str]
) -> Related:
    """Return which things belong together for a condition, as the register stands."""
    at = condition.at
    told = {
        "quantity": condition.quantity,
        "classes": list(classes),
        "within_m": at.within_m if isinstance(at, Near) else None,
    }
    judged: dict[int, list[int]] = {}
    measured: dict[int, list[int]] = {}
    with connection.cursor(row_factory=tuple_row) as cursor:
        cursor.execute(_MEASURED + _PAIRS["within" if isinstance(at, Near) else at], told)
        for one, other in cursor:
            judged.setdefault(one, []).append(other)
            measured.setdefault(other, []).append(one)
    return Related(judged, measured)


def is_measured(
    connection: psycopg.Connection[Any],
    things: Collection[int],
    condition: Condition,
    of: tuple[str, Any],
) -> bool:
    """Return whether any of some things has a reading that is new enough.

    Args:
        connection: of the store.
        things: codes.
        condition: whose quantity is asked for.
        of: the mode, and since when a reading is new enough.
    """
    mode, since = of
    with connection.cursor(row_factory=tuple_row) as cursor:
        cursor.execute(_FRESH, [list(things), condition.quantity, mode, since])
        return bool(cursor.fetchall()[0][0])
