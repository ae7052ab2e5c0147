"""JSON (RFC 8259) whose one long list is handed over piece by piece, so that none of it is kept."""

import json
import re
from collections.abc import Callable
from typing import Any

PAST_THE_END = "expected the end of the file"
_BLANKS = re.compile(r"[ \t\n\r]*")
_DECODER = json.JSONDecoder()


def scan(text: str, listed: str, take: Callable[[Any], None]) -> dict[str, Any]:
    """Return the members of a JSON object; elements of the member ``listed`` go to ``take``.

    Where ``listed`` is not a list it is returned like the others; where it is, it comes as [].

    Raises:
        json.JSONDecodeError: the text is not one JSON object; it says line and column.
        RecursionError: it is nested too deep to be data.
    """
    members: dict[str, Any] = {}
    at = _expect(text, 0, "{")
    if _next(text, at) == "}":
        return _end(text, _past(text, at), members)
    while True:
        name, at = _name(text, at)
        if name == listed and _next(text, at) == "[":
            members[name], at = [], _elements(text, at, take)
        else:
            members[name], at = _value(text, at)
        if _next(text, at) != ",":
            break
        at = _past(text, at)
    return _end(text, _expect(text, at, "}"), members)


def _elements(text: str, at: int, take: Callable[[Any], None]) -> int:
    """Hand over the elements of a list and return where it ends."""
    at = _past(text, at)
    if _next(text, at) == "]":
        return _past(text, at)
    while True:
        element, at = _value(text, at)
        take(element)
        if _next(text, at) != ",":
            return _expect(text, at, "]")
        at = _past(text, at)


def _name(text: str, at: int) -> tuple[str, int]:
    start = _start(text, at)
    name, at = _value(text, start)
    if not isinstance(name, str):
        raise json.JSONDecodeError("expected a name in double quotes", text, start)
    return name, _expect(text, at, ":")


def _value(text: str, at: int) -> tuple[Any, int]:
    return _DECODER.raw_decode(text, _start(text, at))


def _start(text: str, at: int) -> int:
    blanks = _BLANKS.match(text, at)
    return blanks.end() if blanks else at


def _next(text: str, at: int) -> str:
    start = _start(text, at)
    return text[start : start + 1]


def _past(text: str, at: int) -> int:
    return _start(text, at) + 1


def _expect(text: str, at: int, mark: str) -> int:
    if _next(text, at) != mark:
        raise json.JSONDecodeError(f"expected {mark!r}", text, _start(text, at))
    return _past(text, at)


def _end(text: str, at: int, members: dict[str, Any]) -> dict[str, Any]:
    if _next(text, at):
        raise json.JSONDecodeError(PAST_THE_END, text, _start(text, at))
    return members
