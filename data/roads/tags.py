"""What properties say of driving on a road: its kind, its level, which way and how fast."""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from data.reference.road_speeds import speed_on

_OWN = "x_"
_KMH_A_MPH = 1.609344
_LIMIT = re.compile(r"(\d{1,3}(?:\.\d{1,2})?) ?(km/?h|kmh|kph|mph)?", re.ASCII | re.IGNORECASE)
_LEVEL = re.compile(r"[+-]?\d{1,2}", re.ASCII)
_WALKING_KMH = 7.0
_ALONG = frozenset({"yes", "true", "1"})
_AGAINST = frozenset({"-1", "reverse"})
_NOT = frozenset({"", "no", "false", "0"})
_ROUND = frozenset({"roundabout", "circular"})
_ONE_WAY_KINDS = frozenset({"motorway"})


class Driving(NamedTuple):
    """How a road is driven on.

    Attributes:
        kind: value of ``highway``; empty where nobody said it.
        level: 0 on the ground, above 0 on bridges, below it in tunnels and underpasses.
        speed_kmh: mean; 0 where no vehicle drives.
        along: may be driven as it is drawn.
        against: may be driven the other way.
    """

    kind: str
    level: int
    speed_kmh: float
    along: bool
    against: bool


def driving(register: Mapping[str, Any], model: Mapping[str, Any]) -> Driving:
    """Return how a road is driven on.

    Args:
        register: properties of the entity; ``x_oneway`` and ``oneway`` mean the same.
        model: tags that a model has for it, as OpenStreetMap writes them; the register goes first.
    """
    tags = {**_texts(model), **_texts(register)}
    kind = tags.get("highway", "")
    along, against = _ways(tags, kind)
    speed = speed_on(kind, limit_kmh(tags.get("maxspeed", "")))
    return Driving(kind, _level(tags), speed, along, against)


def limit_kmh(text: str) -> float | None:
    """Return a speed limit as OpenStreetMap writes it, km/h; None where it says none.

    A number without a unit is km/h (OSM wiki, Key:maxspeed).
    """
    if text.strip() == "walk":
        return _WALKING_KMH
    found = _LIMIT.fullmatch(text.strip())
    if found is None or not float(found[1]):
        return None
    return float(found[1]) * (_KMH_A_MPH if (found[2] or "").lower() == "mph" else 1.0)


def _texts(properties: Mapping[str, Any]) -> dict[str, str]:
    return {
        name.removeprefix(_OWN): _text(value)
        for name, value in properties.items()
        if isinstance(value, str | int | float)
    }


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value).strip().lower()


def _ways(tags: Mapping[str, str], kind: str) -> tuple[bool, bool]:
    said = tags.get("oneway", "")
    if said in _AGAINST:
        return False, True
    implied = tags.get("junction") in _ROUND or kind in _ONE_WAY_KINDS
    one_way = said in _ALONG or (implied and not said)
    return True, not one_way


def _level(tags: Mapping[str, str]) -> int:
    """Return ``layer``; where nobody said it 1 on a bridge and -1 below (OSM wiki, Key:layer)."""
    layer = tags.get("layer", "")
    if _LEVEL.fullmatch(layer):
        return int(layer)
    if tags.get("bridge", "") not in _NOT:
        return 1
    below = tags.get("tunnel", ""), tags.get("underpass", "")
    return 0 if _NOT.issuperset(below) else -1
