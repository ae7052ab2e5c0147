"""Outlines and heights of wholes that draw nothing themselves, from their parts.

A building or a storey is seldom drawn: it is where its walls, slabs and rooms are.
"""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import shapely
from ifcopenshell import entity_instance
from shapely.geometry.base import BaseGeometry

from spatial.models.ifc.attributes import belongs, kind, number, one, value
from spatial.models.ifc.placement import Matrix, Placements
from spatial.models.ifc.structure import Tree

_NO_PART: Final = (
    "IfcAnnotation",
    "IfcFeatureElementSubtraction",
    "IfcGrid",
    "IfcPort",
    "IfcVirtualElement",
)
_NO_WHOLE: Final = ("IfcSite", "IfcSpatialZone")
"""A site holds more than what stands on it; its outline is drawn or unknown."""


class Body(NamedTuple):
    """What a product covers, and from where to where it reaches.

    Attributes:
        outline: in the CRS of the map.
        base_m: lowest height.
        top_m: highest height.
        volume_m3: None where it is not closed or not drawn.
        drawn: whether the product draws this itself.
    """

    outline: BaseGeometry | None
    base_m: float | None
    top_m: float | None
    volume_m3: float | None = None
    drawn: bool = True


NOTHING: Final = Body(None, None, None, drawn=False)


def with_wholes(
    tree: Tree, products: Mapping[int, entity_instance], drawn: Mapping[int, Body]
) -> dict[int, Body]:
    """Return bodies of products and of the wholes that are made of them."""
    found = dict(drawn)
    parts: dict[int, list[int]] = {}
    for part in reversed(tree.order):
        product = products[part]
        if part not in found and part in parts and not _is(product, _NO_WHOLE):
            found[part] = _together([found[each] for each in parts[part]])
        whole = tree.whole.get(part)
        if whole is not None and part in found and not _is(product, _NO_PART):
            parts.setdefault(whole, []).append(part)
    return found


def storeys(
    tree: Tree,
    products: Mapping[int, entity_instance],
    bodies: dict[int, Body],
    placements: Placements,
    height: Matrix,
) -> None:
    """Give storeys the heights of their floors: from their own to that of the next one above.

    Args:
        tree: of the products.
        products: by STEP id.
        bodies: of products; those of storeys change.
        placements: multiplies placements out, in project units.
        height: (2,) metres of the map's height for one project unit, and that of the model's zero.
    """
    by_building: dict[int | None, list[int]] = {}
    for number_of in tree.order:
        if kind(products[number_of]) == "IfcBuildingStorey":
            by_building.setdefault(tree.whole.get(number_of), []).append(number_of)
    for of_building in by_building.values():
        found = _floors([products[each] for each in of_building], placements)
        floors = [float(each * height[0] + height[1]) for each in found]
        for floor, storey in zip(floors, of_building, strict=True):
            body = bodies.get(storey, NOTHING)
            top = min((other for other in floors if other > floor), default=body.top_m)
            top = None if top is not None and top < floor else top
            bodies[storey] = body._replace(base_m=floor, top_m=top)


def _floors(of_building: list[entity_instance], placements: Placements) -> list[float]:
    """Return the heights of floors in project units.

    Their places count before their words, unless these places tell no floor from another.
    """
    placed = [placements.frame(storey)[3][2] for storey in of_building]
    said = [number(value(storey, "Elevation")) or 0.0 for storey in of_building]
    if len(set(placed)) == 1 < len(placed):
        return [placed[0] + up for up in said]
    alone = len(placed) == 1
    nowhere = [one(storey, "ObjectPlacement") is None for storey in of_building]
    found = zip(placed, said, nowhere, strict=True)
    return [up if missing or (alone and not at) else at for at, up, missing in found]


def _together(bodies: Sequence[Body]) -> Body:
    outlines = [body.outline for body in bodies if body.outline is not None]
    areas = [each for each in outlines if each.area > 0]
    united = shapely.union_all(areas or outlines) if outlines else None
    bases = [body.base_m for body in bodies if body.base_m is not None]
    tops = [body.top_m for body in bodies if body.top_m is not None]
    return Body(united, min(bases, default=None), max(tops, default=None), drawn=False)


def _is(product: entity_instance, classes: tuple[str, ...]) -> bool:
    return any(belongs(product, name) for name in classes)
