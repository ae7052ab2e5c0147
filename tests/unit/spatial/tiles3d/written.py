"""Tilesets that tests write."""

import json
import math
import struct
import zipfile
from pathlib import Path
from typing import Any

REGION = [
    math.radians(113.93),
    math.radians(22.74),
    math.radians(113.94),
    math.radians(22.75),
    0,
    90,
]
BOUNDS = (113.93, 22.74, 113.94, 22.75)


def tile(content: object = None, *children: object, **members: object) -> dict[str, Any]:
    """A tile over Guangming."""
    found: dict[str, Any] = {"boundingVolume": {"region": REGION}, "geometricError": 10}
    if content is not None:
        found["content"] = {"uri": content}
    if children:
        found["children"] = list(children)
    return found | members


def tileset(root: object, version: object = "1.0", **members: object) -> dict[str, Any]:
    """A document with a root tile."""
    return {"asset": {"version": version}, "geometricError": 100, "root": root} | members


def glb(document: dict[str, Any] | None = None, *, version: int = 2) -> bytes:
    """A binary glTF."""
    text = json.dumps(document or {"asset": {"version": "2.0"}}).encode()
    text += b" " * (-len(text) % 4)
    chunk = struct.pack("<II", len(text), 0x4E4F534A) + text
    return struct.pack("<4sII", b"glTF", version, 12 + len(chunk)) + chunk


def b3dm(body: bytes | None = None, *, length: int | None = None, version: int = 1) -> bytes:
    """A batched model, perhaps with a lie about its length."""
    model = glb() if body is None else body
    table = b'{"BATCH_LENGTH":0}  '
    size = 28 + len(table) + len(model) if length is None else length
    return struct.pack("<4sIIIIII", b"b3dm", version, size, len(table), 0, 0, 0) + table + model


def i3dm(uri: str | None = None) -> bytes:
    """Instances of a model inside, or of one elsewhere."""
    body = glb() if uri is None else uri.encode()
    form = 1 if uri is None else 0
    size = 32 + len(body)
    return struct.pack("<4sIIIIIII", b"i3dm", 1, size, 0, 0, 0, 0, form) + body


def pnts() -> bytes:
    """A point cloud of no points."""
    return struct.pack("<4sIIIIII", b"pnts", 1, 28, 0, 0, 0, 0)


def cmpt(*tiles: bytes, count: int | None = None) -> bytes:
    """Several tiles in one."""
    size = 16 + sum(map(len, tiles))
    number = len(tiles) if count is None else count
    return struct.pack("<4sIII", b"cmpt", 1, size, number) + b"".join(tiles)


def subtree(document: dict[str, Any] | None = None) -> bytes:
    """Which tiles of an implicit tree there are."""
    text = json.dumps(document or {"tileAvailability": {"constant": 1}}).encode()
    return struct.pack("<4sIQQ", b"subt", 1, len(text), 0) + text


def write(folder: Path, **files: object) -> Path:
    """Write files; ``__`` in a name is a folder, the last ``_`` the dot of its suffix.

    Returns:
        The path of ``tileset.json``.
    """
    for name, found in files.items():
        path = folder / name.replace("__", "/")
        path = path.with_name(".".join(path.name.rsplit("_", 1)))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(found if isinstance(found, bytes) else json.dumps(found).encode())
    return folder / "tileset.json"


def pack(folder: Path, archive: Path, compression: int = zipfile.ZIP_DEFLATED) -> Path:
    """Pack all files of a folder."""
    with zipfile.ZipFile(archive, "w", compression) as packed:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                packed.write(path, path.relative_to(folder).as_posix())
    return archive
