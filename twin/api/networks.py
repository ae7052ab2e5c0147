"""Networks of pipes and rivers: what lies up and down of a node, findings, sources of pollution."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Literal, Self

import pandas as pd
import psycopg
from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, FiniteFloat, model_validator

from data import networks
from data.networks import REGISTER, Shelf, UnknownNetworkError, answers
from data.registry import srid_of
from spatial.networks.graph import Graph, NameNodeOfNetworkError
from twin.api.access import check_origin
from twin.api.entity_answers import NoneAsked
from twin.api.entity_documents import answered
from twin.api.parameters import NoQuery, SearchText
from twin.api.problems import MalformedError, UnknownError, documented
from twin.api.register_store import Register, RegisterStore

Connection = psycopg.Connection[tuple[Any, ...]]
_MOST_READINGS = 20_000

router = APIRouter(prefix="/api/v1/networks", tags=["networks"], responses=documented())


def _shelf_of(request: Request) -> Shelf:
    shelf: Shelf = request.app.state.networks
    return shelf


Followed = Annotated[Shelf, Depends(_shelf_of)]


class Network(BaseModel):
    """A network that can be followed."""

    name: str
    format: str = Field(examples=["register", "SWMM"])
    nodes: int | None = Field(description="null where they are counted when it is followed")
    links: int


class NetworkList(BaseModel):
    """The register's own network, then those of models."""

    items: list[Network]
    next: None = Field(default=None, description="always null: the list is whole")


class NamedNetwork(NoQuery):
    """Which network."""

    network: SearchText = Field(default=REGISTER, description="`register`, or name of a model")


class NodeQuery(NamedNetwork):
    """Which node of which network."""

    node: SearchText = Field(description="entity code, or key of the model", alias="from")


class TraceQuery(NodeQuery):
    """Which way, and how much of it."""

    direction: Literal["up", "down"] = "down"
    limit: int = Field(default=1000, ge=1, le=100_000, description="at most so many nodes")
    geojson: bool = Field(default=False, description="answer as a GeoJSON feature collection")


class WayQuery(NodeQuery):
    """From where to where."""

    goal: SearchText = Field(alias="to", description="entity code, or key of the model")
    geojson: bool = False


class Along(BaseModel):
    """A node that water comes to, or a link that it takes."""

    key: str = Field(description="entity code in the register's network")
    kind: str
    via: str | None = Field(description="link by which a node is reached; of a link its nodes")
    distance_m: float | None = Field(description="along the shortest way")
    travel_s: float | None = Field(description="on the same way; by Manning for full pipes")


class Trace(BaseModel):
    """What water passes after a node, or before it comes there."""

    nodes: list[Along] = Field(description="nearest first")
    links: list[Along]
    more_nodes: int = Field(description="beyond the limit")


class Way(BaseModel):
    """One way from node to node, in the order of the water."""

    steps: list[Along] = Field(description="nodes and links by turns; empty: no way leads there")
    distance_m: float | None
    travel_s: float | None


class NodeOutfalls(BaseModel):
    """Where the water of a node leaves the network."""

    outfalls: list[str] = Field(description="several where ways part")
    nearest: str | None
    distance_m: float | None
    travel_s: float | None


class Finding(BaseModel):
    """Something that is odd about a network."""

    kind: str = Field(examples=["against_slope"])
    nodes: list[str]
    links: list[str]
    figures: dict[str, float | None]
    sentence: str


class FindingList(BaseModel):
    """Everything found, kind by kind."""

    items: list[Finding]
    next: None = Field(default=None, description="always null: the list is whole")


class SensorReading(BaseModel):
    """What a sensor in the network read, above the background."""

    model_config = ConfigDict(extra="forbid")

    node: SearchText
    observed_at: datetime
    value: FiniteFloat


