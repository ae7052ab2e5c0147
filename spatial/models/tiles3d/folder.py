"""Where the files of a tileset are: a folder, or an archive that is read without unpacking it."""

import lzma
import os
import stat
import zipfile
import zlib
from bisect import bisect_left
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Protocol

from spatial.files.errors import refuse
from spatial.models.tiles3d.errors import BadContentError

MAX_FILES = 1_000_000
_MAX_RATIO = 200
_SMALL_BYTES = 64 * 1024**2
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    OSError,
    RuntimeError,  # encrypted; NotImplementedError of an unknown way of packing is one too
)


class Folder(Protocol):
    """Files by their path in the folder, with ``/`` between the parts."""

    path: Path

    def size_of(self, name: str) -> int | None:
        """Return the size of a file in bytes, None where there is none."""

    def open(self, name: str) -> IO[bytes]:
        """Open a file that has a size.

        Raises:
            BadContentError: it cannot be read.
        """

    def names(self, prefix: str) -> Iterator[str]:
        """Yield the names of files that start so."""


class LooseFolder:
    """Files on disk. A link that leads out of the folder is no file of it."""

    def __init__(self, root: Path) -> None:
        self.path = root.resolve()

    def size_of(self, name: str) -> int | None:
        """Return the size of a file in bytes, None where there is none."""
        try:
            place = (self.path / name).resolve()
            found = place.stat()
        except OSError:
            return None
        inside = place.is_relative_to(self.path)
        return found.st_size if inside and stat.S_ISREG(found.st_mode) else None

    def open(self, name: str) -> IO[bytes]:
        """Open a file that has a size."""
        try:
            return (self.path / name).resolve().open("rb")
        except OSError as error:
            raise BadContentError(f"cannot be read: {error.strerror}") from error

    def names(self, prefix: str) -> Iterator[str]:
        """Yield the names of files that start so, at most MAX_FILES of all that lie there."""
        start = self.path / prefix.rpartition("/")[0]
        seen = 0
        for place, _, files in os.walk(start):
            for name in sorted(files):
                seen += 1
                if seen > MAX_FILES:
                    return
                found = (Path(place) / name).relative_to(self.path).as_posix()
                if found.startswith(prefix):
                    yield found


class Archive:
    """Files of a zip archive (also ``.3tz``)."""

    def __init__(self, path: Path) -> None:
        """Read the list of files.

        Raises:
            FileRefusedError: it is no archive that can be read, or holds too many files.
        """
        self.path = path.resolve()
        try:
            self._archive = zipfile.ZipFile(path)
        except (*_DAMAGE, ValueError) as error:
            raise refuse(path, f"is no zip archive that can be read: {error}") from error
        members = [each for each in self._archive.infolist() if not each.is_dir()]
        if len(members) > MAX_FILES:
            raise refuse(path, f"holds {len(members):,} files: expected at most {MAX_FILES:,}")
        self._members = {member.filename: member for member in members}
        self._names = sorted(self._members)

    def size_of(self, name: str) -> int | None:
        """Return the size of a file in bytes, None where there is none."""
        member = self._members.get(name)
        return None if member is None else member.file_size

    def open(self, name: str) -> IO[bytes]:
        """Open a file that has a size."""
        member = self._members[name]
        if member.file_size > max(_SMALL_BYTES, _MAX_RATIO * member.compress_size):
            raise BadContentError(
                f"unpacks from {member.compress_size:,} to {member.file_size:,} bytes: "
                f"expected at most {_MAX_RATIO} times as many"
            )
        try:
            return self._archive.open(member)
        except _DAMAGE as error:
            raise BadContentError(f"cannot be unpacked: {error}") from error

    def names(self, prefix: str) -> Iterator[str]:
        """Yield the names of files that start so."""
        for at in range(bisect_left(self._names, prefix), len(self._names)):
            if not self._names[at].startswith(prefix):
                return
            yield self._names[at]


@contextmanager
def reading(folder: Folder, name: str) -> Iterator[IO[bytes]]:
    """Yield an open file; damage that shows while it is read becomes a BadContentError."""
    with folder.open(name) as file:
        try:
            yield file
        except _DAMAGE as error:
            raise BadContentError(f"cannot be read: {error}") from error
