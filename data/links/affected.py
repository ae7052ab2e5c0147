"""Which devices may have other links since linking ran: where something changed around them."""

from collections.abc import Sequence
from typing import Any

import psycopg

from data.links.loading import DEVICE_CLASSES, STANDING
from data.links.state import LinkState
from data.links.views import BLOCKING, covering
from spatial.links import LinkRule, Method, reach_m

Connection = psycopg.Connection[tuple[Any, ...]]

MOST = 20_000
"""Of more entities or devices it is quicker to look at everything."""

_TELLING = (
    "elevation_m",
    "mounting_level_m",
    "mounting_height_m",
    "direction_deg",
    "view_angle_deg",
    "view_range_m",
)
"""The properties that links depend on."""

# Several thousand places at most, each of which the index in space is asked about.
_AFFECTED = f"""
    WITH RECURSIVE touched AS MATERIALIZED (
        SELECT e.code, e.class_code, e.geom, v.geom AS former
        FROM entity e LEFT JOIN LATERAL (
            SELECT * FROM entity_version v WHERE v.code = e.code
            AND v.created_in <= %(since)s AND v.superseded_in > %(since)s) v ON true
        WHERE e.change_set_id > %(since)s AND (
            v.code IS NULL OR
            (e.retired, e.stage = 'demolished', e.height_m, e.valid_from, e.valid_to, e.geom,
             {", ".join(f"e.properties -> '{name}'" for name in _TELLING)}) IS DISTINCT FROM
            (v.retired, v.stage = 'demolished', v.height_m, v.valid_from, v.valid_to, v.geom,
             {", ".join(f"v.properties -> '{name}'" for name in _TELLING)}))
        LIMIT %(most)s
    ), rebound AS MATERIALIZED (
        SELECT origin, kind FROM relation WHERE change_set_id > %(since)s
        UNION ALL SELECT origin, kind FROM relation WHERE superseded_in > %(since)s
    ), space AS (
        (SELECT r.origin FROM touched t JOIN relation r ON r.target = t.code
         AND r.kind = 'part_of' AND r.superseded_in IS NULL WHERE t.class_code = '8102'
         UNION SELECT origin FROM rebound WHERE kind = 'part_of')
        UNION
        SELECT r.origin FROM space s JOIN relation r ON r.target = s.origin
        AND r.kind = 'part_of' AND r.superseded_in IS NULL
        WHERE mod(r.origin / 1000000, 10000) = 8103
    ), place AS MATERIALIZED (
        SELECT class_code, geom FROM touched WHERE geom IS NOT NULL
        UNION ALL SELECT class_code, former FROM touched WHERE former IS NOT NULL
        UNION ALL SELECT e.class_code, e.geom FROM space s JOIN entity e ON e.code = s.origin
        WHERE e.class_code = '8103' AND e.geom IS NOT NULL
    ), enough AS (
        SELECT count(*) > %(many)s AS many FROM touched
    )
    SELECT NULL::int8 FROM enough WHERE many
    UNION
    SELECT code FROM touched, enough WHERE class_code = ANY (%(devices)s) AND NOT many
    UNION
    SELECT d.code FROM enough, place p
    JOIN unnest(%(sensors)s::text[], %(targets)s::text[], %(reaches)s::float8[])
         AS r (sensor, target, reach) ON r.target = p.class_code
    CROSS JOIN LATERAL (
        SELECT e.code FROM entity e
        WHERE e.class_code = r.sensor AND ST_DWithin(e.geom, p.geom, r.reach) OFFSET 0) AS d
    WHERE NOT many
    UNION
    SELECT f.origin FROM link_fix f JOIN entity e ON e.code = f.target
    LEFT JOIN touched t ON t.code = f.target
    WHERE f.released_in IS NULL AND (t.code IS NOT NULL OR NOT {STANDING.as_string()})
    UNION
    SELECT origin FROM rebound WHERE kind = ANY (%(kinds)s)
    UNION
    SELECT code FROM entity WHERE class_code = ANY (%(changed)s)
    LIMIT %(most)s"""  # noqa: S608 - names of ours


def affected(
    connection: Connection, state: LinkState, rules: Sequence[LinkRule], kinds: Sequence[str]
) -> list[int] | None:
    """Return the codes of devices whose links may be others, None if it may be any.

    Args:
        connection: in the transaction that will write the links.
        state: how far linking came.
        rules: of now.
        kinds: the kinds of relation that linking speaks of.
    """
    # What stands in the way of a view matters to the camera as what it sees does.
    ways = [
        *((rule.sensor_class, rule.target_class, look_m(rule)) for rule in rules),
        *((camera, BLOCKING, _wide(reach)) for camera, reach in covering(rules).items()),
    ]
    told = {
        "since": state.change_set,
        "devices": [*DEVICE_CLASSES, *(rule.sensor_class for rule in rules)],
        "most": MOST + 1,
        "many": MOST,
        "sensors": [sensor for sensor, _, _ in ways],
        "targets": [target for _, target, _ in ways],
        "reaches": [reach for _, _, reach in ways],
        "kinds": list(kinds),
        "changed": state.changed(rules),
    }
    codes = [code for (code,) in connection.execute(_AFFECTED, told)]
    return None if len(codes) > MOST or None in codes else codes


def look_m(rule: LinkRule) -> float:
    """Return how far off a change matters to a rule, metres."""
    return _wide(rule.max_distance_m if rule.method == Method.COVERS else reach_m(rule))


def _wide(reach: float) -> float:
    """Return a little more, for PostGIS measures a little otherwise than GEOS does."""
    return reach * 1.001 + 0.001
