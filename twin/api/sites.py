"""Where sensors should stand in a network."""

from typing import Annotated, Any

import psycopg
from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from data.networks import UnknownNetworkError
from data.networks.siting import sensors_proposed, stations
from spatial.networks.graph import NameNodeOfNetworkError
from twin.api.entity_documents import answered
from twin.api.negotiation import Accept
from twin.api.networks import Followed, NamedNetwork
from twin.api.parameters import SearchText
from twin.api.problems import UnknownError, documented
from twin.api.register_store import Register
from twin.api.shape_formats import SHAPES_ANSWER, drawn, shape_format

Connection = psycopg.Connection[tuple[Any, ...]]
_DAY_S = 86_400.0

router = APIRouter(prefix="/api/v1/networks", tags=["networks"], responses=documented())


class SitesQuery(NamedNetwork):
    """How many sensors, and what will be known of releases."""

    count: int = Field(ge=1, le=10_000, description="at most so many new sensors")
    begin_known_s: float | None = Field(
        default=None, ge=0, le=_DAY_S, description="to how many seconds a release will be timed"
    )
    interval_s: float = Field(default=300.0, ge=1, le=_DAY_S, description="between two readings")
    existing: list[SearchText] = Field(
        default=[], max_length=1000, description="nodes where sensors stand; codes, or keys"
    )
    keep: bool = Field(default=True, description="the register's water quality stations stay")


class Site(BaseModel):
    """A node where a sensor should stand; figures are those of all sensors up to this one."""

    key: str
    kind: str
    order: int = Field(description="from 1, the most useful first")
    seen: float | None = Field(description="share of releases that a sensor sees")
    alike: float | None = Field(description="nodes that then look like the source, in the mean")


class SiteList(BaseModel):
    """Proposed sensors; fewer than asked for where no other place adds anything."""

    sensors: list[Site]
    existing: list[str] = Field(description="nodes where sensors stand already")
    seen: float | None = Field(description="with these alone")
    alike: float | None


@router.get("/sites", response_model=SiteList, responses=SHAPES_ANSWER | documented(404))
async def propose_sites(
    register: Register,
    shelf: Followed,
    query: Annotated[SitesQuery, Query()],
    accept: Accept = "",
) -> Response:
    """Return where sensors tell the sources of a pollution apart best."""
    form = shape_format(query.format, accept)

    def work(connection: Connection) -> Response:
        graph = shelf.graph(connection, query.network, by_invert=query.by_invert)
        kept = stations(connection, graph) if query.keep else []
        found = sensors_proposed(
            graph,
            query.count,
            existing=[*kept, *query.existing],
            released_known_s=query.begin_known_s,
            interval_s=query.interval_s,
        )
        if form == "json":
            return answered(found.document)
        return drawn(form, found.table(), "sites", key=found.key)

    try:
        return await register.do(work)
    except (NameNodeOfNetworkError, UnknownNetworkError) as error:
        raise UnknownError(f"network {query.network!r}: {error}") from error
