"""A file of history on its way: read line by line, handed in piece by piece, never too much."""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

import orjson
import psycopg
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from data.catalogue import Catalogue
from ingest.decoders.handed_in.csv_rows import (
    MAX_LINE_BYTES,
    CsvReader,
    Row,
    UnreadableCsvError,
    UnreadableRowError,
)
from ingest.handed_in import BodyKind, Outcome, topic_of
from twin.api.problems import MalformedError, UnavailableError
from twin.api.readings_door import Door
from twin.model import Mode, Name

Connection = psycopg.Connection[tuple[Any, ...]]
AskDevices = Callable[[Sequence[Name]], Awaitable[dict[Name, str]]]

MOST_FAULTS = 100
_LINES_AT_ONCE = 2000
_BYTES_AT_ONCE = 1 << 18
_ON_THE_WAY = 2
"""Messages that may wait for their commit: live readings never wait for more than these."""

_PATIENCE_S = 300.0
_MOST_DEVICES = 100_000


class LineFault(BaseModel):
    """What is wrong with a line."""

    line: int = Field(description="its number in the file, the heading is 1")
    sentence: str


class UploadReport(BaseModel):
    """How far a file has come."""

    done: bool = Field(default=False, description="whether this is the last word")
    rows: int = Field(default=0, description="read so far")
    stored: int = Field(default=0, description="newly stored, or corrected")
    known: int = Field(default=0, description="stood already, or contradict what stands")
    refused: int = Field(default=0, description="rows that could not be taken")
    faults: list[LineFault] = Field(default_factory=list, description="of the first such rows")
    error: str | None = Field(default=None, description="why it ended early; all before is stored")

    def refuse(self, line: int, sentence: str) -> None:
        """Count a row that cannot be taken, and say why of the first ones."""
        self.refused += 1
        self.tell(line, sentence)

    def tell(self, line: int, sentence: str) -> None:
        """Say what is wrong with a line, of the first ones."""
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(LineFault(line=line, sentence=sentence))


class Wish(NamedTuple):
    """In which mode a file counts, who hands it in, and the reason if it is a correction."""

    mode: Mode
    actor: str
    revise: str | None = None

    @property
    def topic(self) -> str:
        """Where its rows are handed in."""
        return topic_of(self.mode, BodyKind.JSON, self.actor, self.revise)


class _Piece(NamedTuple):
    """Lines with their numbers."""

    first: int
    lines: list[bytes]


