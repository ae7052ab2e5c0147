"""Values that no rule needs and no store holds, found before anybody works with them."""

import math
import reprlib
from collections.abc import Iterator, Mapping

_DEEPEST = 12
_LARGEST = 1e15

_short = reprlib.Repr()
_short.maxlevel, _short.maxstring, _short.maxother = 4, 200, 200
_short.maxdict = _short.maxlist = _short.maxtuple = 8


def shown(value: object) -> str:
    """Return what was written as sentences show it: long values are cut."""
    return _short.repr(value)


def unfit_values(fields: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """Yield path and sentence of each value that is too deep, too large, or no storable text."""
    waiting: list[tuple[tuple[str, ...], object]] = [((), fields)]
    while waiting:
        path, value = waiting.pop()
        why = _objection(value, len(path))
        if why:
            name = ".".join(part for part in path if part != "[key]")
            yield name, f"{name}: {why}"
        elif isinstance(value, Mapping):
            waiting += [((*path, str(key)), each) for key, each in value.items()]
            waiting += [((*path, "[key]"), str(key)) for key in value]
        elif isinstance(value, list):
            waiting += [((*path, str(place)), each) for place, each in enumerate(value)]


def _objection(value: object, depth: int) -> str:
    if depth > _DEEPEST:
        return f"expected tables and lists within each other at most {_DEEPEST} deep"
    if isinstance(value, str) and not _is_storable(value):
        return f"{value[:100]!r}: expected text without NUL and lone surrogates"
    if isinstance(value, int | float) and math.isfinite(value) and abs(value) > _LARGEST:
        return f"{shown(value)}: expected a number between -1e15 and 1e15"
    return ""


def _is_storable(text: str) -> bool:
    return "\0" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)
