"""Networks as documents: what is asked with readings, and what is answered."""

from datetime import datetime
from typing import Any, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, FiniteFloat, model_validator

from twin.api.parameters import SearchText

_MOST_READINGS = 20_000


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

    outfalls: list[str] = Field(description="several where ways part, the nearest first")
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


class NetworkLand(BaseModel):
    """The land that drains to a node, or to the node or pipe of a point."""

    node: str = Field(description="the node whose land it is")
    link: str | None = Field(description="the pipe that the point is on; its upper node is taken")
    method: str = Field(
        description="how the node was found: named; node or pipe: within 5 m of the point; "
        "outline: it lies in one that drains there; nearest inlet: within 50 m"
    )
    distance_m: float | None = Field(description="of the point from it")
    catchments: list[str] = Field(description="outlines in it")
    nodes: int = Field(description="whose water comes to the node, itself included")
    area_m2: float
    outlined_m2: float = Field(description="of that, what is outlined; the rest is nearest")
    unplaced_m2: float = Field(description="beyond that, of outlines that are not drawn")
    geometry: dict[str, Any] = Field(description="GeoJSON, WGS 84")


class Part(BaseModel):
    """A node or link."""

    key: str
    kind: str


class PeopleThere(BaseModel):
    """People, as far as the register knows."""

    counted: int
    estimated: int
    unknown_buildings: int = Field(description="buildings for which nobody is counted")


class Isolation(BaseModel):
    """What to shut to cut off pipes, and what that does."""

    brings_water: bool = Field(description="it has reservoirs or tanks; otherwise it takes water")
    shut: list[Part] = Field(description="valves, pumps and gates")
    at_node: list[Part] = Field(
        description="reservoirs, tanks and stations to shut, and nodes at which to plug pipes, "
        "for no valve or gate lies between"
    )
    between: list[Part] = Field(description="nodes and links between, up to the limit")
    lost: list[Part] = Field(
        description="nodes that lose supply, or every way to an outfall; up to the limit"
    )
    nodes_between: int
    links_between: int
    nodes_lost: int
    people: PeopleThere = Field(description="in buildings by the lost nodes")
    buildings: int = Field(description="by the lost nodes, inside or crossing that land")
    sentences: list[str]
