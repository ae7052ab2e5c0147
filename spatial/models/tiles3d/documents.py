"""One tileset document: its tiles, walked without recursion, and the faults of some of them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from spatial.models.tiles3d.errors import BadVolumeError
from spatial.models.tiles3d.volumes import Bounds, Matrix, bounds, goes_around, matrix, numbers

VERSIONS = ("1.0", "1.1")
_IMPLICIT = "3DTILES_implicit_tiling"
_MULTIPLE = "3DTILES_multiple_contents"


class UnusableTilesetError(ValueError):
    """A document that is no tileset. Export it again as 3D Tiles 1.0 or 1.1."""


@dataclass(slots=True)
class Document:
    """What a tileset document says.

    Attributes:
        version: of the format.
        root: its root tile.
        tiles: how many there are.
        addresses: of contents and metadata, as they are written.
        templates: of contents and subtrees of implicit tiles.
        implicit: how many tiles stand for a whole tree of implicit ones.
        faults: sentences about single tiles.
    """

    version: str
    root: dict[str, Any]
    tiles: int = 0
    addresses: list[object] = field(default_factory=list)
    templates: list[object] = field(default_factory=list)
    implicit: int = 0
    faults: list[str] = field(default_factory=list)


def examine(found: dict[str, Any]) -> Document:
    """Walk the tiles of a document.

    Raises:
        UnusableTilesetError: it has no version that is known, or no root.
    """
    asset = found.get("asset")
    version = asset.get("version") if isinstance(asset, dict) else None
    if version not in VERSIONS:
        raise UnusableTilesetError(f"has asset version {version!r}: expected '1.0' or '1.1'")
    root = found.get("root")
    if not isinstance(root, dict):
        raise UnusableTilesetError(f"has the root {repr(root)[:60]}: expected a tile")
    document = Document(version=str(version), root=root)
    if "schemaUri" in found:
        document.addresses.append(found["schemaUri"])
    for place, tile in _tiles(root):
        _take(document, place, tile)
    return document


@np.errstate(all="ignore")
def extent(root: dict[str, Any]) -> Bounds | None:
    """Return the bounds of a tree: of its root, or of its parts where that says nothing.

    None where no volume of it lies on the globe.
    """
    found: list[Bounds] = []
    around: Bounds | None = None
    stack = [(root, np.eye(4))]
    while stack:
        tile, above = stack.pop()
        transform = _transform(tile, above)
        try:
            box = bounds(tile.get("boundingVolume"), transform)
        except BadVolumeError:
            box = None
        children = [child for child in _children(tile) if isinstance(child, dict)]
        if box is not None and (not goes_around(box) or not children):
            found.append(box)
        else:
            around = around or box
            stack += ((child, transform) for child in children)
    if not found:
        return around
    west, south = np.min(found, axis=0)[:2].round(7).tolist()
    east, north = np.max(found, axis=0)[2:].round(7).tolist()
    return west, south, east, north


def _tiles(root: dict[str, Any]) -> Iterator[tuple[str, object]]:
    stack: list[tuple[str, object]] = [("root", root)]
    while stack:
        place, tile = stack.pop()
        yield place, tile
        if isinstance(tile, dict):
            children = list(enumerate(_children(tile)))
            stack += ((f"{place}/{at}", child) for at, child in reversed(children))


def _children(tile: dict[str, Any]) -> list[object]:
    children = tile.get("children")
    return children if isinstance(children, list) else []


def _take(document: Document, place: str, tile: object) -> None:
    if not isinstance(tile, dict):
        document.faults.append(f"tile {place} is {repr(tile)[:60]}: expected an object")
        return
    document.tiles += 1
    document.faults += (f"tile {place}: {fault}" for fault in _faults(tile))
    implicit = _implicit(tile)
    addresses = [_address(content) for content in _contents(tile)]
    if implicit is None:
        document.addresses += addresses
    else:
        document.implicit += 1
        document.templates += [*addresses, _address(implicit.get("subtrees"))]


def _faults(tile: dict[str, Any]) -> Iterator[str]:
    try:
        numbers(tile.get("boundingVolume"))
        if "transform" in tile:
            matrix(tile["transform"])
    except BadVolumeError as error:
        yield str(error)
    geometric = tile.get("geometricError")
    if not isinstance(geometric, int | float) or not 0 <= geometric < np.inf:
        yield f"geometric error is {geometric!r}: expected metres"
    refine = tile.get("refine", "ADD")
    if not isinstance(refine, str) or refine.upper() not in ("ADD", "REPLACE"):
        yield f"refine is {repr(refine)[:60]}: expected 'ADD' or 'REPLACE'"
    if not isinstance(tile.get("children", []), list):
        yield f"children are {repr(tile['children'])[:60]}: expected a list"


def _contents(tile: dict[str, Any]) -> list[object]:
    extension = _extension(tile, _MULTIPLE)
    listed = tile.get("contents", extension.get("contents", extension.get("content", [])))
    several = listed if isinstance(listed, list) else [listed]
    return [tile["content"], *several] if tile.get("content") is not None else several


def _address(content: object) -> object:
    """Return what a content or subtree says where it is; ``url`` is how drafts called it."""
    if not isinstance(content, dict):
        return content
    return content.get("uri", content.get("url"))


def _implicit(tile: dict[str, Any]) -> dict[str, Any] | None:
    found = tile.get("implicitTiling", _extension(tile, _IMPLICIT) or None)
    return found if isinstance(found, dict) else None


def _extension(tile: dict[str, Any], name: str) -> dict[str, Any]:
    extensions = tile.get("extensions")
    found = extensions.get(name) if isinstance(extensions, dict) else None
    return found if isinstance(found, dict) else {}


def _transform(tile: dict[str, Any], above: Matrix) -> Matrix:
    try:
        return above @ matrix(tile["transform"]) if "transform" in tile else above
    except BadVolumeError:
        return above
