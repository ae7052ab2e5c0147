"""A file of history handed in from the command line, as the web process hands it in."""

import asyncio
import gzip
import zlib
from collections.abc import AsyncIterator, Callable, Sequence
from io import BufferedIOBase
from pathlib import Path

from data.connection import connect
from ingest.decoders.handed_in.csv_rows import UnreadableCsvError
from twin.api.actor_log import log
from twin.api.frames import FrameSource
from twin.api.problems import UnavailableError
from twin.api.readings_door import Door
from twin.api.readings_upload import Upload, UploadReport, Wish, refusals
from twin.app.settings import Settings
from twin.model import Name

_PIECE_BYTES = 1 << 18
_CONNECT_S = 15.0


def hand_in_file(
    settings: Settings, path: Path, wish: Wish, tell: Callable[[UploadReport], None]
) -> UploadReport:
    """Hand a CSV in, gzip or not, and return what became of it.

    Args:
        settings: where broker and store are.
        path: of the file.
        wish: what its rows count as, and who hands them in.
        tell: hears how far it has come.

    Raises:
        UnreadableCsvError: the heading is wrong, or a line has no end.
        UnavailableError: the broker is away, or no commit was heard of.
        OSError: the file cannot be read.
    """
    report = asyncio.run(_handed_in(settings, path, wish, tell))
    if wish.revise is not None and report.stored:
        with connect(settings.store_url, name="citytwin command line") as connection:
            log(connection, wish.actor, "readings.revise", wish.revise, readings=report.stored)
    return report


async def _handed_in(
    settings: Settings, path: Path, wish: Wish, tell: Callable[[UploadReport], None]
) -> UploadReport:
    async def ask(names: Sequence[Name]) -> dict[Name, str]:
        return await asyncio.to_thread(_refusals, settings, names)

    broker = FrameSource(settings.accounts["web"])
    door = Door(broker.publish, _CONNECT_S)
    broker.start(None, door)
    upload = Upload(door, ask, wish)
    try:
        await door.wait_until_open(_CONNECT_S)
        async for report in upload.run(_chunks(path)):
            tell(report)
    except (UnreadableCsvError, UnavailableError) as error:
        return upload.ended(str(error))
    finally:
        await broker.stop()
    return upload.report


def _refusals(settings: Settings, names: Sequence[Name]) -> dict[Name, str]:
    with connect(settings.store_url, name="citytwin command line") as connection:
        return refusals(connection, names)


async def _chunks(path: Path) -> AsyncIterator[bytes]:
    with path.open("rb") as plain:
        is_packed = plain.read(2) == b"\x1f\x8b"
    with gzip.open(path) if is_packed else path.open("rb") as file:
        while piece := await asyncio.to_thread(_read, file):
            yield piece


def _read(file: BufferedIOBase) -> bytes:
    try:
        return file.read(_PIECE_BYTES)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise UnreadableCsvError(f"file is damaged gzip ({error}): expected it whole") from error
