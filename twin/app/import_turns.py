"""What every import needs of the store: its turn, and codes that stay issued."""

import gc
import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from data.connection import connect
from data.importing.codes import Issue
from data.registry import Issued, issue_codes, lock
from spatial.files import FileRefusedError
from twin.app.settings import Settings

Connection = psycopg.Connection[tuple[Any, ...]]

_CHUNK = 1024 * 1024
_SHAPEFILE_PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")


@contextmanager
def without_collector() -> Iterator[None]:
    """Spare a fifth of the time: millions of values are made, and no circle of them is left."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def is_storable(text: str) -> bool:
    """Tell whether the store can keep a text: without NUL, and UTF-8 throughout."""
    return "\0" not in text and not any("\ud800" <= each <= "\udfff" for each in text)


def check_file_name(path: Path) -> None:
    """Refuse a file whose name cannot be kept as that of its import.

    Raises:
        FileRefusedError: the name is not UTF-8.
    """
    if not is_storable(path.name):
        raise FileRefusedError(f"file {path.name!r}: its name is not UTF-8: rename it")


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file; of a Shapefile, of its parts one after the other."""
    parts = [path]
    if path.suffix.lower() == ".shp":
        beside = {
            part.suffix.lower(): part for part in path.parent.iterdir() if part.stem == path.stem
        }
        parts = [beside[suffix] for suffix in _SHAPEFILE_PARTS if suffix in beside]
    digest = hashlib.sha256()
    for part in parts:
        with part.open("rb") as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
    return digest.hexdigest()


@contextmanager
def codes_of_their_own(settings: Settings, *, dry_run: bool) -> Iterator[Issue | None]:
    """Give a connection of its own to the issuing of codes, which a failed import keeps."""
    with connect(settings.store_url, name="citytwin import codes") as codes:

        def issue(county: str, klass: str, count: int) -> Issued:
            return issue_codes(codes, county, klass, count)

        yield None if dry_run else issue


def wait_for_turn(connection: Connection, say: Callable[[str], None]) -> None:
    """Take the register's lock, however long another change set takes; Ctrl-C ends the wait."""
    waiting = False
    while True:
        connection.execute("SET LOCAL lock_timeout = '1s'")
        try:
            lock(connection)
        except psycopg.errors.LockNotAvailable:
            connection.rollback()
            if not waiting:
                say("waiting for another change set of the register to end")
            waiting = True
        else:
            connection.execute("SET LOCAL lock_timeout = 0")
            return
