"""What is sent and answered about subscriptions, deliveries, calls and receipts."""

from datetime import datetime, time
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from alerts.subscriptions.receipts import Answer
from alerts.subscriptions.subscription import Kind, Language
from twin.api.parameters import (
    ClassOrMajor,
    Code,
    DomainCode,
    ShortText,
    of_text,
    parse_text,
)
from twin.codes import EntityCode

Level = Literal["blue", "yellow", "orange", "red"]
NoticeMode = Literal["actual", "exercise", "replay", "backfill"]
DeliveryState = Literal["waiting", "delivered", "given_up"]
Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=100),
    AfterValidator(parse_text),
]
Word = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(parse_text)]
Target = Annotated[str, Field(max_length=2000), AfterValidator(parse_text)]


def parse_clock(text: str) -> time:
    """Read a time of day like 22:00, by the clock of UTC+8.

    Raises:
        ValueError: another form, or no such time.
    """
    try:
        return datetime.strptime(text, "%H:%M").time()  # noqa: DTZ007 - a time of day has no zone
    except ValueError:
        raise ValueError(f"{text[:20]!r}: expected hours and minutes, e.g. 22:00") from None


_CLOCK = {"type": "string", "pattern": r"^([01]\d|2[0-3]):[0-5]\d$", "examples": ["22:00"]}
Clock = Annotated[time, of_text(parse_clock), Field(json_schema_extra=_CLOCK)]


class SubscriptionSettings(BaseModel):
    """What whoever makes a subscription may say; each filter that is empty takes everything."""

    model_config = ConfigDict(extra="forbid", strict=True)

    target: Target = Field(default="", description="address of a webhook, or of mails")
    recipients: list[Word] = Field(
        default_factory=list,
        max_length=500,
        description="numbers of a gateway for short messages, or zones of one for loudspeakers",
    )
    language: Language = "both"
    modes: list[NoticeMode] = Field(default=["actual"], min_length=1, max_length=4)
    levels: list[Level] = Field(default_factory=list, max_length=4)
    domains: list[DomainCode] = Field(default_factory=list, max_length=50)
    classes: list[ClassOrMajor] = Field(default_factory=list, max_length=100)
    departments: list[Word] = Field(default_factory=list, max_length=100)
    area: Code | None = Field(default=None, description="code of an entity with an outline")
    quiet_from: Clock | None = Field(default=None, description="by the clock of UTC+8")
    quiet_to: Clock | None = None
    quiet_level: Level | None = Field(
        default=None, description="from this level on, quiet hours do not hold"
    )
    group_wait_s: int = Field(default=30, ge=0, le=3600)
    group_interval_s: int = Field(default=300, ge=0, le=86_400)
    repeat_interval_s: int | None = Field(default=None, ge=60, le=30 * 86_400)
    per_minute: int = Field(default=10, ge=1, le=1000)
    enabled: bool = True


