"""Shapes of a CSV file: two columns of coordinates, or one of well-known text."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import shapely

from spatial.files.errors import RowRefusedError, refuse
from spatial.files.layer import Column, Columns, Place, Wkt, objects
from spatial.files.sieve import Sieve
from spatial.files.wkb import reason

_SHOWN = 60


def shapes_of(
    path: Path, columns: Mapping[str, Column], count: int, place: Place | None, sieve: Sieve
) -> Column:
    """Return (n,) WKB, None where a row has no shape; rows that cannot be read are refused.

    Raises:
        FileRefusedError: the file has no such column.
    """
    match place:
        case None:
            return np.full(count, None, dtype=object)
        case Wkt(column):
            return _from_text(_column(path, columns, column), sieve)
        case Columns(x, y):
            return _from_numbers(_column(path, columns, x), _column(path, columns, y), place, sieve)


def _column(path: Path, columns: Mapping[str, Column], name: str) -> Column:
    if name not in columns:
        raise refuse(path, f"has no column {name!r}: expected one of {list(columns)!r}")
    return columns[name]


def _from_text(texts: Column, sieve: Sieve) -> Column:
    shapes = []
    for at, text in enumerate(texts.tolist()):
        try:
            shapes.append(None if text is None else _parse(text))
        except RowRefusedError as error:
            sieve.refuse([at], [str(error)])
            shapes.append(None)
    return objects(shapes)


def _parse(text: str) -> bytes:
    try:
        with np.errstate(all="ignore"):
            return shapely.to_wkb(shapely.from_wkt(text))
    except (shapely.errors.GEOSException, NotImplementedError) as error:
        raise RowRefusedError(f"shape {text[:_SHOWN]!r} cannot be read: {reason(error)}") from error


def _from_numbers(x_texts: Column, y_texts: Column, place: Columns, sieve: Sieve) -> Column:
    places = np.zeros((len(x_texts), 2))
    absent = np.zeros(len(x_texts), dtype=bool)
    for at, pair in enumerate(zip(x_texts.tolist(), y_texts.tolist(), strict=True)):
        absent[at] = pair == (None, None)
        try:
            places[at] = (0, 0) if absent[at] else _numbers(pair, place)
        except RowRefusedError as error:
            sieve.refuse([at], [str(error)])
    wkb = np.asarray(shapely.to_wkb(shapely.points(places)), dtype=object)
    wkb[absent] = None
    return wkb


def _numbers(pair: tuple[str | None, str | None], place: Columns) -> tuple[float, float]:
    return _number(pair[0], place.x), _number(pair[1], place.y)


def _number(text: str | None, column: str) -> float:
    try:
        number = float(text or "")
    except ValueError as error:
        raise RowRefusedError(f"column {column!r}: {text!r}, expected a number") from error
    if not np.isfinite(number):
        raise RowRefusedError(f"column {column!r}: {text!r}, expected a finite number")
    return number
