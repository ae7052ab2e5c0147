"""The elements of a body in ASCII coding: letters and values between spaces (6.6.3, annex C)."""

import re
from collections.abc import Callable
from typing import Final

from ingest.decoders.quoting import quoted
from ingest.decoders.sl651.elements import Element, Layout, elements_by_letters
from ingest.decoders.sl651.groups import Groups
from ingest.decoders.sl651.values import (
    SERIES_VALUES,
    UnreadableValueError,
    decimal_text,
    level_series,
    rain_series,
)
from twin.model import FaultReason

_VALUE = re.compile(r"[+-]?\d.*|M|(?:[0-9A-F]{2}){4,}", re.ASCII)
_STEP = re.compile(r"DR(?P<unit>[DHN])(?P<count>\d\d)", re.ASCII)
_STEP_SECONDS: Final = {"D": 86_400, "H": 3600, "N": 60}
_STATION = re.compile(r"[0-9A-F]{10}")
_STATION_CLASS = re.compile(r"[PHKZDTMGQIO]|50|48|4B|5A|44|54|4D|47|51|49|4F")
_SERIES: Final[dict[Layout, tuple[int, Callable[[bytes], list[float | None]]]]] = {
    Layout.RAIN_SERIES: (SERIES_VALUES, rain_series),
    Layout.LEVEL_SERIES: (2 * SERIES_VALUES, level_series),
}


def read_text(body: str, groups: Groups) -> None:
    """Read everything behind serial and time of sending into ``groups``."""
    words = body.upper().split()
    at = 0
    while at < len(words):
        letters = words[at]
        end = at + 1
        while end < len(words) and _VALUE.fullmatch(words[end]):
            end += 1
        element = elements_by_letters().get(letters)
        if element and element.layout is Layout.TEXT:
            return
        if element and element.layout is Layout.STATION:
            end += _is_class(words, end)
        try:
            _read(letters, element, words[at + 1 : end], groups)
        except UnreadableValueError as error:
            groups.faults.add(FaultReason.BAD_VALUE, f"element {quoted(letters)}: {error}")
        at = end


def _is_class(words: list[str], at: int) -> bool:
    """Return whether a word is a station's class: some of them are letters of elements too."""
    following = words[at + 1 : at + 2]
    return bool(
        _STATION_CLASS.fullmatch("".join(words[at : at + 1]))
        and not (following and _VALUE.fullmatch(following[0]))
    )


def _read(letters: str, element: Element | None, values: list[str], groups: Groups) -> None:
    if step := _STEP.fullmatch(letters):
        groups.step(_STEP_SECONDS[step["unit"]] * int(step["count"]))
    elif element is None:
        groups.faults.add(
            FaultReason.UNKNOWN_QUANTITY,
            f"element {quoted(letters)}: expected letters of SL 651 table C.1, e.g. Z",
        )
    elif not values:
        raise UnreadableValueError("no value: expected a number, or M for invalid")
    else:
        _READERS.get(element.layout, _decimals)(element, values, groups)


def _time(_element: Element, values: list[str], groups: Groups) -> None:
    groups.begin(values[0])


def _station(_element: Element, values: list[str], groups: Groups) -> None:
    if not _STATION.fullmatch(values[0]):
        raise UnreadableValueError(f"{quoted(values[0])}: expected an address of 10 digits")
    groups.station(values[0])


def _gate(_element: Element, values: list[str], groups: Groups) -> None:
    groups.gate(decimal_text(values[0]))


def _status(element: Element, values: list[str], groups: Groups) -> None:
    word = _hexadecimal(values[0], 4)
    if word.strip(b"\xff"):
        groups.status(element, int.from_bytes(word, "big"), 8 * len(word))


def _series(element: Element, values: list[str], groups: Groups) -> None:
    size, read = _SERIES[element.layout]
    for value in values:
        groups.series(element, read(_hexadecimal(value, size)))


def _decimals(element: Element, values: list[str], groups: Groups) -> None:
    if len(values) > 1 and not groups.has_step:
        raise UnreadableValueError(
            f"{len(values)} values: expected one, or a time step before them, e.g. DRN05"
        )
    for value in values:
        groups.value(element, decimal_text(value))


def _hexadecimal(value: str, size: int) -> bytes:
    if value == "M":
        return b"\xff" * size
    if len(value) != 2 * size or not re.fullmatch("[0-9A-F]+", value):
        raise UnreadableValueError(f"{quoted(value)}: expected {2 * size} hexadecimal digits")
    return bytes.fromhex(value)


_READERS: Final[dict[Layout, Callable[[Element, list[str], Groups], None]]] = {
    Layout.TIME: _time,
    Layout.STATION: _station,
    Layout.GATE: _gate,
    Layout.STATUS: _status,
    Layout.RAIN_SERIES: _series,
    Layout.LEVEL_SERIES: _series,
}
