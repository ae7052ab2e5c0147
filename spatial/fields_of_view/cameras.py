"""What a camera's angles say of the ground that it looks at, before anything stands in its way."""

from typing import Any, NamedTuple, TypeAlias

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from spatial.soundness import somewhere

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Flags: TypeAlias = NDArray[np.bool_]

LEAST_M = 0.001
"""Shorter stretches of ground are none."""
FARTHEST_M = 100_000.0
"""Beyond that no camera sees the ground, and its range is a slip."""
_ALL_ROUND_DEG = 360.0
_STRAIGHT_DOWN_DEG = 90.0


class Views(NamedTuple):
    """Cameras (n), each a fan of wedges around the place below it.

    Attributes:
        x: float64[n], easting, metres.
        y: float64[n], northing, metres.
        height_m: float64[n], above the ground; 0 where not known.
        first_rad: float64[n], compass bearing at which the fan begins; it opens clockwise.
        wedge_rad: float64[n], angle of a wedge.
        wedges: int64[n], 0 for a camera that sees no ground.
        near_m: float64[n], from where on the ground is in the picture.
        far_m: float64[n], up to where.
        reason: str[n], why a camera sees no ground; empty where it does.
    """

    x: Floats
    y: Floats
    height_m: Floats
    first_rad: Floats
    wedge_rad: Floats
    wedges: Ints
    near_m: Floats
    far_m: Floats
    reason: NDArray[Any]

    @property
    def all_round(self) -> Flags:
        """Tell which of them see the whole circle."""
        return np.asarray(self.wedges * self.wedge_rad > 2 * np.pi - 1e-9)

    def of(self, rows: Ints) -> "Views":
        """Return some of them."""
        return Views(
            x=self.x[rows],
            y=self.y[rows],
            height_m=self.height_m[rows],
            first_rad=self.first_rad[rows],
            wedge_rad=self.wedge_rad[rows],
            wedges=self.wedges[rows],
            near_m=self.near_m[rows],
            far_m=self.far_m[rows],
            reason=self.reason[rows],
        )

    def points(self, row: Ints, boundary: Ints, distance_m: Floats) -> Floats:
        """Return places so far from cameras (rows), on the boundaries of wedges: float64[k, 2]."""
        # The last boundary of a full circle is the first, to the last bit.
        turn = np.where(self.all_round[row], boundary % np.maximum(self.wedges[row], 1), boundary)
        bearing = self.first_rad[row] + turn * self.wedge_rad[row]
        east = self.x[row] + distance_m * np.sin(bearing)
        return np.column_stack([east, self.y[row] + distance_m * np.cos(bearing)])


def views_of(cameras: gpd.GeoDataFrame, step_deg: float) -> Views:
    """Return the views of cameras; wedges are ``step_deg`` wide at most."""
    shapes = np.array(cameras.geometry.to_numpy(), object)
    shapes[~somewhere(shapes) | (shapely.get_type_id(shapes) != shapely.GeometryType.POINT)] = None
    x, y = shapely.get_x(shapes), shapely.get_y(shapes)
    height = np.maximum(np.nan_to_num(_column(cameras, "height_m")), 0.0)
    opening, azimuth, turned = _directions(cameras)
    near, far = _bounds(cameras, height, turned)
    reason = _reasons(cameras, x + y, opening, azimuth, near, far)
    blind = reason != ""
    wedges = np.where(blind, 0, np.ceil(np.nan_to_num(opening) / step_deg)).astype(np.int64)
    wedge = np.radians(np.nan_to_num(opening) / np.maximum(wedges, 1))
    first = np.radians(np.nan_to_num(azimuth - opening / 2))
    return Views(
        *(np.nan_to_num(x), np.nan_to_num(y), height, first, wedge, wedges),
        *(np.where(blind, 0.0, near), np.where(blind, 0.0, far), reason),
    )


def _column(cameras: gpd.GeoDataFrame, name: str) -> Floats:
    if name not in cameras:
        return np.full(len(cameras), np.nan)
    values = cameras[name].to_numpy(np.float64, na_value=np.nan)
    return np.where(np.isfinite(values), values, np.nan)


def _directions(cameras: gpd.GeoDataFrame) -> tuple[Floats, Floats, Flags]:
    """Return opening angle, azimuth (degrees) and whether the camera turns or looks all round."""
    opening = np.minimum(_column(cameras, "horizontal_deg"), _ALL_ROUND_DEG)
    turns = np.zeros(len(cameras), np.bool_)
    if "turns" in cameras:
        turns = cameras["turns"].fillna(value=False).to_numpy(np.bool_)
    opening = np.where(turns, _ALL_ROUND_DEG, opening)
    azimuth = _column(cameras, "azimuth_deg") % _ALL_ROUND_DEG
    return opening, np.where(opening == _ALL_ROUND_DEG, 0.0, azimuth), turns


def _bounds(cameras: gpd.GeoDataFrame, height: Floats, turns: Flags) -> tuple[Floats, Floats]:
    """Return from where to where the ground is in the picture, metres."""
    reach = _column(cameras, "range_m")
    tilt, half = _column(cameras, "tilt_deg"), _column(cameras, "vertical_deg") / 2
    known = np.isfinite(tilt) & np.isfinite(half) & ~turns & (height > 0)
    low = np.where(known, tilt + half, _STRAIGHT_DOWN_DEG)
    high = np.where(known, tilt - half, 0.0)
    # Looking down by an angle meets flat ground at height by tangent.
    near = np.where(low < _STRAIGHT_DOWN_DEG, _meets(height, low), 0.0)
    far = np.where(high > 0, np.minimum(reach, _meets(height, high)), reach)
    return near, far


def _meets(height: Floats, down_deg: Floats) -> Floats:
    angle = np.radians(down_deg.clip(0.0, _STRAIGHT_DOWN_DEG))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(angle > 0, height / np.tan(angle), np.inf)


def _reasons(
    cameras: gpd.GeoDataFrame,
    place: Floats,
    opening: Floats,
    azimuth: Floats,
    near: Floats,
    far: Floats,
) -> NDArray[Any]:
    reach = _column(cameras, "range_m")
    cases = (
        (~np.isfinite(place), "the camera has no place, expected a point"),
        (np.isnan(reach), "the camera has no range, expected metres"),
        (reach <= 0, "its range is not above 0 m"),
        (reach > FARTHEST_M, f"its range is above {FARTHEST_M:,.0f} m"),
        (np.isnan(opening), "it has no horizontal angle, expected degrees"),
        (opening <= 0, "its horizontal angle is not above 0 degrees"),
        (np.isnan(azimuth), "it has no azimuth, expected degrees from north, clockwise"),
        (~(near + LEAST_M < far), "it looks over the ground within its range"),
        (far * np.radians(opening) < LEAST_M, "it sees less than a millimetre of ground in width"),
    )
    return np.select([case for case, _ in cases], [said for _, said in cases], "").astype(object)
