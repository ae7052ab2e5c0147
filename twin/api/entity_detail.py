"""One entity with all that the register says of it, now or as it said at an instant."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

import orjson
from psycopg.sql import SQL, Identifier

from data.registry.staging import FIELDS
from twin.api.entity_documents import listed
from twin.api.entity_finding import COLUMNS, SELECTED
from twin.api.store import Pool, tuples

_NOW = "{row}.superseded_in IS NULL"
_THEN = """{row}.change_set_id <= %(newest)s
    AND ({row}.superseded_in IS NULL OR {row}.superseded_in > %(newest)s)"""

_STATE = SQL(", ").join(
    [*(Identifier(field.column) for field in FIELDS), SQL("properties, class_code, code")]
)
_STATE_NOW = SQL("SELECT e.*, e.change_set_id AS made_in FROM entity e WHERE {which}")
_STATE_THEN = SQL("""
    SELECT {state}, change_set_id AS made_in FROM entity
    WHERE code = %(code)s AND change_set_id <= %(newest)s
    UNION ALL
    SELECT {state}, created_in FROM entity_version
    WHERE code = %(code)s AND created_in <= %(newest)s AND superseded_in > %(newest)s""").format(
    state=_STATE
)

_PLACE_NOW = SQL("LEFT JOIN entity_place p ON p.code = e.code")
_PLACE_THEN = SQL("""
    CROSS JOIN LATERAL (SELECT ST_PointOnSurface(e.geom) AS point) AS at
    CROSS JOIN LATERAL (
        SELECT at.point, min(a.code) FILTER (WHERE a.class_code = '8803') AS sub_district,
               min(a.code) FILTER (WHERE a.class_code = '8804') AS community,
               min(a.code) FILTER (WHERE a.class_code = '8801') AS grid_cell
        FROM (SELECT {state} FROM entity
              WHERE class_code IN ('8801', '8803', '8804') AND change_set_id <= %(newest)s
              UNION ALL
              SELECT {state} FROM entity_version
              WHERE class_code IN ('8801', '8803', '8804')
              AND created_in <= %(newest)s AND superseded_in > %(newest)s) AS a
        WHERE NOT a.retired AND ST_Intersects(a.geom, at.point)) AS p""").format(state=_STATE)

# Names and relations are versions of the entity too; those towards it are not.
_VERSION_NOW = SQL("""greatest(e.made_in,
    (SELECT max(greatest(n.change_set_id, n.superseded_in)) FROM entity_name n
     WHERE n.code = e.code),
    (SELECT max(r.change_set_id) FROM relation r
     WHERE r.origin = e.code AND r.superseded_in IS NULL))""")

VERSION_OF = SQL("""
    SELECT {version}, e.retired
    FROM (SELECT *, change_set_id AS made_in FROM entity WHERE code = %(code)s) AS e""").format(
    version=_VERSION_NOW
)
"""The version of an entity, and whether it is retired."""

_DETAIL = SQL("""
    WITH e AS ({state})
    SELECT {selected}, {version}, e.valid_from, e.valid_to,
    (SELECT coalesce(json_agg(json_build_object(
        'scheme', n.scheme, 'value', n.value, 'code_system', n.code_system,
        'valid_from', lower(n.valid), 'valid_to', upper(n.valid))
        ORDER BY n.scheme, n.value, n.valid), '[]')
     FROM entity_name n WHERE n.code = e.code AND {name_stands})::text,
    (SELECT coalesce(json_agg(r.document ORDER BY r.id), '[]') FROM (
        SELECT r.id, json_build_object('kind', r.kind, 'target', r.target::text, 'origin', NULL,
            'name', o.name, 'method', r.method, 'distance_m', r.distance_m) AS document
        FROM relation r JOIN entity o ON o.code = r.target
        WHERE r.origin = e.code AND {relation_stands}
        UNION ALL
        (SELECT r.id, json_build_object('kind', r.kind, 'target', NULL, 'origin', r.origin::text,
            'name', o.name, 'method', r.method, 'distance_m', r.distance_m)
         FROM relation r JOIN entity o ON o.code = r.origin
         WHERE r.target = e.code AND {relation_stands} ORDER BY r.id LIMIT 1000)
     ) AS r)::text,
    (SELECT coalesce(json_agg(json_build_object('kind', u.kind, 'reason', u.reason)
                              ORDER BY u.kind), '[]')
     FROM link_refusal u WHERE u.origin = e.code)::text,
    (SELECT json_build_object('code', o.code::text, 'name', o.name)
     FROM relation r JOIN entity o ON o.code = r.target
     WHERE r.origin = e.code AND r.kind = 'part_of' AND {relation_stands} LIMIT 1)::text,
    (SELECT coalesce(json_agg(o.document), '[]') FROM (
        SELECT json_build_object('code', o.code::text, 'name', o.name) AS document
        FROM relation r JOIN entity o ON o.code = r.origin
        WHERE r.target = e.code AND r.kind = 'part_of' AND {relation_stands}
        ORDER BY o.code LIMIT 100) AS o)::text,
    json_build_object('sub_district', {sub_district}, 'community', {community},
                      'grid_cell', {grid_cell})::text,
    (SELECT json_build_object('change_set', c.id, 'recorded_at', c.recorded_at, 'actor', c.actor,
        'reason', c.reason, 'source', c.source) FROM change_set c WHERE c.id = {version})::text
    {geometry}
    FROM e {place}
    CROSS JOIN LATERAL (SELECT ST_Transform(p.point, 4326) AS point) AS w""")

_COLUMNS = (
    *COLUMNS, "valid_from", "valid_to", "names", "relations", "unlinked", "whole", "parts",
    "areas", "changed", "geometry",
)  # fmt: skip
_JSON = frozenset(
    ("properties", "names", "relations", "unlinked", "whole", "parts", "areas", "changed",
     "geometry")
)  # fmt: skip
_GEOMETRY = SQL(", ST_AsGeoJSON(ST_Transform(e.geom, 4326), 7)")
_BY_CODE = SQL("e.code = %(code)s")
_BY_NAME = SQL("""e.code IN (SELECT n.code FROM entity_name n WHERE n.scheme = %(scheme)s
    AND n.value = %(value)s AND n.superseded_in IS NULL
    AND n.valid @> coalesce(%(at)s, now())
    AND (%(code_system)s::text IS NULL OR n.code_system = %(code_system)s))""")
_REFERENCE = SQL("""
    (SELECT json_build_object('code', a.code::text, 'name', a.name) FROM entity a
     WHERE a.code = p.{area})""")
_AREAS = {
    area: _REFERENCE.format(area=Identifier(area))
    for area in ("sub_district", "community", "grid_cell")
}
_NEWEST = b"SELECT coalesce(max(id), 0) FROM change_set WHERE recorded_at <= %(instant)s"


def _statements(*, then: bool, which: SQL = _BY_CODE) -> Mapping[bool, bytes]:
    """Return the statement without and with the geometry."""
    stands = _THEN if then else _NOW
    template = partial(
        _DETAIL.format,
        **_AREAS,
        selected=SELECTED,
        state=_STATE_THEN if then else _STATE_NOW.format(which=which),
        place=_PLACE_THEN if then else _PLACE_NOW,
        version=SQL("e.made_in") if then else _VERSION_NOW,
        name_stands=SQL(stands.format(row="n")),
        relation_stands=SQL(stands.format(row="r")),
    )
    return {
        asked: template(geometry=_GEOMETRY if asked else SQL("")).as_bytes()
        for asked in (False, True)
    }


_BY_CODE_NOW = _statements(then=False)
_BY_NAME_NOW = _statements(then=False, which=_BY_NAME)
_BY_CODE_THEN = _statements(then=True)


async def by_code(store: Pool, code: int, *, geometry: bool = False) -> dict[str, Any] | None:
    """Return the document of an entity, None if the register does not have it."""
    found = _documents(await tuples(store, _BY_CODE_NOW[geometry], {"code": code}))
    return found[0] if found else None


async def by_name(
    store: Pool, name: Mapping[str, Any], *, geometry: bool = False
) -> list[dict[str, Any]]:
    """Return the documents of the entities of a name, several if code systems give it twice.

    Args:
        store: to ask.
        name: ``scheme``, canonical ``value``, ``code_system`` and ``at``, None for any and now.
        geometry: whether to tell it.
    """
    return _documents(await tuples(store, _BY_NAME_NOW[geometry], name))


async def as_of(
    store: Pool, code: int, instant: datetime, *, geometry: bool = False
) -> dict[str, Any] | None:
    """Return the document of an entity as the register had it, None if it did not."""
    newest = (await tuples(store, _NEWEST, {"instant": instant}))[0][0]
    asked = {"code": code, "newest": newest}
    found = _documents(await tuples(store, _BY_CODE_THEN[geometry], asked, prepare=False))
    return found[0] if found else None


def _documents(rows: Sequence[tuple[Any, ...]]) -> list[dict[str, Any]]:
    if not rows:
        return []
    columns = _COLUMNS[: len(rows[0]) - len(("code", "class", "lon", "lat"))]
    return [
        {name: _fragment(value) if name in _JSON else value for name, value in document.items()}
        for document in listed(columns, rows)
    ]


def _fragment(text: str | None) -> orjson.Fragment | None:
    return None if text is None else orjson.Fragment(text)
