"""Coordinates against a reference: whether they are shifted, and whether an offset explains it.

A map of China passed as WGS 84 lies some hundred metres off. Its numbers alone do not tell; pairs
of the same points do, and so do outlines of the same areas, even where two hands drew them.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from pyproj import CRS
from shapely.geometry.base import BaseGeometry

from spatial.accidents.finding import Accident, Finding
from spatial.accidents.points import PLAIN
from spatial.crs import WGS84, Floats, transform
from spatial.offsets import Offset, convert
from spatial.soundness import somewhere

if TYPE_CHECKING:
    from scipy.spatial import cKDTree

_CALLED = {Offset.WGS84: "WGS 84", Offset.GCJ02: "GCJ-02", Offset.BD09: "BD-09"}
_ACCIDENTS = {
    Offset.WGS84: Accident.WGS84,
    Offset.GCJ02: Accident.GCJ02,
    Offset.BD09: Accident.BD09,
}
_EARTH_M_A_DEG = 111_195.0

_PAIRS_AGREE_M = 20.0
_OUTLINES_AGREE_M = 100.0
_EXPLAINS = 0.35
"""An offset explains a shift if it leaves at most this part of it."""
_SAMPLE = 500
_EDGE_STEP_M = 25.0
_FAR_M = 300.0
"""A vertex farther from the reference has no counterpart there; how far does not count."""
_SEARCHED_M, _SEARCH_STEP_M, _FINEST_M = 2400.0, 150.0, 5.0
_BETTER = 0.85
_MOST_EDGE_POINTS = 400_000


class _Frame(NamedTuple):
    """Metres east and north of a place, good for some tens of kilometres."""

    longitude: float
    latitude: float

    def metres(self, longitude: Floats, latitude: Floats) -> NDArray[np.float64]:
        east = (longitude - self.longitude) * np.cos(np.radians(self.latitude))
        north = latitude - self.latitude
        return np.column_stack([east, north]) * _EARTH_M_A_DEG


def compare_pairs(
    x: ArrayLike, y: ArrayLike, crs: str, longitude: ArrayLike, latitude: ArrayLike
) -> list[Finding]:
    """Say whether points are shifted against the same points of a reference.

    Args:
        x: eastings or longitudes, shape (n,).
        y: northings or latitudes, same shape.
        crs: as it was declared: what PROJ knows, ``gcj02``, ``bd09``, ``wgs84`` or ``cgcs2000``.
        longitude: of the same points in the reference, degrees (WGS 84), same shape.
        latitude: alike.

    Returns:
        One finding, or none if the points agree. Pairs that are not finite are left out.
    """
    own = np.asarray(x, np.float64).ravel(), np.asarray(y, np.float64).ravel()
    known = np.asarray(longitude, np.float64).ravel(), np.asarray(latitude, np.float64).ravel()
    places = _places(*own, crs)
    good = np.isfinite(np.sum([*known, *places[_declared(crs)]], axis=0))
    if not good.any():
        return []
    frame = _Frame(float(np.median(known[0][good])), float(np.median(known[1][good])))
    reference = frame.metres(known[0][good], known[1][good])
    misses = {
        system: frame.metres(lon[good], lat[good]) - reference
        for system, (lon, lat) in places.items()
    }
    scores = {system: float(np.median(np.hypot(*miss.T))) for system, miss in misses.items()}
    shift = np.median(misses[_declared(crs)], axis=0)
    measured = _Measured(crs, int(good.sum()), shift, scores)
    findings = list(_judged(measured, _PAIRS_AGREE_M))
    if not findings and scores[_declared(crs)] > _PAIRS_AGREE_M:
        miss = scores[_declared(crs)]
        says = f"but half of them miss by more than {miss:,.0f} m: check which belongs to which"
        return [measured.finding(Accident.SHIFTED, says)]
    return findings


def compare_outlines(
    shapes: Sequence[BaseGeometry | None] | NDArray[Any],
    crs: str,
    reference: Sequence[BaseGeometry | None] | NDArray[Any],
) -> list[Finding]:
    """Say whether shapes are shifted against others of the same things.

    Args:
        shapes: outlines, lines or points, shape (n,).
        crs: as it was declared, as for ``compare_pairs``.
        reference: shapes of the same things, longitude and latitude in degrees (WGS 84).

    Returns:
        One finding, or none if the shapes agree or have nothing in common.
    """
    known = shapely.get_coordinates(_edges(reference))
    known = known[np.isfinite(known).all(axis=1)]
    if not len(known):
        return []
    frame = _Frame(*np.median(known, axis=0).tolist())
    tree = _tree(reference, frame)
    vertices = shapely.get_coordinates(_edges(shapes))
    chosen = _sampled(vertices, crs, frame, tree)
    if not len(chosen):
        return []
    places = {
        system: frame.metres(*place)
        for system, place in _places(chosen[:, 0], chosen[:, 1], crs).items()
    }
    scores = {system: _miss(tree, points) for system, points in places.items()}
    shift, best = _best_shift(tree, places[_declared(crs)])
    if best > _BETTER * scores[_declared(crs)]:
        return []
    measured = _Measured(crs, len(vertices), shift, scores, best)
    return list(_judged(measured, _OUTLINES_AGREE_M))


def _declared(crs: str) -> Offset:
    """Return the offset that is declared; a CRS that PROJ knows has none."""
    folded = crs.casefold()
    return Offset(folded) if folded in set(Offset) else Offset.WGS84


def _places(x: Floats, y: Floats, crs: str) -> Mapping[Offset, tuple[Floats, Floats]]:
    """Return the places in WGS 84, for each system that the numbers could be in."""
    with np.errstate(all="ignore"):
        degrees = transform(x, y, PLAIN.get(crs.casefold(), crs), WGS84, anywhere=True)
    return {system: convert(*degrees, system, Offset.WGS84) for system in Offset}


class _Measured(NamedTuple):
    """How coordinates lie against a reference.

    Attributes:
        crs: as it was declared.
        points: how many.
        shift: metres east and north, as declared.
        scores: metres that points miss by, for each system that they could be in.
        floor_m: what no shift could take away.
    """

    crs: str
    points: int
    shift: NDArray[np.float64]
    scores: Mapping[Offset, float]
    floor_m: float = 0.0

    def explained_by(self) -> Offset | None:
        """Return the system that takes the shift away, None if none does."""
        best = min(self.scores, key=lambda system: self.scores[system])
        whole = self.scores[_declared(self.crs)] - self.floor_m
        if best is _declared(self.crs) or self.scores[best] - self.floor_m > _EXPLAINS * whole:
            return None
        return best

    def finding(self, accident: Accident, says: str, crs: str | None = None) -> Finding:
        """Return the finding that begins with where the points lie."""
        east, north = (round(float(part), 1) for part in self.shift)
        across = f"{abs(east):,.0f} m {'east' if east >= 0 else 'west'}"
        along = f"{abs(north):,.0f} m {'north' if north >= 0 else 'south'}"
        return Finding(
            accidents=(accident,),
            sentence=f"{self.points:,} points lie {across} and {along} of the reference, {says}",
            count=self.points,
            shift_m=(east, north),
            crs=crs,
        )


def _judged(measured: _Measured, agree_m: float) -> Iterator[Finding]:
    """Yield the finding about a shift of more than what agrees, if there is one."""
    system = measured.explained_by()
    if system is not None:
        passed = f"{_CALLED[system]} passed as {_CALLED[_declared(measured.crs)]}"
        says = f"as {passed} does there: {_remedy(system, measured.crs)}"
        yield measured.finding(_ACCIDENTS[system], says, str(system))
    elif np.hypot(*measured.shift) > agree_m:
        says = (
            "which is not the offset of GCJ-02 or BD-09: another datum (Beijing 1954, Xi'an 1980) "
            "is often some 100 m off; check what CRS both are in, and that they show the same"
        )
        yield measured.finding(Accident.SHIFTED, says)


def _remedy(system: Offset, declared: str) -> str:
    if not CRS.from_user_input(PLAIN.get(declared.casefold(), declared)).is_projected:
        return f"declare {system}"
    return f"turn them back into degrees, and convert those from {system}"


def _edges(shapes: Sequence[BaseGeometry | None] | NDArray[Any]) -> NDArray[Any]:
    """Return outlines of areas, and all else as it is; what lies nowhere is left out."""
    parts = shapely.get_parts(shapely.get_parts(np.asarray(shapes, dtype=object).ravel()))
    parts = parts[somewhere(parts)]
    areas = shapely.get_dimensions(parts) == 2  # noqa: PLR2004 - dimension of an area
    return np.where(areas, shapely.boundary(parts), parts)


def _tree(reference: Sequence[BaseGeometry | None] | NDArray[Any], frame: _Frame) -> "cKDTree":
    """Return the outlines of the reference as points, a few metres from one to the next."""
    from scipy.spatial import cKDTree  # noqa: PLC0415 - slow to load, and seldom needed

    edges = shapely.transform(_edges(reference), lambda places: frame.metres(*places.T))
    length = shapely.length(edges)
    step = max(_EDGE_STEP_M, float(length.sum()) / _MOST_EDGE_POINTS)
    # GEOS cannot cut a line of no length.
    edges[length > step] = shapely.segmentize(edges[length > step], step)
    points = shapely.get_coordinates(edges)
    return cKDTree(points[np.isfinite(points).all(axis=1)])


def _sampled(
    vertices: NDArray[np.float64], crs: str, frame: _Frame, tree: "cKDTree"
) -> NDArray[np.float64]:
    """Return some vertices (m, 2), as they are declared, that lie where the reference does."""
    with np.errstate(all="ignore"):
        places = _places(vertices[:, 0], vertices[:, 1], crs)[_declared(crs)]
        metres = frame.metres(*places)
        near = (metres >= tree.mins - _SEARCHED_M) & (metres <= tree.maxes + _SEARCHED_M)
    chosen = vertices[near.all(axis=1)]
    return chosen[:: max(1, len(chosen) // _SAMPLE)]


def _miss(tree: "cKDTree", points: NDArray[np.float64]) -> float:
    """Return the mean distance to the reference, metres; what is far counts as far."""
    distance, _ = tree.query(points, distance_upper_bound=_FAR_M)
    return float(np.minimum(distance, _FAR_M).mean())


def _best_shift(tree: "cKDTree", points: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    """Return the shift, metres, that taken off brings points nearest, and how near."""
    steps = np.arange(-_SEARCHED_M, _SEARCHED_M + 1, _SEARCH_STEP_M)
    tried = [np.array([east, north]) for east in steps for north in steps]
    misses = [_miss(tree, points - shift) for shift in tried]
    best, miss = tried[int(np.argmin(misses))], min(misses)
    step = _SEARCH_STEP_M / 2
    while step >= _FINEST_M:
        around = [best + np.array([i, j]) * step for i in (-1, 0, 1) for j in (-1, 0, 1)]
        misses = [_miss(tree, points - shift) for shift in around]
        best, miss = around[int(np.argmin(misses))], min(misses)
        step /= 2
    return best, miss
