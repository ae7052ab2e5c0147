"""Latitude and longitude of the site: where a model stands if nothing better is said."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import ifcopenshell
import numpy as np
from ifcopenshell import entity_instance

from spatial.models.ifc.area_of_use import Degrees
from spatial.models.ifc.attributes import number, numbers, one, value
from spatial.models.ifc.operations import contexts
from spatial.models.ifc.placement import Matrix, Placements

ACCURACY_M: Final = 100.0
"""A site's latitude and longitude are picked on a map or name the town; seldom anybody surveys."""
_METRES_A_DEGREE: Final = 111_320.0
_PARTS: Final = (1.0, 60.0, 3600.0, 3.6e9)
"""ISO 16739-1, IfcCompoundPlaneAngleMeasure: degrees, minutes, seconds, millionths of seconds."""
_HALF_TURN: Final = 180.0
_QUARTER_TURN: Final = 90.0


class SitePlace(NamedTuple):
    """Where a site says it is.

    Attributes:
        place: WGS 84.
        elevation: of the site above the sea, in project units; None where it is not said.
        accuracy_m: how far off it may be.
        site: the site itself.
    """

    place: Degrees
    elevation: float | None
    accuracy_m: float
    site: entity_instance


class Found(NamedTuple):
    """A place, None where no site says one, and sentences about those that say a wrong one."""

    place: SitePlace | None
    warnings: tuple[str, ...] = ()


def site_place(file: ifcopenshell.file) -> Found:
    """Return the place of the first site that says one."""
    warnings: list[str] = []
    for site in file.by_type("IfcSite"):
        said = (numbers(value(site, "RefLatitude")), numbers(value(site, "RefLongitude")))
        latitude, longitude = decimal(said[0]), decimal(said[1])
        if latitude is None or longitude is None or (latitude == 0 and longitude == 0):
            continue
        if abs(latitude) > _QUARTER_TURN or abs(longitude) > _HALF_TURN:
            warnings.append(
                f"IfcSite has latitude {latitude:.7f} and longitude {longitude:.7f}: "
                "expected at most 90 and 180 degrees"
            )
            continue
        elevation = number(value(site, "RefElevation"))
        place = Degrees(longitude, latitude)
        return Found(SitePlace(place, elevation, _accuracy_m(said), site), tuple(warnings))
    return Found(None, tuple(warnings))


def decimal(parts: Sequence[float]) -> float | None:
    """Return degrees of a compound angle, None where it has less than degrees and minutes.

    The parts of a negative angle are all negative; files in which only the degrees are so exist.
    """
    if not 1 < len(parts) <= len(_PARTS):
        return None
    sign = -1.0 if any(part < 0 for part in parts) else 1.0
    return sign * sum(abs(part) / per for part, per in zip(parts, _PARTS, strict=False))


def _accuracy_m(said: tuple[Sequence[float], Sequence[float]]) -> float:
    """Return half of the last place that is written, and no less than what sites are known to."""
    written = max(max((at for at, part in enumerate(parts) if part), default=0) for parts in said)
    return max(ACCURACY_M, _METRES_A_DEGREE / _PARTS[written] / 2)


def matrix(
    file: ifcopenshell.file, found: SitePlace, placements: Placements, project_m: float
) -> tuple[Matrix, bool]:
    """Return the matrix from the model to metres east, north and up of the site's place.

    All are metres. Heights count from the sea where the site says its own, from the model's zero
    otherwise.

    Returns:
        The matrix, and whether the model says where north is.
    """
    origin = placements.of(found.site)[:3, 3] * project_m
    up = (found.elevation or 0.0) * project_m - (origin[2] if found.elevation is not None else 0.0)
    x, y = _true_north(file)
    turned = np.eye(4)
    turned[:2, :2] = [[y, -x], [x, y]]
    moved = np.eye(4)
    moved[:3, 3] = (-origin[0], -origin[1], up)
    return turned @ moved, _says_north(file)


def _true_north(file: ifcopenshell.file) -> tuple[float, float]:
    """Return the direction of north in the model, of length 1."""
    for context in contexts(file):
        said = one(context, "TrueNorth")
        ratios = np.array((numbers(value(said, "DirectionRatios")) if said else ())[:2])
        if len(ratios) == 2 and np.linalg.norm(ratios) > 0:  # noqa: PLR2004 - x and y
            x, y = (ratios / np.linalg.norm(ratios)).tolist()
            return x, y
    return 0.0, 1.0


def _says_north(file: ifcopenshell.file) -> bool:
    return any(one(context, "TrueNorth") is not None for context in contexts(file))
