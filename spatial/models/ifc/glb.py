"""Writes meshes as binary glTF 2.0 (ISO/IEC 12113:2022), one node for each product."""

import json
import struct
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from spatial.models.ifc.mesh import Mesh
from spatial.models.ifc.placement import Vector

_MAGIC: Final = 0x46546C67
_VERSION: Final = 2
_JSON: Final = 0x4E4F534A
_BINARY: Final = 0x004E4942
_FLOAT: Final = 5126
_UNSIGNED_INT: Final = 5125
_ARRAY_BUFFER: Final = 34962
_ELEMENT_ARRAY_BUFFER: Final = 34963
_TRIANGLES: Final = 4
_PLAIN: Final = (0.75, 0.75, 0.75, 1.0)
_Y_UP: Final = [1, 0, 0, 0, 0, 0, -1, 0, 0, 1, 0, 0, 0, 0, 0, 1]
"""Turns z up, as in IFC, to y up, as in glTF (3.4); column by column."""


class Label(NamedTuple):
    """What a product is called in the file: its node's name and its extras."""

    key: str
    native_class: str
    name: str


def write(
    target: Path, meshes: Iterable[Mesh], labels: Mapping[int, Label], origin: Vector, about: object
) -> int:
    """Write a file, and return the number of products in it.

    Args:
        target: the file.
        meshes: of the products, in metres of the model.
        labels: by STEP id.
        origin: point of the model that is zero in the file; float32 is exact only near it.
        about: extras of the scene.
    """
    parts = _Parts()
    for mesh in meshes:
        parts.add(mesh, labels[mesh.product], np.array(origin))
    document = parts.document(about)
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 4)
    binary = b"".join(parts.binary)
    with target.open("wb") as file:
        file.write(struct.pack("<III", _MAGIC, _VERSION, 28 + len(text) + len(binary)))
        file.write(struct.pack("<II", len(text), _JSON) + text)
        file.write(struct.pack("<II", len(binary), _BINARY) + binary)
    return len(parts.nodes)


class _Parts:
    """The lists of a glTF document."""

    def __init__(self) -> None:
        self.nodes: list[dict[str, Any]] = []
        self.binary: list[bytes] = []
        self._meshes: list[dict[str, Any]] = []
        self._accessors: list[dict[str, Any]] = []
        self._views: list[dict[str, Any]] = []
        self._materials: dict[tuple[float, ...], int] = {}
        self._length = 0

    def add(self, mesh: Mesh, label: Label, origin: NDArray[np.float64]) -> None:
        """Add a product; one that has no triangles is left out."""
        if not len(mesh.faces) or not np.isfinite(mesh.points).all():
            return
        points = (mesh.points - origin).astype("<f4")
        positions = self._accessor(points, "VEC3", _ARRAY_BUFFER)
        self._accessors[positions] |= {
            "min": points.min(axis=0).tolist(),
            "max": points.max(axis=0).tolist(),
        }
        primitives = [
            {
                "attributes": {"POSITION": positions},
                "indices": self._accessor(
                    mesh.faces[mesh.surface == surface].astype("<u4").reshape(-1),
                    "SCALAR",
                    _ELEMENT_ARRAY_BUFFER,
                ),
                "material": self._material(mesh, int(surface)),
                "mode": _TRIANGLES,
            }
            for surface in np.unique(mesh.surface)
        ]
        self._meshes.append({"primitives": primitives})
        extras = {"key": label.key, "class": label.native_class, "name": label.name}
        self.nodes.append({"name": label.key, "mesh": len(self._meshes) - 1, "extras": extras})

    def document(self, about: object) -> dict[str, Any]:
        """Return the document as JSON has it; lists that are empty are not allowed to be there."""
        children = list(range(1, len(self.nodes) + 1))
        root = {"name": "model", "matrix": _Y_UP} | ({"children": children} if children else {})
        lists = {
            "meshes": self._meshes,
            "accessors": self._accessors,
            "bufferViews": self._views,
            "materials": [_material(colour) for colour in self._materials],
            "buffers": [{"byteLength": self._length}] if self._length else [],
        }
        return {
            "asset": {"version": "2.0", "generator": "CityTwin"},
            "scene": 0,
            "scenes": [{"nodes": [0], "extras": about}],
            "nodes": [root, *self.nodes],
        } | {name: each for name, each in lists.items() if each}

    def _accessor(self, array: NDArray[Any], kind: str, target: int) -> int:
        data = array.tobytes()
        self._views.append(
            {"buffer": 0, "byteOffset": self._length, "byteLength": len(data), "target": target}
        )
        self.binary.append(data)  # four bytes each, so that every view begins at a multiple of four
        self._length += len(data)
        self._accessors.append(
            {
                "bufferView": len(self._views) - 1,
                "componentType": _FLOAT if array.dtype.kind == "f" else _UNSIGNED_INT,
                "count": len(array),
                "type": kind,
            }
        )
        return len(self._accessors) - 1

    def _material(self, mesh: Mesh, surface: int) -> int:
        known = 0 <= surface < len(mesh.colours)
        colour = tuple(mesh.colours[surface].round(4).tolist()) if known else _PLAIN
        return self._materials.setdefault(colour, len(self._materials))


def _material(colour: tuple[float, ...]) -> dict[str, Any]:
    surface = {"baseColorFactor": list(colour), "metallicFactor": 0.0, "roughnessFactor": 0.9}
    found: dict[str, Any] = {"pbrMetallicRoughness": surface, "doubleSided": True}
    return found | ({"alphaMode": "BLEND"} if colour[3] < 1 else {})
