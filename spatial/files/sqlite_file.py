"""An untrusted SQLite file, opened so that it can only be read and nothing of it can act."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from spatial.files.errors import refuse

MAGIC = b"SQLite format 3\0"
_HEADER_BYTES = 100
_LONGEST_VALUE = 256 * 1024**2


@contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """Yield a connection that reads; errors of SQLite become sentences about the file.

    Text that is not UTF-8 comes with its bytes as lone surrogates, so that its row can be named.

    Raises:
        FileRefusedError: the file is cut off, damaged, or no database.
    """
    _refuse_cut_off(path)
    connection = None
    try:
        connection = sqlite3.connect(_uri(path), uri=True)
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("PRAGMA cell_size_check = ON")
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST_VALUE)
        connection.text_factory = _text
        yield connection
    except sqlite3.Error as error:
        raise refuse(path, f"cannot be read as SQLite: {error}") from error
    finally:
        if connection is not None:
            connection.close()


def identifier(name: str) -> str:
    """Return a name of a table or column as SQL has it."""
    return '"' + name.replace('"', '""') + '"'


def user_version(path: Path) -> int:
    """Return the number that the header keeps for the format's version."""
    with path.open("rb") as file:
        return int.from_bytes(file.read(_HEADER_BYTES)[60:64], "big")


def _uri(path: Path) -> str:
    # Changes may still lie in a file beside it. Without one SQLite need not write any either,
    # which it would do only to read a file in WAL mode.
    pending = any(path.with_name(path.name + end).exists() for end in ("-wal", "-journal"))
    return f"file:{quote(str(path.absolute()))}?mode=ro{'' if pending else '&immutable=1'}"


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def _refuse_cut_off(path: Path) -> None:
    with path.open("rb") as file:
        header = file.read(_HEADER_BYTES)
    page = int.from_bytes(header[16:18], "big")
    pages = int.from_bytes(header[28:32], "big")
    expected = (65_536 if page == 1 else page) * pages
    # The number of pages holds only if it was written by the last change (SQLite file format, 1.3).
    if header[24:28] == header[92:96] and path.stat().st_size < expected:
        raise refuse(
            path, f"is cut off: {path.stat().st_size:,} bytes, expected {expected:,} by its header"
        )
