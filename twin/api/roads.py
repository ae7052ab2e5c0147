"""Roads: what is reached from rescue stations, who is nearest to an incident, what lies too far."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

import psycopg
from fastapi import APIRouter, Query, Response
from pydantic import Field
from shapely.geometry import Point

from data import roads
from data.positions import mobile_classes
from data.registry import srid_of
from data.roads import UnknownPlaceError, answers
from data.roads.coverage import KEY_AREA, RISK_SITES, WITHIN_MINUTES
from data.roads.nearest import MOST_AGE
from data.roads.spots import OFF_ROAD_M, STATIONS
from spatial.crs import WGS84, CheckCoordinatesError, transform
from twin.api.entity_answers import NoneAsked
from twin.api.entity_documents import answered
from twin.api.negotiation import Accept
from twin.api.parameters import ClassOrMajor, Code, Instant, NoQuery, RowId, Spot
from twin.api.parameters import Place as AskedPlace
from twin.api.problems import MalformedError, UnknownError, documented
from twin.api.register_store import Register, RegisterStore
from twin.api.road_documents import CoverageAnswer, NearestAnswer, ReachAnswer, RoadNetwork
from twin.api.shape_formats import (
    SHAPES_ANSWER,
    GeojsonQuery,
    ShapeFormatQuery,
    drawn,
    shape_format,
)

Connection = psycopg.Connection[tuple[Any, ...]]
Minutes = Annotated[float, Field(gt=0, le=240)]
_MOST = 500

router = APIRouter(prefix="/api/v1/roads", tags=["roads"], responses=documented())
_SHAPES = SHAPES_ANSWER | documented(404)


class RoadsQuery(NoQuery):
    """What is closed, and how far from a road a place may be."""

    closed: list[Code] = Field(
        default=[], max_length=_MOST, description="further roads (8401) and sections (8402)"
    )
    flooded: bool = Field(
        default=True, description="close what has a flood alert of level orange or red, not cleared"
    )
    mode: Literal["actual", "exercise", "replay"] = Field(
        default="actual", description="of these alerts"
    )
    off_road_m: float = Field(default=OFF_ROAD_M, gt=0, le=5000)
    format: ShapeFormatQuery = None
    geojson: GeojsonQuery = False


class StationQuery(RoadsQuery):
    """Where driving begins."""

    station: list[Code] = Field(default=[], max_length=_MOST, description="entities")
    station_class: list[ClassOrMajor] | None = Field(
        default=None, max_length=20, description=f"{STATIONS[0]} where nothing is named"
    )


class ReachQuery(StationQuery):
    """From where, and how long."""

    place: AskedPlace | None = Field(default=None, description="longitude,latitude")
    minutes: list[Minutes] = Field(default=[5.0, 10.0, 15.0], min_length=1, max_length=10)


class NearestQuery(RoadsQuery):
    """Whose incident, and who may help."""

    alert: RowId | None = Field(default=None, description="the incident: where its entity is")
    entity: Code | None = Field(default=None, description="the incident: an entity")
    place: AskedPlace | None = Field(default=None, description="the incident: longitude,latitude")
    helper: list[Code] = Field(default=[], max_length=_MOST, description="entities")
    helper_class: list[ClassOrMajor] | None = Field(
        default=None,
        max_length=20,
        description=f"{', '.join(mobile_classes())} where nobody is named",
    )
    at: Instant | None = Field(default=None, description="as of when positions count; now")
    most_age_s: float = Field(
        default=MOST_AGE.total_seconds(), gt=0, le=31_536_000, description="of one not stale"
    )
    limit: int = Field(default=10, ge=1, le=_MOST, description="so many that come")


class CoverageQuery(StationQuery):
    """Which areas, and how soon."""

    area: list[Code] = Field(default=[], max_length=_MOST)
    area_class: list[ClassOrMajor] | None = Field(
        default=None, max_length=20, description=f"{KEY_AREA} where no area is named"
    )
    site_class: list[ClassOrMajor] = Field(
        default=list(RISK_SITES), max_length=20, description="classes of risk sites"
    )
    minutes: Minutes = WITHIN_MINUTES


@router.get("", response_model=RoadNetwork)
async def read_network(register: Register, _query: NoneAsked) -> Response:
    """Return the network of roads; it is made anew first if roads changed."""
    return answered(answers.network_document(await register.do(roads.ready)))


@router.get("/reach", response_model=ReachAnswer, responses=_SHAPES)
async def read_reach(
    register: Register, query: Annotated[ReachQuery, Query()], accept: Accept = ""
) -> Response:
    """Return what is reached from stations in so many minutes, closed roads left out."""

    def ask(connection: Connection, crs: str) -> dict[str, Any]:
        drawn = [] if query.place is None else [_drawn(query.place, crs)]
        starts = [*_stations(connection, query, named=bool(drawn)), *drawn]
        closed = _closed(connection, query)
        found = roads.reach(
            connection, _some(starts), query.minutes, closed, off_road_m=query.off_road_m
        )
        return answers.reach_document(found, crs)

    return await _asked(register, query, accept, ask)


@router.get("/nearest", response_model=NearestAnswer, responses=_SHAPES)
async def read_nearest(
    register: Register, query: Annotated[NearestQuery, Query()], accept: Accept = ""
) -> Response:
    """Return who is soonest at an incident, from where they were last."""
    classes = query.helper_class
    if classes is None:
        classes = [] if query.helper else list(mobile_classes())

    def ask(connection: Connection, crs: str) -> dict[str, Any]:
        place = _incident(connection, query, crs)
        wanted = roads.Wanted(
            codes=query.helper,
            classes=classes,
            at=query.at or datetime.now(UTC),
            most_age=timedelta(seconds=query.most_age_s),
            off_road_m=query.off_road_m,
            most=query.limit,
        )
        found = roads.nearest(connection, place, wanted, _closed(connection, query))
        return answers.nearest_document(found, crs)

    return await _asked(register, query, accept, ask)


@router.get("/coverage", response_model=CoverageAnswer, responses=_SHAPES)
async def read_coverage(
    register: Register, query: Annotated[CoverageQuery, Query()], accept: Accept = ""
) -> Response:
    """Return how much of areas, their people and risk sites is reached in time, and the gaps."""
    named = () if query.area else (KEY_AREA,)

    def ask(connection: Connection, crs: str) -> dict[str, Any]:
        asked = roads.Asked(
            codes=query.area,
            classes=named if query.area_class is None else query.area_class,
            sites=query.site_class,
            minutes=query.minutes,
            off_road_m=query.off_road_m,
        )
        stations = _some(_stations(connection, query))
        found = roads.coverage(connection, stations, asked, _closed(connection, query))
        return answers.coverage_document(found, crs)

    return await _asked(register, query, accept, ask)


async def _asked(
    register: RegisterStore,
    query: RoadsQuery,
    accept: str,
    ask: Callable[[Connection, str], dict[str, Any]],
) -> Response:
    form = shape_format(query.format, accept, geojson=query.geojson)

    def work(connection: Connection) -> Response:
        document = ask(connection, f"EPSG:{srid_of(connection)}")
        if form == "json":
            return answered(document)
        return drawn(form, answers.shapes_table(document), "roads")

    try:
        return await register.do(work)
    except UnknownPlaceError as error:
        raise UnknownError(str(error)) from error


def _closed(connection: Connection, query: RoadsQuery) -> list[roads.Closure]:
    return roads.closures(connection, tuple(query.closed), flooded=query.flooded, mode=query.mode)


def _stations(
    connection: Connection, query: StationQuery, *, named: bool = False
) -> list[roads.Place]:
    classes = query.station_class
    if classes is None:
        classes = [] if query.station or named else list(STATIONS)
    return roads.places(connection, query.station, classes)


def _some(stations: list[roads.Place]) -> list[roads.Place]:
    if not stations:
        raise UnknownPlaceError("station: expected a code, or a class of which there is one")
    return stations


def _incident(connection: Connection, query: NearestQuery, crs: str) -> roads.Place:
    if sum(one is not None for one in (query.alert, query.entity, query.place)) != 1:
        raise MalformedError("incident: expected one of alert, entity and place")
    if query.alert is not None:
        return roads.place_of_alert(connection, query.alert)
    if query.entity is not None:
        return roads.places(connection, [query.entity])[0]
    return _drawn(query.place, crs)


def _drawn(spot: Spot | None, crs: str) -> roads.Place:
    if spot is None:
        raise MalformedError("place: expected one")
    try:
        x, y = transform([spot.longitude], [spot.latitude], WGS84, crs)
    except CheckCoordinatesError as error:
        raise MalformedError(f"place: {error}") from error
    name = f"{spot.longitude:g},{spot.latitude:g}"
    return roads.Place(0, "", name, Point(float(x[0]), float(y[0])))
