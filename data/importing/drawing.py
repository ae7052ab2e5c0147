"""Values of a file's columns as a map wants them: picked, translated, scaled, in their types."""

import math
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta, timezone
from functools import partial

from data.importing.import_map import Drawn, EntityFields
from data.registry import KEEP, STAGES
from data.registry.values import Kept
from spatial.files import FeatureTable
from spatial.files.sieve import Sieve

_TALLEST_M = 1_000.0
_LOCAL = timezone(timedelta(hours=8))
_SHOWN = 12


class WrongValueError(ValueError):
    """A value that its field cannot have. Correct it in the file."""


def column_values(table: FeatureTable, column: str) -> list[object]:
    """Return the (n,) values of a column, None for what is missing or blank."""
    values: list[object] = table.columns[column].tolist()
    if str not in set(map(type, values)):
        return values
    return [value.strip() or None if isinstance(value, str) else value for value in values]


def drawn_values(table: FeatureTable, drawn: Drawn, where: str, sieve: Sieve) -> list[object]:
    """Return the (n,) values that a map draws; what it cannot translate or scale is refused."""
    if drawn.column is None:
        return [drawn.value] * len(table.rows)
    values = column_values(table, drawn.column)
    if drawn.values:
        return translated(values, partial(_looked_up, drawn, where), sieve)
    if drawn.scale is not None:
        return translated(values, partial(_scaled, drawn, where), sieve)
    return values


def drawn_fields(
    table: FeatureTable, fields: EntityFields, *, clear: bool, sieve: Sieve
) -> dict[str, list[object]]:
    """Return the (n,) values of each field that the map names, ``KEEP`` where nothing is said.

    Args:
        table: n rows.
        fields: of the map.
        clear: whether an empty value says that there is none.
        sieve: takes the reasons of the rows refused.
    """
    found = {}
    for name, drawn in fields.given():
        values = drawn_values(table, drawn, f"fields.{name}", sieve)
        typed = (
            values if _is_text(name, values) else translated(values, partial(_typed, name), sieve)
        )
        empty = _EMPTY[name] if clear else KEEP
        found[name] = [empty if value is None else value for value in typed]
    return found


def translated(
    values: Sequence[object], translate: Callable[[object], object], sieve: Sieve
) -> list[object]:
    """Return each value translated, None for None; equal values are translated once."""
    known: dict[tuple[type, object], object] = {}
    found: list[object] = []
    for at, value in enumerate(values):
        if value is None:
            found.append(None)
            continue
        told = (type(value), value)
        if told not in known:
            known[told] = _tried(translate, value)
        result = known[told]
        if isinstance(result, WrongValueError):
            sieve.refuse([at], [str(result)])
            result = None
        found.append(result)
    return found


def as_text(value: object) -> str:
    """Return a value as text; a whole number has no fraction, whatever its column's type."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _is_text(name: str, values: list[object]) -> bool:
    """Tell whether a field of free text gets nothing but text, as nearly always."""
    return name in _FREE_TEXTS and set(map(type, values)) <= {str, type(None)}


def _tried(translate: Callable[[object], object], value: object) -> object:
    try:
        return translate(value)
    except WrongValueError as error:
        return error


def _looked_up(drawn: Drawn, where: str, value: object) -> object:
    text = as_text(value)
    if text not in drawn.values:
        names = ", ".join(list(drawn.values)[:_SHOWN])
        raise WrongValueError(
            f"column {drawn.column!r}: {text!r}, expected one of {where}.values: {names}"
        )
    return drawn.values[text]


def _scaled(drawn: Drawn, where: str, value: object) -> float:
    # Twelve digits: 2345 x 0.001 is 2.345, not 2.3450000000000002.
    return float(f"{_number(where, value) * (drawn.scale or 1.0):.12g}")


def _number(where: str, value: object) -> float:
    try:
        number = float(value) if isinstance(value, str | int | float) else math.nan
    except (ValueError, OverflowError):
        number = math.nan
    if isinstance(value, bool) or not math.isfinite(number):
        raise WrongValueError(f"{where}: {value!r}, expected a number")
    return number


def _typed(name: str, value: object) -> object:
    if name == "height_m":
        height = _number(f"fields.{name}", value)
        if not 0 <= height <= _TALLEST_M:
            raise WrongValueError(f"{name}: {value!r}, expected metres from 0 to {_TALLEST_M:g}")
        return height
    if name in {"valid_from", "valid_to"}:
        return _instant(name, as_text(value))
    text = as_text(value)
    if name == "stage" and text not in STAGES:
        raise WrongValueError(f"stage: {text!r}, expected one of {', '.join(STAGES)}")
    return text


def _instant(name: str, text: str) -> datetime:
    """Return the instant; what names no zone is local time, a day begins at midnight."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None:
        raise WrongValueError(
            f"{name}: {text!r}, expected a date or time of ISO 8601, e.g. 2026-05-01"
        )
    return found if found.tzinfo else found.replace(tzinfo=_LOCAL)


_FREE_TEXTS = {"name", "owner", "steward", "address"}
_EMPTY: dict[str, Kept | str | None] = {
    "name": KEEP,
    "height_m": None,
    "stage": KEEP,
    "owner": "",
    "steward": "",
    "address": "",
    "valid_from": None,
    "valid_to": None,
}
"""What a field is once it is cleared; what cannot be empty stays."""
