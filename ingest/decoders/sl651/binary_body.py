"""The elements of a body in HEX/BCD coding: guide byte, definition byte, data (6.6.3, annex C)."""

from typing import Final

from ingest.decoders.sl651.elements import Element, Layout, elements_by_guide
from ingest.decoders.sl651.groups import Groups
from ingest.decoders.sl651.values import (
    SERIES_VALUES,
    UnreadableValueError,
    level_series,
    packed_decimal,
    rain_series,
    step_seconds,
)
from twin.model import FaultReason

STATION_CLASSES: Final = frozenset(b"PHKZDTMGQIO")
"""Table A.1."""

_EXTENSION = 0xFF
_OBSERVATION_TIME = b"\xf0\xf0"
_MARKERS = (_OBSERVATION_TIME, b"\xf1\xf1")
_SERIES: Final = {
    Layout.RAIN_SERIES: (SERIES_VALUES, rain_series),
    Layout.LEVEL_SERIES: (2 * SERIES_VALUES, level_series),
}


class _CutError(ValueError):
    """The body ends within an element. Park it; what stands before has been read."""


def read_binary(body: bytes, groups: Groups, *, uniform: bool) -> None:
    """Read everything behind serial and time of sending into ``groups``.

    Args:
        body: what stands there.
        groups: takes the readings and the faults.
        uniform: a uniform-interval report, whose one element is followed by all of its values.
    """
    reader = _Reader(body, groups, uniform=uniform)
    try:
        reader.read()
    except _CutError as error:
        groups.faults.add(FaultReason.UNDECODABLE, str(error))


class _Reader:
    """Goes through a body once; ``_name`` is the element that it is at, for the faults."""

    def __init__(self, body: bytes, groups: Groups, *, uniform: bool) -> None:
        self._body = body
        self._at = 0
        self._begin = 0
        self._groups = groups
        self._uniform = uniform
        self._name = ""

    def read(self) -> None:
        """Read elements until the end of the body, or of what can be read of it."""
        guides = elements_by_guide()
        while self._at < len(self._body):
            self._begin = self._at
            element = guides.get(self._body[self._at]) or self._unlisted()
            self._name = element.native
            self._at += 1
            try:
                self._element(element)
            except UnreadableValueError as error:
                self._refuse(FaultReason.BAD_VALUE, str(error))

    def _element(self, element: Element) -> None:
        match element.layout:
            case Layout.DECIMAL:
                self._defined(element)
            case Layout.TIME:
                self._repeated(0xF0)
                self._groups.begin(self._take(5).hex())
            case Layout.STATION:
                self._repeated(0xF1)
                self._station()
            case Layout.TEXT:
                self._at = len(self._body)
            case Layout.UNDEFINED:
                self._at = len(self._body)
                self._refuse(FaultReason.UNDECODABLE, "expected an element whose layout is defined")
            case Layout.RAIN_SERIES | Layout.LEVEL_SERIES:
                self._series(element)
            case _:
                self._defined(element)

    def _defined(self, element: Element) -> None:
        definition = self._take(1)[0]
        size, decimals = definition >> 3, definition & 7
        record = self._body[self._begin : self._at]
        if not size:
            raise UnreadableValueError(f"definition byte {definition:02X}: expected 1 to 31 bytes")
        data = self._take(size)
        match element.layout:
            case Layout.DECIMAL:
                self._value(element, data, decimals)
                while self._uniform and self._has_further(record):
                    self._value(element, self._take(size), decimals)
            case Layout.STEP:
                self._groups.step(step_seconds(data))
            case Layout.GATE:
                self._groups.gate(packed_decimal(data, 0))
            case Layout.STATUS:
                self._status(element, data)

    def _has_further(self, record: bytes) -> bool:
        """Return whether another value of a uniform-interval report follows at once.

        Its element is named once (6.6.4.4, table 30 note d); some stations name it every time.
        """
        rest = self._at < len(self._body)
        return rest and not self._is_marker() and not self._body.startswith(record, self._at)

    def _value(self, element: Element, data: bytes, decimals: int) -> None:
        try:
            number = packed_decimal(data, decimals)
        except UnreadableValueError as error:
            number = None
            self._refuse(FaultReason.BAD_VALUE, str(error))
        self._groups.value(element, number)

    def _series(self, element: Element) -> None:
        # The definition byte is not obeyed: table C.1 fixes the size, and some stations send
        # other sizes there (5C before 24 bytes of F5).
        self._take(1)
        size, read = _SERIES[element.layout]
        self._groups.series(element, read(self._take(size)))
        while self._uniform and self._at < len(self._body) and not self._is_marker():
            self._groups.series(element, read(self._take(size)))

    def _status(self, element: Element, data: bytes) -> None:
        if data.strip(b"\xff"):
            self._groups.status(element, int.from_bytes(data, "big"), 8 * len(data))

    def _station(self) -> None:
        self._groups.station(self._take(5).hex().upper())
        following = self._body[self._at : self._at + 3]
        if following[:1] and (
            following[0] in STATION_CLASSES or following[1:] == _OBSERVATION_TIME
        ):
            self._at += 1

    def _unlisted(self) -> Element:
        """Return an element of the reserved guide bytes, or of the user's extension."""
        guide = self._body[self._at]
        if guide != _EXTENSION:
            return Element(f"{guide:02X}")
        self._name = "FF"
        self._at += 1
        return Element(f"FF{self._peek():02X}")

    def _repeated(self, guide: int) -> None:
        if self._take(1)[0] != guide:
            self._at = len(self._body)
            raise UnreadableValueError(
                f"guide byte once: expected it twice, {guide:02X}{guide:02X}"
            )

    def _is_marker(self) -> bool:
        return self._body[self._at : self._at + 2] in _MARKERS

    def _peek(self) -> int:
        if self._at >= len(self._body):
            raise _CutError("element 'FF': expected a second guide byte, the body ends")
        return self._body[self._at]

    def _take(self, size: int) -> bytes:
        start, self._at = self._at, self._at + size
        if self._at > len(self._body):
            left = len(self._body) - start
            raise _CutError(
                f"element {self._name!r}: the body ends after {left} of {size} bytes, expected all"
            )
        return self._body[start : self._at]

    def _refuse(self, reason: FaultReason, why: str) -> None:
        self._groups.faults.add(reason, f"element {self._name!r}: {why}")