class Upload:
    """One file from its first byte to its last commit.

    Args:
        door: takes readings.
        ask_devices: says of names which are no devices in use, and why.
        wish: what shall become of the rows.

    Attributes:
        wish: the same.
        report: how far it has come.
    """

    def __init__(self, door: Door, ask_devices: AskDevices, wish: Wish) -> None:
        self._door = door
        self._ask_devices = ask_devices
        self.wish = wish
        self._refusals: dict[Name, str] = {}
        self._on_the_way: deque[tuple[int, asyncio.Task[Outcome]]] = deque()
        self.report = UploadReport()

    async def run(self, chunks: AsyncIterator[bytes]) -> AsyncIterator[UploadReport]:
        """Yield the report, first when the heading is read, then whenever it has grown.

        Raises:
            UnreadableCsvError: the heading is wrong, or a line has no end.
            UnavailableError: no commit was heard of; what the report counts is stored.
        """
        pieces = _pieces(chunks)
        try:
            reader: CsvReader | None = None
            async for piece in pieces:
                if reader is None:
                    reader = CsvReader(piece.lines[0], self.wish.mode)
                    yield self.report
                    piece = _Piece(2, piece.lines[1:])  # noqa: PLW2901 - the heading is read
                await self._hand_in(reader, piece)
                while len(self._on_the_way) >= _ON_THE_WAY:
                    await self._hear()
                    yield self.report
            while self._on_the_way:
                await self._hear()
                yield self.report
        except (HTTPException, MalformedError, UnavailableError, UnreadableCsvError):
            await self._hear_rest()
            raise
        finally:
            await self._give_up()
        self.report.done = True
        yield self.report

    def ended(self, error: str) -> UploadReport:
        """Return the last report of an upload that ends early."""
        self.report.error = error
        self.report.done = True
        return self.report

    async def _hand_in(self, reader: CsvReader, piece: _Piece) -> None:
        read = await asyncio.to_thread(_read, reader, piece, time.time_ns() // 1000)
        await self._learn({row.device for _, row in read if isinstance(row, Row)})
        objects: list[dict[str, object]] = []
        for line, row in read:
            self.report.rows += 1
            if isinstance(row, str):
                self.report.refuse(line, row)
            elif why := self._refusals[row.device]:
                self.report.refuse(line, why)
            else:
                objects.append(row.fields)
        if objects:
            handing = self._door.hand_in(self.wish.topic, orjson.dumps(objects), _PATIENCE_S)
            self._on_the_way.append((piece.first, asyncio.create_task(handing)))

    async def _learn(self, devices: Iterable[Name]) -> None:
        unheard = [device for device in devices if device not in self._refusals]
        if not unheard:
            return
        if len(self._refusals) > _MOST_DEVICES:
            self._refusals.clear()
            unheard = list(devices)
        self._refusals |= dict.fromkeys(unheard, "") | await self._ask_devices(unheard)

    async def _hear(self) -> None:
        first, task = self._on_the_way.popleft()
        outcome = await task
        self.report.stored += outcome.stored
        self.report.known += outcome.known
        for fault in outcome.faults:
            self.report.tell(first, f"from this line on: {fault.sentence}")

    async def _hear_rest(self) -> None:
        """Count what was handed in before the file ended early, as far as it is heard of."""
        while self._on_the_way:
            with suppress(UnavailableError):
                await self._hear()

    async def _give_up(self) -> None:
        """Wait for nothing any more; what is handed in will be stored all the same."""
        for _, task in self._on_the_way:
            task.cancel()
        waiting = [task for _, task in self._on_the_way]
        self._on_the_way.clear()
        await asyncio.gather(*waiting, return_exceptions=True)


def refusals(connection: Connection, names: Sequence[Name]) -> dict[Name, str]:
    """Return for each name that is no device in use a sentence that says why."""
    return Catalogue().look_up(connection, names)


def _read(reader: CsvReader, piece: _Piece, now_us: int) -> list[tuple[int, Row | str]]:
    """Return each line's row, or the sentence that says why it is none; blank ones are left out."""
    read: list[tuple[int, Row | str]] = []
    for number, line in enumerate(piece.lines, start=piece.first):
        if not line.strip():
            continue
        try:
            read.append((number, reader.read(line, now_us)))
        except UnreadableRowError as error:
            read.append((number, str(error)))
    return read


async def _pieces(chunks: AsyncIterator[bytes]) -> AsyncIterator[_Piece]:
    """Yield the lines of a file, a bounded number at once."""
    number = 1
    rest = b""
    lines: list[bytes] = []
    size = 0
    async for chunk in chunks:
        *ended, rest = (rest + chunk).split(b"\n")
        for line in ended:
            _check_length(line, number + len(lines))
            lines.append(line)
            size += len(line)
            if len(lines) >= _LINES_AT_ONCE or size >= _BYTES_AT_ONCE:
                yield _Piece(number, lines)
                number, lines, size = number + len(lines), [], 0
        _check_length(rest, number + len(lines))
    lines.append(rest)
    yield _Piece(number, lines)


def _check_length(line: bytes, number: int) -> None:
    if len(line) > MAX_LINE_BYTES:
        raise UnreadableCsvError(
            f"line {number} is longer than {MAX_LINE_BYTES} bytes: expected rows of a CSV"
        )
