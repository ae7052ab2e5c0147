"""What is sent and answered about commands to devices."""

from datetime import datetime
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from data.commands import CommandKind, State
from twin.api.parameters import ShortText, parse_text

StateName = Literal[
    "requested",
    "approved",
    "sent",
    "accepted",
    "executed",
    "refused",
    "timed out",
    "withdrawn",
    "expired",
]
ValueType = Literal["number", "integer", "text", "boolean"]
Value = bool | int | float | str
Reason = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=500),
    AfterValidator(parse_text),
]
Word = Annotated[str, Field(max_length=64), AfterValidator(parse_text)]

if set(get_args(StateName)) != set(State):
    raise TypeError("states of the document differ from those of the store")


class NewCommand(BaseModel):
    """What a device shall do, and why."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        json_schema_extra={
            "examples": [{"name": "set_opening", "parameters": {"opening": 0.5}, "reason": "storm"}]
        },
    )

    name: Annotated[Word, Field(min_length=1)]
    parameters: dict[Word, bool | int | float | ShortText] = Field(
        default_factory=dict, max_length=20
    )
    reason: Reason
    expires_in_s: int = Field(
        default=600, ge=10, le=86_400, description="seconds after which it is not sent any more"
    )


class Noted(BaseModel):
    """Why a command is approved or withdrawn."""

    model_config = ConfigDict(extra="forbid", strict=True)

    note: ShortText = ""


class CommandStep(BaseModel):
    """One step of a command: what happened, by whom, why and when."""

    event: str
    from_state: StateName | None
    to: StateName
    actor: str
    sentence: str
    at: datetime


class Command(BaseModel):
    """A command and its steps."""

    id: int
    device: str
    name: str
    parameters: dict[str, Value]
    reason: str
    state: StateName
    second_person: bool = Field(description="whether another person must approve")
    protocol: str
    requested_by: str
    requested_at: datetime
    expires_at: datetime = Field(description="after which it is not sent any more")
    sent_at: datetime | None
    deadline_at: datetime | None = Field(description="for the next word of the device")
    ended_at: datetime | None
    late_answer: StateName | None = Field(description="what the device said after the end")
    steps: list[CommandStep]


class CommandList(BaseModel):
    """Commands, the newest first."""

    items: list[Command]
    next: str | None


class ChoiceParameter(BaseModel):
    """A parameter that a command needs."""

    name: str
    type: ValueType
    unit: str
    low: float | None
    high: float | None
    choices: list[str]


class CommandChoice(BaseModel):
    """A command that a device takes."""

    name: str
    name_en: str
    name_zh: str
    kind: str
    protocol: str
    second_person: bool
    parameters: list[ChoiceParameter]


class CommandChoices(BaseModel):
    """The commands that a device takes, by name."""

    items: list[CommandChoice]


class DeviceState(BaseModel):
    """A state that a device shall be in, beside the one that it says it is in."""

    name: str
    desired: Value | None
    unit: str
    command: int | None = Field(description="that last wanted it")
    command_state: StateName | None
    desired_at: datetime | None
    desired_by: str | None
    reported: Value | None
    reported_at: datetime | None
    in_agreement: bool | None = Field(description="null: nothing wanted, or no word since")


class DeviceStates(BaseModel):
    """States of a device by name."""

    items: list[DeviceState]


def choice_of(kind: CommandKind) -> CommandChoice:
    """Return a command as a document."""
    parameters: list[Any] = [
        one._asdict() | {"choices": list(one.choices)} for one in kind.parameters
    ]
    return CommandChoice.model_validate(kind._asdict() | {"parameters": parameters})
