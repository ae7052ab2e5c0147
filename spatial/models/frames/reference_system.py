"""The CRS that a file names: ``metadata.referenceSystem`` of CityJSON, ``srsName`` of CityGML.

Written as a URN (OGC 07-092) in CityJSON 1.0 (5.1) and as a URL of OGC 09-048r5 since 1.1; both,
the addresses of GML 2 and of registers, ``EPSG:7415``, ``EPSG:28992+5709`` and the bare number are
understood in all versions.
"""

import re
from typing import NamedTuple

from pyproj import CRS
from pyproj.crs import CompoundCRS
from pyproj.exceptions import CRSError

from spatial.models.frames.wording import shown

_SINGLE = (
    re.compile(r"https?://www\.opengis\.net/def/crs/(?P<authority>\w+)/[\w.]*/(?P<code>\w+)/?"),
    re.compile(r"(?i:urn:x?-?ogc:def:crs:|crs:)(?P<authority>\w+):(?:[\w.]*:)?(?P<code>\w+)"),
    re.compile(r"(?P<authority>[A-Za-z]+):{1,2}(?P<code>\w+)"),
    re.compile(r"https?://www\.opengis\.net/gml/srs/(?P<authority>(?i:epsg))\.xml#(?P<code>\d+)"),
    re.compile(r"https?://(?:www\.)?(?P<authority>epsg)\.(?:io|org/crs)/(?P<code>\d+)/?"),
    re.compile(r"https?://spatialreference\.org/ref/(?P<authority>\w+)/(?P<code>\w+)/?"),
)
_NUMBER = re.compile(r"\d{4,6}")
_SEVERAL_URLS = re.compile(r"https?://www\.opengis\.net/def/crs-compound\?(?P<parts>.+)")
_SEVERAL_URNS = re.compile(r"urn:ogc:def:crs,(?P<parts>.+)")
_SEVERAL_NUMBERS = re.compile(r"(?i:epsg):(?P<plan>\d+)\+(?i:epsg:)?(?P<heights>\d+)")
_LONGEST = 1_000
_EXAMPLE = "https://www.opengis.net/def/crs/EPSG/0/7415"
_HEIGHT_AXIS = 2


class ReferenceSystem(NamedTuple):
    """The CRS of a file.

    Attributes:
        name: of the whole: ``EPSG:7415``.
        horizontal: of east and north: ``EPSG:28992`` or WKT.
        height_datum: of the heights, as ``EPSG:5709``; None where it has none.
        geographic: whether places are longitude and latitude.
        north_first: whether the CRS itself puts north before east.
        plan_unit_m: length of its unit; 1 where it is geographic.
        height_unit_m: of a height; negative where it counts downwards.
    """

    name: str
    horizontal: str
    height_datum: str | None
    geographic: bool
    north_first: bool
    plan_unit_m: float
    height_unit_m: float


class Said(NamedTuple):
    """The CRS that a file says, and why it says none that can be used."""

    system: ReferenceSystem | None
    warning: str | None = None


def understood(value: object, *, url_expected: bool) -> Said:
    """Return the CRS that the member names.

    Args:
        value: of ``referenceSystem``; None where there is none.
        url_expected: whether the version of the file wants a URL.
    """
    if value is None:
        return Said(None, "its CRS is not said: expected metadata.referenceSystem")
    try:
        crs = _crs(value)
    except (CRSError, ValueError):
        return Said(None, f"unknown referenceSystem {shown(value)}: expected e.g. {_EXAMPLE!r}")
    if crs.is_geocentric or (crs.is_vertical and not crs.is_compound):
        kind = "geocentric" if crs.is_geocentric else "of heights only"
        return Said(None, f"referenceSystem {shown(value)} is {kind}: expected a map's CRS")
    odd = url_expected and not str(value).startswith("http")
    told = f"referenceSystem {shown(value)} is no URL: expected e.g. {_EXAMPLE!r}"
    return Said(_described(crs), told if odd else None)


def _crs(value: object) -> CRS:
    if type(value) is int:
        value = str(value)
    if not isinstance(value, str) or len(value) > _LONGEST:
        raise ValueError(shown(value))
    text = value.strip()
    if _NUMBER.fullmatch(text):
        return CRS.from_epsg(int(text))
    if several := _SEVERAL_NUMBERS.fullmatch(text):
        return _together([CRS.from_epsg(int(several[part])) for part in ("plan", "heights")])
    if several := _SEVERAL_URLS.fullmatch(text):
        parts = [part.partition("=")[2] for part in several["parts"].split("&")]
        return _together([_single(part) for part in parts])
    if several := _SEVERAL_URNS.fullmatch(text):
        return _together([_single(part) for part in several["parts"].split(",")])
    return _single(text)


def _single(text: str) -> CRS:
    for pattern in _SINGLE:
        if found := pattern.fullmatch(text):
            return CRS.from_authority(found["authority"].upper(), found["code"])
    raise ValueError(text)


def _together(parts: list[CRS]) -> CRS:
    if len(parts) == 1:
        return parts[0]
    return CompoundCRS(" + ".join(part.name for part in parts), components=list(parts))


def _described(crs: CRS) -> ReferenceSystem:
    flat = crs.sub_crs_list[0] if crs.is_compound else crs
    plan_unit = 1.0 if flat.is_geographic else flat.axis_info[0].unit_conversion_factor
    height_datum, height_unit = _heights(crs, plan_unit)
    return ReferenceSystem(
        name=_called(crs, crs.name),
        horizontal=_flat_name(flat),
        height_datum=height_datum,
        geographic=flat.is_geographic,
        north_first=flat.axis_info[0].direction.lower() == "north",
        plan_unit_m=plan_unit,
        height_unit_m=height_unit,
    )


def _heights(crs: CRS, plan_unit: float) -> tuple[str | None, float]:
    """Return datum and unit of the heights; without a datum they are in the unit of the plan."""
    if len(crs.axis_info) <= _HEIGHT_AXIS:
        return None, plan_unit
    axis = crs.axis_info[_HEIGHT_AXIS]
    unit = axis.unit_conversion_factor * (-1 if axis.direction.lower() == "down" else 1)
    if crs.is_compound:
        vertical = crs.sub_crs_list[1]
        return _called(vertical, vertical.name), unit
    return f"ellipsoid of {_called(crs, crs.name)}", unit


def _flat_name(crs: CRS) -> str:
    flat = crs.to_2d()
    return _called(flat, flat.to_wkt())


def _called(crs: CRS, otherwise: str) -> str:
    authority = crs.to_authority()
    return otherwise if authority is None else f"{authority[0]}:{authority[1]}"
