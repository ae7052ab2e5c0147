"""Incidents, their alerts and their timeline as the API gives them."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field, WithJsonSchema

Level = Literal["blue", "yellow", "orange", "red"]
State = Literal["open", "ended", "closed"]
Mode = Literal["actual", "exercise", "replay", "backfill"]
Rfc3339 = Annotated[str, WithJsonSchema({"type": "string", "format": "date-time"})]
DepartmentCode = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]


class Incident(BaseModel):
    """Alerts of one cause, place and time."""

    id: int
    mode: Mode
    domain: str
    level: Level = Field(description="the highest of its alerts that stand, else the last one")
    state: State = Field(description="`ended`: no alert has stood for a while")
    title_zh: str
    title_en: str
    root_alert: int | None = Field(description="the alert that the others follow from")
    root_rule: str | None
    entity: str | None = Field(description="code of what the root alert is about")
    entity_name: str | None
    place: tuple[float, float] | None = Field(description="longitude and latitude of its middle")
    alerts: int
    standing: int = Field(description="alerts whose condition stands")
    began_at: Rfc3339
    changed_at: Rfc3339
    ended_at: Rfc3339 | None
    closed_at: Rfc3339 | None
    merged_into: int | None
    version: int = Field(description="grows with each change")
    department: str | None = Field(description="that answers for it")
    department_zh: str | None
    department_en: str | None
    owner: str | None = Field(description="who has it in hand until another one accepts it")
    accepted_at: Rfc3339 | None
    offered: str | None = Field(description="the department that has not accepted it yet")
    came_from: str | None
    respond_by: Rfc3339 | None
    complete_by: Rfc3339 | None
    response_overdue_at: Rfc3339 | None
    completion_overdue_at: Rfc3339 | None
    supervisor: str | None = Field(description="to whom it went when it was overdue")


class IncidentList(BaseModel):
    """Incidents, the newest first."""

    items: list[Incident]
    next: str | None


class Member(BaseModel):
    """An alert in its incident."""

    alert: int
    role: Literal["root", "consequence", "member"]
    reason: str = Field(description="why it is in this incident")
    since: Rfc3339
    cause_alert: int | None = Field(description="the alert that it follows from")
    suppressed_by: int | None = Field(description="the alert that quiets it")
    level: Level
    state: str
    rule: str
    entity: str
    entity_name: str
    raised_at: Rfc3339
    cleared_at: Rfc3339 | None


class MemberList(BaseModel):
    """The alerts of an incident, the oldest first."""

    items: list[Member]
    next: str | None


class Happened(BaseModel):
    """One step of an incident: what happened, by whom, why and when."""

    id: int
    event: str
    from_state: State | None
    to: State
    level: Level
    actor: str
    reason: str
    note: str
    department: str | None
    owner: str | None
    at: Rfc3339


class TimelineList(BaseModel):
    """What happened to an incident, from its beginning."""

    items: list[Happened]
    next: str | None
