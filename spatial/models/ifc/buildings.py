"""Writes a model for 3-D: a glTF file for each building, road or railway of it."""

import re
from collections.abc import Callable, Iterator
from operator import attrgetter
from pathlib import Path
from typing import Any, Final, NamedTuple

import ifcopenshell
import numpy as np
from ifcopenshell import entity_instance

from spatial.models.ifc import glb, inspecting, whereabouts
from spatial.models.ifc.attributes import belongs, kind, text
from spatial.models.ifc.georeferencing import Georeference
from spatial.models.ifc.mesh import Mesh
from spatial.models.ifc.meshing import USUAL, Limits, Meshing
from spatial.models.ifc.opening import opened, products
from spatial.models.ifc.placement import Placements, Vector
from spatial.models.ifc.structure import Tree, tree
from spatial.models.model import Progress, silent

REST: Final = "rest"
"""What belongs to no building: the ground, trees, alignments."""
_FACILITIES: Final = ("IfcBuilding", "IfcFacility")
_NOT_SHOWN: Final = (
    "IfcAlignment",
    "IfcAlignmentSegment",
    "IfcAnnotation",
    "IfcFeatureElementSubtraction",
    "IfcGrid",
    "IfcSpace",
    "IfcSpatialZone",
    "IfcVirtualElement",
)
_UNFIT: Final = re.compile(r"[^0-9A-Za-z_-]")
_REPRESENTATION: Final = 6


class Building3D(NamedTuple):
    """One glTF file.

    Attributes:
        key: GlobalId of the building; ``rest`` for what belongs to none.
        path: the file. Its y axis is up, its x axis that of the model.
        products: number of products that are drawn in it.
        origin: point of the file's zero in the model, metres.
        place: the same in the CRS, and its height in metres; None where the model has no place.
        crs: ``EPSG:n`` or WKT; None where the model does not say.
        to_map: 16 numbers, row by row, from metres of the file (z up) to the CRS; None alike.
    """

    key: str
    path: Path
    products: int
    origin: Vector
    place: Vector | None
    crs: str | None
    to_map: tuple[float, ...] | None


def write_buildings(
    path: Path, folder: Path, *, progress: Progress = silent, limits: Limits = USUAL
) -> tuple[Building3D, ...]:
    """Write a glTF file for each building or other facility of a model.

    Args:
        path: a local file, STEP or ifcZIP.
        folder: where the files go; they are named after the GlobalId of the building.
        progress: is told how many products are done.
        limits: how long the geometry may take.

    Raises:
        FileRefusedError: the file as a whole cannot be taken.
    """
    file = opened(path).file
    every = products(file)
    placements = Placements()
    project_m, _ = inspecting.length_unit(file)
    points = whereabouts.places(every, placements) * project_m
    where = inspecting.place(file, points, placements, project_m)
    known = {product.id(): product for product in every}
    labels = {number: _label(product) for number, product in known.items()}
    facility = _facilities(tree(file, every), known)
    return tuple(
        _written(folder, key, sorted(meshes, key=attrgetter("product")), labels, where)
        for key, meshes in _by_facility(file, known, facility, progress, limits).items()
    )


def _by_facility(
    file: ifcopenshell.file,
    known: dict[int, entity_instance],
    facility: dict[int, str],
    progress: Progress,
    limits: Limits,
) -> dict[str, list[Mesh]]:
    wanted = [number for number, product in known.items() if _shown(product)]
    meshing: Meshing[Mesh] = Meshing(file, _itself, limits)
    found: dict[str, list[Mesh]] = {}
    for mesh in meshing.run(wanted, progress):
        if len(mesh.faces):
            found.setdefault(facility.get(mesh.product, REST), []).append(mesh)
    return found


def _itself(mesh: Mesh) -> Mesh:
    return mesh


def _facilities(tree_of: Tree, known: dict[int, entity_instance]) -> dict[int, str]:
    """Return the GlobalId of the outermost facility that each product belongs to."""
    found: dict[int, str] = {}
    for number in tree_of.order:
        whole = tree_of.whole.get(number)
        if whole in found:
            found[number] = found[whole]
        elif any(belongs(known[number], name) for name in _FACILITIES):
            found[number] = _label(known[number]).key
    return found


def _shown(product: entity_instance) -> bool:
    return product.get_argument(_REPRESENTATION) is not None and not any(
        belongs(product, name) for name in _NOT_SHOWN
    )


def _label(product: entity_instance) -> glb.Label:
    key = inspecting.global_id(product) or f"#{product.id()}"
    return glb.Label(key, kind(product), text(product, "Name"))


def _written(
    folder: Path,
    key: str,
    meshes: list[Mesh],
    labels: dict[int, glb.Label],
    where: Georeference,
) -> Building3D:
    origin = _origin(meshes)
    place, to_map = None, None
    if where.to_map is not None:
        shifted = where.to_map.copy()
        shifted[:3, 3] = (where.to_map @ np.append(origin, 1.0))[:3]
        x, y, z = shifted[:3, 3].tolist()
        place, to_map = (x, y, z), tuple(shifted.ravel().tolist())
    about = {"key": key, "origin": origin, "place": place, "crs": where.crs, "to_map": to_map}
    target = folder / f"{_UNFIT.sub('-', key)}.glb"
    count = glb.write(target, meshes, labels, origin, about)
    return Building3D(key, target, count, origin, place, where.crs, to_map)


def _origin(meshes: list[Mesh]) -> Vector:
    """Return the middle of the ground that meshes stand on, in whole metres."""
    low = np.min(list(_ends(meshes, np.min)), axis=0)
    high = np.max(list(_ends(meshes, np.max)), axis=0)
    x, y = ((low + high) / 2)[:2].round().tolist()
    return float(x), float(y), float(low[2].round())


def _ends(meshes: list[Mesh], end: Callable[..., Any]) -> Iterator[Any]:
    for mesh in meshes:
        yield end(mesh.points, axis=0)
