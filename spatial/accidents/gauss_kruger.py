"""The zones of China's Gauss-Kruger grids: which EPSG code each central meridian and number has."""

import csv
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from pyproj import CRS

ZONE_UNIT_M = 1_000_000
"""An easting of 38,493,426 m is 493,426 m in zone 38."""
_ZONE_OF_75E = {3: 25, 6: 13}


class Zone(NamedTuple):
    """One zone of one datum.

    Attributes:
        crs: ``EPSG:n``.
        datum: CGCS2000, Xian 1980 or Beijing 1954.
        geographic: CRS of its longitudes and latitudes.
        width_deg: 3 or 6.
        number: of the zone.
        meridian: central, degrees east.
        numbered: the easting begins with the number of the zone.
    """

    crs: str
    datum: str
    geographic: str
    width_deg: int
    number: int
    meridian: int
    numbered: bool

    def other_form(self) -> "Zone":
        """Return the same zone with its number before the easting, or without."""
        return next(
            zone
            for zone in zones()
            if zone[1:6] == self[1:6] and zone.numbered is not self.numbered
        )


@cache
def zones() -> tuple[Zone, ...]:
    """Return every zone of ``gauss_kruger.csv``."""
    return tuple(_read())


def zones_of(datum: str, *, numbered: bool) -> Iterator[Zone]:
    """Yield the zones of a datum, those of 3 degrees first."""
    return (zone for zone in zones() if zone.datum == datum and zone.numbered is numbered)


@cache
def zone_of(crs: str) -> Zone | None:
    """Return the zone that a CRS is, None if it is none.

    Raises:
        pyproj.exceptions.CRSError: ``crs`` names no CRS.
    """
    code = CRS.from_user_input(crs).to_epsg()
    return next((zone for zone in zones() if zone.crs == f"EPSG:{code}"), None)


@cache
def datum_called(crs: str) -> str:
    """Return the datum of a CRS as the table calls it; CGCS2000 for every other.

    Raises:
        pyproj.exceptions.CRSError: ``crs`` names no CRS.
    """
    geographic = CRS.from_user_input(crs).geodetic_crs
    code = None if geographic is None else geographic.to_epsg()
    names = {zone.geographic: zone.datum for zone in zones()}
    return names.get(f"EPSG:{code}", "CGCS2000")


def _read() -> Iterator[Zone]:
    with files(__package__).joinpath("gauss_kruger.csv").open(encoding="utf-8") as opened:
        for row in csv.DictReader(opened):
            width, numbered = int(row["width_deg"]), row["numbered"] == "yes"
            for at in range(int(row["count"])):
                yield Zone(
                    crs=f"EPSG:{int(row['first_epsg']) + at}",
                    datum=row["datum"],
                    geographic=row["geographic"],
                    width_deg=width,
                    number=_ZONE_OF_75E[width] + at,
                    meridian=75 + at * width,
                    numbered=numbered,
                )
