"""Devices and objects as arrays: where they stand, how high, since when and until when."""

from typing import Any, NamedTuple, Self

import geopandas as gpd
import numpy as np
import pandas as pd

from spatial.links.rules import Bools, Floats, Ints, Shapes

NO_START = int(np.iinfo(np.int64).min)
NO_END = int(np.iinfo(np.int64).max)
_EPOCH = pd.Timestamp("2000-01-01", tz="UTC")


class TransformFirstError(ValueError):
    """Tables that do not share a metric CRS. Transform them to the district's first."""


class Entities(NamedTuple):
    """Devices or objects (n), in no order that would matter.

    Attributes:
        code: int64[n], entity codes.
        shape: object[n], shapely geometries of any kind in the district's CRS, or None.
        base_m: float64[n], lowest height, metres in the district's datum; NaN where unknown. Of a
            device how high it hangs.
        top_m: float64[n], highest height; NaN where unknown.
        valid_from: int64[n], microseconds since 2000-01-01 UTC; ``NO_START`` where it says none.
        valid_to: int64[n], alike, not included; ``NO_END`` where it says none.
    """

    code: Ints
    shape: Shapes
    base_m: Floats
    top_m: Floats
    valid_from: Ints
    valid_to: Ints

    @classmethod
    def placed(cls, code: Ints, shape: Shapes) -> Self:
        """Return entities of no height that are valid for ever."""
        count = len(code)
        return cls(
            code,
            shape,
            np.full(count, np.nan),
            np.full(count, np.nan),
            np.full(count, NO_START),
            np.full(count, NO_END),
        )

    @classmethod
    def of_table(cls, table: gpd.GeoDataFrame) -> Self:
        """Return the rows of a table.

        Args:
            table: columns ``code`` (int) and geometry; ``base_m``, ``top_m``, ``valid_from`` and
                ``valid_to`` (with zone) where there are any.
        """
        plain = cls.placed(table["code"].to_numpy(np.int64), table.geometry.to_numpy())
        given: dict[str, Any] = {
            name: table[name].to_numpy(np.float64)
            for name in ("base_m", "top_m")
            if name in table.columns
        }
        for name, none in (("valid_from", NO_START), ("valid_to", NO_END)):
            if name in table.columns:
                given[name] = _microseconds(table[name], none)
        return plain._replace(**given)

    def taken(self, rows: Ints | Bools) -> Self:
        """Return some of them."""
        return type(self)._make(column[rows] for column in self)


def check_alike(devices: gpd.GeoDataFrame, objects: gpd.GeoDataFrame) -> None:
    """Refuse tables that do not share a metric CRS.

    Raises:
        TransformFirstError: their CRS differ or are not metric.
    """
    if devices.crs != objects.crs:
        raise TransformFirstError(
            f"devices are in {_called(devices)!r} and objects in {_called(objects)!r}: expected "
            "one CRS"
        )
    if devices.crs is None or not devices.crs.is_projected:
        raise TransformFirstError(f"tables are in {_called(devices)!r}: expected a metric CRS")


def _microseconds(column: pd.Series, none: int) -> Ints:
    instants = pd.to_datetime(column, utc=True)
    since = (instants - _EPOCH) // pd.Timedelta(microseconds=1)
    return np.where(instants.isna(), none, since.fillna(0)).astype(np.int64)


def _called(table: gpd.GeoDataFrame) -> str | None:
    return None if table.crs is None else table.crs.to_string()
