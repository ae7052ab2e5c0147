"""Opens a model for its elements, wholes before their parts, with or without their geometry."""

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
import shapely
from ifcopenshell import entity_instance

from spatial.models.ifc import inspecting, whereabouts
from spatial.models.ifc.attributes import belongs, kind, number, one, text, value
from spatial.models.ifc.classes import bound
from spatial.models.ifc.map_crs import unit_of
from spatial.models.ifc.meshing import USUAL, Limits, Meshing
from spatial.models.ifc.opening import Opened, opened, products
from spatial.models.ifc.outline import Covered, covered
from spatial.models.ifc.placement import Matrix, Placements
from spatial.models.ifc.properties import Properties
from spatial.models.ifc.structure import Tree, tree
from spatial.models.ifc.wholes import NOTHING, Body, storeys, with_wholes
from spatial.models.model import Element, Json, Model, Progress, RefusedElement

_NOT_DRAWN: Final = ("IfcAlignmentSegment", "IfcFeatureElementSubtraction", "IfcAnnotation")
"""Holes and notes cover nothing; the segments of an alignment are drawn by the alignment."""
_REPRESENTATION: Final = 6
_NOTHING_MADE: Final = "the geometry library makes nothing of it that could be seen from above"
_SHOWN: Final = 60


def open_model(path: Path, *, geometry: bool = True, limits: Limits = USUAL) -> Model:
    """Open a model.

    Args:
        path: a local file, STEP or ifcZIP.
        geometry: whether shapes, heights and volumes are wanted; without, a product whose place is
            known is a point.
        limits: how long the geometry may take.

    Raises:
        FileRefusedError: the file as a whole cannot be taken.
    """
    read = _Reading(opened(path), geometry=geometry, limits=limits)
    return Model(
        format=inspecting.FORMAT,
        schema=read.model.schema,
        crs=read.where.crs,
        height_datum=read.where.height_datum,
        accuracy_m=read.where.accuracy_m,
        elements=read.elements,
        warnings=read.warnings,
    )


class _Reading:
    """One opened model, and what was found out about it."""

    def __init__(self, model: Opened, *, geometry: bool, limits: Limits) -> None:
        self.model = model
        self._geometry = geometry
        self._limits = limits
        self._products: dict[int, entity_instance] = {
            product.id(): product for product in products(model.file)
        }
        self._placements = Placements()
        self._project_m, about_unit = inspecting.length_unit(model.file)
        every = list(self._products.values())
        points = whereabouts.places(every, self._placements) * self._project_m
        self.where = inspecting.place(model.file, points, self._placements, self._project_m)
        self._to_map: Matrix = np.eye(4) if self.where.to_map is None else self.where.to_map
        self._unit_m = 1.0 if self.where.crs is None else unit_of(self.where.crs)
        self._tree = tree(model.file, every)
        self._refused = dict(_refused(every))
        self._indoors = _indoors(self._tree, self._products)
        self.warnings = (
            *model.warnings,
            *about_unit,
            *inspecting.about_projects(model.file),
            *inspecting.about_ids(every),
            *_about_circles(self._tree, self._products),
            *self.where.warnings,
        )

    def elements(self, progress: Progress) -> Iterator[Element | RefusedElement]:
        """Yield the elements, wholes before their parts."""
        failed: Mapping[int, str] = {}
        bodies: Mapping[int, Body] = {}
        if self._geometry:
            bodies, failed = self._bodies(progress)
        properties = Properties(self.model.file)
        total = len(self._tree.order)
        for done, number_of in enumerate(self._tree.order, 1):
            product = self._products[number_of]
            if number_of in self._refused:
                yield RefusedElement(_key(product), self._refused[number_of])
            else:
                said = properties.of(product)
                if number_of in failed:
                    said["geometry_failed"] = failed[number_of]
                yield self._element(product, said, bodies.get(number_of))
            progress("elements", done, total)

    def _bodies(self, progress: Progress) -> tuple[dict[int, Body], Mapping[int, str]]:
        wanted = [number for number, product in self._products.items() if _draws(product)]
        meshing: Meshing[Covered | None] = Meshing(
            self.model.file, partial(covered, to_map=self._to_map), self._limits
        )
        drawn = {each.product: _body(each) for each in meshing.run(wanted, progress) if each}
        bodies = with_wholes(self._tree, self._products, drawn)
        height = np.array([self._to_map[2, 2] * self._project_m, self._to_map[2, 3]])
        storeys(self._tree, self._products, bodies, self._placements, height)
        nothing = dict.fromkeys((each for each in wanted if each not in drawn), _NOTHING_MADE)
        return bodies, nothing | meshing.failed

    def _element(
        self, product: entity_instance, said: dict[str, Json], body: Body | None
    ) -> Element:
        body = body or NOTHING
        whole = self._tree.whole.get(product.id())
        parent = self._products[whole] if whole is not None else None
        if parent is None:
            said |= _project(self.model)
        outline = body.outline if self._geometry else self._point(product)
        return Element(
            key=_key(product),
            native_class=kind(product),
            klass=self._class(product, str(said.get("predefined_type", ""))),
            name=text(product, "Name"),
            parent=None if parent is None or whole in self._refused else _key(parent),
            shape=outline,
            base_m=body.base_m,
            top_m=body.top_m,
            measures=_measures(product, body, self._unit_m),
            properties=said | self._elevation(product),
        )

    def _class(self, product: entity_instance, predefined_type: str) -> str:
        indoors = product.id() in self._indoors
        return bound(kind(product), predefined_type, indoors=indoors).entity_class

    def _point(self, product: entity_instance) -> shapely.Point | None:
        if one(product, "ObjectPlacement") is None:
            return None
        local = np.append(np.array(self._placements.frame(product)[3]) * self._project_m, 1.0)
        east, north = (self._to_map @ local)[:2].tolist()
        return shapely.Point(east, north) if math.isfinite(east + north) else None

    def _elevation(self, product: entity_instance) -> dict[str, Json]:
        """Return what a storey says of its own height, in metres above the project's zero."""
        said = number(value(product, "Elevation")) if kind(product) == "IfcBuildingStorey" else None
        return {} if said is None else {"elevation_m": said * self._project_m}


