"""What is part of what: the tree of a model, from its relations."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple

import ifcopenshell
from ifcopenshell import entity_instance

from spatial.models.ifc.attributes import many, one

_RELATIONS: Final = (
    # The first one that says a whole of a part wins.
    ("IfcRelAggregates", "RelatingObject", "RelatedObjects"),
    ("IfcRelNests", "RelatingObject", "RelatedObjects"),
    ("IfcRelContainedInSpatialStructure", "RelatingStructure", "RelatedElements"),
    ("IfcRelVoidsElement", "RelatingBuildingElement", "RelatedOpeningElement"),
    ("IfcRelProjectsElement", "RelatingElement", "RelatedFeatureElement"),
    ("IfcRelAdheresToElement", "RelatingElement", "RelatedSurfaceFeatures"),
    ("IfcRelFillsElement", "RelatingOpeningElement", "RelatedBuildingElement"),
    ("IfcRelConnectsPortToElement", "RelatedElement", "RelatingPort"),
)


class Tree(NamedTuple):
    """Products in the order of wholes before their parts.

    Attributes:
        order: STEP ids.
        whole: STEP id of the whole of each product that has one.
        circles: STEP ids of products that were part of themselves; they have no whole now.
    """

    order: tuple[int, ...]
    whole: Mapping[int, int]
    circles: tuple[int, ...]


def tree(file: ifcopenshell.file, products: Iterable[entity_instance]) -> Tree:
    """Return the tree of the products; projects are no products and stay out of it."""
    known = [product.id() for product in products]
    members = set(known)
    whole: dict[int, int] = {}
    for part, of in _said(file):
        if part in members and of in members and part != of:
            whole.setdefault(part, of)
    circles = tuple(_circles(whole))
    for part in circles:
        del whole[part]
    parts: dict[int, list[int]] = {}
    for number in known:
        if number in whole:
            parts.setdefault(whole[number], []).append(number)
    roots = [number for number in known if number not in whole]
    return Tree(tuple(_downwards(roots, parts)), whole, circles)


def _said(file: ifcopenshell.file) -> Iterator[tuple[int, int]]:
    """Yield part and whole of every relation."""
    for name, of, parts in _RELATIONS:
        try:
            relations = file.by_type(name)
        except RuntimeError:  # an older schema does not know it
            continue
        for relation in relations:
            found = one(relation, of)
            if found is not None:
                number = found.id()
                yield from ((part.id(), number) for part in many(relation, parts))


def _circles(whole: Mapping[int, int]) -> Iterator[int]:
    """Yield one member of every circle."""
    clear: set[int] = set()
    for start in whole:
        path: dict[int, None] = {}
        at = start
        while at in whole and at not in clear and at not in path:
            path[at] = None
            at = whole[at]
        if at in path:
            yield at
        clear.update(path)


def _downwards(roots: list[int], parts: Mapping[int, list[int]]) -> Iterator[int]:
    waiting = roots[::-1]
    while waiting:
        at = waiting.pop()
        yield at
        waiting += parts.get(at, [])[::-1]
