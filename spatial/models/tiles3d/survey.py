"""All files of a tileset: followed from its first document, checked, and put on a closed list."""

import graphlib
import posixpath
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from spatial.files.errors import refuse
from spatial.models.model import Progress
from spatial.models.tiles3d import contents, documents
from spatial.models.tiles3d.addresses import name_of
from spatial.models.tiles3d.errors import BadAddressError, BadContentError
from spatial.models.tiles3d.folder import MAX_FILES, Archive, Folder, LooseFolder, reading

RESOURCES = {
    ".bin": "application/octet-stream",
    ".glbin": "application/octet-stream",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".webp": "image/webp",
    ".ktx2": "image/ktx2",
}
"""What a model may need besides itself, by suffix."""
_RESOURCE = "resource"
_EXTERNAL = "external tileset"
_IMPLICIT = "implicit tiling"
_VARIABLE = re.compile(r"\\\{(level|x|y|z)\\\}")
_MAX_VARIABLES = 8
_MAX_TEMPLATES = 2_000
"""Each is looked for among all files; a tileset has one or two of them, or some for each tree."""
_MAX_NAMED = 1_000


class Faults:
    """Sentences about files and tiles: the first thousand, and how many there are."""

    def __init__(self) -> None:
        self.named: list[str] = []
        self.count = 0

    def add(self, sentence: str) -> None:
        """Take one more."""
        self.count += 1
        if len(self.named) < _MAX_NAMED:
            self.named.append(sentence)


@dataclass(slots=True)
class Survey:
    """What a tileset holds.

    Attributes:
        folder: where its files are.
        entry: name of its first document.
        root: that document.
        files: what each file is, by name; those that cannot be shown are not in it.
        tiles: how many tiles there are in all documents.
        implicit: how many of them stand for a tree of implicit ones, which are not counted.
        faults: sentences about files and tiles.
    """

    folder: Folder
    entry: str
    root: documents.Document
    files: dict[str, str]
    tiles: int
    implicit: int
    faults: Faults

    def counts(self) -> dict[str, int]:
        """Return how many files there are of each kind, and ``tile``; the entry is not counted."""
        shown = [kind for kind in self.files.values() if kind not in (_RESOURCE, contents.SCHEMA)]
        counts = Counter(_EXTERNAL if kind == contents.TILESET else kind for kind in shown)
        counts[_EXTERNAL] -= 1
        counts["tile"], counts[_IMPLICIT] = self.tiles, self.implicit
        return {kind: count for kind, count in sorted(counts.items()) if count}


def survey(path: Path, progress: Progress) -> Survey:
    """Follow a tileset from a document, a folder or an archive that holds it.

    Raises:
        FileRefusedError: there is no tileset, its address leads elsewhere, or it goes in a circle.
    """
    folder, entry = _place(path)
    walk = _Walk(path, folder, progress)
    found = walk.follow(entry)
    return Survey(folder, entry, found, walk.files, walk.tiles, walk.implicit, walk.faults)


def _place(path: Path) -> tuple[Folder, str]:
    if path.is_dir():
        return LooseFolder(path), "tileset.json"
    with path.open("rb") as file:
        packed = file.read(4) == b"PK\x03\x04"
    if not packed:
        return LooseFolder(path.parent), path.name
    archive = Archive(path)
    named = [name for name in archive.names("") if posixpath.basename(name) == "tileset.json"]
    if not named:
        raise refuse(path, "holds no tileset.json")
    depth = min(name.count("/") for name in named)
    first = [name for name in named if name.count("/") == depth]
    if len(first) > 1:
        raise refuse(path, f"holds {len(first)} tilesets, {first[:3]!r}: expected one")
    return archive, first[0]