class NewSubscription(SubscriptionSettings):
    """A subscription to be made."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        json_schema_extra={
            "examples": [
                {
                    "name": "water bureau",
                    "kind": "webhook",
                    "target": "https://water.example.org/alerts",
                    "domains": ["flood"],
                    "levels": ["orange", "red"],
                }
            ]
        },
    )

    name: Name
    kind: Kind


class SubscriptionChange(SubscriptionSettings):
    """What of a subscription is to change; what is absent stays."""

    name: Name = ""

    def changes(self) -> dict[str, Any]:
        """Return what was given."""
        return self.model_dump(exclude_unset=True)


class Subscription(BaseModel):
    """A subscription; of its target only the host is told to who may not manage people."""

    id: int
    name: str
    kind: Kind
    target: str
    recipients: list[str]
    language: Language
    modes: list[NoticeMode]
    levels: list[Level]
    domains: list[str]
    classes: list[str]
    departments: list[str]
    area: str | None
    quiet_from: str | None
    quiet_to: str | None
    quiet_level: Level | None
    group_wait_s: int
    group_interval_s: int
    repeat_interval_s: int | None
    per_minute: int
    enabled: bool
    note: str = Field(description="why it was disabled, if it was not a person who did it")
    has_secret: bool
    old_secret_until: datetime | None
    created_by: str
    created_at: datetime
    version: int
    failures: int = Field(description="in a row, since something was delivered")

    @classmethod
    def of(cls, row: dict[str, Any], *, whole: bool) -> Self:
        """Return the document of a row; not ``whole`` leaves out how somebody is reached."""
        area = row["area"] and str(EntityCode.from_int(row["area"]))
        clocks = {name: row[name] and f"{row[name]:%H:%M}" for name in ("quiet_from", "quiet_to")}
        hidden = {} if whole else {"target": masked(row["target"]), "recipients": []}
        return cls.model_validate({**row, "area": area, **clocks, **hidden})


class MadeSubscription(Subscription):
    """A subscription that was just made, with the secret that is never given again."""

    secret: str | None


class SubscriptionList(BaseModel):
    """Subscriptions, in the order in which they were made."""

    items: list[Subscription]
    next: str | None


class Secret(BaseModel):
    """A new secret; the one before counts until an instant."""

    secret: str
    old_secret_until: datetime


class SecretWish(BaseModel):
    """How long the old secret is to count."""

    model_config = ConfigDict(extra="forbid", strict=True)

    overlap_s: int = Field(default=86_400, ge=0, le=30 * 86_400)


class Nothing(BaseModel):
    """A body that says nothing."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Queued(BaseModel):
    """The number of a notice that is being sent."""

    notice: UUID


class Delivery(BaseModel):
    """One notice to one subscription, or one to the broker that did not reach it."""

    id: UUID
    channel: str
    subscription: int | None
    subscription_name: str | None
    kind: str
    target: str
    reason: str
    mode: str
    state: DeliveryState
    attempts: int
    created_at: datetime
    next_attempt_at: datetime
    delivered_at: datetime | None
    error: str
    call: int | None
    title_zh: str | None
    title_en: str | None
    subjects: list[str]

    @classmethod
    def of(cls, row: dict[str, Any], *, whole: bool) -> Self:
        """Return the document of a row; not ``whole`` leaves out how somebody is reached."""
        is_ours = row["channel"] != "subscription"
        target = row["target"] if whole or is_ours else masked(row["target"])
        return cls.model_validate({**row, "target": target})


class DeliveryList(BaseModel):
    """Deliveries, the newest first."""

    items: list[Delivery]
    next: str | None


class NewReceipt(BaseModel):
    """What a receiver answers to a notice."""

    model_config = ConfigDict(extra="forbid", strict=True)

    token: Word = Field(max_length=200)
    who: Name = Field(description="who answers: a name or a number")
    answer: Answer = "received"
    note: ShortText = ""


class Receipt(BaseModel):
    """What a receiver answered."""

    who: str
    answer: Answer
    note: str
    at: datetime


class NewCall(BaseModel):
    """What everyone is to be told."""

    model_config = ConfigDict(extra="forbid", strict=True)

    message: Annotated[
        str,
        StringConstraints(strip_whitespace=True, min_length=1, max_length=500),
        AfterValidator(parse_text),
    ]


class CalledOne(BaseModel):
    """One delivery of a call, and what its receivers answered."""

    id: UUID
    subscription_name: str
    kind: str
    state: DeliveryState
    attempts: int
    delivered_at: datetime | None
    error: str
    receipts: list[Receipt]


class Call(BaseModel):
    """A call on an incident: who was called, who has it, who answered."""

    id: int
    message: str
    actor: str
    at: datetime
    deliveries: list[CalledOne]


class CallList(BaseModel):
    """Calls on an incident, the newest first."""

    items: list[Call]
    next: None = None


def masked(target: str) -> str:
    """Return where a target is without what would let somebody use it."""
    if "://" in target:
        scheme, _, rest = target.partition("://")
        return f"{scheme}://{rest.partition('/')[0].partition('?')[0]}/…"
    return ", ".join("…@" + part.rpartition("@")[2] for part in target.split(",") if "@" in part)
