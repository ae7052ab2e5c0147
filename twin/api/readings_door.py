"""The door through which readings reach ingest, and the answers that come back after its commit."""

import asyncio
from collections.abc import Callable
from typing import Annotated, TypeVar

import structlog
from fastapi import Depends
from starlette.requests import HTTPConnection

from ingest.handed_in import BadOutcomesError, Outcome, unpack
from ingest.parking import digest_of
from twin.api.problems import UnavailableError
from twin.model import Message, Mode

_log = structlog.get_logger()

_MOST_WAITING_BYTES = 64 << 20

Publish = Callable[[str, bytes], int]
Said = TypeVar("Said")


class Door:
    """Hands bodies to the broker; belongs to one event loop, in which every method is called.

    Several who hand in the same body to the same topic at once all get the answer to the first:
    the same readings are stored once, whoever asks.

    Args:
        publish: sends topic and body with QoS 1 and returns the number of the message; None where
            there is no broker.
        wait_s: how long to wait for the commit.
    """

    def __init__(self, publish: Publish | None, wait_s: float) -> None:
        self._publish = publish
        self._wait_s = wait_s
        self._open = asyncio.Event()
        self._waiting: dict[bytes, list[asyncio.Future[Outcome | None]]] = {}
        self._unconfirmed: dict[int, asyncio.Future[bool]] = {}
        self._waiting_bytes = 0

    async def hand_in(self, topic: str, body: bytes, wait_s: float | None = None) -> Outcome:
        """Return what became of a body once ingest has committed it.

        Raises:
            UnavailableError: the broker is away, or no commit was heard of in time.
        """
        if self._publish is None or not self._open.is_set():
            raise UnavailableError("the broker is away: nothing was handed in, send again later")
        if self._waiting_bytes > _MOST_WAITING_BYTES:
            raise UnavailableError("too much waits to be stored: nothing was handed in, send again")
        self._waiting_bytes += len(body)
        try:
            return await self._handed_in(self._publish, topic, body, wait_s or self._wait_s)
        finally:
            self._waiting_bytes -= len(body)

    async def wait_until_open(self, wait_s: float) -> None:
        """Wait for the connection to the broker.

        Raises:
            UnavailableError: there is none in time.
        """
        try:
            async with asyncio.timeout(wait_s):
                await self._open.wait()
        except TimeoutError as error:
            raise UnavailableError(f"the broker did not answer in {wait_s:g} s") from error

    def connected(self) -> None:
        """Take note that outcomes come from now on."""
        self._open.set()

    def disconnected(self) -> None:
        """Take note that no outcomes come for a while: who waits is told so."""
        self._open.clear()
        for waiting in self._waiting.values():
            for answer in waiting:
                _settle(answer, None)
        for held in self._unconfirmed.values():
            _settle(held, value=False)

    def confirmed(self, number: int) -> None:
        """Take note that the broker holds a message."""
        if (held := self._unconfirmed.get(number)) is not None:
            _settle(held, value=True)

    def take(self, payload: bytes) -> None:
        """Tell everyone who waits for one of these outcomes; most are of other web processes."""
        try:
            outcomes = unpack(payload)
        except BadOutcomesError as error:
            _log.warning("outcomes left out", error=str(error))
            return
        for outcome in outcomes:
            for answer in self._waiting.get(outcome.digest, ()):
                _settle(answer, outcome)

    async def _handed_in(self, publish: Publish, topic: str, body: bytes, wait_s: float) -> Outcome:
        loop = asyncio.get_running_loop()
        digest = digest_of(Message("", Mode.ACTUAL, topic, body, 0))
        answer: asyncio.Future[Outcome | None] = loop.create_future()
        held: asyncio.Future[bool] = loop.create_future()
        self._waiting.setdefault(digest, []).append(answer)
        number = publish(topic, body)
        self._unconfirmed[number] = held
        try:
            async with asyncio.timeout(wait_s):
                # An equal body of somebody else may be answered before ours reaches the broker.
                outcome = await answer if await held else None
        except TimeoutError:
            outcome = None
        finally:
            del self._unconfirmed[number]
            self._forget(digest, answer)
        if outcome is None:
            raise UnavailableError(
                "no commit was heard of: the readings may still be stored; sending again does no"
                " harm to those with times of their own"
            )
        return outcome

    def _forget(self, digest: bytes, answer: asyncio.Future[Outcome | None]) -> None:
        waiting = self._waiting[digest]
        waiting.remove(answer)
        if not waiting:
            del self._waiting[digest]


def _settle(future: asyncio.Future[Said], value: Said) -> None:
    if not future.done():
        future.set_result(value)


async def door_of(connection: HTTPConnection) -> Door:
    """Return the door of the app that serves this request."""
    door: Door = connection.app.state.door
    return door


TheDoor = Annotated[Door, Depends(door_of)]
