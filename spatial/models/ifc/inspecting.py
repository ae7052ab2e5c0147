"""Says what a model holds: products by class, schema, place; no geometry is computed."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import ifcopenshell
import numpy as np
from ifcopenshell import entity_instance

from spatial.crs import WGS84, transform
from spatial.files import Inspection
from spatial.files.inspection import Bounds
from spatial.models.ifc import units, whereabouts
from spatial.models.ifc.attributes import kind
from spatial.models.ifc.georeferencing import Georeference, Surroundings, georeference
from spatial.models.ifc.opening import opened, products
from spatial.models.ifc.placement import Matrix, Placements
from spatial.models.model import Progress

FORMAT: Final = "IFC"
GLOBAL_ID = re.compile(r"[0-3][0-9A-Za-z_$]{21}")
"""128 bits in base 64 (ISO 16739-1, IfcGloballyUniqueId)."""


def inspect(path: Path, progress: Progress) -> Inspection:
    """Say what a model holds.

    Raises:
        FileRefusedError: the file as a whole cannot be taken.
    """
    progress("reading", 0, 1)
    model = opened(path)
    every = products(model.file)
    counts = Counter(kind(product) for product in every)
    placements = Placements()
    project_m, about_unit = length_unit(model.file)
    points = whereabouts.places(every, placements) * project_m
    where = place(model.file, points, placements, project_m)
    progress("reading", 1, 1)
    return Inspection(
        format=FORMAT,
        schema=model.schema,
        crs=where.said,
        bounds=bounds(points, where),
        counts=dict(sorted(counts.items())),
        warnings=[
            *model.warnings,
            *about_unit,
            *about_projects(model.file),
            *about_ids(every),
            *where.warnings,
        ],
    )


def length_unit(file: ifcopenshell.file) -> tuple[float, tuple[str, ...]]:
    """Return metres of one unit of length, and a sentence where the project does not say."""
    found = units.scale(units.project_units(file).get("LENGTHUNIT"))
    if found is None:
        return 1.0, ("the project says no unit of length that is known: read as metres",)
    return found, ()


def place(
    file: ifcopenshell.file, points: Matrix, placements: Placements, project_m: float
) -> Georeference:
    """Tell where a model stands, by (n, 3) points of it in metres."""
    middle = np.median(points, axis=0) if len(points) else np.zeros(3)
    return georeference(Surroundings(file, project_m, middle, placements))


def bounds(points: Matrix, where: Georeference) -> Bounds | None:
    """Return the bounds of (n, 3) points in WGS 84, of the model's origin where there are none."""
    if where.to_map is None or where.crs is None:
        return None
    local = points if len(points) else np.zeros((1, 3))
    with np.errstate(all="ignore"):
        x, y, _ = where.to_map[:3, :3] @ local.T + where.to_map[:3, 3:]
        longitude, latitude = transform(x, y, where.crs, WGS84, anywhere=True)
    real = np.isfinite(longitude) & np.isfinite(latitude)
    if not real.any():
        return None
    west, east = np.percentile(longitude[real], (0, 100)).round(7).tolist()
    south, north = np.percentile(latitude[real], (0, 100)).round(7).tolist()
    return west, south, east, north


def about_projects(file: ifcopenshell.file) -> Iterator[str]:
    """Yield a sentence where there is not the one project that there has to be."""
    projects = file.by_type("IfcProject")
    if not projects:
        yield "holds no IfcProject: expected one, with units and contexts"
    if len(projects) > 1:
        names = ", ".join(f"#{each.id()}" for each in projects)
        yield f"holds {len(projects)} of IfcProject ({names}): expected one"


def about_ids(every: Sequence[entity_instance]) -> Iterator[str]:
    """Yield sentences about products that cannot be told from one another, or have odd names."""
    ids = Counter(said for said in map(global_id, every) if said)
    twice = [said for said, count in ids.items() if count > 1]
    if twice:
        yield f"{len(twice)} GlobalIds are used more than once, e.g. {twice[0]!r}"
    odd = [said for said in ids if not GLOBAL_ID.fullmatch(said)]
    if odd:
        yield (
            f"{len(odd)} GlobalIds are not the 22 characters of the standard, e.g. {odd[0][:60]!r}"
        )
    without = len(every) - ids.total()
    if without:
        yield f"{without} products have no GlobalId"


def global_id(product: entity_instance) -> str | None:
    """Return the GlobalId of a product, None where it has none."""
    said = product.get_argument(0) if len(product) else None
    return said if isinstance(said, str) and said else None
