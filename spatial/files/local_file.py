"""Only plain local files are opened: no virtual path, no address, nothing but bytes on disk."""

from pathlib import Path

from spatial.files.errors import refuse

HEAD_BYTES = 65_536
TEXT_LIMIT_BYTES = 512 * 1024**2
"""A text format is held in memory whole; above this a GeoPackage is the right vessel."""


def head_of(path: Path) -> bytes:
    """Return the first bytes of a file.

    Raises:
        FileRefusedError: there is no such file, or nothing in it, or it cannot be read.
    """
    _refuse_other_than_file(path)
    try:
        with path.open("rb") as opened:
            head = opened.read(HEAD_BYTES)
    except OSError as error:
        raise refuse(path, f"cannot be read: {error.strerror}") from error
    if not head.strip(b"\0 \t\r\n"):
        raise refuse(path, _nothing(path, head))
    return head


def whole(path: Path) -> bytes:
    """Return all bytes of a file of text.

    Raises:
        FileRefusedError: it is larger than what is held in memory, or cannot be read.
    """
    size = path.stat().st_size
    if size > TEXT_LIMIT_BYTES:
        raise refuse(
            path, f"{size:,} bytes of text, expected at most {TEXT_LIMIT_BYTES:,}; use a GeoPackage"
        )
    try:
        return path.read_bytes()
    except OSError as error:
        raise refuse(path, f"cannot be read: {error.strerror}") from error


def _refuse_other_than_file(path: Path) -> None:
    text = str(path)
    if "\0" in text:
        raise refuse(path, "the name holds a NUL character")
    # GDAL would fetch these from the network or unpack them from elsewhere.
    if text.startswith("/vsi") or ":/" in text:
        raise refuse(path, f"{text!r} is not a plain local path")
    try:
        if not path.exists():
            raise refuse(path, f"there is no {text!r}")
        if not path.is_file():
            raise refuse(path, f"{text!r} is not a file")
    except OSError as error:
        raise refuse(path, f"cannot be looked up: {error.strerror}") from error


def _nothing(path: Path, head: bytes) -> str:
    if not head:
        return "is empty"
    return f"{path.stat().st_size:,} bytes that start with nothing but blanks or NUL, expected data"
