"""Whether a place of a map can be meant: does it lie where the CRS may be used?"""

import math
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np

from spatial.crs import WGS84, transform
from spatial.models.ifc.map_crs import MapCrs
from spatial.models.ifc.placement import Matrix

_MARGIN_DEG: Final = 1.0
"""Areas of use are drawn along borders; a little beyond them a map is still the same map."""
_EARTH_M: Final = 6_371_000.0


class Degrees(NamedTuple):
    """A place in WGS 84."""

    longitude: float
    latitude: float

    def metres_to(self, other: "Degrees") -> float:
        """Return the distance on a sphere, which is good for a few parts in a thousand."""
        north, south = math.radians(self.latitude), math.radians(other.latitude)
        across = math.radians(other.longitude - self.longitude)
        half = math.sin((south - north) / 2) ** 2
        half += math.cos(north) * math.cos(south) * math.sin(across / 2) ** 2
        return 2 * _EARTH_M * math.asin(min(1.0, math.sqrt(half)))


def degrees(east: float, north: float, crs: str) -> Degrees | None:
    """Return a place in WGS 84, None where there is none."""
    with np.errstate(all="ignore"):
        longitude, latitude = transform([east], [north], crs, WGS84, anywhere=True)
    found = Degrees(float(longitude[0]), float(latitude[0]))
    return found if np.isfinite(found).all() else None


def lies_within(east: float, north: float, crs: MapCrs) -> bool:
    """Tell whether a place is one where the CRS may be used, or quite near to it."""
    place = degrees(east, north, crs.horizontal)
    if place is None:
        return False
    area = crs.area
    if not area.south - _MARGIN_DEG <= place.latitude <= area.north + _MARGIN_DEG:
        return False
    from_west = area.west - _MARGIN_DEG <= place.longitude
    to_east = place.longitude <= area.east + _MARGIN_DEG
    # Some areas run across the 180th meridian.
    return (from_west and to_east) if area.west <= area.east else (from_west or to_east)


def first_within(
    matrices: Iterator[Matrix] | Sequence[Matrix], middle: Matrix, crs: MapCrs
) -> int | None:
    """Return which of several ways to place a model puts its middle where the CRS may be used.

    Args:
        matrices: from the model to the CRS.
        middle: (4,) a point of the model, metres, then 1.
        crs: CRS of the map.
    """
    for at, each in enumerate(matrices):
        east, north = (each @ middle)[:2].tolist()
        if lies_within(east, north, crs):
            return at
    return None
