"""Networks of pipes and rivers: what lies up and down of a node, drains there, can be shut."""

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any, Literal, Self

import pandas as pd
import psycopg
from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import Field, model_validator

from data import networks
from data.networks import REGISTER, Shelf, UnknownNetworkError, answers
from data.networks.answer import Answer
from data.networks.cutting import isolated
from data.networks.draining import NothingDrainsError, land_at, land_of
from data.registry import srid_of
from spatial.crs import WGS84, CheckCoordinatesError, transform
from spatial.networks.graph import Graph, NameNodeOfNetworkError
from twin.api.access import check_origin
from twin.api.entity_answers import NoneAsked
from twin.api.entity_documents import answered
from twin.api.negotiation import Accept
from twin.api.network_documents import (
    FindingList,
    Isolation,
    NetworkLand,
    NetworkList,
    NodeOutfalls,
    PollutionReadings,
    SourceList,
    Trace,
    Way,
)
from twin.api.parameters import NoQuery, SearchText
from twin.api.problems import MalformedError, UnknownError, documented
from twin.api.register_store import Register, RegisterStore
from twin.api.shape_formats import (
    SHAPES_ANSWER,
    GeojsonQuery,
    ShapeFormatQuery,
    drawn,
    shape_format,
)

Connection = psycopg.Connection[tuple[Any, ...]]
_MOST_LINKS = 100
_UNKNOWN = (NameNodeOfNetworkError, NothingDrainsError, UnknownNetworkError)

router = APIRouter(prefix="/api/v1/networks", tags=["networks"], responses=documented())
_SHAPES = SHAPES_ANSWER | documented(404)


def _shelf_of(request: Request) -> Shelf:
    shelf: Shelf = request.app.state.networks
    return shelf


Followed = Annotated[Shelf, Depends(_shelf_of)]


class NamedNetwork(NoQuery):
    """Which network, and in which form it is told."""

    network: SearchText = Field(default=REGISTER, description="`register`, or name of a model")
    by_invert: bool = Field(
        default=False, description="let pipes lead downhill by their levels, however drawn"
    )
    format: ShapeFormatQuery = None


class NodeQuery(NamedNetwork):
    """Which node of which network."""

    node: SearchText = Field(description="entity code, or key of the model", alias="from")


class TraceQuery(NodeQuery):
    """Which way, and how much of it."""

    direction: Literal["up", "down"] = "down"
    limit: int = Field(default=1000, ge=1, le=100_000, description="at most so many nodes")
    geojson: GeojsonQuery = False


class WayQuery(NodeQuery):
    """From where to where."""

    goal: SearchText = Field(alias="to", description="entity code, or key of the model")
    geojson: GeojsonQuery = False


class LandQuery(NamedNetwork):
    """Whose land: of a point, or of a node."""

    lon: float | None = Field(default=None, ge=-180, le=180, description="degrees, WGS 84")
    lat: float | None = Field(default=None, ge=-90, le=90)
    node: SearchText | None = Field(
        default=None, description="entity code, or key of the model", alias="from"
    )
    own: bool = Field(default=False, description="without what comes there through pipes")

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        point = self.lon is not None, self.lat is not None
        if any(point) != all(point) or all(point) == (self.node is not None):
            raise ValueError("expected lon and lat, or from")
        return self


class IsolationQuery(NamedNetwork):
    """What is to be cut off, or what is shut."""

    link: list[SearchText] = Field(
        min_length=1, max_length=_MOST_LINKS, description="entity codes, or keys of the model"
    )
    closed: bool = Field(default=False, description="these are shut; say only what that does")
    limit: int = Field(default=1000, ge=1, le=100_000, description="at most so many of a list")


@router.get("", response_model=NetworkList)
async def list_networks(register: Register, _query: NoneAsked) -> Response:
    """Return the networks that can be followed."""
    found = await register.do(networks.list_networks)
    return answered({"items": [one._asdict() for one in found], "next": None})


@router.get("/trace", response_model=Trace, responses=_SHAPES)
async def read_trace(
    register: Register,
    shelf: Followed,
    query: Annotated[TraceQuery, Query()],
    accept: Accept = "",
) -> Response:
    """Return what water passes after a node, or before it comes there."""
    asked = _Asked(register, shelf, query, accept, geojson=query.geojson)
    return await asked.of_graph(
        "trace", lambda graph: answers.traced(graph, query.node, query.direction, query.limit)
    )


@router.get("/way", response_model=Way, responses=_SHAPES)
async def read_way(
    register: Register,
    shelf: Followed,
    query: Annotated[WayQuery, Query()],
    accept: Accept = "",
) -> Response:
    """Return the shortest way of the water from node to node."""
    asked = _Asked(register, shelf, query, accept, geojson=query.geojson)
    return await asked.of_graph("way", lambda graph: answers.way(graph, query.node, query.goal))


