"""Attributes of rows as arrays that can be stored: no NaN, no text that a database refuses."""

import math
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np

from spatial.files.layer import Column, objects
from spatial.files.sieve import Sieve

MAX_COLUMNS = 2_000

_TYPED: dict[type, type[np.generic]] = {int: np.int64, float: np.float64, bool: np.bool_}
_NAMES: dict[frozenset[type], str] = {
    frozenset(): "empty",
    frozenset({str}): "text",
    frozenset({int}): "integer",
    frozenset({float}): "number",
    frozenset({int, float}): "number",
    frozenset({bool}): "boolean",
}
_KINDS = {"i": "integer", "f": "number", "b": "boolean"}


class Settled(NamedTuple):
    """Columns as they are handed on, and what was changed."""

    columns: dict[str, Column]
    warnings: list[str]


def settle(columns: Mapping[str, Column], sieve: Sieve) -> Settled:
    """Return columns with None for what is missing, typed where nothing is.

    NaN is missing; infinite numbers are read as missing with a warning; rows with text that has a
    NUL character or half a surrogate pair are refused.
    """
    settled, warnings = {}, []
    for name, values in columns.items():
        if not _storable(name):
            warnings.append(f"column {name!r} is left out: no text may hold such a name")
            continue
        finite, infinite = _finite(values)
        if infinite:
            at = np.array(infinite)
            warnings.append(f"column {name!r}: infinite numbers read as missing: {sieve.named(at)}")
        _refuse_text(name, finite, sieve)
        settled[name] = typed(finite)
    return Settled(settled, warnings)


def type_of(values: Column) -> str:
    """Return integer, number, boolean, text, mixed or empty."""
    if values.dtype != object:
        return _KINDS[values.dtype.kind]
    return _NAMES.get(frozenset(map(type, values.tolist())) - {type(None)}, "mixed")


def typed(values: Column) -> Column:
    """Return integers, floats or booleans as such an array where none of them is missing."""
    if values.dtype != object or not len(values):
        return values
    kinds = set(map(type, values.tolist()))
    wanted = _TYPED.get(kinds.pop()) if len(kinds) == 1 else None
    if wanted is None:
        return values
    try:
        return values.astype(wanted)
    except OverflowError:  # more than 64 bits stay Python's own
        return values


def from_rows(values: Iterable[Iterable[object]], names: list[str]) -> dict[str, Column]:
    """Return columns by name from rows of equally many values."""
    turned = list(zip(*values, strict=True)) or [()] * len(names)
    return {name: objects(column) for name, column in zip(names, turned, strict=True)}


def _finite(values: Column) -> tuple[Column, list[int]]:
    """Return values with None for numbers that are not finite, and where they were infinite."""
    if values.dtype.kind not in "fO" or (values.dtype.kind == "f" and np.isfinite(values).all()):
        return values, []
    numbers = values.tolist()
    if float not in set(map(type, numbers)):
        return values, []
    odd = [
        at
        for at, value in enumerate(numbers)
        if isinstance(value, float) and not math.isfinite(value)
    ]
    changed = values.astype(object)
    changed[odd] = None
    return changed, [at for at in odd if math.isinf(numbers[at])]


def _refuse_text(name: str, values: Column, sieve: Sieve) -> None:
    if values.dtype != object:
        return
    texts = values.tolist()
    if _storable("".join(value for value in texts if isinstance(value, str))):
        return
    bad = [at for at, value in enumerate(texts) if isinstance(value, str) and not _storable(value)]
    sieve.refuse(
        bad, (f"column {name!r}: {values[at]!r} holds what no text may hold" for at in bad)
    )


def _storable(text: str) -> bool:
    if "\0" in text:
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
