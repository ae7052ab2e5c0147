"""Areas: what is in, near, above and below them, and whom an alert concerns."""

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

import orjson
import psycopg
import shapely
from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, ConfigDict, Field, FiniteFloat
from shapely.geometry import MultiPolygon, mapping, shape

from data import areas
from data.areas import Choice, UnknownAreaError
from data.areas.contents import RELATIONS, Area, Relation
from data.areas.drawing import ALERT, contents_table
from data.registry import srid_of
from spatial.crs import WGS84, transform_shapes
from spatial.feature_tables import framed
from twin.api import cursors
from twin.api.access import check_origin
from twin.api.entity_answers import NoneAsked
from twin.api.entity_documents import answered, identity
from twin.api.negotiation import Accept
from twin.api.parameters import ClassOrMajor, Code, NoQuery, PageQuery, RowId, page_of
from twin.api.problems import MalformedError, UnknownError, documented
from twin.api.register_shapes import placed
from twin.api.register_store import Register
from twin.api.shape_formats import SHAPES_ANSWER, ShapeFormatQuery, drawn, shape_format

Connection = psycopg.Connection[tuple[Any, ...]]
Metres = Annotated[float, Field(ge=0, le=50_000)]
Level = Annotated[FiniteFloat, Field(ge=-500, le=9000)]
Side = Literal["above", "below", "level"]
_CAP_DECIMALS = 5

router = APIRouter(prefix="/api/v1", tags=["areas"], responses=documented(404))


class ContentQuery(PageQuery):
    """Which entities; conditions add up."""

    relation: Relation | None = Field(
        default=None, description="in: wholly; partly: crosses or touches; near: outside"
    )
    near_m: Metres = Field(default=0.0, description="how far away near goes")
    klass: ClassOrMajor | None = Field(default=None, alias="class")
    side: Side | None = Field(
        default=None, description="above, below or level with the area's own levels"
    )
    format: ShapeFormatQuery = None


class AreaQuery(NoQuery):
    """In which form an area is told."""

    format: ShapeFormatQuery = None


class Content(BaseModel):
    """An entity at an area."""

    code: str
    printed: str
    klass: str = Field(alias="class")
    class_name_zh: str
    class_name_en: str
    name: str
    relation: Relation
    distance_m: float = Field(description="from the area, 0 inside")
    share: float | None = Field(description="how much of it lies inside, 0 to 1")
    base_m: float | None = Field(description="its lowest level; null where nobody said it")
    top_m: float | None = Field(description="its highest level, alike")
    side: Side | None = Field(description="null where a level is not known")


class ContentList(BaseModel):
    """Entities at an area, in the order of their codes."""

    items: list[Content]
    next: str | None


class People(BaseModel):
    """People in an area, as far as the register knows."""

    counted: int = Field(description="residents of the buildings in it")
    estimated: int = Field(description="of buildings of which only the households are known")
    unknown_buildings: int = Field(description="buildings for which nobody is counted")


class ClassCount(BaseModel):
    """How many entities of a class there are."""

    inside: int = Field(description="wholly")
    touched: int = Field(description="inside or crossing")


class AreaSummary(BaseModel):
    """What there is in an area."""

    counts: dict[str, ClassCount] = Field(description="by class")
    buildings: int
    people: People


class AskedArea(BaseModel):
    """An area that is drawn."""

    model_config = ConfigDict(extra="forbid", strict=True)

    geometry: dict[str, Any] = Field(
        description="GeoJSON geometry, WGS 84",
        examples=[{"type": "Point", "coordinates": [113.936, 22.749]}],
    )
    floor_m: Level | None = Field(default=None, description="lowest level that is meant")
    ceiling_m: Level | None = Field(default=None, description="highest level that is meant")


class AlertArea(BaseModel):
    """Whom an alert concerns."""

    entity: str
    sentence: str = Field(description="how the area was made")
    geometry: dict[str, Any] = Field(description="GeoJSON MultiPolygon, WGS 84")
    area_m2: float
    cap_polygons: list[str] = Field(
        description="as CAP 1.2 writes them: latitude,longitude pairs, the first one again at last"
    )
    people: People
    buildings: int


@router.get("/areas/{code}/contents", response_model=ContentList, responses=SHAPES_ANSWER)
async def list_contents(
    register: Register, code: Code, query: Annotated[ContentQuery, Query()], accept: Accept = ""
) -> Response:
    """Return the entities in and near an area, or any other entity that has an outline.

    As features they come in pages, too: the header `Link` leads to the next.
    """
    return await _contents(register, partial(areas.area_of, code=int(code)), query, accept)


@router.post(
    "/areas/contents",
    response_model=ContentList,
    responses=SHAPES_ANSWER | documented(413, 415),
    dependencies=[Depends(check_origin)],
)
async def list_contents_of_shape(
    register: Register,
    asked: AskedArea,
    query: Annotated[ContentQuery, Query()],
    accept: Accept = "",
) -> Response:
    """Return the entities in and near an area that is drawn."""
    return await _contents(register, partial(_drawn, asked=asked), query, accept)


@router.get("/areas/{code}/summary", response_model=AreaSummary)
async def read_summary(register: Register, code: Code, _query: NoneAsked) -> Response:
    """Return how many entities, buildings and people there are in an area."""
    return await _summary(register, partial(areas.area_of, code=int(code)))


