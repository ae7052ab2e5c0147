"""The demo district as tables with geometry, the form in which spatial work takes them."""

from collections.abc import Iterable

import geopandas as gpd
import numpy as np
import pandas as pd

from data.demo.arrays import Floats, Ints, points
from data.demo.geography import CRS
from data.demo.network import DemoDevice
from data.registry import EntityChange


def entity_table(entities: Iterable[EntityChange]) -> gpd.GeoDataFrame:
    """Return ``code``, ``klass``, ``name`` and geometry of entities."""
    rows = [(entity.code, entity.name, entity.geometry) for entity in entities]
    code = np.array([row[0] for row in rows], np.int64)
    columns = {"code": code, "klass": _classes(code), "name": [row[1] for row in rows]}
    shapes = np.empty(len(rows), object)
    shapes[:] = [row[2] for row in rows]
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=CRS)


def device_table(devices: list[DemoDevice], moved_m: Floats | None = None) -> gpd.GeoDataFrame:
    """Return ``code``, ``klass``, ``target`` and place of sensors and cameras.

    Args:
        devices: n sensors and cameras.
        moved_m: float64[n, 2], what to add to their places, metres.
    """
    place = np.array([(device.x, device.y) for device in devices]).reshape(-1, 2)
    code = np.array([device.code for device in devices], np.int64)
    target = np.array([device.target for device in devices], np.int64)
    columns = {"code": code, "klass": _classes(code), "target": target}
    stands = points(place if moved_m is None else place + moved_m)
    return gpd.GeoDataFrame(columns, geometry=stands, crs=CRS)


def _classes(code: Ints) -> pd.Series:
    digits = code // 1_000_000 % 10_000
    return pd.Series(digits).astype(str).str.zfill(4)
