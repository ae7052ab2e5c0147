"""Which elements of a model become entities, as rows that an import of features could have."""

from typing import Any

import numpy as np
import shapely

from data.importing import ImportMap
from data.reference import entity_classes
from data.reference.class_properties import property_kinds
from data.reference.parts import may_be_part_of
from spatial.files import FeatureTable
from spatial.files.layer import objects
from spatial.models import Element
from spatial.models.placing import PlacedElements

_ADDRESSED = frozenset({"8103"})
"""Spaces: so many that the serials of a county would end; they are addressed by their key."""
_STOREY = "8102"
_CODED_ROLES = ("thing", "area")
"""A device of a model is what stands in a plan, and becomes an entity when one reports."""


def is_coded(element: Element) -> bool:
    """Tell whether an element gets an entity code of its own."""
    klass = entity_classes().get(element.klass)
    return klass is not None and klass.role in _CODED_ROLES and element.klass not in _ADDRESSED


class CodedRows:
    """Collects the elements that become entities, and what each is a part of."""

    def __init__(self) -> None:
        self._parents: dict[str, str] = {}
        self._classes: dict[str, str] = {}
        self._numbers: list[int] = []
        self._elements: list[Element] = []
        self._shapes: list[Any] = []

    def take(self, placed: PlacedElements) -> None:
        """Take the coded ones of some elements; wholes come before their parts."""
        found = zip(placed.numbers.tolist(), placed.elements, placed.shapes, strict=True)
        for number, element, shape in found:
            if element.parent is not None:
                self._parents[element.key] = element.parent
            if is_coded(element):
                self._classes[element.key] = element.klass
                self._numbers.append(number)
                self._elements.append(element)
                self._shapes.append(shape)

    def table(self, format_name: str) -> FeatureTable:
        """Return the rows, with the columns that ``import_map`` names."""
        elements = self._elements
        columns: dict[str, list[str] | list[str | None] | list[float | None]] = {
            "key": [element.key for element in elements],
            "class": [element.klass for element in elements],
            "name": [element.name or None for element in elements],
            "height_m": [_height_m(element) for element in elements],
            "elevation_m": [_elevation_m(element) for element in elements],
            "whole": [self._whole(element) for element in elements],
        }
        shapes = objects(self._shapes)
        return FeatureTable(
            rows=np.array(self._numbers, dtype=np.int64),
            columns={name: objects(values) for name, values in columns.items()},
            geometry=shapes,
            refused=[],
            warnings=[],
            crs=None if shapely.is_missing(shapes).all() else "",
            format=format_name,
            layer=format_name,
        )

    def _whole(self, element: Element) -> str | None:
        """Return the key of the nearest coded element that this one may be a part of."""
        above, met = self._parents.get(element.key), {element.key}
        while above is not None and above not in met:
            met.add(above)
            if (klass := self._classes.get(above)) and may_be_part_of(element.klass, klass):
                return above
            above = self._parents.get(above)
        return None


def import_map(model: str, source: str, scheme: str, reason: str | None) -> ImportMap:
    """Return what the columns of ``CodedRows.table`` are in the register."""
    prefix = name_prefix(model, scheme)
    return ImportMap.model_validate(
        {
            "model": model,
            "source": source,
            "reason": reason,
            "key": {"scheme": scheme, "column": "key", "prefix": prefix},
            "class": "class",
            "fields": {"name": "name", "height_m": "height_m"},
            "properties": {"elevation_m": "elevation_m"},
            "parent": {"scheme": scheme, "column": "whole", "prefix": prefix},
        }
    )


def name_prefix(model: str, scheme: str) -> str:
    """Return what stands before a key in the name that the register keeps."""
    return f"{model}/" if scheme == "model" else ""


def _elevation_m(element: Element) -> float | None:
    """Return the height of a storey's floor, by which devices are told to be in it."""
    kind = property_kinds(element.klass).get("elevation_m")
    if element.klass != _STOREY or kind is None or element.base_m is None:
        return None
    known = (kind.low or 0.0) <= element.base_m <= (kind.high or 0.0)
    return round(element.base_m, 3) if known else None


def _height_m(element: Element) -> float | None:
    if element.base_m is None or element.top_m is None:
        return None
    return round(element.top_m - element.base_m, 3)