@router.post(
    "/areas/summary",
    response_model=AreaSummary,
    responses=documented(413, 415),
    dependencies=[Depends(check_origin)],
)
async def read_summary_of_shape(
    register: Register, asked: AskedArea, _query: NoneAsked
) -> Response:
    """Return how many entities, buildings and people there are in an area that is drawn."""
    return await _summary(register, partial(_drawn, asked=asked))


@router.get("/alerts/{alert_id}/area", response_model=AlertArea, responses=SHAPES_ANSWER)
async def read_alert_area(
    register: Register, alert_id: RowId, query: Annotated[AreaQuery, Query()], accept: Accept = ""
) -> Response:
    """Return the area that an alert concerns, and the people in it."""
    form = shape_format(query.format, accept)
    document = await register.do(partial(_alert_area, alert=alert_id))
    if form == "json":
        return answered(document)
    table = framed([document], [shape(document["geometry"])], ALERT, WGS84)
    return drawn(form, table, "area", key="entity")


def _drawn(connection: Connection, *, asked: AskedArea) -> Area:
    shape, _warnings = placed(asked.geometry, srid_of(connection))
    if shape is None:
        raise MalformedError("geometry: expected one, got null")
    floor_m, ceiling_m = asked.floor_m, asked.ceiling_m
    if floor_m is not None and ceiling_m is not None and floor_m > ceiling_m:
        raise MalformedError(f"floor_m {floor_m:g}: expected at most ceiling_m, {ceiling_m:g}")
    area = areas.area_around(connection, shape)
    return area._replace(floor_m=floor_m, ceiling_m=ceiling_m)


async def _contents(
    register: Any,  # noqa: ANN401 - the store, of which FastAPI knows the type
    area: Callable[[Connection], Area],
    query: ContentQuery,
    accept: str,
) -> Response:
    form = shape_format(query.format, accept)
    choice = Choice(
        relations=RELATIONS if query.relation is None else (query.relation,),
        near_m=query.near_m,
        klass=query.klass,
        side=query.side,
        after=cursors.decode_int(query.cursor) or 0,
        limit=query.limit + 1,
    )

    def ask(connection: Connection) -> Response:
        found = areas.contents(connection, _known(connection, area), choice)
        items, last = page_of(found, query.limit)
        following = None if last is None else cursors.encode(last.code)
        documents = [_content(one) for one in items]
        if form == "json":
            return answered({"items": documents, "next": following})
        table = contents_table(connection, documents, f"EPSG:{srid_of(connection)}")
        answer = drawn(form, table, "contents", key="code")
        if following is not None:
            answer.headers["Link"] = f'<?{_after(query, following)}>; rel="next"'
        return answer

    answer: Response = await register.do(ask)
    return answer


def _after(query: ContentQuery, cursor: str) -> str:
    """Return the query of the next page, as a relative address has it (RFC 8288)."""
    asked = query.model_dump(mode="json", by_alias=True, exclude_unset=True)
    return urlencode(asked | {"cursor": cursor})


async def _summary(
    register: Any,  # noqa: ANN401 - the store, of which FastAPI knows the type
    area: Callable[[Connection], Area],
) -> Response:
    def ask(connection: Connection) -> areas.Summary:
        return areas.summary(connection, _known(connection, area))

    found = await register.do(ask)
    counts = {
        klass: {"inside": inside, "touched": touched}
        for klass, (inside, touched) in found.counts.items()
    }
    return answered({"counts": counts, "buildings": found.buildings, "people": _people(found)})


def _known(connection: Connection, area: Callable[[Connection], Area]) -> Area:
    try:
        return area(connection)
    except UnknownAreaError as error:
        raise UnknownError(str(error)) from error


def _alert_area(connection: Connection, *, alert: int) -> dict[str, Any]:
    try:
        found = areas.affected_area(connection, alert)
    except UnknownAreaError as error:
        raise UnknownError(str(error)) from error
    srid = srid_of(connection)
    inside = areas.summary(connection, areas.area_around(connection, found.shape))
    (degrees,) = transform_shapes([found.shape], f"EPSG:{srid}", WGS84, anywhere=True)
    rounded = shapely.transform(degrees, lambda places: places.round(7))
    return {
        "entity": str(found.entity),
        "sentence": found.sentence,
        "geometry": orjson.loads(orjson.dumps(mapping(rounded))),
        "area_m2": round(found.shape.area, 1),
        "cap_polygons": _cap_polygons(rounded),
        "people": _people(inside),
        "buildings": inside.buildings,
    }


def _cap_polygons(shape: MultiPolygon) -> list[str]:
    """Return the outer rings as CAP 1.2 writes a polygon (3.2.4): latitude first."""
    return [
        " ".join(
            f"{latitude:.{_CAP_DECIMALS}f},{longitude:.{_CAP_DECIMALS}f}"
            for longitude, latitude in shapely.get_coordinates(part.exterior).tolist()
        )
        for part in shape.geoms
    ]


def _people(found: areas.Summary) -> dict[str, int]:
    return {
        "counted": found.residents,
        "estimated": found.estimated,
        "unknown_buildings": found.unknown,
    }


def _content(one: areas.Content) -> dict[str, Any]:
    told = one._asdict()
    del told["code"], told["klass"]
    return identity(one.code, one.klass) | told
