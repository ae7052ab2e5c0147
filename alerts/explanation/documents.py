"""What an explanation says, as programs get it; times are instants, codes texts of 16 digits."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Answer = Literal["raised", "pending", "not raised", "unknown", "not judged"]
Grade = Literal["good", "doubtful", "unreliable"]
Holds = Literal["yes", "no", "unknown"]


class _Told(BaseModel):
    model_config = ConfigDict(frozen=True)


class ReadingTold(_Told):
    """One reading."""

    ts: datetime
    value: float = Field(description="in the stored unit")
    grade: Grade
    checks: list[str] = Field(description="of quality that had something to say")


class LimitTold(_Told):
    """A level of a rule at a series."""

    level: str
    limit: float | None = Field(description="null where the thing has none of its own")
    own: str | None = Field(description="the property of the thing that it, or its target, is")
    reached: bool | None = Field(description="by the newest number; null where that is not known")
    reached_since: datetime | None
    stands: bool
    stands_since: datetime | None
    raises_at: datetime | None = Field(description="when its hold time is up, if it stays reached")
    ends_at: datetime | None = Field(description="when it has been left for long enough, alike")
    sentence: str


class PartTold(_Told):
    """A number that is held against limits."""

    name: str = Field(description="tells the numbers of a series apart; empty for the only one")
    phrase: str
    unit: str
    dangerous: Literal["above", "below"]
    hysteresis: float
    hold_s: float
    clear_hold_s: float
    reach_s: float = Field(description="how far it looks back from a reading")
    value: float | None = Field(description="null where too little is known")
    at: datetime | None = Field(description="of the reading that it is for")
    good: bool | None = Field(description="whether it stands on good readings")
    limits: list[LimitTold]


class SeriesTold(_Told):
    """A series of the thing that the rule names."""

    series: int
    quantity: str
    channel: str
    statistic: str
    period_s: int
    datum: str
    device: str | None
    judged: bool
    refusals: list[str] = Field(description="why it is not judged, or not at every level")
    interval_s: float | None = Field(description="usual time between its readings")
    newest: list[ReadingTold] = Field(description="the newest first")
    missing: list[str] = Field(description="what is not known of it")
    parts: list[PartTold]


class ThingTold(_Told):
    """A thing at which a condition is looked at."""

    entity: str
    name: str
    holds: Holds
    since: datetime | None
    series: list[SeriesTold]


class ConditionTold(_Told):
    """A condition of a rule of several things."""

    name: str
    negated: bool
    holds: Holds
    least: int = Field(description="at so many things it must hold")
    at: str = Field(description="where it is looked at, seen from the thing")
    things: list[ThingTold]
    more_things: int = Field(description="that are not listed")
    sentence: str


class DeviceTold(_Told):
    """How a device was."""

    device: str
    state: str
    since: datetime | None
    reason: str
    sentence: str


class EventTold(_Told):
    """A video event of a camera that watches the thing."""

    camera: str
    ts: datetime
    topic: str
    source: str
    active: bool | None
    named: bool = Field(description="whether the rule names its topic")
    verdict: str = Field(description="what the rules made of it")


class IntervalTold(_Told):
    """When a level stood, by the time of the readings."""

    key: str = Field(description="series, level and part")
    level: str
    version: int
    begin: datetime
    end: datetime | None
    revised_at: datetime | None = Field(description="when a late reading showed that it was not so")


class AlertTold(_Told):
    """The newest alert of the rule at the thing."""

    id: int
    level: str
    state: str
    raised_at: datetime
    reason: str


class Explanation(_Told):
    """Why a rule did or did not raise at a thing."""

    rule: str
    version: int
    kind: str | None
    title_zh: str | None
    title_en: str | None
    entity: str
    entity_name: str
    entity_class: str
    mode: str
    at: datetime
    answer: Answer = Field(description="what is missing is unknown, never all clear")
    level: str | None = Field(description="that stands")
    sentence: str
    missing: list[str] = Field(description="what would have to be known")
    not_measured: list[str] = Field(description="quantities of the rule without a series there")
    series: list[SeriesTold] = []
    conditions: list[ConditionTold] = []
    device: DeviceTold | None = None
    events: list[EventTold] = []
    intervals: list[IntervalTold] = Field(default=[], description="of the last day")
    alert: AlertTold | None = None
