"""What has to be unpacked or renamed before it can be read; the file itself is never touched."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final, NamedTuple

from spatial.files import local_file, zip_file
from spatial.files.errors import refuse
from spatial.models.ifc import byte_text, step_header
from spatial.models.ifc.step_header import Header

MAX_BYTES: Final = 2 * 1024**3
_XML_MARKS = (b"ifcXML", b"iso_10303_28", b"ifcxml")


def is_xml(head: bytes) -> bool:
    """Tell whether a file begins as ifcXML (ISO 10303-28) does."""
    return head.removeprefix(step_header.BYTE_ORDER_MARK).lstrip().startswith(b"<") and any(
        mark in head for mark in _XML_MARKS
    )


class Readable(NamedTuple):
    """A file that the library can read, what its header says, and what was done to it."""

    path: Path
    header: Header
    warnings: tuple[str, ...] = ()


@contextmanager
def readable(path: Path) -> Iterator[Readable]:
    """Give a file that the library can read.

    It is the file itself wherever that is possible, otherwise a copy in a temporary folder.

    Raises:
        FileRefusedError: it holds no model, or one in a form that is not read.
    """
    head = local_file.head_of(path)
    if is_xml(head):
        raise refuse(path, "is ifcXML: export it as a STEP file (.ifc), the only form that is read")
    if head.startswith(zip_file.MAGIC):
        with _folder() as folder:
            yield _prepared(_unzipped(path, folder), folder)
        return
    _refuse_large(path, path.stat().st_size)
    plain = _plain(path)
    if plain is not None:
        yield plain
        return
    with _folder() as folder:
        yield _prepared(path, folder)


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="citytwin-ifc-") as folder:
        yield Path(folder)


def _plain(path: Path) -> Readable | None:
    """Return a file that can be read as it is, None where it has to be copied."""
    header = step_header.read(path)
    marked = local_file.head_of(path).startswith(step_header.BYTE_ORDER_MARK)
    if header.renamed or marked or byte_text.encoding_of(path) is not None:
        return None
    return Readable(path, header)


def _prepared(path: Path, folder: Path) -> Readable:
    """Copy a file under the name of a schema that reads it, and in plain ASCII."""
    header = step_header.read(path)
    encoding = byte_text.encoding_of(path)
    target = folder / "prepared.ifc"
    with path.open("rb") as old, target.open("wb") as new:
        read = _renamed(old, header)
        new.writelines(byte_text.spelt(read, encoding) if encoding else read)
    _refuse_large(path, target.stat().st_size)
    return Readable(target, header, tuple(_about(header, encoding)))


def _refuse_large(path: Path, size: int) -> None:
    if size > MAX_BYTES:
        raise refuse(path, f"{size:,} bytes, expected at most {MAX_BYTES:,}; export it in parts")


def _renamed(old: IO[bytes], header: Header) -> Iterator[bytes]:
    yield old.read(header.names.start).removeprefix(step_header.BYTE_ORDER_MARK)
    yield f"'{header.read_as}'".encode()
    old.seek(header.names.stop)
    yield from byte_text.pieces(old)


def _about(header: Header, encoding: str | None) -> Iterator[str]:
    if header.renamed:
        yield f"schema {header.schema!r} is read as {header.read_as}"
    if encoding not in {None, "utf-8"}:
        yield f"text beyond ASCII says no encoding and is not UTF-8: read as {encoding}"


def _unzipped(path: Path, folder: Path) -> Path:
    """Unpack the one model of an ifcZIP archive."""
    members = zip_file.members(path)
    models = [name for name in members if name.lower().endswith((".ifc", ".ifcxml"))]
    if len(models) != 1:
        raise refuse(
            path, f"holds {len(models)} models among {len(members)} files: expected one .ifc"
        )
    if models[0].lower().endswith(".ifcxml"):
        raise refuse(path, f"holds {models[0]!r}: expected a STEP file (.ifc), not ifcXML")
    # The name of the archive stays in every sentence about what is in it.
    target = folder / path.name
    zip_file.unpack(path, {target: members[models[0]]})
    return target
