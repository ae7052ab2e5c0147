"""What is wrong with points, found from their numbers, their CRS and where they should lie."""

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pyproj import CRS

from spatial.accidents.finding import Accident, Bounds, Finding
from spatial.accidents.gauss_kruger import ZONE_UNIT_M
from spatial.accidents.readings import Reading, readings
from spatial.crs import CGCS2000, WGS84, Floats, area_of_use, called, transform, within
from spatial.offsets import Offset, china

Mask = NDArray[np.bool_]

PLAIN: Mapping[str, str] = {**dict.fromkeys(Offset, WGS84), "cgcs2000": CGCS2000}
"""CRS whose numbers look like those of a system that PROJ does not know by its name."""

_SAMPLE = 500
_ROOM_DEG = 3.0
"""A zone's area of use ends at the coast; what is unmistakable may lie beyond."""
_LARGEST_OWN_M = 100_000.0
_HALF_THE_WORLD_DEG = 180.0
_LARGEST_LONGITUDE, _LARGEST_LATITUDE = 360.0, 90.0


class _Points:
    """Points (n,) of which ever fewer remain unexplained."""

    def __init__(self, x: Floats, y: Floats) -> None:
        self.x, self.y = x, y
        self.left: Mask = np.ones(len(x), dtype=bool)

    def take(self, mask: Mask) -> NDArray[np.int64]:
        """Return the positions of those that are left and meant, which then are explained."""
        found = self.left & mask
        self.left = self.left & ~mask
        return np.flatnonzero(found)

    def sample(self) -> NDArray[np.int64]:
        """Return some positions of those that are left, evenly spread."""
        at = np.flatnonzero(self.left)
        return at[:: max(1, len(at) // _SAMPLE)]

    def finding(
        self,
        positions: NDArray[np.int64],
        accidents: tuple[Accident, ...],
        says: str,
        crs: str = "",
    ) -> Finding:
        """Return the finding about some points."""
        first = int(positions[0])
        point = float(self.x[first]), float(self.y[first])
        several = 1 < len(positions) == len(self.x)
        which = f"all {len(self.x):,}" if several else f"{len(positions):,} of {len(self.x):,}"
        return Finding(
            accidents=accidents,
            sentence=f"{which} points, the first {point!r}, {says}",
            count=len(positions),
            first=first,
            point=point,
            crs=crs or None,
        )


def find_accidents(
    x: ArrayLike, y: ArrayLike, crs: str, *, expected: Bounds | None = None
) -> list[Finding]:
    """Say what seems to be wrong with points.

    Args:
        x: eastings or longitudes, any shape.
        y: northings or latitudes, same shape.
        crs: as it was declared: what PROJ knows, ``gcj02``, ``bd09``, ``wgs84`` or ``cgcs2000``.
        expected: where the points should lie; the CRS's area of use if not said.

    Returns:
        Findings, none if every point lies where it should; positions count the points in C order.

    Raises:
        pyproj.exceptions.CRSError: ``crs`` names no CRS.
    """
    system = PLAIN.get(crs.casefold(), crs)
    points = _Points(np.asarray(x, np.float64).ravel(), np.asarray(y, np.float64).ravel())
    area = expected or _bounds(system)
    findings = list(_not_finite(points))
    declared = Reading((), "", "", system)
    points.take(_held(points, declared, area, points.left) & ~_at_zero(points))
    findings += _zero(points)
    findings += _explained(points, system, area, expected)
    findings += _unexplained(points, system, area, expected)
    return findings


def _bounds(crs: str) -> Bounds:
    area = area_of_use(crs)
    return area.west, area.south, area.east, area.north


def _not_finite(points: _Points) -> Iterator[Finding]:
    at = points.take(~(np.isfinite(points.x) & np.isfinite(points.y)))
    if len(at):
        says = "have no finite coordinates; leave them out or fill them in"
        yield points.finding(at, (Accident.NOT_FINITE,), says)


def _at_zero(points: _Points) -> Mask:
    return np.asarray((points.x == 0) & (points.y == 0))


def _zero(points: _Points) -> Iterator[Finding]:
    at = points.take((points.x == 0) | (points.y == 0))
    if len(at):
        says = "stand at zero, which means that nobody filled them in; leave them out"
        yield points.finding(at, (Accident.ZERO,), says)


def _explained(
    points: _Points, crs: str, area: Bounds, expected: Bounds | None
) -> Iterator[Finding]:
    if not points.left.any():
        return
    tried = list(readings(crs, expected, _numbers(points)))
    for reading in tried:
        yield from _tried(points, reading, _plausible(reading, area), "")
    elsewhere = "; they lie elsewhere than expected even so"
    for reading in tried:
        if reading.certain:
            west, south, east, north = _bounds(reading.crs)
            wide = (west - _ROOM_DEG, south - _ROOM_DEG, east + _ROOM_DEG, north + _ROOM_DEG)
            yield from _tried(points, reading, wide, elsewhere)


def _plausible(reading: Reading, area: Bounds) -> Bounds:
    """Return where a reading must put points; somewhere in the world proves no other angle."""
    whole_world = area[2] - area[0] > _HALF_THE_WORLD_DEG
    if whole_world and Accident.OTHER_ANGLES in reading.accidents:
        return china.WEST, china.SOUTH, china.EAST, china.NORTH
    return area


def _tried(points: _Points, reading: Reading, area: Bounds, remark: str) -> Iterator[Finding]:
    """Yield the finding that a reading makes, after a look at some of the points."""
    sample = np.zeros_like(points.left)
    sample[points.sample()] = True
    if not _held(points, reading, area, sample).any():
        return
    at = points.take(_held(points, reading, area, points.left))
    says = f"seem to {reading.says}: {reading.remedy}{remark}"
    yield points.finding(at, reading.accidents, says, reading.crs)


def _held(points: _Points, reading: Reading, area: Bounds, mask: Mask) -> Mask:
    """Tell which of some points a reading puts into an area."""
    held = np.zeros_like(mask)
    held[mask] = within(*reading.places(points.x[mask], points.y[mask]), area)
    return held


def _numbers(points: _Points) -> set[int]:
    """Return the millions of the coordinates, among them the zone numbers if there are any."""
    both = np.concatenate([points.x[points.left], points.y[points.left]])
    near = both[(both >= ZONE_UNIT_M) & (both < 100 * ZONE_UNIT_M)]
    return set((near // ZONE_UNIT_M).astype(int).tolist())


def _unexplained(
    points: _Points, crs: str, area: Bounds, expected: Bounds | None
) -> Iterator[Finding]:
    yield from _of_another_kind(points, crs)
    at = points.take(points.left)
    if len(at):
        hint = "" if expected else "; knowing where they should lie may tell more"
        says = _outside(points, int(at[0]), crs, area) + hint
        yield points.finding(at, (Accident.OUTSIDE,), says)


def _of_another_kind(points: _Points, crs: str) -> Iterator[Finding]:
    """Yield what can be told by the size of the numbers alone."""
    if CRS.from_user_input(crs).is_geographic:
        large = np.abs(points.x) > _LARGEST_LONGITUDE
        at = points.take(large | (np.abs(points.y) > _LARGEST_LATITUDE))
        if len(at):
            says = (
                "cannot be degrees, they seem to be metres: declare the projected CRS; the area "
                "where they should lie would tell which one it is"
            )
            yield points.finding(at, (Accident.METRES,), says)
    else:
        small = (np.abs(points.x) < _LARGEST_OWN_M) & (np.abs(points.y) < _LARGEST_OWN_M)
        at = points.take(small)
        if len(at):
            says = (
                "seem to count from an origin of their own, as a building site does: place them "
                "in a CRS, or declare a local system"
            )
            yield points.finding(at, (Accident.OWN_ORIGIN,), says)


def _outside(points: _Points, at: int, crs: str, area: Bounds) -> str:
    with np.errstate(all="ignore"):
        x, y = transform(points.x[at], points.y[at], crs, WGS84, anywhere=True)
    place = f"at {float(x):.4f} E, {float(y):.4f} N" if np.isfinite(x + y) else "nowhere"
    west, south, east, north = area
    return (
        f"lie {place} in {called(crs)}, outside {west:g} to {east:g} E, {south:g} to {north:g} N, "
        "and no usual mistake explains it: check what CRS they are in"
    )
