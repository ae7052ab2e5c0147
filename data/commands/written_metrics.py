"""Commands that write a metric of a Sparkplug device: which one, and in which unit."""

from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from data.commands.errors import CommandRefusedError
from data.commands.kinds import CommandKind
from data.commands.parameters import ParameterKind
from data.reference import units
from data.reference.device_types import sentences_of
from twin.units import UnknownUnitError

_NUMBERS: Final = ("number", "integer")


class _Written(BaseModel):
    """What a device type says of a metric that a command writes.

    Attributes:
        metric: its name, with parameters in braces: ``Pump {pump}/Start``.
        unit: in which the device takes it, where that is not the parameter's.
        value: what is written where no parameter says it.
        answer_metric: whose value tells that it is done, where that is another metric.
        answer_value: what that value shall be, where it is not what was written.
    """

    model_config = ConfigDict(extra="forbid", strict=True)

    metric: str = Field(min_length=1, max_length=255)
    unit: str = ""
    value: bool | int | float | str = True
    answer_metric: str = Field(default="", max_length=255)
    answer_value: bool | int | float | None = None


def written_metric(kind: CommandKind) -> CommandKind:
    """Return a command with all that is needed to write its metric.

    Args:
        kind: with what its device type says in its carriage.

    Raises:
        CommandRefusedError: the type says something that makes no sense.
    """
    try:
        said = _Written.model_validate(kind.carriage)
    except ValidationError as error:
        sentences = "; ".join(sentences_of(error))
        raise CommandRefusedError(
            f"command {kind.name!r} of the device's type: {sentences}"
        ) from None
    placed = f"{said.metric} {said.answer_metric}"
    told = [one for one in kind.parameters if f"{{{one.name}}}" not in placed]
    if len(told) > 1:
        names = ", ".join(one.name for one in told)
        raise CommandRefusedError(
            f"command {kind.name!r} of the device's type: parameters {names}, expected one that"
            " is written, and the others in the metric's name"
        )
    return kind._replace(carriage=said.model_dump() | _conversion(kind.name, said.unit, told))


def _conversion(name: str, unit: str, told: list[ParameterKind]) -> dict[str, Any]:
    """Return which parameter is written, and what it is multiplied with."""
    if not told:
        return {"parameter": ""}
    (parameter,) = told
    if not unit or unit == parameter.unit or parameter.type not in _NUMBERS:
        return {"parameter": parameter.name, "factor": 1.0, "offset": 0.0}
    try:
        zero, one = (units().convert(value, parameter.unit, unit) for value in (0.0, 1.0))
    except UnknownUnitError as error:
        raise CommandRefusedError(f"command {name!r} of the device's type: {error}") from None
    return {"parameter": parameter.name, "factor": one - zero, "offset": zero}
