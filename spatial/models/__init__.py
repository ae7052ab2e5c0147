"""Models of buildings, cities, networks and terrain: said what they hold, and read."""

from pathlib import Path

from spatial import files
from spatial.files import FileRefusedError, Inspection, local_file
from spatial.models.citygml.format import CITYGML
from spatial.models.cityjson.format import CITYJSON
from spatial.models.epanet.format import EPANET
from spatial.models.geotiff.format import GEOTIFF
from spatial.models.ifc.format import IFC
from spatial.models.model import (
    Element,
    Json,
    Model,
    ModelFormat,
    Progress,
    RefusedElement,
    silent,
)
from spatial.models.osm.format import OSM_PBF, OSM_XML
from spatial.models.swmm.format import SWMM
from spatial.models.tiles3d.format import TILES_3D

__all__ = [
    "FORMATS",
    "Element",
    "Json",
    "Model",
    "ModelFormat",
    "Progress",
    "RefusedElement",
    "entry_of",
    "format_of",
    "inspect",
    "silent",
]

FORMATS: tuple[ModelFormat, ...] = (
    CITYGML,
    IFC,
    OSM_PBF,
    OSM_XML,
    TILES_3D,
    GEOTIFF,
    SWMM,
    EPANET,
    CITYJSON,
)
"""Every format of models. They are asked before the formats of features: any JSON could be one."""

_TILE_CONTENTS = (b"b3dm", b"i3dm", b"pnts", b"cmpt", b"glTF")
_PACKED = {
    b"\x1f\x8b": "gzip",
    b"BZh": "bzip2",
    b"\xfd7zXZ": "xz",
    b"\x28\xb5\x2f\xfd": "Zstandard",
    b"7z\xbc\xaf": "7-Zip",
    b"Rar!": "RAR",
}


def entry_of(path: Path) -> Path:
    """Return the file that a path means: of a folder its ``tileset.json``.

    Raises:
        FileRefusedError: it is a folder without one.
    """
    try:
        folder, entry = path.is_dir(), path / "tileset.json"
        found = folder and entry.exists()
    except OSError:  # a name that is too long: whoever opens it says so
        return path
    if not folder:
        return path
    if not found:
        raise files.refuse(
            path,
            "is a folder without tileset.json: expected a file, or the folder of a 3D Tiles "
            "tileset; of a file geodatabase (.gdb) export a GeoPackage",
        )
    return entry


def format_of(path: Path) -> ModelFormat | None:
    """Return the format of a model, None where the file is none.

    Args:
        path: a local file; a folder is taken as the ``tileset.json`` in it.

    Raises:
        FileRefusedError: there is no such file, or nothing in it.
    """
    path = entry_of(path)
    head = local_file.head_of(path)
    suffix = path.suffix.lower()
    return next((each for each in FORMATS if each.recognises(head, suffix)), None)


def inspect(path: Path, *, layer: str | None = None, progress: Progress = silent) -> Inspection:
    """Say what a file of any format holds, model or features; nothing is kept.

    A file that cannot be taken gives the same document with its sentence in ``error``.

    Args:
        path: a local file.
        layer: which, of a file of features with several.
        progress: is told how far it is.
    """
    chosen: ModelFormat | None = None
    try:
        path = entry_of(path)
        chosen = format_of(path)
        if chosen is None:
            _refuse_unknown(path)
            return files.inspect(path, layer=layer)
        return chosen.inspect(path, progress)
    except FileRefusedError as error:
        return Inspection(format=chosen and chosen.name, error=str(error))


def _refuse_unknown(path: Path) -> None:
    """Refuse a file that is of no format at all, models or features.

    Raises:
        FileRefusedError: it is none that we read.
    """
    head = local_file.head_of(path)
    if packed := next((name for start, name in _PACKED.items() if head.startswith(start)), None):
        raise files.refuse(path, f"is packed with {packed}: unpack it first")
    if head[:4] in _TILE_CONTENTS:
        raise files.refuse(
            path,
            "is a content of 3D Tiles or a glTF scene: expected the tileset.json of its tileset",
        )
    known: list[ModelFormat | files.Format] = [*FORMATS, *files.FORMATS]
    if not any(each.recognises(head, path.suffix.lower()) for each in known):
        names = ", ".join(dict.fromkeys(each.name for each in known))
        raise files.refuse(path, f"starts with {head[:16]!r}: expected one of {names}")
