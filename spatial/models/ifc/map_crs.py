"""The horizontal and the vertical part of the CRS of a map."""

import re
from typing import NamedTuple

from pyproj import CRS
from pyproj.crs import Datum, Ellipsoid  # type: ignore[attr-defined]  # documented, unlisted
from pyproj.exceptions import CRSError, ProjError

from spatial.crs import WGS84, AreaOfUse, area_of_use, transform
from spatial.models.ifc.crs_words import CrsWords

_EPSG = re.compile(r"\s*EPSG:+(\d{4,6})\b.*", re.IGNORECASE)
_LIKELY_PERCENT = 25
_LEADING_NUMBER = re.compile(r"\s*(\d{4,5})\b.*")


class MapCrs(NamedTuple):
    """The CRS of a map in its parts.

    Attributes:
        said: as the file names it, ``EPSG:n`` or a name.
        horizontal: ``EPSG:n`` or WKT.
        geographic: whether its coordinates are degrees.
        unit_m: metres of one unit of its coordinates; 1 for degrees.
        north_first: whether its first axis is the northing or latitude.
        height_datum: ``EPSG:n`` or what the file calls it; None where it says none.
        area: where it may be used.
        warnings: sentences.
    """

    said: str
    horizontal: str
    geographic: bool
    unit_m: float
    north_first: bool
    height_datum: str | None
    area: AreaOfUse
    warnings: tuple[str, ...]


def parts(crs: CRS, words: CrsWords) -> MapCrs:
    """Take a CRS apart, and add what the model says of its heights."""
    flat, up = _split(crs)
    datum, warnings = _height_datum(words.vertical_datum)
    first = flat.axis_info[0] if flat.axis_info else None
    return MapCrs(
        said=_called(crs),
        horizontal=_identified(flat),
        geographic=flat.is_geographic,
        unit_m=_unit_m(flat),
        north_first=first is not None and first.direction == "north",
        height_datum=_called(up) if up is not None else datum,
        area=area_of_use(_identified(flat)),
        warnings=(*warnings, *_geodetic(words.geodetic_datum)),
    )


def unit_of(crs: str) -> float:
    """Return metres of one unit of the coordinates of a CRS; 1 for degrees."""
    return _unit_m(CRS.from_user_input(crs))


def _unit_m(flat: CRS) -> float:
    if flat.is_geographic or not flat.axis_info:
        return 1.0
    return float(flat.axis_info[0].unit_conversion_factor)


def is_of_map(crs: CRS) -> bool:
    """Tell whether places of a CRS are places on the earth, by east and north or by degrees."""
    flat, _ = _split(crs)
    if not (flat.is_projected or flat.is_geographic):
        return False
    try:
        transform([], [], _identified(flat), WGS84, anywhere=True)
    except (CRSError, ProjError):
        return False
    return True


def _split(crs: CRS) -> tuple[CRS, CRS | None]:
    """Return the horizontal part of a CRS without its own way to WGS 84, and the vertical one."""
    flat, up = crs, None
    if crs.is_compound:
        flat = crs.sub_crs_list[0]
        up = crs.sub_crs_list[1] if len(crs.sub_crs_list) > 1 else None
    if flat.is_bound and flat.source_crs is not None:
        flat = flat.source_crs
    if len(flat.axis_info) > 2:  # noqa: PLR2004 - dimensions of a plane
        flat = flat.to_2d()
    return flat, up


def _height_datum(said: str) -> tuple[str | None, tuple[str, ...]]:
    """Return the datum of the heights, by its EPSG number where a file says one."""
    if not said:
        return None, ()
    number = _EPSG.fullmatch(said)
    bare = _LEADING_NUMBER.fullmatch(said)
    if number is None and bare is None:
        return said, ()
    code = (number or bare)[1]  # type: ignore[index]  # one of them is there
    try:
        crs = CRS.from_epsg(int(code))
    except CRSError:
        return _datum_of_heights(code, said, sure=number is not None)
    vertical = crs.sub_crs_list[-1] if crs.is_compound else crs
    if vertical.is_vertical:
        return _called(vertical), ()
    return said, (f"VerticalDatum {said!r} is {crs.name!r}: expected a datum of heights",)


def _datum_of_heights(code: str, said: str, *, sure: bool) -> tuple[str, tuple[str, ...]]:
    try:
        return Datum.from_epsg(int(code)).name, ()
    except CRSError:
        return said, ((f"VerticalDatum {said!r} is not in the EPSG dataset",) if sure else ())


def _geodetic(said: str) -> tuple[str, ...]:
    """Return a sentence where a file names a datum by a number that nobody has given."""
    number = _EPSG.fullmatch(said)
    if number is None:
        return ()
    for kind in (CRS, Datum, Ellipsoid):
        try:
            kind.from_epsg(int(number[1]))
        except CRSError:
            continue
        return ()
    return (f"GeodeticDatum {said!r} is not in the EPSG dataset",)


def _called(crs: CRS) -> str:
    code = _number(crs)
    return crs.name if code is None else f"EPSG:{code}"


def _identified(crs: CRS) -> str:
    code = _number(crs)
    return crs.to_wkt() if code is None else f"EPSG:{code}"


def _number(crs: CRS) -> int | None:
    """Return the EPSG number of a CRS, also where only the order of its axes is another one.

    Older well-known text has the easting first whatever the CRS has; here that makes no difference.
    """
    code = crs.to_epsg()
    if code is not None:
        return code
    likely = crs.to_epsg(min_confidence=_LIKELY_PERCENT)
    said = crs.to_json_dict().get("id", {})
    return likely if said == {"authority": "EPSG", "code": likely} else None
