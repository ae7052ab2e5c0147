"""Polygons and circles of CAP messages as geometry in WGS 84. Pure."""

import math
from collections.abc import Callable, Iterable

import shapely
from shapely.geometry.base import BaseGeometry

_KM_OF_DEGREE = 111.32
_CIRCLE_POINTS = 64
_NEAREST_POLE = 89.0
_MOST_POINTS = 100_000
_RING = 4


class _NotAShapeError(ValueError):
    """A text that is no polygon or circle of CAP. It is left out, with a remark."""


def area_shape(
    polygons: Iterable[str], circles: Iterable[str], remarks: list[str]
) -> BaseGeometry | None:
    """Return what the texts cover together; x is longitude, though CAP writes latitude first.

    Args:
        polygons: ``lat,lon lat,lon …``, the first pair again at the end (CAP 1.2, 3.2.4).
        circles: ``lat,lon radius`` with the radius in kilometres.
        remarks: gets a sentence for each that cannot be read, which is left out.
    """
    found = [*_read(polygons, _polygon, remarks), *_read(circles, _circle, remarks)]
    return shapely.union_all(found) if found else None


def _read(
    texts: Iterable[str], read: Callable[[str], BaseGeometry], remarks: list[str]
) -> list[BaseGeometry]:
    found: list[BaseGeometry] = []
    for text in texts:
        try:
            shape = read(text)
        except _NotAShapeError as error:
            remarks.append(str(error))
        else:
            found.append(shape)
    return found


def _polygon(text: str) -> BaseGeometry:
    pairs = text.split()
    if not _RING <= len(pairs) <= _MOST_POINTS:
        raise _NotAShapeError(f"polygon of {len(pairs)} points: expected at least {_RING}")
    points = [_point(pair) for pair in pairs]
    if points[0] != points[-1]:
        points.append(points[0])
    shape = shapely.make_valid(shapely.Polygon(points))
    if shape.is_empty or shape.area == 0:
        raise _NotAShapeError(f"polygon {text[:60]!r}: expected one with an area")
    return shape


def _circle(text: str) -> BaseGeometry:
    words = text.split()
    if len(words) != 2:  # noqa: PLR2004 - a centre and a radius
        raise _NotAShapeError(f"circle {text[:60]!r}: expected lat,lon and kilometres")
    lon, lat = _point(words[0])
    radius = _number(words[1]) / _KM_OF_DEGREE
    if radius < 0 or abs(lat) > _NEAREST_POLE:
        raise _NotAShapeError(f"circle {text[:60]!r}: expected a radius, away from the poles")
    # A radius of 0 means the point itself (CAP 1.2, 3.2.4); half a hundred metres stand for it.
    radius = max(radius, 0.0005)
    steps = [2 * math.pi * step / _CIRCLE_POINTS for step in range(_CIRCLE_POINTS)]
    wide = radius / math.cos(math.radians(lat))
    return shapely.Polygon(
        [(lon + wide * math.cos(one), lat + radius * math.sin(one)) for one in steps]
    )


def _point(pair: str) -> tuple[float, float]:
    # NOAA's polygons have had a comma too many.
    parts = pair.strip(",").split(",")
    if len(parts) != 2:  # noqa: PLR2004 - latitude and longitude
        raise _NotAShapeError(f"point {pair[:40]!r}: expected lat,lon")
    lat, lon = _number(parts[0]), _number(parts[1])
    if not (-90 <= lat <= 90 and -180 <= lon <= 180):  # noqa: PLR2004 - degrees
        raise _NotAShapeError(f"point {pair[:40]!r}: expected a latitude, then a longitude")
    return lon, lat


def _number(text: str) -> float:
    try:
        found = float(text)
    except ValueError:
        raise _NotAShapeError(f"number {text[:40]!r}: expected one in degrees or km") from None
    if not math.isfinite(found):
        raise _NotAShapeError(f"number {text[:40]!r}: expected a finite one")
    return found
