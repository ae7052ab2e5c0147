"""The row of the roll call; the reader is loaded when there is a file for it."""

import re
from collections.abc import Iterator
from pathlib import Path

from spatial.files import Inspection
from spatial.models.model import ModelFormat, Progress

_ZIP = b"PK\x03\x04"
_ZIP_HEADER_BYTES = 30
_PACKED = (b"tileset.json", b".b3dm", b".i3dm", b".pnts", b".cmpt", b".subtree", b".glb")
_MARKS = re.compile(rb'"(?:[^"\\]|\\.)*"|[{}\[\]]')
_TILESET_ONLY = {b'"root"', b'"geometricError"'}
_OTHERS = {b'"type"', b'"scenes"', b'"nodes"', b'"meshes"', b'"buffers"', b'"accessors"'}


def _recognises(head: bytes, suffix: str) -> bool:
    if head.startswith(_ZIP):
        return suffix == ".3tz" or any(name.endswith(_PACKED) for name in _packed_names(head))
    if not head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{"):
        return False
    members = _members(head)
    if _TILESET_ONLY & members:
        return b'"asset"' in members or not _OTHERS & members
    return b'"asset"' in members and not _OTHERS & members


def _packed_names(head: bytes) -> Iterator[bytes]:
    """Yield the names of an archive's files, as far as the first bytes go."""
    for start in re.finditer(re.escape(_ZIP), head):
        name = start.start() + _ZIP_HEADER_BYTES
        length = int.from_bytes(head[name - 4 : name - 2], "little")
        yield head[name : name + length]


def _members(head: bytes) -> set[bytes]:
    """Return the names of members of the outermost object, as far as the first bytes go."""
    found = set()
    depth = 0
    for mark in _MARKS.finditer(head):
        text = mark[0]
        if text in b"{[":
            depth += 1
        elif text in b"}]":
            depth -= 1
        elif depth == 1 and head[mark.end() : mark.end() + 32].lstrip().startswith(b":"):
            found.add(text)
    return found


def _inspect(path: Path, progress: Progress) -> Inspection:
    from spatial.models.tiles3d import reader  # noqa: PLC0415 - loads PROJ

    return reader.inspect(path, progress)


TILES_3D = ModelFormat("3D Tiles", (".json", ".3tz", ".zip"), _recognises, _inspect)
