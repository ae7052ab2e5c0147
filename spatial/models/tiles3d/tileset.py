"""A registered tileset: a closed list of files that may be served, as they were when registered."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from spatial.models.model import Progress, silent
from spatial.models.tiles3d import contents, documents
from spatial.models.tiles3d.errors import (
    AskForServedFileError,
    BadContentError,
    RegisterAgainError,
)
from spatial.models.tiles3d.folder import Folder, reading
from spatial.models.tiles3d.survey import RESOURCES, survey
from spatial.models.tiles3d.volumes import Bounds

_PIECE = 1024**2
_JSON = "application/json"
_BYTES = "application/octet-stream"
_MEDIA_TYPES = {
    contents.TILESET: _JSON,
    contents.GLTF: "model/gltf+json",
    contents.GLB: "model/gltf-binary",
    contents.SCHEMA: _JSON,
}


@dataclass(frozen=True, slots=True)
class ServedFile:
    """One file: its size in bytes, SHA-256 as hexadecimal text, and media type."""

    size: int
    sha256: str
    media_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tileset:
    """A tileset that may be served.

    Attributes:
        entry: name of the document that a viewer asks for first.
        version: of the format.
        bounds: west, south, east, north in degrees; None where it does not lie on the globe.
        files: all that may be served, by name relative to the folder or archive.
        faults: sentences about what is missing or damaged; it is not in ``files``.
    """

    folder: Folder
    entry: str
    version: str
    bounds: Bounds | None
    files: Mapping[str, ServedFile]
    faults: tuple[str, ...] = ()

    def total_bytes(self) -> int:
        """Return the size of all files together."""
        return sum(file.size for file in self.files.values())

    def read(self, name: str) -> bytes:
        """Return a file of the list, checked against its sum.

        Raises:
            AskForServedFileError: the name is not in the list, whatever lies on disk.
            RegisterAgainError: the file is no longer what was registered.
        """
        known = self.files.get(name)
        if known is None:
            raise AskForServedFileError(f"file {name!r}: expected one of the tileset")
        if self.folder.size_of(name) != known.size:
            raise RegisterAgainError(f"file {name!r} has not the {known.size:,} bytes it had")
        with reading(self.folder, name) as file:
            data = file.read(known.size + 1)
        if hashlib.sha256(data).hexdigest() != known.sha256:
            raise RegisterAgainError(f"file {name!r} has changed since it was registered")
        return data


def register(path: Path, progress: Progress = silent) -> Tileset:
    """Look through a tileset and list what may be served of it.

    Args:
        path: of its first document, of a folder with a ``tileset.json``, or of an archive.
        progress: is told how many files are done.

    Raises:
        FileRefusedError: it is no tileset that can be served.
    """
    found = survey(path, progress)
    files: dict[str, ServedFile] = {}
    faults = list(found.faults.named)
    for number, (name, kind) in enumerate(sorted(found.files.items())):
        progress("summing files", number, len(found.files))
        try:
            files[name] = _served(found.folder, name, kind)
        except BadContentError as error:
            faults.append(f"{name!r} {error}")
    return Tileset(
        folder=found.folder,
        entry=found.entry,
        version=found.root.version,
        bounds=documents.extent(found.root.root),
        files=files,
        faults=tuple(faults),
    )


def _served(folder: Folder, name: str, kind: str) -> ServedFile:
    digest, size = hashlib.sha256(), 0
    with reading(folder, name) as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
            size += len(piece)
    suffix = PurePosixPath(name).suffix.lower()
    media_type = _MEDIA_TYPES.get(kind) or RESOURCES.get(suffix, _BYTES)
    return ServedFile(size, digest.hexdigest(), media_type)
