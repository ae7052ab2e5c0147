"""The four levels of an alert, in their order."""

from enum import IntEnum
from typing import Literal, Self

LevelName = Literal["blue", "yellow", "orange", "red"]


class AlertLevel(IntEnum):
    """How bad it is; a higher number is worse."""

    BLUE = 1
    YELLOW = 2
    ORANGE = 3
    RED = 4

    @property
    def text(self) -> str:
        """The name in rule files, tables and topics."""
        return _TEXTS[self]

    @classmethod
    def named(cls, text: str) -> Self:
        """Return the level of a name.

        Raises:
            KeyError: no such level.
        """
        return cls[text.upper()]


_TEXTS = {level: level.name.lower() for level in AlertLevel}
