"""What an import changes: values in the types of the register, as entities of a change set."""

from collections.abc import Iterator
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
from data.registry.values import Kept

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
    found: list[Properties] = []
    for at, values in enumerate(zip(*rows.properties.values(), strict=True)):
        said = {name: value for name, value in zip(names, values, strict=True) if value is not None}
        properties: Properties = {}
        if classes[at]:
            try:
                properties = _typed(classes[at], said)
            except InvalidPropertyError as error:
                rows.refuse(at, str(error))
        if clear:
            properties |= dict.fromkeys(names - said.keys())
        found.append(properties)
    return found


def _typed(klass: str, said: Properties) -> Properties:
    kinds = property_kinds(klass)
    as_said = {
        name: as_text(value) if name in kinds and kinds[name].type in _TEXTS else value
        for name, value in said.items()
    }
    return check_properties(klass, as_said, from_text=True)


_TEXTS = ("text", "choice", "date")


def encoded_shapes(rows: Rows, srid: int, *, clear: bool) -> Encoded:
    """Return (n,) EWKB, ``KEEP`` where the file says nothing of a shape."""
    encoded = np.asarray(
        shapely.to_wkb(shapely.set_srid(rows.shapes, srid), include_srid=True), dtype=object
    )
    encoded[shapely.is_missing(rows.shapes)] = None if clear and rows.says_shapes else KEEP
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
    fields = rows.fields
    names = fields.get("name")
    others = {name: values for name, values in fields.items() if name != "name"}
    for at, code in enumerate(codes):
        if code == NEW:
            continue
        name = KEEP if names is None else names[at]
        change = EntityChange(
            code,
            _name(rows, resolved, at, code, name),
            shapes[at],
            properties=properties[at],
            retired=False if resolved.retired[at] else KEEP,
        )
        if others:
            told: dict[str, Any] = {field: values[at] for field, values in others.items()}
            change = change._replace(**told)
        yield change


def _name(rows: Rows, resolved: Resolved, at: int, code: int, name: object) -> str | Kept:
    if isinstance(name, str):
        return name
    if resolved.codes[at] == NEW:
        return default_name(str(code)[6:10], rows.keys[at])
    return KEEP
