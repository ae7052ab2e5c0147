"""How each element, status bit and function of SL 651-2014 is laid out (annexes A to C)."""

from enum import StrEnum
from functools import cache
from typing import Final, NamedTuple

from data.reference.tables import table_rows
from twin.model import Statistic

OF_GATE: Final = "{gate}"
"""Channel of elements that belong to the gate whose number stands before them."""


class Layout(StrEnum):
    """What follows a guide byte."""

    TIME = "time"
    STATION = "station"
    TEXT = "text"
    UNDEFINED = "undefined"
    RAIN_SERIES = "rain_series"
    LEVEL_SERIES = "level_series"
    STEP = "step"
    GATE = "gate"
    STATUS = "status"
    DECIMAL = "decimal"


class Content(StrEnum):
    """What the body of a function holds for us."""

    NONE = "none"
    ELEMENTS = "elements"
    UNIFORM = "uniform"
    TEXT = "text"


class Element(NamedTuple):
    """An element of table C.1.

    Attributes:
        native: its guide byte, hexadecimal; ``FFxx`` in the range of user definitions.
        layout: how its data are written.
        channel: what tells it from others of the same quantity.
        statistic: what its value stands for.
        period_s: over how many seconds.
    """

    native: str
    layout: Layout = Layout.DECIMAL
    channel: str = ""
    statistic: Statistic = Statistic.INSTANT
    period_s: int = 0


class Function(NamedTuple):
    """A function of table B.1; ``confirmed`` where the centre answers a report with its serial."""

    content: Content
    confirmed: bool


class StatusBit(NamedTuple):
    """A bit of table 58, and the bit's value when what it is named for is true."""

    bit: int
    native: str
    true_when: int


@cache
def elements_by_guide() -> dict[int, Element]:
    """Return the elements by their guide bytes."""
    return {int(element.native, 16): element for element, _ in _elements()}


@cache
def elements_by_letters() -> dict[str, Element]:
    """Return the elements by the letters of the ASCII coding, in upper case."""
    return {letters.upper(): element for element, letters in _elements()}


@cache
def functions() -> dict[int, Function]:
    """Return the functions by their codes."""
    rows = table_rows("sl651_functions.csv")
    return {
        int(code, 16): Function(Content(content), confirmed == "1")
        for code, content, confirmed, *_ in rows
    }


@cache
def status_bits() -> tuple[StatusBit, ...]:
    """Return the status bits that have a meaning."""
    rows = table_rows("sl651_status.csv")
    return tuple(StatusBit(int(bit), native, int(true_when)) for bit, native, true_when, *_ in rows)


def _elements() -> list[tuple[Element, str]]:
    rows = table_rows("sl651_elements.csv")
    return [
        (Element(native, Layout(layout), channel, Statistic(statistic), int(period_s)), letters)
        for native, letters, layout, channel, statistic, period_s, *_ in rows
    ]
