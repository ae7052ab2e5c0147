"""Drafts of CityObjects made elements."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import shapely

from spatial.models.cityjson.describing import Draft
from spatial.models.cityjson.header import extent_of
from spatial.models.cityjson.tables import class_of
from spatial.models.frames.placing import Frame
from spatial.models.frames.wording import shown
from spatial.models.model import Element, Json, RefusedElement

# Members of a CityObject that say how it is drawn and linked; the others are kept.
_STRUCTURE = frozenset(
    {"type", "attributes", "geometry", "parents", "children", "geographicalExtent", "bbox"}
)


def finished(drafts: Sequence[Draft], frame: Frame) -> Iterator[Element | RefusedElement]:
    """Give the elements in their order; parts of a refused whole have none."""
    refused: set[str] = set()
    for draft in drafts:
        sketch = draft.sketch
        if sketch.reason is None:
            yield _element(draft, refused, frame)
        else:
            refused.add(sketch.member.key)
            yield RefusedElement(sketch.member.key, sketch.reason)


def _element(draft: Draft, refused: set[str], frame: Frame) -> Element:
    key, thing, parent = draft.sketch.member
    if draft.shape is None and draft.base_m is None:
        _fall_back(draft, thing, frame)
    if parent in refused:
        draft.notes.append(f"its parent {parent!r} is refused")
        parent = None
    attributes = thing.get("attributes")
    if attributes is not None and not isinstance(attributes, dict):
        draft.notes.append(f"its attributes are {shown(attributes)}: expected an object")
        attributes = None
    properties = _properties(thing, attributes or {}, draft)
    name = properties.get("name")
    row = class_of(thing["type"], properties)
    return Element(
        key=key,
        native_class=thing["type"],
        klass="" if row.part else row.code,
        name=name if isinstance(name, str) else "",
        parent=parent,
        shape=draft.shape,
        base_m=draft.base_m,
        top_m=draft.top_m,
        lods=tuple(draft.sketch.lods),
        measures=draft.measures,
        properties=properties,
    )


def _properties(thing: dict[str, Any], attributes: dict[str, Any], draft: Draft) -> dict[str, Json]:
    properties: dict[str, Json] = {**attributes, **draft.about}
    if not thing.keys() <= _STRUCTURE:
        for member, value in thing.items():
            if member not in _STRUCTURE:
                properties.setdefault(member, value)
    if draft.notes:
        properties["measured.notes"] = list(draft.notes)
    return properties


def _fall_back(draft: Draft, thing: dict[str, Any], frame: Frame) -> None:
    """Take the box that a CityObject says it is in, where it draws nothing."""
    extent = extent_of(thing.get("geographicalExtent", thing.get("bbox")))
    if extent is None:
        return
    corners = np.array(extent).reshape(2, 3)
    metres = frame.metres(corners)
    if not np.isfinite(metres).all():
        return
    (west, south), (east, north) = frame.plan(corners).tolist()
    draft.shape = shapely.box(west, south, east, north)
    draft.base_m, draft.top_m = sorted(metres[:, 2].tolist())
    draft.measures["height_m"] = draft.top_m - draft.base_m
    draft.about["measured.outline"] = draft.about["measured.geometry"] = "geographicalExtent"
