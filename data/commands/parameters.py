"""The parameters of commands, and the check of what is given for them."""

import math
import re
from typing import Any, NamedTuple

from data.commands.errors import CommandRefusedError

Value = bool | int | float | str

_TEXT = re.compile(r"[A-Za-z0-9_.-]{1,40}", re.ASCII)
_LARGEST = 1e15
_SHOWN = 60


class ParameterKind(NamedTuple):
    """One parameter of a command.

    Attributes:
        name: of the parameter.
        type: number, integer, text or boolean.
        unit: of a number.
        low: the least value, None for none.
        high: the greatest value, None for none.
        choices: the only values; empty for all.
    """

    name: str
    type: str
    unit: str = ""
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()

    def checked(self, value: object) -> Value:
        """Return the value of this parameter.

        Raises:
            CommandRefusedError: another type, out of range, or none of the choices.
        """
        if not (self._is_of_type(value) and self._is_in_range(value)):
            shown = repr(value)[:_SHOWN]
            raise CommandRefusedError(
                f"parameter {self.name!r}: {shown}, expected {self.expected()}"
            )
        return value  # type: ignore[return-value] # of the type, as was just checked

    def expected(self) -> str:
        """Return what a value must be, in words."""
        if self.choices:
            return f"one of {', '.join(self.choices)} {self.unit}".rstrip()
        said = "an integer" if self.type == "integer" else f"a {self.type}"
        if self.type == "text":
            said += " of letters, digits, dots and dashes"
        if self.low is not None and self.high is not None:
            said += f" from {self.low:g} to {self.high:g} {self.unit}".rstrip()
        return said

    def _is_of_type(self, value: object) -> bool:
        if self.type == "boolean" or isinstance(value, bool):
            return self.type == "boolean" and isinstance(value, bool)
        if self.type == "text":
            # It goes into frames, where a separator would begin another field.
            return isinstance(value, str) and _TEXT.fullmatch(value) is not None
        if self.type == "integer":
            return isinstance(value, int)
        return isinstance(value, int) or (isinstance(value, float) and math.isfinite(value))

    def _is_in_range(self, value: Any) -> bool:  # noqa: ANN401 - checked before
        if self.choices and str(value) not in self.choices:
            return False
        if isinstance(value, str | bool):
            return True
        low = -_LARGEST if self.low is None else self.low
        high = _LARGEST if self.high is None else self.high
        return bool(low <= value <= high)
