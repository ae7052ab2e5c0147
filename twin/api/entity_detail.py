"""One entity with all that the register says of it, now or as it said at an instant."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

import orjson
from psycopg.sql import SQL, Composable, Identifier

from data.registry.staging import FIELDS
from twin.api.entity_documents import identity
from twin.api.store import Pool, tuples

Document = dict[str, Any]
SchemedValue = tuple[str, str]


class NameMeaning(NamedTuple):
    """Which meaning of a name: of one code system or of any, at an instant or now."""

    code_system: str | None = None
    at: datetime | None = None


_ANY_NOW = NameMeaning()
_NOW = "{row}.superseded_in IS NULL"
_THEN = """{row}.change_set_id <= %(newest)s
    AND ({row}.superseded_in IS NULL OR {row}.superseded_in > %(newest)s)"""

_STATE = SQL(", ").join(
    [*(Identifier(field.column) for field in FIELDS), SQL("properties, class_code, code")]
)
# Each begins with the key that was asked about, for many are asked about together. An array from
# a sub-query has no length yet when it is planned, so that one plan serves all; to plan this
# statement for each array takes three times as long as to run it.
_OF_CODES = SQL("""
    SELECT e.code AS asked, e.change_set_id AS made_in, e.* FROM entity e
    WHERE e.code = ANY (ARRAY(SELECT unnest(%(codes)s::int8[])))""")
_OF_NAMES = SQL("""
    SELECT a.place AS asked, e.change_set_id AS made_in, e.*
    FROM unnest(%(schemes)s::text[], %(values)s::text[])
         WITH ORDINALITY AS a (scheme, value, place)
    JOIN entity_name n ON n.scheme = a.scheme AND n.value = a.value
    JOIN entity e ON e.code = n.code
    WHERE n.superseded_in IS NULL AND n.valid @> coalesce(%(at)s, now())
    AND (%(code_system)s::text IS NULL OR n.code_system = %(code_system)s)""")
_STATE_THEN = SQL("""
    SELECT code AS asked, {state}, change_set_id AS made_in FROM entity
    WHERE code = %(code)s AND change_set_id <= %(newest)s
    UNION ALL
    SELECT code, {state}, created_in FROM entity_version
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

_SELECTED = SQL("""
    e.asked, e.code, e.class_code, ST_X(w.point), ST_Y(w.point), e.name, e.height_m,
    e.properties::text, e.stage, e.retired, e.owner, e.steward, e.address,
    p.sub_district::text, p.community::text, p.grid_cell::text""")
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
    CROSS JOIN LATERAL (SELECT ST_Transform(p.point, 4326) AS point OFFSET 0) AS w""")

_COLUMNS = (
    "name", "height_m", "properties", "stage", "retired", "owner", "steward", "address",
    "sub_district", "community", "grid_cell", "version", "valid_from", "valid_to", "names",
    "relations", "unlinked", "whole", "parts", "areas", "changed", "geometry",
)  # fmt: skip
_JSON = frozenset(("properties", *_COLUMNS[_COLUMNS.index("names") :]))
_GEOMETRY = SQL(", ST_AsGeoJSON(ST_Transform(e.geom, 4326), 7)")
_REFERENCE = SQL("""
    (SELECT json_build_object('code', a.code::text, 'name', a.name) FROM entity a
     WHERE a.code = p.{area})""")
_AREAS = {
    area: _REFERENCE.format(area=Identifier(area))
    for area in ("sub_district", "community", "grid_cell")
}
_NEWEST = b"SELECT coalesce(max(id), 0) FROM change_set WHERE recorded_at <= %(instant)s"


def _statements(state: Composable, *, then: bool = False) -> Mapping[bool, bytes]:
    """Return the statement without and with the geometry."""
    stands = _THEN if then else _NOW
    template = partial(
        _DETAIL.format,
        **_AREAS,
        selected=_SELECTED,
        state=state,
        place=_PLACE_THEN if then else _PLACE_NOW,
        version=SQL("e.made_in") if then else _VERSION_NOW,
        name_stands=SQL(stands.format(row="n")),
        relation_stands=SQL(stands.format(row="r")),
    )
    return {
        asked: template(geometry=_GEOMETRY if asked else SQL("")).as_bytes()
        for asked in (False, True)
    }


_BY_CODE_NOW = _statements(_OF_CODES)
_BY_NAME_NOW = _statements(_OF_NAMES)
_BY_CODE_THEN = _statements(_STATE_THEN, then=True)


async def by_codes(
    store: Pool, codes: Collection[int], *, geometry: bool = False
) -> dict[int, Document]:
    """Return the documents of the entities that the register has, by their codes."""
    found = await tuples(store, _BY_CODE_NOW[geometry], {"codes": list(codes)})
    return {row[0]: _document(row) for row in found}


async def by_names(
    store: Pool,
    names: Collection[SchemedValue],
    meaning: NameMeaning = _ANY_NOW,
    *,
    geometry: bool = False,
) -> dict[SchemedValue, list[Document]]:
    """Return the documents of the entities of names, several if code systems give one twice.

    Args:
        store: to ask.
        names: scheme and canonical value.
        meaning: the code system and the instant that count for all of them.
        geometry: whether to tell it.
    """
    asked = list(names)
    columns = {"schemes": [name[0] for name in asked], "values": [name[1] for name in asked]}
    found = await tuples(store, _BY_NAME_NOW[geometry], columns | meaning._asdict())
    told: dict[SchemedValue, dict[int, Document]] = {}
    for row in found:
        told.setdefault(asked[row[0] - 1], {})[row[1]] = _document(row)
    return {name: list(documents.values()) for name, documents in told.items()}


async def as_of(
    store: Pool, code: int, instant: datetime, *, geometry: bool = False
) -> Document | None:
    """Return the document of an entity as the register had it, None if it did not."""
    newest = (await tuples(store, _NEWEST, {"instant": instant}))[0][0]
    asked = {"code": code, "newest": newest}
    found = await tuples(store, _BY_CODE_THEN[geometry], asked, prepare=False)
    return _document(found[0]) if found else None


def _document(row: Sequence[Any]) -> Document:
    _, code, klass, longitude, latitude, *values = row
    return {
        **identity(code, klass),
        "place": None if longitude is None else (longitude, latitude),
        **{name: _told(name, value) for name, value in zip(_COLUMNS, values, strict=False)},
    }


def _told(name: str, value: Any) -> Any:  # noqa: ANN401 - as the store gives it
    return orjson.Fragment(value) if name in _JSON and value is not None else value
