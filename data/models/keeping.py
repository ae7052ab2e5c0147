"""The folder in which the bytes of served files lie, each under its SHA-256.

A file is written under another name and renamed when it is whole, so what has the name of a digest
is that file. Who adds files holds the folder's turn from the first byte until the store knows them.
"""

import fcntl
import hashlib
import os
import shutil
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO

from data.models.files import ModelFile
from spatial.files import FileRefusedError

MAX_BYTES = 64 * 1024**3
"""Of all files of one model."""
_SPARE_BYTES = 1024**3
"""What the services on the same disk need until somebody looks."""
_PIECE = 1024**2
_TURN = ".turn"


class FileGoneError(Exception):
    """A file of a model that is not as it was kept. Import the model again."""


@contextmanager
def turn_of(folder: Path, say: Callable[[str], None]) -> Iterator[None]:
    """Be the only one who adds files to the folder or removes some; waits for who is at it."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / _TURN).open("wb") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("waiting for another import of a served model to end")
            fcntl.flock(held, fcntl.LOCK_EX)
        yield


def sweep(folder: Path, used: Collection[str]) -> None:
    """Remove what no model uses: files of earlier states, and what a crash left behind."""
    for each in folder.iterdir():
        if each.name in used or each.name == _TURN:
            continue
        if each.is_dir() and not each.is_symlink():
            shutil.rmtree(each)
        else:
            each.unlink()


def place_of(folder: Path, digest: str) -> Path:
    """Return where the bytes with this digest lie, or would."""
    return folder / digest


def holds(folder: Path, file: ModelFile) -> bool:
    """Tell whether the bytes of a file are there."""
    try:
        return place_of(folder, file.digest).stat().st_size == file.size
    except FileNotFoundError:
        return False


def check_room(folder: Path, name: str, size: int, missing: int) -> None:
    """Refuse a model that is too large to be kept.

    Args:
        folder: of the files.
        name: of the model's file, for sentences.
        size: bytes of all its files.
        missing: of those that are not there yet.

    Raises:
        FileRefusedError: it is larger than allowed, or than what is free on the disk.
    """
    if size > MAX_BYTES:
        raise FileRefusedError(
            f"file {name!r}: {size:,} bytes are to be served, expected at most {MAX_BYTES:,}; "
            "import it in parts"
        )
    free = shutil.disk_usage(folder).free - _SPARE_BYTES
    if missing and missing > free:
        raise FileRefusedError(
            f"file {name!r}: needs {missing:,} bytes in {str(folder)!r}, where {max(free, 0):,} "
            "can be had"
        )


def keep(folder: Path, file: ModelFile, source: IO[bytes]) -> None:
    """Copy the bytes of a file into the folder.

    Raises:
        FileRefusedError: they are not those that were looked at, or cannot be copied.
    """
    try:
        with NamedTemporaryFile(dir=folder, prefix=".part-", delete=False) as part:
            made = Path(part.name)
            try:
                _copy(source, part, file)
                made.replace(place_of(folder, file.digest))
            finally:
                made.unlink(missing_ok=True)
    except OSError as error:  # whoever opened the source would take it for an error of reading
        raise FileRefusedError(
            f"file {file.name!r}: cannot be copied to {str(folder)!r}: {error.strerror or error}"
        ) from error


def settle() -> None:
    """Have the disk keep what was copied, before the store says that it is there."""
    os.sync()


def opened(folder: Path, file: ModelFile) -> IO[bytes]:
    """Open a file that a model has.

    Raises:
        FileGoneError: it is not there, or has not the size it had.
    """
    try:
        found = place_of(folder, file.digest).open("rb")
    except OSError as error:
        raise FileGoneError(_gone(file, f"cannot be opened: {error.strerror}")) from error
    size = os.fstat(found.fileno()).st_size
    if size != file.size:
        found.close()
        raise FileGoneError(_gone(file, f"has {size:,} bytes, expected {file.size:,}"))
    return found


def _copy(source: IO[bytes], target: IO[bytes], file: ModelFile) -> None:
    digest, size = hashlib.sha256(), 0
    while piece := source.read(min(_PIECE, file.size - size + 1)):
        digest.update(piece)
        size += len(piece)
        target.write(piece)
        if size > file.size:
            break
    target.flush()
    if (size, digest.hexdigest()) != (file.size, file.digest):
        raise FileRefusedError(f"file {file.name!r}: changed while it was imported; try again")


def _gone(file: ModelFile, why: str) -> str:
    return f"file {file.name!r} {why}: import its model again"
