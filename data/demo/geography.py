"""The ground the demo district stands on: outline, sub-districts, hills (EPSG:4547, metres).

The place and the names are Guangming's; boundaries and relief are invented.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from data.demo.arrays import Flags, Floats, Ints, Shapes, codes
from data.registry import EntityChange, NewName

CRS = "EPSG:4547"
_ORIGIN = np.array([484_000.0, 2_512_000.0])

_OUTLINE_KM = (
    *((0.6, 5.2), (1.1, 3.6), (2.4, 3.0), (3.2, 1.7), (4.6, 0.9), (6.4, 0.4), (8.4, 0.3)),
    *((10.3, 0.6), (12.2, 0.9), (14.1, 1.6), (15.2, 3.0), (15.6, 4.9), (15.0, 6.6), (15.3, 8.4)),
    *((14.9, 10.3), (13.8, 11.8), (12.4, 12.9), (10.6, 13.3), (9.0, 12.8), (7.6, 13.4)),
    *((5.8, 13.5), (4.2, 13.0), (2.8, 12.6), (1.9, 11.2), (1.2, 9.4), (0.7, 7.4)),
)

_SUB_DISTRICTS = (
    ("440311001", "光明街道", 11.8, 6.6),
    ("440311002", "公明街道", 5.0, 10.3),
    ("440311003", "新湖街道", 11.3, 10.6),
    ("440311004", "凤凰街道", 10.9, 3.2),
    ("440311005", "玉塘街道", 6.1, 3.0),
    ("440311006", "马田街道", 3.2, 6.4),
)

_HILLS_KM = (
    # centre east, north; half axes; height in metres
    (13.2, 11.2, 2.4, 1.9, 110.0),
    (14.3, 7.6, 1.2, 1.6, 80.0),
    (14.2, 3.4, 1.3, 1.4, 95.0),
    (10.6, 1.2, 1.5, 0.9, 70.0),
    (7.9, 12.2, 1.3, 1.1, 60.0),
    (3.6, 4.6, 0.8, 0.6, 35.0),
)


class SubDistricts(NamedTuple):
    """The six sub-districts; their polygons tile the outline."""

    code: Ints
    value: list[str]
    name: list[str]
    geometry: Shapes

    def containing(self, points: Shapes) -> Ints:
        """Return the entity code of the sub-district around each point, the nearest outside."""
        tree = shapely.STRtree(self.geometry)
        point, area = tree.query_nearest(points, all_matches=False)
        found = np.zeros(len(points), np.int64)
        found[point] = self.code[area]
        return found

    def entities(self) -> Iterator[EntityChange]:
        """Yield them as they stand in the register."""
        for code, name, shape in zip(self.code.tolist(), self.name, self.geometry, strict=True):
            yield EntityChange(code, name, shape, None, {"area_km2": round(shape.area / 1e6, 2)})

    def names(self) -> Iterator[NewName]:
        """Yield their official codes (GB/T 10114)."""
        for code, value in zip(self.code.tolist(), self.value, strict=True):
            yield NewName(code, "gbt10114", value)


def metres(km: object) -> Floats:
    """Return coordinates of the district's CRS for kilometres from its south-west corner."""
    return np.asarray(_ORIGIN + 1000.0 * np.asarray(km, np.float64), np.float64)


def outline() -> BaseGeometry:
    """Return the district's boundary, about 150 km2."""
    return shapely.Polygon(metres(_OUTLINE_KM))


def county() -> EntityChange:
    """Return the district itself: its outline is invented, so the register must hold it."""
    whole = outline()
    area = {"area_km2": round(whole.area / 1e6, 2)}
    return EntityChange(int(codes("8805", 1)[0]), "光明区", whole, None, area)


def sub_districts() -> SubDistricts:
    """Divide the outline among the six sub-districts, each point to the nearest centre."""
    centres = shapely.MultiPoint(centre_points())
    cells = shapely.voronoi_polygons(centres, extend_to=outline(), ordered=True)
    return SubDistricts(
        codes("8803", len(_SUB_DISTRICTS)),
        [row[0] for row in _SUB_DISTRICTS],
        [row[1] for row in _SUB_DISTRICTS],
        shapely.intersection(shapely.get_parts(cells), outline()),
    )


def centre_points() -> Floats:
    """Return where each sub-district is densest, float64[6, 2]."""
    return metres([row[2:] for row in _SUB_DISTRICTS])


def hill_height(points: Floats) -> Floats:
    """Return what hills add to the ground at ``points`` (float64[n, 2]), metres."""
    height = np.zeros(len(points))
    for east, north, half_east, half_north, top in _HILLS_KM:
        away = (points - metres((east, north))) / (1000.0 * half_east, 1000.0 * half_north)
        height += top * np.clip(1.0 - (away**2).sum(axis=1), 0.0, None) ** 1.5
    return height


def inside(points: Floats, margin_m: float = 0.0) -> Flags:
    """Tell which points lie at least ``margin_m`` inside the boundary."""
    area = outline().buffer(-margin_m)
    shapely.prepare(area)
    return np.asarray(shapely.contains_xy(area, points[:, 0], points[:, 1]), np.bool_)
