"""Bounding volumes of tiles (OGC 22-025r4, 6.7.1) and where on the globe they lie.

Boxes and spheres are in metres from the centre of the Earth (EPSG:4978) once the transforms up the
tree are applied; regions are in radians and take no transform.
"""

import math
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from pyproj import Transformer

from spatial.models.tiles3d.errors import BadVolumeError

Bounds: TypeAlias = tuple[float, float, float, float]
Matrix: TypeAlias = NDArray[np.float64]

ECEF = "EPSG:4978"
LENGTHS = {"region": 6, "box": 12, "sphere": 4}
_EVERYWHERE: Bounds = (-180.0, -90.0, 180.0, 90.0)

_SHALLOWEST_M = 6_330_000.0
"""Nothing of a city lies nearer the centre of the Earth; the pole is at 6,356,752 m."""
_HIGHEST_M = 6_500_000.0
_LONGEST_M = 1e9
_SLACK_RAD = 1e-6
_HALF_TURN_DEG = 180.0
_NEARLY_AROUND_DEG = 359.0


def matrix(values: object) -> Matrix:
    """Return (4, 4) of 16 numbers in column-major order.

    Raises:
        BadVolumeError: it is something else.
    """
    return _numbers("transform", values, 16).reshape(4, 4).T


def numbers(volume: object) -> tuple[str, NDArray[np.float64]] | None:
    """Return kind and numbers of a volume; None where it is of a kind that an extension adds.

    Raises:
        BadVolumeError: it is none, or its numbers enclose nothing.
    """
    if not isinstance(volume, dict):
        raise BadVolumeError(f"bounding volume is {repr(volume)[:60]}: expected an object")
    for kind, length in LENGTHS.items():
        if kind in volume:
            found = _numbers(kind, volume[kind], length)
            _CHECKS[kind](found)
            return kind, found
    if isinstance(volume.get("extensions"), dict):
        return None
    raise BadVolumeError(
        f"bounding volume has {sorted(volume)[:4]!r}: expected a region, box or sphere"
    )


def bounds(volume: object, transform: Matrix) -> Bounds | None:
    """Return west, south, east, north in degrees; None where it does not lie on the globe.

    Raises:
        BadVolumeError: it is none, or its numbers enclose nothing.
    """
    found = numbers(volume)
    if found is None:
        return None
    kind, values = found
    if kind == "region":
        west, south, east, north = np.degrees(values[:4]).tolist()
        return _turned(west, south, east, north)
    points = _box(values, transform) if kind == "box" else _sphere(values, transform)
    return _on_globe(points)


def goes_around(box: Bounds) -> bool:
    """Tell whether bounds say nothing but that something is on the globe."""
    return box[2] - box[0] > _NEARLY_AROUND_DEG


def _box(values: NDArray[np.float64], transform: Matrix) -> NDArray[np.float64]:
    """Return (9, 3): the centre and the corners."""
    centre, axes = values[:3], values[3:].reshape(3, 3)
    signs = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], float)
    return _moved(np.vstack([centre, centre + signs @ axes]), transform)


def _sphere(values: NDArray[np.float64], transform: Matrix) -> NDArray[np.float64]:
    """Return (7, 3): the centre and what lies east, north and above of it on the sphere."""
    centre = _moved(values[None, :3], transform)[0]
    radius = values[3] * np.linalg.norm(transform[:3, :3], axis=0).max()
    up = centre / max(float(np.linalg.norm(centre)), 1.0)
    east = np.array([-up[1], up[0], 0.0])
    east /= max(float(np.linalg.norm(east)), 1e-12)
    ways = np.vstack([east, np.cross(up, east), up])
    return np.vstack([centre, centre + radius * ways, centre - radius * ways])


def _moved(points: NDArray[np.float64], transform: Matrix) -> NDArray[np.float64]:
    return points @ transform[:3, :3].T + transform[:3, 3]


def _on_globe(points: NDArray[np.float64]) -> Bounds | None:
    """Return the bounds of (n, 3) points, the first of which is the centre."""
    far = float(np.linalg.norm(points[0]))
    reach = float(np.linalg.norm(points - points[0], axis=1).max())
    if not math.isfinite(far + reach) or far > _HIGHEST_M + reach or far + reach < _SHALLOWEST_M:
        return None
    if far <= reach:
        return _EVERYWHERE
    to_degrees = Transformer.from_crs(ECEF, "EPSG:4979", always_xy=True)
    longitude, latitude, _ = to_degrees.transform(points[:, 0], points[:, 1], points[:, 2])
    if np.ptp(longitude) > _HALF_TURN_DEG:  # around the antimeridian or a pole
        return -180.0, float(latitude.min()), 180.0, float(latitude.max())
    west, east = float(longitude.min()), float(longitude.max())
    return west, float(latitude.min()), east, float(latitude.max())


def _turned(west: float, south: float, east: float, north: float) -> Bounds:
    return (west, south, east, north) if west <= east else (-180.0, south, 180.0, north)


def _numbers(what: str, values: object, count: int) -> NDArray[np.float64]:
    if not isinstance(values, list) or len(values) != count:
        raise BadVolumeError(f"{what} is {repr(values)[:60]}: expected {count} numbers")
    if not all(type(each) in (int, float) and abs(each) <= _LONGEST_M for each in values):
        raise BadVolumeError(f"{what} is {repr(values)[:60]}: expected {count} finite numbers")
    return np.array(values, dtype=np.float64)


def _check_region(values: NDArray[np.float64]) -> None:
    west, south, east, north, low, high = values.tolist()
    half, quarter = math.pi + _SLACK_RAD, math.pi / 2 + _SLACK_RAD
    if max(abs(west), abs(east)) > half or max(abs(south), abs(north)) > quarter:
        raise BadVolumeError(f"region {values.tolist()!r} leaves the globe: expected radians")
    if south > north or low > high:
        raise BadVolumeError(f"region {values.tolist()!r} encloses nothing")


def _check_sphere(values: NDArray[np.float64]) -> None:
    if values[3] < 0:
        raise BadVolumeError(f"sphere of radius {values[3]:g} encloses nothing")


_CHECKS: dict[str, Any] = {
    "region": _check_region,
    "sphere": _check_sphere,
    "box": lambda _values: None,
}
