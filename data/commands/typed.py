"""The commands that a device's type says it takes, over what the tables say of them."""

import string
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, ValidationError

from data.commands.errors import CommandRefusedError
from data.commands.kinds import CommandKind, known_kinds
from data.commands.parameters import ParameterKind, Value
from data.commands.written_metrics import written_metric
from data.reference.device_types import DeviceType, sentences_of

_DAY_S = 86_400
_MOST_PUMPS = 99


class _Parameter(BaseModel):
    """``[commands.NAME.parameters.PARAMETER]`` of a device type."""

    model_config = ConfigDict(extra="forbid", strict=True)

    type: Literal["number", "integer", "text", "boolean"]
    unit: str = ""
    low: FiniteFloat | None = None
    high: FiniteFloat | None = None
    choices: list[str] = Field(default_factory=list)


class _Command(BaseModel):
    """``[commands.NAME]`` of a device type; what else stands there is for its protocol."""

    model_config = ConfigDict(extra="allow", strict=True)

    second_person: bool | None = None
    answer_s: int | None = Field(default=None, ge=1, le=_DAY_S)
    execute_s: int | None = Field(default=None, ge=1, le=_DAY_S)
    state: str | None = None
    state_value: bool | int | float | str | None = None
    tolerance: FiniteFloat | None = Field(default=None, ge=0)
    parameters: dict[str, _Parameter] | None = None


_OF_A_KIND = ("answer_s", "execute_s", "state", "state_value", "tolerance")


def typed_kinds(of: DeviceType, protocols: tuple[str, ...]) -> dict[str, CommandKind]:
    """Return the commands that a device of a type takes: those that the type names.

    Args:
        of: the type.
        protocols: over which the device is reached, the preferred one first.

    Raises:
        CommandRefusedError: the type says something of a command that makes no sense.
    """
    kinds: dict[str, CommandKind] = {}
    for name, table in of.commands.items():
        for protocol in reversed(protocols):
            told = _read(name, table)
            if protocol == "sparkplug":
                if "metric" in (told.model_extra or {}):
                    kinds[name] = written_metric(_overlaid(_like_mqtt(name), told))
                continue
            base = known_kinds().get((name, protocol))
            if base is not None or protocol == "mqtt" or "code" in (told.model_extra or {}):
                kinds[name] = _overlaid(base or _own(name, protocol), told)
    return kinds


def _like_mqtt(name: str) -> CommandKind:
    """Return what a command means whoever carries it; its metric stands in the type."""
    kind = known_kinds().get((name, "mqtt")) or _own(name, "sparkplug")
    return kind._replace(protocol="sparkplug", carriage={})


def _read(name: str, table: Mapping[str, Any]) -> _Command:
    try:
        return _Command.model_validate(table)
    except ValidationError as error:
        sentences = "; ".join(sentences_of(error))
        raise CommandRefusedError(f"command {name!r} of the device's type: {sentences}") from None


def _own(name: str, protocol: str) -> CommandKind:
    """Return a command that only the type knows; it needs two persons unless the type says not."""
    return CommandKind(
        name=name,
        kind="own",
        second_person=True,
        answer_s=60,
        execute_s=600,
        state="",
        state_value=None,
        tolerance=0.0,
        name_en=name,
        name_zh=name,
        protocol=protocol,
        carriage={"code": "", "items": ""},
    )


def _overlaid(kind: CommandKind, told: _Command) -> CommandKind:
    said = {field: getattr(told, field) for field in _OF_A_KIND if field in told.model_fields_set}
    carriage = {**kind.carriage, **(told.model_extra or {})}
    parameters = kind.parameters if told.parameters is None else _parameters(told.parameters)
    # A type may ask for more care than the tables, and for less only of what is its own.
    careful = kind.second_person if told.second_person is None else told.second_person
    if kind.kind == "actuator":
        careful = True
    named = {parameter.name for parameter in parameters}
    numbered = tuple(
        ParameterKind(name, "integer", "", 1, _MOST_PUMPS)
        for name in _placeholders(kind.name, carriage)
        if name not in named
    )
    return kind._replace(
        second_person=careful, parameters=(*parameters, *numbered), carriage=carriage, **said
    )


def _parameters(told: Mapping[str, _Parameter]) -> tuple[ParameterKind, ...]:
    return tuple(
        ParameterKind(name, each.type, each.unit, each.low, each.high, tuple(each.choices))
        for name, each in told.items()
    )


def _placeholders(command: str, carriage: Mapping[str, Value]) -> list[str]:
    """Return the names in braces, e.g. ``pump`` of ``Pump {pump}/Start``; ``now`` is ours."""
    texts = [text for text in carriage.values() if isinstance(text, str)]
    try:
        found = [name for text in texts for _, name, _, _ in string.Formatter().parse(text) if name]
    except ValueError as error:
        raise CommandRefusedError(f"command {command!r} of the device's type: {error}") from None
    return [name for name in dict.fromkeys(found) if name != "now"]
