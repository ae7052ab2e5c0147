"""A zip archive of strangers: of it only what is asked for comes out, and only so much."""

import lzma
import stat
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO, TypeAlias

from spatial.files.errors import refuse

Member: TypeAlias = zipfile.ZipInfo

MAGIC = b"PK\x03\x04"
MAX_MEMBERS = 1_000
MAX_BYTES = 2 * 1024**3
MAX_RATIO = 200
_SMALL_BYTES = 64 * 1024**2
"""A table of blanks shrinks a thousandfold; while it is small that harms nobody."""
_PIECE = 1024**2
_UTF_8 = 0x800
# Unknown ways of packing and missing passwords are errors of the last kind.
_DAMAGE = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, RuntimeError)


def members(path: Path) -> dict[str, Member]:
    """Return the files of an archive by their path in it.

    Raises:
        FileRefusedError: it is no archive, or one that no honest program writes.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            infos = [info for info in archive.infolist() if not _ignored(info)]
    except (*_DAMAGE, ValueError) as error:
        raise refuse(path, f"is no zip archive that can be read: {error}") from error
    if len(infos) > MAX_MEMBERS:
        raise refuse(path, f"holds {len(infos):,} files, expected at most {MAX_MEMBERS:,}")
    for info in infos:
        _refuse_dishonest(path, info)
    return {_name(info): info for info in infos}


def unpack(path: Path, wanted: dict[Path, Member]) -> None:
    """Write members to the files that are wanted.

    Raises:
        FileRefusedError: a member is damaged, or larger than it may be.
    """
    left = MAX_BYTES
    try:
        with zipfile.ZipFile(path) as archive:
            for target, info in wanted.items():
                with archive.open(info) as source, target.open("wb") as file:
                    for piece in _pieces(path, info, source, left):
                        left -= file.write(piece)
    except _DAMAGE as error:
        raise refuse(path, f"holds a damaged member: {error}") from error


def _pieces(path: Path, info: Member, source: IO[bytes], left: int) -> Iterator[bytes]:
    # What the archive says of sizes may be a lie, so what comes out is counted.
    written = 0
    while piece := source.read(_PIECE):
        written += len(piece)
        if written > left or _bursts(written, info.compress_size):
            raise refuse(
                path, f"member {_name(info)!r} of {info.compress_size:,} bytes unpacks to too much"
            )
        yield piece


def _ignored(info: Member) -> bool:
    return info.is_dir() or info.filename.startswith("__MACOSX/")


def _refuse_dishonest(path: Path, info: Member) -> None:
    place = PurePosixPath(info.filename.replace("\\", "/"))
    if place.is_absolute() or ".." in place.parts or ":" in place.parts[0]:
        raise refuse(path, f"member {_name(info)!r} points outside the archive")
    if stat.S_ISLNK(info.external_attr >> 16):
        raise refuse(path, f"member {_name(info)!r} is a link: expected a file")
    if info.flag_bits & 0x1:
        raise refuse(path, f"member {_name(info)!r} is encrypted: expected plain files")
    if info.file_size > MAX_BYTES or _bursts(info.file_size, info.compress_size):
        raise refuse(
            path,
            f"member {_name(info)!r} unpacks from {info.compress_size:,} to {info.file_size:,} "
            f"bytes: expected at most {MAX_BYTES:,} and {MAX_RATIO} times as many",
        )


def _bursts(size: int, packed: int) -> bool:
    return size > _SMALL_BYTES and size > MAX_RATIO * max(packed, 1)


def _name(info: Member) -> str:
    """Return the member's path; Chinese programs write GBK where the format says code page 437."""
    if info.flag_bits & _UTF_8:
        return info.filename
    try:
        return info.filename.encode("cp437").decode("gb18030")
    except UnicodeError:
        return info.filename
