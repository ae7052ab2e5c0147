"""The header of a STEP file (ISO 10303-21, 8): what the model is written in."""

import csv
import mmap
import re
from functools import cache
from importlib import resources
from pathlib import Path
from typing import NamedTuple

from spatial.files import FileRefusedError, local_file
from spatial.files.errors import refuse

MAGIC = b"ISO-10303-21"
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff")
_TAIL_BYTES = 65_536
_COMMENT = re.compile(rb"/\*.*?\*/", re.DOTALL)
_SCHEMA = re.compile(
    rb"FILE_SCHEMA\s*+\(\s*+\(\s*+((?:'[^']*+'\s*+(?:,\s*+)?+)*+)\)\s*+\)\s*+;", re.IGNORECASE
)
_NAME = re.compile(rb"'([^']*)'")
_SHOWN = 40


class Header(NamedTuple):
    """What a header says of the schema.

    Attributes:
        schema: name as the file writes it.
        read_as: name of the schema that reads it.
        names: where the names stand in the file, from the first quote to the last.
    """

    schema: str
    read_as: str
    names: slice

    @property
    def renamed(self) -> bool:
        """Tell whether the name that is read differs from the one that is written."""
        return self.schema != self.read_as


def is_step(head: bytes) -> bool:
    """Tell whether a file begins as STEP does."""
    return _stripped(head).upper().startswith(MAGIC)


def read(path: Path) -> Header:
    """Read the header, and see that the file has an end.

    Raises:
        FileRefusedError: it is no STEP file, has no header or no end, or holds something else
            than IFC.
    """
    head = local_file.head_of(path)
    _refuse_other(path, head)
    found = _SCHEMA.search(_COMMENT.sub(_blanked, head))
    if found is None:
        raise refuse(
            path,
            f"has no FILE_SCHEMA in the first {len(head):,} bytes: expected e.g. "
            "FILE_SCHEMA(('IFC4'))",
        )
    names = [name.decode("latin-1").strip() for name in _NAME.findall(found[1])]
    for name in names:
        read_as = schema_of(name)
        if read_as is not None:
            _refuse_without_end(path)
            return Header(name, read_as, slice(*found.span(1)))
    shown = ", ".join(name[:_SHOWN] for name in names)
    raise refuse(path, f"is STEP of schema {shown!r}: expected IFC2X3, IFC4 or IFC4X3")


def schema_of(name: str) -> str | None:
    """Return the schema that reads models of a name, None where none does."""
    wanted = name.upper().strip()
    found = [(len(each), read_as) for each, read_as in _schemas() if _belongs(wanted, each)]
    return max(found)[1] if found else None


@cache
def _schemas() -> tuple[tuple[str, str], ...]:
    table = resources.files(__package__) / "schema_names.csv"
    rows = csv.DictReader(table.read_text(encoding="utf-8").splitlines())
    return tuple((row["name"], row["read_as"]) for row in rows)


def _belongs(name: str, family: str) -> bool:
    """Tell whether a name is of a family: IFC4X3_RC2 is of IFC4X3, and not of IFC4."""
    return name.startswith(family) and not name.removeprefix(family).startswith("X")


def _stripped(head: bytes) -> bytes:
    plain = head.removeprefix(BYTE_ORDER_MARK).lstrip()
    while plain.startswith(b"/*"):
        plain = plain.partition(b"*/")[2].lstrip()
    return plain


def _blanked(found: re.Match[bytes]) -> bytes:
    """Return blanks for a comment, so that what follows stays where it was."""
    return b" " * len(found[0])


def _refuse_other(path: Path, head: bytes) -> None:
    if is_step(head):
        return
    if head.startswith(_WIDE_MARKS):
        raise refuse(path, "is UTF-16: expected STEP of single bytes (ISO 10303-21, 5.2)")
    raise refuse(path, f"starts with {head[:16]!r}: expected {MAGIC.decode()!r}")


def _refuse_without_end(path: Path) -> None:
    size = path.stat().st_size
    try:
        with path.open("rb") as file:
            file.seek(max(0, size - _TAIL_BYTES))
            tail = file.read()
    except OSError as error:
        raise refuse(path, f"cannot be read: {error.strerror}") from error
    end = tail.upper()
    if end.rfind(b"ENDSEC") <= end.rfind(b"DATA;") and not _ends_before(path, size - len(tail)):
        last = tail.rstrip(b"\0 \r\n\t")[-_SHOWN:].decode("latin-1")
        raise FileRefusedError(
            f"file {path.name!r}: ends in the middle with {last!r}: expected 'ENDSEC; "
            "END-ISO-10303-21;', so a part of it is missing"
        )


def _ends_before(path: Path, size: int) -> bool:
    """Tell whether the data end within the first bytes; only comments come after that."""
    if size <= 0:
        return False
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return content.rfind(b"ENDSEC", 0, size) > content.rfind(b"DATA;", 0, size)
