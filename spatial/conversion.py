"""From any system to any other by name: what PROJ knows, GCJ-02, BD-09 and local systems."""

from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pyproj import CRS
from pyproj.exceptions import CRSError, ProjError

from spatial.accuracy import operation
from spatial.crs import (
    CGCS2000,
    WGS84,
    CheckCoordinatesError,
    Floats,
    called,
    transform,
    within_area_of_use,
)
from spatial.heights import NOTHING_ELSE, HeightDatumError, Known, convert_heights, datum_of
from spatial.local_systems import NOTHING_DECLARED, Declared, LocalSystem
from spatial.offsets import Offset
from spatial.offsets import convert as convert_offset

_PLAIN = {"wgs84": WGS84, "cgcs2000": CGCS2000}
_SHOWN = 60


class UnknownSystemError(ValueError):
    """A name that is no system. Give ``EPSG:n``, gcj02, bd09, wgs84, cgcs2000 or a local one."""


class System(NamedTuple):
    """A system of coordinates, whoever knows it.

    Attributes:
        name: as it is called: ``EPSG:n``, ``gcj02``, the name of a local system.
        crs: what PROJ knows and the system leads to; for what PROJ knows, the system itself.
        offset: GCJ-02 or BD-09; WGS 84 for every other system.
        local: the declaration, where it is a local system.
        datum: of the heights, where the name says one; otherwise the CRS does.
    """

    name: str
    crs: str
    offset: Offset = Offset.WGS84
    local: LocalSystem | None = None
    datum: str | None = None

    @property
    def horizontal(self) -> str:
        """Return the CRS without heights."""
        return _horizontal(self.crs)

    @property
    def heights(self) -> str | None:
        """Return the datum of the heights, None where they have none."""
        return self.datum or datum_of(self.crs)


class Converted(NamedTuple):
    """Coordinates in the target: x east, y north, heights if there were any, and remarks."""

    x: Floats
    y: Floats
    z: Floats | None
    remarks: tuple[str, ...] = ()


def system_called(name: str, declared: Declared = NOTHING_DECLARED) -> System:
    """Return the system of a name.

    Args:
        name: ``EPSG:n`` or any other text that PROJ knows, ``gcj02``, ``bd09``, ``wgs84``,
            ``cgcs2000`` or the name of a local system; capitals do not matter. Behind a ``+`` the
            name of a height datum may follow: ``EPSG:4547+yellow-sea-1956``.
        declared: local systems and height datums.

    Raises:
        UnknownSystemError: it is none of them, or not one of east and north.
    """
    plain, plus, datum = name.strip().rpartition("+")
    if plus and datum.strip().casefold() in declared.heights.datums():
        horizontal = system_called(plain, declared)
        return horizontal._replace(
            name=f"{horizontal.name}+{datum.strip().casefold()}", datum=datum.strip().casefold()
        )
    folded = name.strip().casefold()
    if folded in declared.systems:
        local = declared.systems[folded]
        return System(local.name, local.base, local=local)
    if folded in {Offset.GCJ02, Offset.BD09}:
        return System(folded, WGS84, Offset(folded))
    return _known_to_proj(name, declared)


def _known_to_proj(name: str, declared: Declared) -> System:
    crs = _PLAIN.get(name.strip().casefold(), name.strip())
    crs = f"EPSG:{crs}" if crs.isdecimal() else crs
    try:
        known = CRS.from_user_input(crs)
    except CRSError as error:
        names = ["EPSG:n", *Offset, "cgcs2000", *sorted(declared.systems)]
        told = ", ".join(map(str, names))
        raise UnknownSystemError(
            f"unknown system {name[:_SHOWN]!r}: expected one of {told}"
        ) from error
    horizontal = CRS.from_user_input(_horizontal(crs))
    if not (horizontal.is_projected or horizontal.is_geographic):
        raise UnknownSystemError(
            f"{name[:_SHOWN]!r} is {known.name!r}: expected a projected or geographic system"
        )
    _refuse_unplaced(name, known, horizontal)
    first, *others = map(_called, _parts(known))
    return System("+".join([first, *(name.removeprefix("EPSG:") for name in others)]), crs)


def _refuse_unplaced(name: str, known: CRS, horizontal: CRS) -> None:
    """Refuse systems of other celestial bodies, and the few whose definition PROJ cannot follow."""
    try:
        transform([], [], horizontal.to_wkt(), WGS84, anywhere=True)
    except ProjError as error:
        raise UnknownSystemError(
            f"{name[:_SHOWN]!r} is {known.name!r}, from which PROJ knows no way to "
            f"{WGS84}: expected a system of the Earth that it can follow"
        ) from error


