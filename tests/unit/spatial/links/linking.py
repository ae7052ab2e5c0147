"""Rules and small tables for tests of linking."""

from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely.geometry.base import BaseGeometry

from spatial.links import Entities, Links, link, link_tables

CRS = "EPSG:4547"
COUNTY = 440311


class Rule(NamedTuple):
    """A row of the table of link classes."""

    sensor_class: str
    target_class: str
    relation: str
    method: str
    max_distance_m: float


RULES = (
    Rule("8502", "8402", "monitors", "nearest", 15.0),
    Rule("8505", "8202", "monitors", "at", 60.0),
    Rule("8505", "8302", "monitors", "nearest", 20.0),
    Rule("8509", "8101", "monitors", "inside", 15.0),
    Rule("8509", "8103", "located_in", "inside", 0.5),
    Rule("8509", "8102", "located_in", "inside", 0.5),
    Rule("8509", "8101", "located_in", "inside", 0.5),
    Rule("8601", "8802", "watches", "inside", 80.0),
    Rule("8601", "8402", "covers", "covers", 150.0),
)
NAMES = {
    "8101": "building",
    "8402": "road section",
    "8202": "reach",
    "8302": "outfall",
    "8505": "water quality station",
    "8802": "monitored area",
}


def code(klass: str, serial: int) -> int:
    """Return an entity code."""
    return (COUNTY * 10_000 + int(klass)) * 1_000_000 + serial


def shapes(*given: BaseGeometry | None) -> "np.ndarray[tuple[int], np.dtype[np.object_]]":
    """Return shapes as an array, which numpy would otherwise take apart."""
    column = np.empty(len(given), object)
    column[:] = given
    return column


def table(*rows: tuple[str, BaseGeometry | None], crs: str | None = CRS) -> gpd.GeoDataFrame:
    """Rows of class and geometry; the serial is the row's number from 1."""
    codes = [code(klass, number) for number, (klass, _) in enumerate(rows, 1)]
    return gpd.GeoDataFrame({"code": codes}, geometry=shapes(*(row[1] for row in rows)), crs=crs)


def entities(*rows: tuple[str, BaseGeometry | None]) -> Entities:
    """The same as arrays."""
    return Entities.of_table(table(*rows))


def linked(
    device: tuple[str, BaseGeometry | None], *objects: tuple[str, BaseGeometry]
) -> pd.Series:
    """The first link of one device, or why it has none."""
    return link_tables(table(device), table(*objects), RULES, class_names=NAMES).iloc[0]


def linked_at(height_m: float, device: tuple[str, BaseGeometry], objects: Entities) -> Links:
    """The links of a device that hangs at a height."""
    devices = entities(device)._replace(base_m=np.array([height_m]))
    return link(devices, objects, RULES)


def targets(links: Links, relation: str) -> list[int]:
    """The codes that devices are in a relation to."""
    found = links.found
    wanted = found.relation == links.relations.index(relation)
    return [int(target) for target in found.target[wanted]]
