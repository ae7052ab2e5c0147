"""Roads: what is reached from rescue stations, who is nearest to an incident, what lies too far."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

import psycopg
from fastapi import APIRouter, Query, Response
from pydantic import Field
from shapely.geometry import Point

from data import roads
from data.registry import srid_of
from data.roads import UnknownPlaceError, answers
from data.roads.coverage import KEY_AREA, RISK_SITES, WITHIN_MINUTES
from data.roads.nearest import MOST_AGE
from data.roads.spots import OFF_ROAD_M
from spatial.crs import WGS84, CheckCoordinatesError, transform
from twin.api.entity_answers import NoneAsked
from twin.api.entity_documents import answered
from twin.api.parameters import ClassOrMajor, Code, Instant, NoQuery, RowId, Spot
from twin.api.parameters import Place as AskedPlace
from twin.api.problems import MalformedError, UnknownError, documented
from twin.api.register_store import Register, RegisterStore
from twin.api.road_documents import CoverageAnswer, NearestAnswer, ReachAnswer, RoadNetwork, Shapes

Connection = psycopg.Connection[tuple[Any, ...]]
Minutes = Annotated[float, Field(gt=0, le=240)]
_MOST = 500

router = APIRouter(prefix="/api/v1/roads", tags=["roads"], responses=documented())


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
    geojson: bool = Field(default=False, description="answer as a GeoJSON feature collection")


class StationQuery(RoadsQuery):
    """Where driving begins."""

    station: list[Code] = Field(default=[], max_length=_MOST, description="entities")
    station_class: list[ClassOrMajor] = Field(default=[], max_length=20)


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
    helper_class: list[ClassOrMajor] = Field(default=[], max_length=20)
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


@router.get("/reach", response_model=ReachAnswer | Shapes, responses=documented(404))
async def read_reach(register: Register, query: Annotated[ReachQuery, Query()]) -> Response:
    """Return what is reached from stations in so many minutes, closed roads left out."""

    def ask(connection: Connection, crs: str) -> dict[str, Any]:
        starts = _stations(connection, query)
        if query.place is not None:
            starts.append(_drawn(query.place, crs))
        closed = _closed(connection, query)
        found = roads.reach(
            connection, _some(starts), query.minutes, closed, off_road_m=query.off_road_m
        )
        return answers.reach_document(found, crs)

    return await _asked(register, query, ask)


@router.get("/nearest", response_model=NearestAnswer | Shapes, responses=documented(404))
async def read_nearest(register: Register, query: Annotated[NearestQuery, Query()]) -> Response:
    """Return who is soonest at an incident, from where they were last."""
    if not query.helper and not query.helper_class:
        raise MalformedError("helper: expected a code, or a class as helper_class")

    def ask(connection: Connection, crs: str) -> dict[str, Any]:
        place = _incident(connection, query, crs)
        wanted = roads.Wanted(
            codes=query.helper,
            classes=query.helper_class,
            at=query.at or datetime.now(UTC),
            most_age=timedelta(seconds=query.most_age_s),
            off_road_m=query.off_road_m,
            most=query.limit,
        )
        found = roads.nearest(connection, place, wanted, _closed(connection, query))
        return answers.nearest_document(found, crs)

    return await _asked(register, query, ask)


@router.get("/coverage", response_model=CoverageAnswer | Shapes, responses=documented(404))
async def read_coverage(register: Register, query: Annotated[CoverageQuery, Query()]) -> Response:
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

    return await _asked(register, query, ask)


async def _asked(
    register: RegisterStore, query: RoadsQuery, ask: Callable[[Connection, str], dict[str, Any]]
) -> Response:
    def work(connection: Connection) -> dict[str, Any]:
        return ask(connection, f"EPSG:{srid_of(connection)}")

    try:
        document = await register.do(work)
    except UnknownPlaceError as error:
        raise UnknownError(str(error)) from error
    return answered(answers.features(document) if query.geojson else document)


def _closed(connection: Connection, query: RoadsQuery) -> list[roads.Closure]:
    return roads.closures(connection, tuple(query.closed), flooded=query.flooded, mode=query.mode)


def _stations(connection: Connection, query: StationQuery) -> list[roads.Place]:
    return roads.places(connection, query.station, query.station_class)


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
