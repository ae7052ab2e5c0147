"""Columns of tables as arrays of a network, checked: what is missing or odd gets its sentence."""

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from spatial.networks.network import Floats, Texts


class FrameRefusedError(ValueError):
    """A table that is no part of a network. Rename or convert the column that is named."""


def keys(table: pd.DataFrame, name: str, column: str) -> Texts:
    """Return what identifies each row: str[n], unique; whole numbers become text.

    Raises:
        FrameRefusedError: a key is missing, twice there, or neither text nor a whole number.
    """
    found = names(table, name, column)
    lacking = [at for at, key in enumerate(found) if key is None]
    if lacking:
        raise FrameRefusedError(f"{name}: row {lacking[0]} has no {column!r}: expected one")
    twice = pd.Index(found).duplicated()
    if twice.any():
        raise FrameRefusedError(f"{name}: {column} {found[twice][0]!r} twice: expected each once")
    return found


def names(table: pd.DataFrame, name: str, column: str) -> Texts:
    """Return text of each row, None where it is missing: object[n].

    Raises:
        FrameRefusedError: there is no such column, or a value is neither text nor a whole number.
    """
    if column not in table.columns:
        shown = ", ".join(map(repr, table.columns))
        raise FrameRefusedError(f"{name}: no column {column!r} among {shown}")
    found = np.empty(len(table), object)
    found[:] = [_name(value, name, column) for value in table[column].tolist()]
    return found


def _name(value: Any, name: str, column: str) -> str | None:  # noqa: ANN401 - a cell
    if isinstance(value, str):
        return value
    if value is None or value is pd.NA or value != value:  # noqa: PLR0124 - NaN differs
        return None
    # A column of whole numbers with a gap is one of floats, in pandas.
    whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    if whole and not isinstance(value, bool):
        return str(int(value))
    raise FrameRefusedError(f"{name}: {column} {value!r}: expected text or a whole number")


def texts(table: pd.DataFrame, name: str, column: str, absent: str) -> Texts:
    """Return words of each row: str[n], ``absent`` without the column and where one is missing."""
    if column not in table.columns:
        return np.full(len(table), absent, object)
    found = names(table, name, column)
    found[found == np.array(None)] = absent
    return found


def numbers(table: pd.DataFrame, name: str, column: str) -> Floats:
    """Return numbers of each row: float64[n], NaN without the column and where one is missing.

    Raises:
        FrameRefusedError: it holds something else.
    """
    if column not in table.columns:
        return np.full(len(table), np.nan)
    values = table[column]
    if values.isna().all():
        return np.full(len(table), np.nan)
    if not pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values):
        raise FrameRefusedError(f"{name}: {column} is of type {values.dtype}: expected numbers")
    found = values.to_numpy(np.float64, na_value=np.nan)
    if np.isinf(found).any():
        raise FrameRefusedError(f"{name}: {column} is infinite: expected finite numbers")
    return found


def flags(table: pd.DataFrame, name: str, column: str, *, absent: bool) -> NDArray[np.bool_]:
    """Return what is true of each row: bool[n], ``absent`` as of ``texts``.

    Raises:
        FrameRefusedError: it holds something else than true and false.
    """
    if column not in table.columns:
        return np.full(len(table), absent)
    values = table[column].tolist()
    missing = table[column].isna().tolist()
    for value, lacks in zip(values, missing, strict=True):
        if not lacks and not isinstance(value, bool):
            raise FrameRefusedError(f"{name}: {column} {value!r}: expected true or false")
    pairs = zip(values, missing, strict=True)
    return np.array([absent if lacks else value for value, lacks in pairs], np.bool_)


def shapes(table: pd.DataFrame, name: str, kind: str) -> NDArray[Any]:
    """Return the geometry of each row, flat: object[n], None where it is missing or empty.

    A geometry of several parts that has only one is that part.

    Raises:
        FrameRefusedError: a row has a geometry of another kind, or a coordinate that is no number.
    """
    found = np.full(len(table), None, object)
    if not isinstance(table, gpd.GeoDataFrame) or table.active_geometry_name is None:
        return found
    with np.errstate(invalid="ignore"):  # coordinates that are no numbers are refused below
        flat = shapely.force_2d(table.geometry.to_numpy())
    for at, shape in enumerate(flat.tolist()):
        if shape is not None and not shape.is_empty:
            found[at] = _shape(shape, name, at, kind)
    return found


def _shape(shape: BaseGeometry, name: str, row: int, kind: str) -> BaseGeometry:
    only, *more = getattr(shape, "geoms", (shape,))
    if more or only.geom_type != kind:
        raise FrameRefusedError(f"{name}: row {row} is a {shape.geom_type}: expected a {kind}")
    if not np.isfinite(shapely.get_coordinates(only)).all():
        raise FrameRefusedError(f"{name}: row {row} has a coordinate that is no number")
    return only
