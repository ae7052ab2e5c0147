"""Well-known binary (OGC 06-103r4, 8) from a file into shapes, a bad one at a time."""

from typing import TypeAlias

import numpy as np
import shapely
from numpy.typing import NDArray

from spatial.files.layer import Column, Ints
from spatial.files.sieve import Sieve

KINDS = {
    1: "Point",
    2: "LineString",
    3: "Polygon",
    4: "MultiPoint",
    5: "MultiLineString",
    6: "MultiPolygon",
    7: "GeometryCollection",
}
_CURVES = {
    8: "CircularString",
    9: "CompoundCurve",
    10: "CurvePolygon",
    11: "MultiCurve",
    12: "MultiSurface",
    13: "Curve",
    14: "Surface",
    15: "PolyhedralSurface",
    16: "TIN",
    17: "Triangle",
}
NONE = "None"
_UNREADABLE = "unreadable"
_SHORTEST = 5
_FLAGS = 0x0FFF_FFFF  # the extended form keeps Z, M and SRID in the four upper bits

Shapes: TypeAlias = NDArray[np.object_]


def kinds(wkb: Column) -> NDArray[np.str_]:
    """Return (n,) the kind of each shape by its first bytes, ``None`` where there is none."""
    return np.array([_kind(blob) for blob in wkb.tolist()], dtype="U20")


def shapes(wkb: Column, sieve: Sieve) -> tuple[Shapes, Ints]:
    """Return (n,) shapes with None where there is none, and positions of rings that were closed.

    Curves, surfaces of curves and bytes that are no shape are refused.
    """
    names = kinds(wkb)
    strange = np.flatnonzero(~np.isin(names, [*KINDS.values(), NONE]))
    sieve.refuse(strange, (_unsupported(str(names[at]), wkb[at]) for at in strange))
    known = wkb.copy()
    known[strange] = None
    found = _parsed(known)
    lost = np.flatnonzero(shapely.is_missing(found) & (names != NONE) & sieve.passed())
    closed = [at for at in lost.tolist() if _close(found, known[at], at, sieve)]
    return found, np.array(closed, dtype=np.int64)


def _parsed(wkb: Column) -> Shapes:
    try:
        with np.errstate(invalid="ignore"):  # coordinates that are no numbers are refused later
            return np.asarray(shapely.from_wkb(wkb, on_invalid="ignore"), dtype=object)
    except NotImplementedError:  # a curve inside a collection stops the whole array
        return np.array([_one(blob) for blob in wkb.tolist()], dtype=object)


def _one(blob: bytes | None) -> object:
    try:
        return shapely.from_wkb(blob, on_invalid="ignore")
    except NotImplementedError:
        return None


def _close(found: Shapes, blob: bytes, at: int, sieve: Sieve) -> bool:
    """Close the rings of one shape; refuse it where that is not what it lacks."""
    try:
        shape = shapely.from_wkb(blob, on_invalid="fix")
        if shape is None or shape.is_empty:
            shapely.from_wkb(blob)
    except (shapely.errors.GEOSException, NotImplementedError) as error:
        sieve.refuse([at], [f"shape cannot be read: {reason(error)}"])
        return False
    found[at] = shape
    return True


def reason(error: Exception) -> str:
    """Return what GEOS says of a shape, without the name of its exception."""
    return str(error).rpartition("Exception: ")[2].strip()


def _kind(blob: bytes | None) -> str:
    if blob is None:
        return NONE
    if len(blob) < _SHORTEST or blob[0] > 1:
        return _UNREADABLE
    code = int.from_bytes(blob[1:5], "little" if blob[0] else "big") & _FLAGS
    return KINDS.get(code % 1000) or _CURVES.get(code % 1000, _UNREADABLE)


def _unsupported(kind: str, blob: bytes) -> str:
    if kind == _UNREADABLE:
        return f"shape starts with {blob[:8]!r}: expected well-known binary of a shape"
    return f"shape is a {kind}: expected points, lines or polygons of straight edges"
