"""The register: entities by class, name, place or other identifier, and one with its relations."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from psycopg.rows import DictRow
from psycopg.sql import SQL
from pydantic import BaseModel, Field

from data.reference import entity_classes
from twin.api import cursors
from twin.api.parameters import (
    BoundingBox,
    ClassCode,
    Code,
    NoQuery,
    PageQuery,
    SchemedName,
    SearchText,
    page_of,
)
from twin.api.problems import UnknownError, documented
from twin.api.store import Store, all_of, row, rows
from twin.codes import EntityCode, InvalidEntityCodeError

router = APIRouter(prefix="/api/v1/entities", tags=["register"], responses=documented())

_COLUMNS = SQL("""
    e.code, e.class_code AS class, e.name, e.height_m, e.properties, e.stage, e.retired,
    ST_X(place.point) AS lon, ST_Y(place.point) AS lat""")
_PLACE = SQL("""
    CROSS JOIN LATERAL (
        SELECT ST_Transform(ST_PointOnSurface(e.geom), 4326) AS point) AS place""")

# Places are computed for the page's rows alone, after the limit.
_LIST = SQL("""
    WITH e AS MATERIALIZED (SELECT * FROM entity e WHERE {conditions}
               ORDER BY code LIMIT %(more)s)
    SELECT {columns} FROM e {place} ORDER BY e.code""")

_ONE = SQL("""
    SELECT {columns},
    (SELECT coalesce(jsonb_agg(jsonb_build_object('scheme', n.scheme, 'value', n.value)
                               ORDER BY n.scheme, n.value), '[]')
     FROM entity_name n
     WHERE n.code = e.code AND n.superseded_in IS NULL AND n.valid @> now()) AS names,
    (SELECT coalesce(jsonb_agg(r.document ORDER BY r.id), '[]') FROM (
        SELECT r.id, jsonb_build_object('kind', r.kind, 'target', r.target::text,
            'name', o.name, 'method', r.method, 'distance_m', r.distance_m) AS document
        FROM relation r JOIN entity o ON o.code = r.target
        WHERE r.origin = e.code AND r.superseded_in IS NULL
        UNION ALL
        (SELECT r.id, jsonb_build_object('kind', r.kind, 'origin', r.origin::text,
            'name', o.name, 'method', r.method, 'distance_m', r.distance_m)
         FROM relation r JOIN entity o ON o.code = r.origin
         WHERE r.target = e.code AND r.superseded_in IS NULL ORDER BY r.id LIMIT 1000)
     ) AS r) AS relations,
    (SELECT coalesce(jsonb_agg(jsonb_build_object('kind', u.kind, 'reason', u.reason)
                               ORDER BY u.kind), '[]')
     FROM link_refusal u WHERE u.origin = e.code) AS unlinked
    FROM entity e {place} WHERE e.code = %(code)s""").format(columns=_COLUMNS, place=_PLACE)

_CONDITIONS = {
    "after": SQL("e.code > %(after)s"),
    "klass": SQL("e.class_code = %(klass)s"),
    "code": SQL("e.code = %(code)s"),
    "part": SQL("e.name ILIKE %(part)s"),
    "west": SQL(
        "e.geom_3857 && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 3857)"
        " AND ST_Intersects(e.geom_3857,"
        " ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 3857))"
    ),
    "scheme": SQL(
        "e.code IN (SELECT n.code FROM entity_name n WHERE n.scheme = %(scheme)s"
        " AND n.value = %(value)s AND n.superseded_in IS NULL AND n.valid @> now())"
    ),
}


class EntityQuery(PageQuery):
    """Which entities; conditions add up."""

    klass: ClassCode | None = Field(
        default=None, alias="class", description="four digits of the class"
    )
    q: SearchText | None = Field(default=None, description="part of the name, or a whole code")
    bbox: BoundingBox | None = Field(default=None, description="west,south,east,north in degrees")
    name: SchemedName | None = Field(default=None, description="another identifier as scheme:value")


class Entity(BaseModel):
    """A thing of the city as the register has it now; ``place`` is a point on it, WGS 84."""

    code: str
    printed: str = Field(description="with check character, as on a label")
    klass: str = Field(alias="class")
    class_name_zh: str
    class_name_en: str
    name: str
    height_m: float | None
    properties: dict[str, Any]
    stage: str
    retired: bool
    place: tuple[float, float] | None = Field(description="longitude and latitude")


class EntityList(BaseModel):
    """Entities in the order of their codes."""

    items: list[Entity]
    next: str | None


class OtherName(BaseModel):
    """An identifier of the entity in another scheme."""

    scheme: str
    value: str


class Relation(BaseModel):
    """A relation to another entity, which is the ``target``, or the ``origin``."""

    kind: str
    target: str | None = None
    origin: str | None = None
    name: str = Field(description="of the other entity")
    method: str
    distance_m: float | None


class Unlinked(BaseModel):
    """Why a sensor is linked to nothing."""

    kind: str
    reason: str


class EntityDetail(Entity):
    """An entity with its names and relations; of those towards it, the first thousand."""

    names: list[OtherName]
    relations: list[Relation]
    unlinked: list[Unlinked]


@router.get("")
async def list_entities(store: Store, query: Annotated[EntityQuery, Query()]) -> EntityList:
    """Return entities in the order of their codes."""
    wanted = {name: value for name, value in _wanted(query).items() if value is not None}
    conditions = all_of(_CONDITIONS, wanted)
    statement = _LIST.format(conditions=conditions, columns=_COLUMNS, place=_PLACE)
    found = await rows(store, statement, wanted | {"more": query.limit + 1})
    items, last = page_of(found, query.limit)
    return EntityList(
        items=[Entity.model_validate(_document(item)) for item in items],
        next=last and cursors.encode(last["code"]),
    )


@router.get("/{code}", responses=documented(404))
async def read_entity(
    store: Store, code: Code, _query: Annotated[NoQuery, Query()]
) -> EntityDetail:
    """Return one entity by its code, 16 digits or as printed."""
    found = await row(store, _ONE, {"code": code})
    if found is None:
        raise UnknownError(f"entity {code}: not in the register")
    return EntityDetail.model_validate(_document(found))


def _wanted(query: EntityQuery) -> dict[str, Any]:
    wanted: dict[str, Any] = {"klass": query.klass, "after": cursors.decode_int(query.cursor)}
    if query.q is not None:
        wanted |= _searched(query.q)
    if query.bbox is not None:
        wanted |= dict(zip(("west", "south", "east", "north"), query.bbox.mercator(), strict=True))
    if query.name is not None:
        wanted |= {"scheme": query.name.scheme, "value": query.name.value}
    return wanted


def _searched(text: str) -> dict[str, Any]:
    try:
        return {"code": int(EntityCode.parse_printed(text))}
    except InvalidEntityCodeError:
        escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        return {"part": f"%{escaped}%"}


def _document(found: DictRow) -> dict[str, Any]:
    code = EntityCode.from_int(found["code"])
    klass = entity_classes().get(code.klass)
    return found | {
        "code": str(code),
        "printed": code.printed(),
        "class_name_zh": klass.name_zh if klass else "",
        "class_name_en": klass.name_en if klass else "",
        "place": None if found["lon"] is None else (found["lon"], found["lat"]),
    }
