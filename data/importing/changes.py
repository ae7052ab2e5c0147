"""What an import changes: values in the types of the register, as entities of a change set."""

from collections.abc import Iterator
from itertools import repeat
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from data.importing.drawing import as_text
from data.importing.resolving import NEW, Resolved
from data.importing.rows import Rows
from data.reference import entity_classes
from data.reference.class_properties import (
    InvalidPropertyError,
    check_properties,
    property_kinds,
)
from data.registry import KEEP, EntityChange

Properties = dict[str, object]
Encoded = NDArray[Any]


def typed_properties(rows: Rows, classes: list[str], *, clear: bool) -> list[Properties]:
    """Return the (n,) properties in the types of their classes; wrong ones refuse their row.

    Args:
        rows: of the file.
        classes: (n,) of the entities, empty where none is known.
        clear: whether an empty value takes the property away.
    """
    if not rows.properties:
        return [{}] * len(rows.keys)
    names = list(rows.properties)
    known: dict[tuple[object, ...], Properties | str] = {}
    found: list[Properties] = []
    for at, values in enumerate(zip(classes, *rows.properties.values(), strict=True)):
        # 1, 1.0 and True are equal, and are not the same property.
        said = (*values, *map(type, values))
        properties = known.get(said)
        if properties is None:
            properties = known[said] = _typed(
                values[0], dict(zip(names, values[1:], strict=True)), clear=clear
            )
        if isinstance(properties, str):
            rows.refuse(at, properties)
            properties = {}
        found.append(properties)
    return found


def _typed(klass: str, said: Properties, *, clear: bool) -> Properties | str:
    """Return the properties in their types, or the sentence on why they are none."""
    empty = {name: None for name, value in said.items() if value is None}
    kinds = property_kinds(klass)
    as_said = {
        name: as_text(value) if name in kinds and kinds[name].type in _TEXTS else value
        for name, value in said.items()
        if value is not None
    }
    try:
        typed = check_properties(klass, as_said, from_text=True) if klass else {}
    except InvalidPropertyError as error:
        return str(error)
    return typed | empty if clear else typed


_TEXTS = ("text", "choice", "date")


def encoded_shapes(rows: Rows, srid: int, *, clear: bool) -> Encoded:
    """Return (n,) EWKB of 2-D shapes, ``KEEP`` where the file says nothing of a shape."""
    # Shapes with an SRID would be copies; in their WKB it is a flag and four bytes more.
    told = b"\x20" + srid.to_bytes(4, "little")
    empty = None if clear and rows.says_shapes else KEEP
    encoded = np.empty(len(rows.shapes), dtype=object)
    encoded[:] = [
        empty if wkb is None else wkb[:4] + told + wkb[5:]
        for wkb in shapely.to_wkb(rows.shapes, output_dimension=2, byte_order=1)
    ]
    return encoded


def default_name(klass: str, key: str) -> str:
    """Return how a new entity is called that its file gives no name: its class and its key."""
    return f"{entity_classes()[klass].name_zh} {key}"


def entity_changes(
    rows: Rows,
    resolved: Resolved,
    codes: list[int],
    properties: list[Properties],
    shapes: Encoded,
) -> Iterator[EntityChange]:
    """Yield what shall stand of each entity that is taken.

    Args:
        rows: of the file.
        resolved: which entities they are.
        codes: (n,) of the entities; ``NEW`` for rows that are not taken.
        properties: (n,) in the types of their classes.
        shapes: (n,) EWKB or ``KEEP``.
    """
    told = rows.fields | {
        "code": codes,
        "name": _names(rows, resolved, codes),
        "geometry": list(shapes),
        "properties": properties,
        "retired": [False if retired else KEEP for retired in resolved.retired.tolist()],
    }
    columns = (told.get(name, repeat(KEEP)) for name in EntityChange._fields)
    # Every column but those of KEEP is n long, which is where the shortest ends.
    for change in map(EntityChange._make, zip(*columns, strict=False)):
        if change.code != NEW:
            yield change


def _names(rows: Rows, resolved: Resolved, codes: list[int]) -> list[object]:
    """Return (n,) names, with one of its own for what is new and has none in the file."""
    names = list(rows.fields.get("name", [KEEP] * len(codes)))
    for at in np.flatnonzero(resolved.codes == NEW).tolist():
        if names[at] is KEEP and codes[at] != NEW:
            names[at] = default_name(str(codes[at])[6:10], rows.keys[at])
    return names
