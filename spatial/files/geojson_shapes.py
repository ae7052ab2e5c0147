"""Geometry objects of GeoJSON (RFC 7946, 3.1) as WKB."""

import struct
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spatial.files.errors import RowRefusedError

_LITTLE = b"\x01"
_Z = 1000
_SHOWN = 60


def wkb_of(geometry: object) -> bytes | None:
    """Return a geometry object as WKB, None for null.

    Raises:
        RowRefusedError: it is no geometry, or its coordinates are not numbers.
    """
    if geometry is None:
        return None
    if not isinstance(geometry, dict):
        raise RowRefusedError(f"geometry is {_shown(geometry)}: expected an object")
    kind = geometry.get("type")
    if kind == "GeometryCollection":
        return _collection(geometry.get("geometries"))
    if not isinstance(kind, str) or kind not in _WRITERS:
        raise RowRefusedError(f"geometry of type {_shown(kind)}: expected {', '.join(_WRITERS)}")
    return _WRITERS[kind](geometry.get("coordinates"))


def _collection(geometries: object) -> bytes:
    parts = [wkb_of(part) for part in _list(geometries, "geometries")]
    bodies = [part for part in parts if part is not None]
    return _head(7, 2) + _count(bodies) + b"".join(bodies)


def _point(position: object) -> bytes:
    if not _list(position, "position"):
        return _head(1, 2) + struct.pack("<2d", np.nan, np.nan)
    place = _places([position])
    return _head(1, place.shape[1]) + place.tobytes()


def _line(positions: object) -> bytes:
    places = _places(_list(positions, "coordinates"))
    return _head(2, places.shape[1]) + _path(places)


def _polygon(rings: object) -> bytes:
    paths = [_places(_list(ring, "ring")) for ring in _list(rings, "coordinates")]
    width = max((path.shape[1] for path in paths), default=2)
    bodies = [_path(_widened(path, width)) for path in paths]
    return _head(3, width) + _count(bodies) + b"".join(bodies)


def _widened(places: NDArray[np.float64], width: int) -> NDArray[np.float64]:
    """Give a ring without heights heights of 0 where another ring of its polygon has some."""
    if places.shape[1] == width:
        return places
    return np.pad(places, ((0, 0), (0, width - places.shape[1])))


def _several(code: int, part: Callable[[object], bytes]) -> Callable[[object], bytes]:
    def write(coordinates: object) -> bytes:
        bodies = [part(each) for each in _list(coordinates, "coordinates")]
        return _head(code, 2) + _count(bodies) + b"".join(bodies)

    return write


def _places(positions: list[Any]) -> NDArray[np.float64]:
    """Return (k, 2) or (k, 3) finite numbers; measures beyond the third are left out."""
    try:
        places = np.asarray(positions)
    except ValueError:  # some positions have a height, some have not
        places = np.asarray([[*_list(each, "position")[:3], 0.0][:3] for each in positions])
    if not positions:
        return np.empty((0, 2))
    if places.ndim != 2 or places.shape[1] < 2 or places.dtype.kind not in "if":  # noqa: PLR2004
        raise RowRefusedError(f"coordinates {_shown(positions)}: expected pairs of numbers")
    if not np.isfinite(places).all():
        raise RowRefusedError(f"coordinates {_shown(positions)} are not finite")
    return np.ascontiguousarray(places[:, :3], dtype="<f8")


def _head(code: int, width: int) -> bytes:
    return _LITTLE + struct.pack("<I", code + _Z if width > 2 else code)  # noqa: PLR2004


def _path(places: NDArray[np.float64]) -> bytes:
    return _count(places) + places.tobytes()


def _count(parts: NDArray[np.float64] | list[bytes]) -> bytes:
    return struct.pack("<I", len(parts))


def _list(value: object, name: str) -> list[Any]:
    if not isinstance(value, list):
        raise RowRefusedError(f"{name} is {_shown(value)}: expected a list")
    return value


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


_WRITERS: dict[str, Callable[[object], bytes]] = {
    "Point": _point,
    "LineString": _line,
    "Polygon": _polygon,
    "MultiPoint": _several(4, _point),
    "MultiLineString": _several(5, _line),
    "MultiPolygon": _several(6, _polygon),
}
