"""Small CityJSON documents, and what comes of them."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from spatial.models import Element, RefusedElement, silent
from spatial.models.cityjson.format import CITYJSON
from spatial.models.model import Model

RD = "https://www.opengis.net/def/crs/EPSG/0/7415"
"""Dutch grid and heights: places around (100000, 450000) lie in Delft."""
BOX = [
    [[0, 3, 2, 1]],
    [[4, 5, 6, 7]],
    [[0, 1, 5, 4]],
    [[1, 2, 6, 5]],
    [[2, 3, 7, 6]],
    [[3, 0, 4, 7]],
]
"""Floor, roof and walls of the first box of the vertices."""
KINDS = [{"type": kind} for kind in ("GroundSurface", "RoofSurface", "WallSurface")]


def corners(x: int = 0, y: int = 0, z: int = 0, *, size: int = 1000) -> list[list[int]]:
    """Eight corners of a cube, whole numbers of millimetres."""
    plan = [(x, y), (x + size, y), (x + size, y + size), (x, y + size)]
    return [[*place, height] for height in (z, z + size) for place in plan]


def shifted(boundaries: list[Any], by: int) -> list[Any]:
    """The same boundaries between other vertices."""
    return [shifted(each, by) if isinstance(each, list) else each + by for each in boundaries]


def solid(lod: object = "2", by: int = 0, **members: object) -> dict[str, Any]:
    """A cube."""
    return {"type": "Solid", "lod": lod, "boundaries": [shifted(BOX, by)], **members}


def surfaces(lod: object = "2", by: int = 0, **members: object) -> dict[str, Any]:
    """The faces of a cube."""
    return {"type": "MultiSurface", "lod": lod, "boundaries": shifted(BOX, by), **members}


def building(*geometry: object, **members: object) -> dict[str, Any]:
    """A building."""
    return {"type": "Building", "geometry": list(geometry), **members}


def document(
    objects: Mapping[str, object], vertices: Sequence[object] | None = None, **members: object
) -> dict[str, Any]:
    """A document in Delft with one cube, or other vertices; a member of None is left out.

    ``geometry_templates`` is the member ``geometry-templates``.
    """
    whole = {
        "type": "CityJSON",
        "version": "2.0",
        "transform": {"scale": [0.001, 0.001, 0.001], "translate": [85000, 447000, 0]},
        "metadata": {"referenceSystem": RD},
        "CityObjects": dict(objects),
        "vertices": corners() if vertices is None else list(vertices),
        **members,
    }
    return {name.replace("_", "-"): each for name, each in whole.items() if each is not None}


def written(folder: Path, *documents: object) -> Path:
    """A file of one document, or a sequence of several."""
    path = folder / ("model.city.jsonl" if len(documents) > 1 else "model.city.json")
    path.write_text("\n".join(map(json.dumps, documents)), encoding="utf-8")
    return path


def opened(path: Path) -> Model:
    """The model of a file."""
    assert CITYJSON.open is not None
    return CITYJSON.open(path)


def read(folder: Path, *documents: object) -> tuple[dict[str, Element], dict[str, str], Model]:
    """Elements by key, reasons of the refused ones, and the model."""
    model = opened(written(folder, *documents))
    found = list(model.elements(silent))
    taken = [each for each in found if isinstance(each, Element)]
    refused = [each for each in found if isinstance(each, RefusedElement)]
    assert len({each.key for each in taken}) == len(taken)
    return {each.key: each for each in taken}, dict(refused), model


def one(
    folder: Path, thing: object, vertices: Sequence[object] | None = None, **members: object
) -> Element:
    """The element that one CityObject becomes."""
    taken, refused, _ = read(folder, document({"a": thing}, vertices, **members))
    assert not refused
    return taken["a"]


def reason(
    folder: Path, thing: object, vertices: Sequence[object] | None = None, **members: object
) -> str:
    """Why one CityObject is refused."""
    taken, refused, _ = read(folder, document({"a": thing}, vertices, **members))
    assert not taken
    return refused["a"]
