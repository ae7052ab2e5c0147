"""Other ways to read coordinates than as declared: what could have happened to them, likely first.

A reading is tried on points that do not lie where they should; it explains those which it puts
there.
"""

from collections.abc import Callable, Iterator
from itertools import chain
from typing import NamedTuple, TypeAlias

import numpy as np
from pyproj import CRS

from spatial.accidents.finding import Accident, Bounds
from spatial.accidents.gauss_kruger import (
    ZONE_UNIT_M,
    Zone,
    datum_called,
    zone_of,
    zones_of,
)
from spatial.crs import WEB_MERCATOR, WGS84, Floats, transform

Unpack: TypeAlias = Callable[[Floats], Floats]

_NEAR_WIDTHS = 1.5
"""A neighbouring zone is taken by mistake, seldom one that is farther away."""
_UTM_NORTH, _UTM_WIDTH_DEG, _UTM_FIRST_MERIDIAN = 32600, 6, 3
_MINUTES = 60


def _same(values: Floats) -> Floats:
    return values


def _minutes(values: Floats) -> Floats:
    """Return degrees of DDDMM.mmmm."""
    degrees = np.trunc(values / 100)
    return np.asarray(degrees + (values - degrees * 100) / _MINUTES)


class Reading(NamedTuple):
    """One way to read coordinates.

    Attributes:
        accidents: that have happened if it is right.
        says: what the points did then, after "seem to".
        remedy: what to do.
        crs: of the coordinates once mended.
        swap: x and y have changed places.
        unpack: mends each number.
        certain: no other area than the one of ``crs`` need confirm it.
    """

    accidents: tuple[Accident, ...]
    says: str
    remedy: str
    crs: str
    swap: bool = False
    unpack: Unpack = _same
    certain: bool = False

    def places(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Return longitudes and latitudes (WGS 84); infinite where it makes no sense."""
        east, north = (y, x) if self.swap else (x, y)
        with np.errstate(all="ignore"):
            return transform(self.unpack(east), self.unpack(north), self.crs, WGS84, anywhere=True)

    def swapped(self, accident: Accident) -> "Reading":
        """Return this reading of coordinates that have changed places besides."""
        return self._replace(
            accidents=(accident, *self.accidents),
            says=f"{_ORDER_SAYS[accident]} and {self.says}",
            remedy=f"{_ORDER_REMEDY}, and {self.remedy}",
            swap=True,
        )


_ORDER_SAYS = {
    Accident.NORTH_FIRST: "have the northing first",
    Accident.LATITUDE_FIRST: "have the latitude first",
}
_ORDER_REMEDY = "swap x and y"
_LENGTHS = (
    (Accident.MILLIMETRES, "millimetres", 0.001),
    (Accident.CENTIMETRES, "centimetres", 0.01),
    (Accident.FEET, "feet", 0.3048),
    (Accident.KILOMETRES, "kilometres", 1000.0),
)
_ANGLES: tuple[tuple[str, Unpack], ...] = (
    ("millionths of a degree", lambda values: values * 1e-6),
    ("ten-millionths of a degree", lambda values: values * 1e-7),
    ("seconds of arc", lambda values: values / 3600),
    ("radians", np.degrees),
    ("degrees and minutes as receivers write them (DDDMM.mmmm)", _minutes),
)


def readings(declared: str, expected: Bounds | None, numbers: set[int]) -> Iterator[Reading]:
    """Yield the ways to read coordinates, one accident before two.

    Args:
        declared: CRS as it was said.
        expected: where they should lie; without it no other central meridian is thought of.
        numbers: what the coordinates have before the millions, to leave out idle zone numbers.
    """
    if CRS.from_user_input(declared).is_geographic:
        accident = Accident.LATITUDE_FIRST
        others = chain(_metres(declared, expected, numbers), _angles(declared))
    else:
        accident = Accident.NORTH_FIRST
        others = chain(
            _numbered(declared, numbers),
            _degrees(declared),
            _lengths(declared),
            _meridians(declared, expected),
            _elsewhere(expected),
        )
    yield Reading((accident,), _ORDER_SAYS[accident], _ORDER_REMEDY, declared, swap=True)
    single = list(others)
    yield from single
    for reading in single:
        about_degrees = {Accident.DEGREES, Accident.OTHER_ANGLES} & set(reading.accidents)
        yield reading.swapped(Accident.LATITUDE_FIRST if about_degrees else Accident.NORTH_FIRST)


def _numbered(declared: str, numbers: set[int]) -> Iterator[Reading]:
    """Yield zones whose number stands before the easting, or does not although it should."""
    own = zone_of(declared)
    if own is not None and own.numbered:
        other = own.other_form()
        yield Reading(
            (Accident.NO_ZONE_PREFIX,),
            f"lack the zone number {own.number} before the easting",
            f"declare {other.crs}, or add {own.number * ZONE_UNIT_M:,} to x",
            other.crs,
            certain=True,
        )
    for zone in zones_of(datum_called(declared), numbered=True):
        if zone.number in numbers and zone != own:
            yield _with_number(zone, own)


def _with_number(zone: Zone, own: Zone | None) -> Reading:
    remedy = f"declare {zone.crs}"
    if own == zone.other_form():
        remedy += f", or take {zone.number * ZONE_UNIT_M:,} from x"
    return Reading(
        (Accident.ZONE_PREFIX,),
        f"have the number of zone {zone.number} before the easting",
        remedy,
        zone.crs,
        certain=True,
    )


def _degrees(declared: str) -> Iterator[Reading]:
    geographic = CRS.from_user_input(declared).geodetic_crs
    code = None if geographic is None else geographic.to_epsg()
    crs = WGS84 if code is None else f"EPSG:{code}"
    yield Reading(
        (Accident.DEGREES,), "be degrees, not metres", f"declare {crs}", crs, certain=True
    )


def _lengths(declared: str) -> Iterator[Reading]:
    for accident, unit, metres in _LENGTHS:
        yield Reading(
            (accident,),
            f"be in {unit}, not metres",
            f"multiply by {metres:g}",
            declared,
            unpack=lambda values, metres=metres: values * metres,  # type: ignore[misc]
        )


def _meridians(declared: str, expected: Bounds | None) -> Iterator[Reading]:
    """Yield zones whose coordinates look the same, but count from another meridian."""
    own = zone_of(declared)
    for zone in _near(expected, datum_called(declared)):
        if own is None or zone.meridian != own.meridian:
            yield Reading(
                (Accident.WRONG_MERIDIAN,),
                f"count from the central meridian {zone.meridian} E",
                f"declare {zone.crs}{_or_utm(zone)}",
                zone.crs,
            )


def _or_utm(zone: Zone) -> str:
    """Name the UTM zone whose coordinates differ from those of a zone by 0.04 % only."""
    if (zone.meridian - _UTM_FIRST_MERIDIAN) % _UTM_WIDTH_DEG:
        return ""
    number = (zone.meridian + 183) // _UTM_WIDTH_DEG
    return f", or EPSG:{_UTM_NORTH + number} if it is UTM"


def _near(expected: Bounds | None, datum: str) -> Iterator[Zone]:
    """Yield zones without number whose meridian is near the expected area, the nearest first."""
    if expected is None:
        return
    middle = (expected[0] + expected[2]) / 2
    near = [
        zone
        for zone in zones_of(datum, numbered=False)
        if abs(zone.meridian - middle) <= _NEAR_WIDTHS * zone.width_deg
    ]
    yield from sorted(near, key=lambda zone: (zone.width_deg, abs(zone.meridian - middle)))


def _elsewhere(expected: Bounds | None) -> Iterator[Reading]:
    """Yield systems that maps of the world have."""
    yield _other(WEB_MERCATOR, "web Mercator")
    if expected is not None:
        for edge in sorted({expected[0], expected[2]}):
            number = int((edge + 180) // _UTM_WIDTH_DEG) + 1
            yield _other(f"EPSG:{_UTM_NORTH + number}", f"UTM zone {number}N")


def _other(crs: str, name: str) -> Reading:
    return Reading((Accident.OTHER_SYSTEM,), f"fit {name}", f"declare {crs}", crs)


def _metres(declared: str, expected: Bounds | None, numbers: set[int]) -> Iterator[Reading]:
    """Yield projected systems whose metres stand where degrees should."""
    zones = zones_of(datum_called(declared), numbered=True)
    numbered = (zone for zone in zones if zone.number in numbers)
    for zone in chain(numbered, _near(expected, datum_called(declared))):
        yield _as_metres(zone.crs, certain=zone.numbered)
    if expected is not None:  # any number of metres lies somewhere in the world
        for reading in _elsewhere(expected):
            yield _as_metres(reading.crs, certain=False)


def _as_metres(crs: str, *, certain: bool) -> Reading:
    return Reading(
        (Accident.METRES,), "be metres, not degrees", f"declare {crs}", crs, certain=certain
    )


def _angles(declared: str) -> Iterator[Reading]:
    for unit, unpack in _ANGLES:
        yield Reading(
            (Accident.OTHER_ANGLES,),
            f"be {unit}, not degrees",
            "convert them to degrees",
            declared,
            unpack=unpack,
        )
