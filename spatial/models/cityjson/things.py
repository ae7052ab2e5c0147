"""CityObjects of a document that can be taken as such, and those that cannot."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from spatial.models.cityjson.notes import Notes
from spatial.models.cityjson.tables import object_types
from spatial.models.frames.wording import shown
from spatial.models.model import RefusedElement

_LONGEST_KEY = 1_000


class Things(NamedTuple):
    """CityObjects by their key, and the refused ones."""

    taken: dict[str, dict[str, Any]]
    refused: list[RefusedElement]


def things_of(written: Mapping[str, Any], notes: Notes) -> Things:
    """Return the CityObjects of a document (CityJSON 2.0, 2)."""
    taken: dict[str, dict[str, Any]] = {}
    refused: list[RefusedElement] = []
    types = object_types()
    for key, thing in written.items():
        reason = _complaint(key, thing)
        if reason is not None:
            refused.append(RefusedElement(key[:_LONGEST_KEY].replace("\0", "�"), reason))
            continue
        taken[key] = thing
        if thing["type"] not in types and not thing["type"].startswith("+"):
            notes.add("CityObjects are of a type that CityJSON has not", key)
    return Things(taken, refused)


def _complaint(key: str, thing: object) -> str | None:
    if not isinstance(thing, dict):
        return f"is {shown(thing)}: expected an object"
    kind = thing.get("type")
    if not isinstance(kind, str) or not kind:
        return f"type is {shown(kind)}: expected text as 'Building'"
    if not key or "\0" in key:
        return f"key is {shown(key)}: expected a name without NUL"
    if len(key) > _LONGEST_KEY or len(kind) > _LONGEST_KEY:
        return f"key or type has more than {_LONGEST_KEY} characters"
    return None
