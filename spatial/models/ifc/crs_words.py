"""The CRS that a model means by the words it uses (ISO 16739-1, IfcProjectedCRS)."""

import re
from typing import NamedTuple

from pyproj import CRS
from pyproj.exceptions import CRSError

_SHOWN = 60
_EPSG = re.compile(
    r"\s*(?:urn:ogc:def:crs:|https?://www\.opengis\.net/def/crs/)?EPSG[:/]+(?:[\w.]*[:/])?(\d{4,6})\s*",
    re.IGNORECASE,
)
_EPSG_WITHIN = re.compile(r"\bEPSG[:\s]*(\d{4,6})\b", re.IGNORECASE)
_DIGITS = re.compile(r"\s*(\d{4,6})\s*")
_ZONE = re.compile(r"\D*(\d{1,2})\s*([NSns]?)\D*")
_MEANINGLESS = re.compile(r"[\W_]+")
_BRACKETS = re.compile(r"\A\s*\w+\s*[\[(]")
_WKT_ENDS = {"[": "]", "(": ")"}


class CrsWords(NamedTuple):
    """What a model says of the CRS of its map; empty where it says nothing.

    Attributes:
        wkt: definition in well-known text (ISO 19162).
        unit_m: how many metres one unit of its coordinates is; None where it does not say.
        unit: that unit as a person reads it.
    """

    name: str
    description: str = ""
    geodetic_datum: str = ""
    vertical_datum: str = ""
    projection: str = ""
    zone: str = ""
    wkt: str = ""
    unit_m: float | None = None
    unit: str = ""


class Meant(NamedTuple):
    """The CRS that is meant, None where nobody can tell, and what had to be assumed."""

    crs: CRS | None
    warnings: tuple[str, ...] = ()


def meant(words: CrsWords) -> Meant:
    """Return the CRS that a model means."""
    named = _EPSG.fullmatch(words.name)
    if named:
        return _by_number(named[1], words)
    if words.wkt:
        return _by_wkt(words)
    return _by_other_words(words)


def _by_number(code: str, words: CrsWords) -> Meant:
    crs = _epsg(code)
    if crs is not None:
        return Meant(crs)
    unknown = f"IfcProjectedCRS {words.name!r} is no CRS of the EPSG dataset"
    if not words.wkt:
        return Meant(None, (unknown,))
    other = _by_wkt(words)
    return Meant(other.crs, (unknown, *other.warnings))


def _by_wkt(words: CrsWords) -> Meant:
    # PROJ would also take a string of its own, which may name any file of this machine.
    crs = _parsed(_balanced(words.wkt)) if _BRACKETS.search(words.wkt) else None
    if crs is None:
        said = words.wkt[:_SHOWN]
        found = _by_other_words(words._replace(wkt=""))
        return Meant(found.crs, (f"IfcWellKnownText {said!r} is no CRS", *found.warnings))
    return Meant(crs)


def _by_other_words(words: CrsWords) -> Meant:
    """Look for a CRS in every place where programs write one instead of in the name."""
    said = f"IfcProjectedCRS name {words.name[:_SHOWN]!r}"
    wanted = "expected e.g. 'EPSG:4547'"
    digits = _DIGITS.fullmatch(words.name)
    if digits:
        crs = _epsg(digits[1])
        if crs is not None:
            return Meant(crs, (f"{said} is read as 'EPSG:{digits[1]}': {wanted}",))
    crs = _by_name(words.name)
    if crs is not None:
        number = crs.to_epsg()
        return Meant(crs, (f"{said} is read as EPSG:{number}: {wanted}",) if number else ())
    for place, code in _hidden(words):
        crs = _epsg(code)
        if crs is not None:
            return Meant(crs, (f"{said} is read as 'EPSG:{code}', which {place} says: {wanted}",))
    crs = _pieced(words)
    if crs is not None:
        return Meant(crs, (f"{said} is read as {crs.name!r} by its datum and zone: {wanted}",))
    return Meant(None, (f"{said} is no CRS that can be found: {wanted}, or an IfcWellKnownText",))


def _hidden(words: CrsWords) -> list[tuple[str, str]]:
    places = []
    if words.projection.upper() == "EPSG" and _DIGITS.fullmatch(words.zone):
        places.append(("MapZone", words.zone.strip()))
    for place, said in (("Name", words.name), ("Description", words.description)):
        places += [(place, code) for code in _EPSG_WITHIN.findall(said)]
    return places


def _pieced(words: CrsWords) -> CRS | None:
    """Return the UTM zone of a datum, as ``WGS 84 / UTM zone 50N``."""
    zone = _ZONE.fullmatch(words.zone)
    if zone is None or "UTM" not in words.projection.upper() + words.zone.upper():
        return None
    return _by_name(f"{words.geodetic_datum} / UTM zone {zone[1]}{zone[2].upper() or 'N'}")


def _by_name(name: str) -> CRS | None:
    """Return a CRS of exactly this name; PROJ would also take one that is only a little like it."""
    if not _key(name) or name.lstrip()[:1] in "+{" or "[" in name:
        return _parsed(_balanced(name)) if "[" in name else None
    crs = _parsed(name)
    return crs if crs is not None and _key(crs.name) == _key(name) else None


def _key(name: str) -> str:
    return _MEANINGLESS.sub("", name).casefold()


def _epsg(code: str) -> CRS | None:
    return _parsed(f"EPSG:{code}")


def _parsed(said: str) -> CRS | None:
    try:
        return CRS.from_user_input(said)
    except CRSError:
        return None


def _balanced(wkt: str) -> str:
    """Return the first definition of a text; programs append an EPOCH of their own."""
    depth = 0
    quoted = False
    for at, sign in enumerate(wkt):
        quoted ^= sign == '"'
        if quoted:
            continue
        depth += (sign in _WKT_ENDS) - (sign in _WKT_ENDS.values())
        if sign in _WKT_ENDS.values() and depth == 0:
            return wkt[: at + 1]
    return wkt