def convert(  # noqa: PLR0913 - the coordinates, from where, to where
    x: ArrayLike,
    y: ArrayLike,
    source: System,
    target: System,
    *,
    z: ArrayLike | None = None,
    known: Known = NOTHING_ELSE,
    anywhere: bool = False,
) -> Converted:
    """Convert coordinates.

    Args:
        x: eastings or longitudes, shape (n,).
        y: northings or latitudes, same shape.
        source: of the coordinates.
        target: wanted.
        z: heights in metres, same shape.
        known: offsets of local height datums, and geoid models.
        anywhere: accept coordinates outside the areas of use.

    Raises:
        CheckCoordinatesError: a point is not finite, outside an area of use, or nowhere.
        HeightDatumError: nobody says how heights become those of the target.
    """
    east, north = np.atleast_1d(np.asarray(x, np.float64), np.asarray(y, np.float64))
    height = None if z is None else np.atleast_1d(np.asarray(z, np.float64))
    hub_x, hub_y = _to_hub(east, north, height, source)
    moved = transform(hub_x, hub_y, source.horizontal, target.horizontal, anywhere=anywhere)
    found_x, found_y = _from_hub(*moved, height, target)
    _refuse_nowhere(found_x, found_y, (east, north), (source, target))
    found_z, remarks = _heights(height, (hub_x, hub_y), source, target, known)
    return Converted(found_x, found_y, found_z, (*_about(source, target, hub_x, hub_y), *remarks))


def placed(x: ArrayLike, y: ArrayLike, source: System, target: System) -> NDArray[np.bool_]:
    """Tell which points lie in the areas of use of both systems, shape (n,)."""
    longitude, latitude = degrees(x, y, source)
    inside = within_area_of_use(longitude, latitude, WGS84, source.horizontal)
    return inside & within_area_of_use(longitude, latitude, WGS84, target.horizontal)


def degrees(x: ArrayLike, y: ArrayLike, source: System) -> tuple[Floats, Floats]:
    """Return longitudes and latitudes (WGS 84) wherever the points lie; infinite where nowhere."""
    east, north = np.atleast_1d(np.asarray(x, np.float64), np.asarray(y, np.float64))
    with np.errstate(all="ignore"):
        hub = _to_hub(east, north, None, source)
        return transform(*hub, source.horizontal, WGS84, anywhere=True)


def _to_hub(x: Floats, y: Floats, z: Floats | None, source: System) -> tuple[Floats, Floats]:
    """Return coordinates in what PROJ knows of a system."""
    if source.local is not None:
        east, north, _ = source.local.to_base(x, y, z)
        return east, north
    return convert_offset(x, y, source.offset, Offset.WGS84)


def _from_hub(x: Floats, y: Floats, z: Floats | None, target: System) -> tuple[Floats, Floats]:
    if target.local is not None:
        east, north, _ = target.local.from_base(x, y, z)
        return east, north
    return convert_offset(x, y, Offset.WGS84, target.offset)


def _refuse_nowhere(
    x: Floats, y: Floats, given: tuple[Floats, Floats], systems: tuple[System, System]
) -> None:
    lost = ~(np.isfinite(x) & np.isfinite(y))
    if lost.any():
        at = int(np.flatnonzero(lost)[0])
        place = float(given[0][at]), float(given[1][at])
        raise CheckCoordinatesError(
            f"{systems[0].name} {place!r} has no place in {systems[1].name}: expected one that "
            "its grid or projection reaches"
        )


def _heights(
    z: Floats | None,
    hub: tuple[Floats, Floats],
    source: System,
    target: System,
    known: Known,
) -> tuple[Floats | None, tuple[str, ...]]:
    if z is None:
        return None, ()
    if target.heights is None:
        datum = source.heights or "no datum that is said"
        return z, (f"heights stay as they are, in {datum}",)
    if source.heights is None:
        raise HeightDatumError(
            f"{source.name} does not say what its heights are counted from: expected a CRS with "
            "heights, e.g. 'EPSG:4490+5737', or no heights"
        )
    places = transform(*hub, source.horizontal, WGS84, anywhere=True)
    found = convert_heights(z, source.heights, target.heights, places=places, known=known)
    return found.metres, found.steps


def _about(source: System, target: System, x: Floats, y: Floats) -> tuple[str, ...]:
    if not len(x) or source.horizontal == target.horizontal:
        return ()
    middle = len(x) // 2
    found = operation(source.horizontal, target.horizontal, float(x[middle]), float(y[middle]))
    return (found.warning,) if found.warning else ()


def _parts(known: CRS) -> list[CRS]:
    return known.sub_crs_list if known.is_compound and known.to_epsg() is None else [known]


def _called(known: CRS) -> str:
    return called(known.to_wkt())


@cache
def _horizontal(crs: str) -> str:
    known = CRS.from_user_input(crs)
    if known.is_compound:
        known = known.sub_crs_list[0]
    elif len(known.axis_info) == 3:  # noqa: PLR2004 - axes
        known = known.to_2d()
    else:
        return crs
    code = known.to_epsg()
    return known.to_wkt() if code is None else f"EPSG:{code}"
