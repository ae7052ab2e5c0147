"""What alerts and their histories look like in answers."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, WithJsonSchema

from alerts.states import State

Level = Literal["blue", "yellow", "orange", "red"]
AlertMode = Literal["actual", "exercise", "replay", "backfill"]
Verdict = Literal["confirmed", "false", "duplicate", "test"]
Rfc3339 = Annotated[str, WithJsonSchema({"type": "string", "format": "date-time"})]
Longitude = Annotated[float, Field(ge=-180, le=180)]
Latitude = Annotated[float, Field(ge=-90, le=90)]
Event = Literal[
    "raised",
    "escalated",
    "lowered",
    "acknowledged",
    "assigned",
    "dispatched",
    "on_site",
    "resolved",
    "verified",
    "returned",
    "cleared",
    "recurred",
    "closed",
    "revised",
    "reported",
    "commented",
    "photographed",
    "shelved",
    "unshelved",
    "unsilenced",
    "suppressed",
    "unsuppressed",
]


class Alert(BaseModel):
    """An alert; ``entity`` is what it is about, ``device`` what noticed it."""

    id: int
    mode: AlertMode
    domain: str
    level: Level
    entity: str
    entity_name: str
    device: str | None
    device_name: str | None
    series: int | None
    quantity: str | None
    unit: str | None
    rule: str
    rule_version: int
    title_zh: str | None
    title_en: str | None
    state: State
    raised_at: Rfc3339
    observed_at: Rfc3339
    acknowledged_at: Rfc3339 | None
    cleared_at: Rfc3339 | None = Field(description="since when its condition is over")
    closed_at: Rfc3339 | None
    reason: str
    value: float | None
    limit: float | None
    version: int = Field(description="grows with each change of the alert; comments leave it")
    occurrences: int = Field(description="how often it was raised, came back or was reported")
    assignee: str | None = Field(description="who has it in hand")
    department: str | None = Field(description="which department has it in hand")
    handling_since: Rfc3339 | None
    quiet: Literal["shelved", "silenced", "suppressed"] | None = Field(
        description="why nobody need be told of it now"
    )
    shelved_until: Rfc3339 | None
    silenced_by: int | None = Field(description="number of the silence")
    suppressed_by: int | None = Field(description="number of the alert that is its cause")
    verdict: Verdict | None
    verdict_reason: str | None
    duplicate_of: int | None
    found_by: str = Field(description="`rule`, or the source of a person's find")
    algorithm: str | None = Field(description="what found it, where the rule does not say it")
    place: tuple[float, float] | None = Field(description="longitude and latitude")
    data: Literal["current", "stale"] | None = Field(
        description="whether its series is heard still; null without one, or when it is over"
    )
    data_stale_since: Rfc3339 | None


class AlertList(BaseModel):
    """Alerts, the newest first."""

    items: list[Alert]
    next: str | None


class Transition(BaseModel):
    """One step of an alert: what happened, by whom, from where, why and when."""

    id: int
    event: Event
    from_state: State | None
    to: State
    level: Level
    actor: str
    reason: str
    note: str
    at: datetime
    observed_at: datetime | None
    value: float | None
    address: str | None = Field(description="of the network; shown to who may handle alerts")
    place: tuple[float, float] | None = Field(description="of their phone: longitude, latitude")
    photo: int | None = Field(description="its number at /photos of the alert")


class TransitionList(BaseModel):
    """The history of an alert, from its beginning."""

    items: list[Transition]
    next: str | None


def transition_of(row: dict[str, Any], *, with_address: bool) -> Transition:
    """Return a row of the history as it is answered."""
    lon, lat = row.pop("lon"), row.pop("lat")
    place = None if lon is None or lat is None else (lon, lat)
    address = row["address"] if with_address else None
    return Transition.model_validate({**row, "address": address, "place": place})