def _indoors(tree_of: Tree, known: Mapping[int, entity_instance]) -> set[int]:
    """Return the STEP ids of all that is part of a building."""
    found: set[int] = set()
    for number_of in tree_of.order:
        whole = tree_of.whole.get(number_of)
        if whole is not None and (whole in found or kind(known[whole]) == "IfcBuilding"):
            found.add(number_of)
    return found


def _draws(product: entity_instance) -> bool:
    return product.get_argument(_REPRESENTATION) is not None and not any(
        belongs(product, name) for name in _NOT_DRAWN
    )


def _body(found: Covered) -> Body:
    outline = None if found.outline is None else shapely.from_wkb(found.outline)
    return Body(outline, found.base_m, found.top_m, found.volume_m3)


def _measures(product: entity_instance, body: Body, unit_m: float) -> dict[str, float]:
    found: dict[str, float] = {}
    if body.base_m is not None and body.top_m is not None:
        found["height_m"] = body.top_m - body.base_m
    if body.volume_m3 is not None:
        found["volume_m3"] = body.volume_m3
    if body.outline is not None and body.outline.area > 0:
        found["footprint_area_m2"] = body.outline.area * unit_m**2
    if belongs(product, "IfcAlignment") and body.outline is not None:
        found["length_m"] = body.outline.length * unit_m
    return found


def _key(product: entity_instance) -> str:
    """Return the GlobalId, and the number within the file where there is none."""
    return inspecting.global_id(product) or f"#{product.id()}"


def _refused(every: list[entity_instance]) -> Iterator[tuple[int, str]]:
    """Yield products that cannot be told from another one, with the reason."""
    counts = Counter(map(inspecting.global_id, every))
    first: dict[str, int] = {}
    for product in every:
        said = inspecting.global_id(product)
        if said is None:
            yield product.id(), f"{kind(product)} #{product.id()} has no GlobalId"
        elif said in first:
            shared = f"GlobalId {said[:_SHOWN]!r} of #{product.id()} is that of #{first[said]} too"
            yield product.id(), f"{shared}: {counts[said]} products share it"
        else:
            first[said] = product.id()


def _about_circles(tree_of: Tree, known: Mapping[int, entity_instance]) -> Iterator[str]:
    for number_of in tree_of.circles:
        product = known[number_of]
        yield f"{kind(product)} #{number_of} is part of itself: it stands alone now"


def _project(model: Opened) -> dict[str, Json]:
    """Return the project, which is said of the topmost elements: it is no product itself."""
    for project in model.file.by_type("IfcProject"):
        name = text(project, "LongName") or text(project, "Name")
        return {"project": {"key": text(project, "GlobalId"), "name": name}}
    return {}