class _Walk:
    def __init__(self, path: Path, folder: Folder, progress: Progress) -> None:
        self.files: dict[str, str] = {}
        self.tiles = 0
        self.implicit = 0
        self.faults = Faults()
        self._path = path
        self._folder = folder
        self._progress = progress
        self._seen: set[str] = set()
        self._waiting: list[tuple[str, str]] = []
        self._below: dict[str, list[str]] = {}
        self._templates: set[str] = set()

    def follow(self, entry: str) -> documents.Document:
        """Take the first document and all that it leads to."""
        root = self._document(entry)
        while self._waiting:
            name, said_in = self._waiting.pop()
            if len(self._seen) % 1000 == 0:
                self._progress("looking through files", len(self._seen), 0)
            self._content(name, said_in)
        self._refuse_circle()
        return root

    def _document(self, name: str) -> documents.Document:
        self._seen.add(name)
        try:
            found = documents.examine(self._json(name))
        except (BadContentError, documents.UnusableTilesetError) as error:
            raise refuse(self._path, f"{name!r} {error}") from error
        self._take(name, found)
        return found

    def _take(self, name: str, found: documents.Document) -> None:
        self.files[name] = contents.TILESET
        self.tiles += found.tiles
        self.implicit += found.implicit
        for fault in found.faults:
            self.faults.add(f"{name!r}: {fault}")
        for address in found.addresses:
            self._wait(address, name)
        for template in found.templates:
            self._expand(template, name)

    def _wait(self, address: object, said_in: str) -> None:
        name = self._named(address, said_in)
        self._below.setdefault(said_in, []).append(name)
        self._enlist(name, said_in)

    def _enlist(self, name: str, said_in: str) -> None:
        if name in self._seen:
            return
        self._seen.add(name)
        if len(self._seen) > MAX_FILES:
            raise refuse(self._path, f"leads to more than {MAX_FILES:,} files")
        self._waiting.append((name, said_in))

    def _named(self, address: object, said_in: str) -> str:
        try:
            return name_of(address, said_in)
        except BadAddressError as error:
            raise refuse(self._path, f"in {said_in!r}: {error}") from error

    def _expand(self, template: object, said_in: str) -> None:
        """Find the files of implicit tiles by their names."""
        name = self._named(template, said_in)
        if name in self._templates:
            return
        self._templates.add(name)
        if len(self._templates) > _MAX_TEMPLATES:
            self.faults.add(f"{said_in!r}: template {name!r} is one of too many, not followed")
            return
        # Numbers that touch could be told apart in too many ways.
        if name.count("{") > _MAX_VARIABLES or "}{" in name:
            self.faults.add(f"{said_in!r}: template {name!r} cannot be followed")
            return
        pattern = re.compile(_VARIABLE.sub(r"\\d{1,10}", re.escape(name)))
        found = False
        for each in self._folder.names(name.partition("{")[0]):
            if pattern.fullmatch(each):
                found = True
                self._enlist(each, said_in)
        if not found:
            self.faults.add(f"no file of the implicit tiles {name!r} of {said_in!r} is there")

    def _content(self, name: str, said_in: str) -> None:
        size = self._folder.size_of(name)
        if size is None:
            self.faults.add(f"{name!r} of {said_in!r} is not there")
            return
        try:
            found = self._examined(name, size)
        except BadContentError as error:
            self.faults.add(f"{name!r} {error}")
            return
        if found.kind == contents.TILESET:
            self._external(name)
            return
        self.files[name] = found.kind
        for address in found.references:
            self._wait(address, name)

    def _examined(self, name: str, size: int) -> contents.Content:
        if PurePosixPath(name).suffix.lower() in RESOURCES:
            return contents.Content(_RESOURCE)
        with reading(self._folder, name) as file:
            return contents.examine(file, size)

    def _external(self, name: str) -> None:
        try:
            self._take(name, documents.examine(self._json(name)))
        except (BadContentError, documents.UnusableTilesetError) as error:
            self.faults.add(f"{name!r} {error}")

    def _json(self, name: str) -> dict[str, Any]:
        size = self._folder.size_of(name)
        if size is None:
            raise BadContentError("is not there")
        if size > contents.MAX_JSON_BYTES:
            raise BadContentError(
                f"is JSON of {size:,} bytes: expected at most {contents.MAX_JSON_BYTES:,}; "
                "split it into external tilesets"
            )
        with reading(self._folder, name) as file:
            return contents.document(file.read())

    def _refuse_circle(self) -> None:
        try:
            graphlib.TopologicalSorter(self._below).prepare()
        except graphlib.CycleError as error:
            around = " leads to ".join(repr(name) for name in error.args[1][::-1][:6])
            raise refuse(self._path, f"goes in a circle: {around}") from error
