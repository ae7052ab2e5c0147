"""What is answered about roads."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field


class RoadNetwork(BaseModel):
    """The network as it stands."""

    revision: int = Field(description="of the register, as of which it is right")
    nodes: int
    edges: int
    length_km: float
    parts: int = Field(description="islands from none of which one drives to another")
    fastest_kmh: float = Field(description="the highest speed at which any of them is driven")
    left_out: dict[str, int] = Field(description="roads and sections that are not driven on, why")
    built_at: datetime
    built: bool = Field(description="it was made for this answer, for roads had changed")


class Named(BaseModel):
    """An entity, or a place that is none."""

    code: str | None
    name: str


class Beside(Named):
    """Something beside a road."""

    off_road_m: float | None = Field(description="to the nearest open road; that way takes no time")
    reason: str = Field(description="why nobody drives from or to it; empty if somebody does")


class Closed(BaseModel):
    """A road that is closed."""

    code: str
    reason: str = Field(examples=["alert 17 (red)", "named"])


class Reached(BaseModel):
    """What is reached in a time."""

    minutes: float
    edges: int
    length_m: float
    area_m2: float
    roads: dict[str, Any] = Field(description="GeoJSON MultiLineString, cut where time ends")
    land: dict[str, Any] = Field(
        description="GeoJSON MultiPolygon: land whose nearest open road is reached"
    )


class ReachAnswer(BaseModel):
    """What is reached from stations."""

    stations: list[Beside]
    closed: list[Closed]
    reached: list[Reached]


class Helper(Beside):
    """A crew, pump or vehicle."""

    klass: str = Field(alias="class")
    seen_at: datetime | None = Field(description="null: at its place in the register")
    stale: bool
    travel_s: float | None
    distance_m: float | None
    route: dict[str, Any] | None = Field(description="GeoJSON LineString")


class NearestAnswer(BaseModel):
    """Who comes to an incident, the soonest first, and who does not."""

    incident: Beside
    closed: list[Closed]
    coming: list[Helper]
    unreachable: list[Helper]


class Share(BaseModel):
    """How much of how much is reached in time."""

    reached: float
    total: float
    share: float | None = Field(description="0 to 1; null of nothing")


class PeopleShare(Share):
    """People, as far as the register knows."""

    unknown_buildings: int = Field(description="for which nobody is counted")


class SiteShare(Share):
    """Risk sites."""

    missed: list[Named]


class CoveredArea(BaseModel):
    """How much of an area is reached in time."""

    code: str
    name: str
    land_m2: Share
    people: PeopleShare
    buildings: Share
    risk_sites: SiteShare
    gap: dict[str, Any] = Field(description="GeoJSON MultiPolygon: land that is not reached")


class CoverageAnswer(BaseModel):
    """How much of areas is reached in time."""

    stations: list[Beside]
    closed: list[Closed]
    areas: list[CoveredArea]
