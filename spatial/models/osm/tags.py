"""What tags say of an object: what it is, its name and height, and whether it is an area."""

import re
from collections.abc import Mapping
from typing import NamedTuple, TypeAlias

from spatial.models.osm.tables import area_rules, class_rules, main_keys

Tags: TypeAlias = Mapping[str, str]

STOREY_M = 3.0
"""Height of a storey where only their number is said; an estimate, and marked so."""

_ABOUT_THE_DATA = {"created_by", "converted_by", "source", "time", "ele", "attribution"}
"""Tags of these keys alone make no feature, as in GDAL's OSM driver."""
_FOOT_M = 0.3048
_INCH_M = 0.0254
_HIGHEST_M = 1000.0
_METRES = re.compile(r"(\d{1,4}(?:\.\d{1,6})?) ?(?:m|metres|meters|米)?", re.ASCII)
_FEET = re.compile(
    r"(\d{1,4}(?:\.\d{1,6})?) ?(?:'|ft|feet)(?: ?(\d{1,2}(?:\.\d{1,6})?) ?(?:\"|in))?", re.ASCII
)
_STOREYS = re.compile(r"\d{1,3}(?:\.5)?", re.ASCII)
_CLASS_CHARACTERS = 60


class Height(NamedTuple):
    """Height above the ground in metres, and what it was taken from."""

    metres: float
    source: str
    estimated: bool


def says_something(tags: Tags) -> bool:
    """Tell whether tags make a feature of an object."""
    return not _ABOUT_THE_DATA.issuperset(tags)


def encloses_area(tags: Tags) -> bool:
    """Tell whether a closed way with these tags is an area and not a line."""
    said = tags.get("area")
    if said in ("yes", "no"):
        return said == "yes"
    rules = area_rules()
    return any(key in rules and rules[key].holds(value) for key, value in tags.items())


def native_class(tags: Tags) -> str:
    """Return the main key, with its value where the key alone says little; ``other`` without."""
    keys = main_keys()
    found = [key for key in tags if key in keys]
    if not found:
        return "other"
    first = min(found, key=lambda key: keys[key].rank)
    return f"{first}={tags[first][:_CLASS_CHARACTERS]}" if keys[first].with_value else first


def class_of(tags: Tags) -> str | None:
    """Return the class of the unified entity code, None where the table knows none."""
    rules = class_rules()
    holding = [
        rule
        for key, value in tags.items()
        if key in rules
        for rule in rules[key]
        if rule.holds(value, tags)
    ]
    return min(holding, key=lambda rule: rule.rank).entity_class if holding else None


def name_of(tags: Tags) -> str:
    """Return what people call the object, in the language of its place first."""
    names = (tags.get(key) for key in ("name", "name:zh", "name:zh-Hans", "name:en", "ref"))
    return next((name.strip() for name in names if name and name.strip()), "")


def height_of(tags: Tags) -> Height | None:
    """Return the height above the ground: as said, or estimated from the number of storeys."""
    for key in ("height", "building:height"):
        metres = metres_of(tags[key]) if key in tags else None
        if metres is not None:
            return Height(metres, key, estimated=False)
    levels = _levels(tags["building:levels"]) if "building:levels" in tags else None
    if levels is None:
        return None
    return Height(levels * STOREY_M, f"building:levels x {STOREY_M:g} m", estimated=True)


def metres_of(text: str) -> float | None:
    """Return a length as tags write it in metres; None where it is none, or taller than any.

    A number without a unit is in metres (OSM wiki, Map Features/Units).
    """
    said = text.strip()
    if found := _METRES.fullmatch(said):
        metres = float(found[1])
    elif found := _FEET.fullmatch(said):
        metres = float(found[1]) * _FOOT_M + float(found[2] or 0) * _INCH_M
    else:
        return None
    return round(metres, 3) if 0 < metres <= _HIGHEST_M else None


def _levels(text: str) -> float | None:
    found = _STOREYS.fullmatch(text.strip())
    levels = float(found[0]) if found else 0.0
    return levels if 0 < levels * STOREY_M <= _HIGHEST_M else None