class PollutionReadings(BaseModel):
    """Readings of all sensors, also of those that saw nothing: they are evidence too."""

    model_config = ConfigDict(extra="forbid")

    readings: list[SensorReading] = Field(min_length=1, max_length=_MOST_READINGS)
    at_most: int = Field(default=10, ge=1, le=1000)
    released_from: AwareDatetime | None = Field(
        default=None, description="the release began no earlier; with `released_to`"
    )
    released_to: AwareDatetime | None = Field(default=None, description="and no later")

    @model_validator(mode="after")
    def _whole_window(self) -> Self:
        if (self.released_from is None) != (self.released_to is None):
            raise ValueError("expected both of released_from and released_to, or none")
        if self.released_from and self.released_to and self.released_from > self.released_to:
            raise ValueError("expected released_from before released_to")
        return self

    def window(self) -> tuple[datetime, datetime] | None:
        """Return between which instants the release began, None where nobody knows."""
        if self.released_from is None or self.released_to is None:
            return None
        return self.released_from, self.released_to


class PossibleSource(BaseModel):
    """A node from which the pollution can have come."""

    node: str
    probability: float
    begin_from: datetime
    begin_to: datetime
    reason: str


class SourceList(BaseModel):
    """Possible sources, the likeliest first, and what the ranking says in sentences."""

    items: list[PossibleSource]
    sentences: list[str]


@router.get("", response_model=NetworkList)
async def list_networks(register: Register, _query: NoneAsked) -> Response:
    """Return the networks that can be followed."""
    found = await register.do(networks.list_networks)
    return answered({"items": [one._asdict() for one in found], "next": None})


@router.get("/trace", response_model=Trace, responses=documented(404))
async def read_trace(
    register: Register, shelf: Followed, query: Annotated[TraceQuery, Query()]
) -> Response:
    """Return what water passes after a node, or before it comes there."""
    return await _asked(
        register,
        shelf,
        query.network,
        lambda graph, crs: answers.traced(
            graph, crs, query.node, query.direction, query.limit, drawn=query.geojson
        ),
    )


@router.get("/way", response_model=Way, responses=documented(404))
async def read_way(
    register: Register, shelf: Followed, query: Annotated[WayQuery, Query()]
) -> Response:
    """Return the shortest way of the water from node to node."""
    return await _asked(
        register,
        shelf,
        query.network,
        lambda graph, crs: answers.way(graph, crs, query.node, query.goal, drawn=query.geojson),
    )


@router.get("/outfalls", response_model=NodeOutfalls, responses=documented(404))
async def read_outfalls(
    register: Register, shelf: Followed, query: Annotated[NodeQuery, Query()]
) -> Response:
    """Return where the water of a node leaves the network."""
    return await _asked(
        register, shelf, query.network, lambda graph, _crs: answers.outfalls_of(graph, query.node)
    )


@router.get("/findings", response_model=FindingList, responses=documented(404))
async def list_findings(
    register: Register, shelf: Followed, query: Annotated[NamedNetwork, Query()]
) -> Response:
    """Return what is odd: flow against the slope, orphans, smaller pipes downstream and so on."""
    return await _asked(
        register,
        shelf,
        query.network,
        lambda graph, _crs: {"items": answers.what_is_odd(graph), "next": None},
    )


@router.post(
    "/sources",
    response_model=SourceList,
    responses=documented(404, 413, 415),
    dependencies=[Depends(check_origin)],
)
async def rank(
    register: Register,
    shelf: Followed,
    asked: PollutionReadings,
    query: Annotated[NamedNetwork, Query()],
) -> Response:
    """Rank the nodes from which a pollution that sensors saw can have come."""
    return await _asked(
        register,
        shelf,
        query.network,
        lambda graph, crs: answers.possible_sources(
            graph, crs, _table(asked), asked.at_most, asked.window()
        ),
    )


async def _asked(
    register: RegisterStore, shelf: Shelf, name: str, ask: Callable[[Graph, str], dict[str, Any]]
) -> Response:
    def work(connection: Connection) -> dict[str, Any]:
        graph = shelf.graph(connection, name)
        return ask(graph, f"EPSG:{srid_of(connection)}")

    try:
        return answered(await register.do(work))
    except (NameNodeOfNetworkError, UnknownNetworkError) as error:
        raise UnknownError(f"network {name!r}: {error}") from error


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
