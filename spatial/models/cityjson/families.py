"""Who is part of whom: ``parents`` and ``children`` of CityObjects put in order."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from spatial.models.cityjson.notes import Notes
from spatial.models.cityjson.tables import object_types
from spatial.models.model import RefusedElement

_PART_LEVEL = 2
_GROUP = "CityObjectGroup"
_NOBODY = object()


class Member(NamedTuple):
    """A CityObject and the one that it is part of."""

    key: str
    thing: dict[str, Any]
    parent: str | None


class Families(NamedTuple):
    """CityObjects with wholes before their parts, the members of a family together.

    Attributes:
        members: in order.
        refused: those that are part of themselves.
    """

    members: list[Member]
    refused: list[RefusedElement]


def arranged(things: Mapping[str, dict[str, Any]], notes: Notes) -> Families:
    """Return CityObjects in the order in which they can be stored."""
    parents = _parents(things, notes)
    looped = _looped(parents)
    refused = [
        RefusedElement(key, f"is part of itself by way of {parents[key]!r}")
        for key in sorted(looped)
    ]
    parts: dict[str, list[str]] = {}
    below: set[str] = set()
    for key, parent in parents.items():
        if parent in looped and key not in looped:
            notes.add("CityObjects have a refused parent and are taken without", key)
        elif key not in looped:
            parts.setdefault(parent, []).append(key)
            below.add(key)
    members: list[Member] = []
    for key in things:
        if key not in looped and key not in below:
            if key in parts:
                members += _family(key, things, parts)
            else:
                members.append(Member(key, things[key], None))
    return Families(members, refused)


def _family(
    root: str, things: Mapping[str, dict[str, Any]], parts: Mapping[str, list[str]]
) -> list[Member]:
    family: list[Member] = []
    waiting: list[tuple[str, str | None]] = [(root, None)]
    while waiting:
        key, parent = waiting.pop()
        family.append(Member(key, things[key], parent))
        waiting += [(part, key) for part in reversed(parts.get(key, []))]
    return family


def _parents(things: Mapping[str, dict[str, Any]], notes: Notes) -> dict[str, str]:
    """Return the parent of each CityObject that has one in the file."""
    claimed = _claimed(things, notes)
    parents: dict[str, str] = {}
    for key, thing in things.items():
        named = thing.get("parents")
        if type(named) is list and len(named) == 1 and claimed.get(key, _NOBODY) == named[0]:
            parents[key] = named[0]
            continue
        if named is None and key not in claimed:
            if object_types().get(thing["type"]) == _PART_LEVEL:
                notes.add("CityObjects are parts by their type and have no parents", key)
            continue
        parent = _chosen(key, named, things, notes) or claimed.get(key)
        if parent is None:
            continue
        parents[key] = parent
        _compare(key, named, parent, things, claimed, notes)
    return parents


def _claimed(things: Mapping[str, dict[str, Any]], notes: Notes) -> dict[str, str]:
    """Return for each CityObject the one that lists it as its child."""
    claimed: dict[str, str] = {}
    for key, thing in things.items():
        if "children" not in thing or thing["type"] == _GROUP:
            continue
        for child in _names(key, "children", thing["children"], notes):
            if child not in things:
                notes.add("CityObjects have children that are not in the file", key)
            elif claimed.setdefault(child, key) != key:
                notes.add("CityObjects are children of more than one", child)
    return claimed


def _chosen(
    key: str, named: object, things: Mapping[str, dict[str, Any]], notes: Notes
) -> str | None:
    """Return the parent to be kept: the first in the file that is no group, else a group."""
    names = _names(key, "parents", named, notes) if named is not None else []
    present = [name for name in names if name in things]
    if len(present) < len(names):
        notes.add("CityObjects have parents that are not in the file", key)
    proper = [name for name in present if things[name]["type"] != _GROUP]
    if len(proper) > 1:
        notes.add("CityObjects have several parents and keep the first", key)
    return next(iter([*proper, *present]), None)


def _compare(
    key: str,
    named: object,
    parent: str,
    things: Mapping[str, dict[str, Any]],
    claimed: Mapping[str, str],
    notes: Notes,
) -> None:
    if not named:
        notes.add("CityObjects are listed as children and do not name their parents", key)
    elif claimed.get(key, parent) != parent:
        notes.add("CityObjects are children of another than their parents say", key)
    elif key not in claimed and things[parent]["type"] != _GROUP:
        notes.add("CityObjects name parents that do not list them as children", key)


def _names(key: str, what: str, named: object, notes: Notes) -> list[str]:
    if not isinstance(named, list):
        notes.add(f"CityObjects have {what} that are no list", key)
        return []
    if set(map(type, named)) <= {str}:
        return named
    names = [name for name in named if isinstance(name, str)]
    if len(names) < len(named):
        notes.add(f"CityObjects have {what} that are not named by text", key)
    return names


def _looped(parents: Mapping[str, str]) -> set[str]:
    """Return all that are their own ancestors."""
    looped: set[str] = set()
    seen: set[str] = set()
    for start in parents:
        path: dict[str, None] = {}
        key: str | None = start
        while key is not None and key not in seen:
            seen.add(key)
            path[key] = None
            key = parents.get(key)
        if key in path:
            along = list(path)
            looped.update(along[along.index(key) :])
    return looped