@router.get("/outfalls", response_model=NodeOutfalls, responses=_SHAPES)
async def read_outfalls(
    register: Register,
    shelf: Followed,
    query: Annotated[NodeQuery, Query()],
    accept: Accept = "",
) -> Response:
    """Return where the water of a node leaves the network."""
    asked = _Asked(register, shelf, query, accept)
    return await asked.of_graph("outfalls", lambda graph: answers.outfalls_of(graph, query.node))


@router.get("/findings", response_model=FindingList, responses=_SHAPES)
async def list_findings(
    register: Register,
    shelf: Followed,
    query: Annotated[NamedNetwork, Query()],
    accept: Accept = "",
) -> Response:
    """Return what is odd: flow against the slope, orphans, smaller pipes downstream and so on."""
    return await _Asked(register, shelf, query, accept).of_graph("findings", answers.what_is_odd)


@router.get("/catchment", response_model=NetworkLand, responses=_SHAPES)
async def read_catchment(
    register: Register,
    shelf: Followed,
    query: Annotated[LandQuery, Query()],
    accept: Accept = "",
) -> Response:
    """Return the land that drains to the node or pipe of a point, or to a node."""

    def ask(connection: Connection) -> Answer:
        made = shelf.catchments(connection, query.network, by_invert=query.by_invert)
        if query.node is not None:
            return land_of(*made, query.node, alone=query.own)
        x, y = transform(query.lon or 0.0, query.lat or 0.0, WGS84, f"EPSG:{srid_of(connection)}")
        return land_at(*made, float(x), float(y), alone=query.own)

    return await _Asked(register, shelf, query, accept).told("catchment", ask)


@router.get("/isolation", response_model=Isolation, responses=_SHAPES)
async def read_isolation(
    register: Register,
    shelf: Followed,
    query: Annotated[IsolationQuery, Query()],
    accept: Accept = "",
) -> Response:
    """Return which valves and gates to shut to cut off pipes, and who is without then."""

    def ask(connection: Connection) -> Answer:
        graph = shelf.graph(connection, query.network, by_invert=query.by_invert)
        return isolated(connection, graph, query.link, query.limit, closed=query.closed)

    return await _Asked(register, shelf, query, accept).told("isolation", ask)


@router.post(
    "/sources",
    response_model=SourceList,
    responses=SHAPES_ANSWER | documented(404, 413, 415),
    dependencies=[Depends(check_origin)],
)
async def rank(
    register: Register,
    shelf: Followed,
    asked: PollutionReadings,
    query: Annotated[NamedNetwork, Query()],
    accept: Accept = "",
) -> Response:
    """Rank the nodes from which a pollution that sensors saw can have come."""
    table = _table(asked)
    return await _Asked(register, shelf, query, accept).of_graph(
        "sources",
        lambda graph: answers.possible_sources(graph, table, asked.at_most, asked.window()),
    )


class _Asked:
    """What is asked of a network, and the form in which it is answered."""

    def __init__(
        self,
        register: RegisterStore,
        shelf: Shelf,
        query: NamedNetwork,
        accept: str,
        *,
        geojson: bool = False,
    ) -> None:
        self._register, self._shelf, self._query = register, shelf, query
        self._form = shape_format(query.format, accept, geojson=geojson)

    async def of_graph(self, name: str, ask: Callable[[Graph], Answer]) -> Response:
        """Answer what needs no more than the graph."""

        def work(connection: Connection) -> Answer:
            query = self._query
            return ask(self._shelf.graph(connection, query.network, by_invert=query.by_invert))

        return await self.told(name, work)

    async def told(self, name: str, ask: Callable[[Connection], Answer]) -> Response:
        """Answer; ``name`` is that of a file."""
        try:
            return await self._register.do(partial(self._answer, name, ask))
        except _UNKNOWN as error:
            raise UnknownError(f"network {self._query.network!r}: {error}") from error
        except CheckCoordinatesError as error:
            raise MalformedError(f"lon and lat: {error}") from error

    def _answer(
        self, name: str, ask: Callable[[Connection], Answer], connection: Connection
    ) -> Response:
        found = ask(connection)
        if self._form == "json":
            return answered(found.document)
        return drawn(self._form, found.table(), name, key=found.key)


def _table(asked: PollutionReadings) -> pd.DataFrame:
    if naive := [one for one in asked.readings if one.observed_at.tzinfo is None]:
        raise MalformedError(
            f"observed_at {naive[0].observed_at.isoformat()}: expected a zone, e.g. +08:00"
        )
    if odd := [one for one in asked.readings if one.observed_at.year not in answers.YEARS]:
        raise MalformedError(
            f"observed_at {odd[0].observed_at.isoformat()}: expected an instant of our time"
        )
    table = pd.DataFrame([one.model_dump() for one in asked.readings])
    table["observed_at"] = pd.to_datetime(table["observed_at"], utc=True)
    return table
