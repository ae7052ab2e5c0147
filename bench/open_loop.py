"""An open-loop load: requests leave at times fixed beforehand, however slow the answers are.

A latency counts from the time at which its request was meant to leave, so that a server which
stalls is charged for everything that waits meanwhile.
"""

import asyncio
import re
from collections import deque
from collections.abc import Sequence
from typing import NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)
_HEAD_END = b"\r\n\r\n"
_PATIENCE_S = 30.0


class Load(NamedTuple):
    """What is asked, how often, and what an answer must be at most.

    Attributes:
        name: for the report.
        paths: one is taken after the other.
        rate: requests a second.
        limit_ms: of the 99th percentile, None for none.
    """

    name: str
    paths: Sequence[str]
    rate: float
    limit_ms: float | None


class Outcome(NamedTuple):
    """Latencies in milliseconds (n), wrong answers, and bytes of all bodies."""

    latency_ms: NDArray[np.float64]
    errors: int
    size: int

    def percentile(self, share: float) -> float:
        """Return a percentile of the latencies in milliseconds."""
        return float(np.percentile(self.latency_ms, share))


class _Wire(asyncio.Protocol):
    """One connection that is kept: one request at a time, and what came back of it."""

    def __init__(self, load: "_Run") -> None:
        self._run = load
        self._transport: asyncio.WriteTransport | None = None
        self._head = b""
        self._missing = 0
        self._size = 0
        self._due = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way to the server."""
        self._transport = cast("asyncio.WriteTransport", transport)

    def close(self) -> None:
        """End the connection."""
        if self._transport is not None:
            self._transport.close()

    def send(self, request: bytes, due: float) -> None:
        """Send a request that was meant to leave at ``due`` (time of the loop)."""
        if self._transport is None:
            raise ConnectionError("not connected")
        self._due, self._head, self._missing = due, b"", -1
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        """Take bytes of the answer."""
        if self._missing >= 0:
            self._take(len(data))
            return
        self._head += data
        end = self._head.find(_HEAD_END)
        if end < 0:
            return
        found = _LENGTH.search(self._head, 0, end)
        self._size = self._missing = int(found[1]) if found else 0
        self._take(len(self._head) - end - len(_HEAD_END))

    def _take(self, count: int) -> None:
        self._missing -= count
        if self._missing <= 0:
            good = self._head.startswith(b"HTTP/1.1 200")
            self._run.done(self, self._due, good=good, size=self._size)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell that the server is gone."""
        self._run.lost(exc)


class _Run:
    """One load on its way."""

    def __init__(self, total: int) -> None:
        self._loop = asyncio.get_running_loop()
        self._free: deque[_Wire] = deque()
        self._waiting: deque[tuple[bytes, float]] = deque()
        self._latency: list[float] = []
        self._total = total
        self._errors = 0
        self._size = 0
        self.ended = asyncio.Event()

    def send(self, request: bytes, due: float) -> None:
        """Send a request on a free connection, or on the first that becomes free."""
        if self._free:
            self._free.popleft().send(request, due)
        else:
            self._waiting.append((request, due))

    def done(self, wire: _Wire, due: float, *, good: bool, size: int) -> None:
        """Take an answer and give its connection the next request that waits."""
        self._latency.append(self._loop.time() - due)
        self._errors += not good
        self._size += size
        if self._waiting:
            wire.send(*self._waiting.popleft())
        else:
            self._free.append(wire)
        if len(self._latency) == self._total:
            self.ended.set()

    def lost(self, error: Exception | None) -> None:
        """Count a connection that the server closed, which it has no reason to."""
        if not self.ended.is_set():
            self._errors += 1
            self._total -= 1
            if error is None or len(self._latency) >= self._total:
                self.ended.set()

    async def connect(self, host: str, port: int, count: int) -> None:
        """Open the connections."""
        for _ in range(count):
            _, wire = await self._loop.create_connection(lambda: _Wire(self), host, port)
            self._free.append(wire)

    def outcome(self) -> Outcome:
        """Return what came of the load, and close the connections."""
        for wire in self._free:
            wire.close()
        return Outcome(np.array(self._latency) * 1000, self._errors, self._size)


async def drive(
    address: tuple[str, int], load: Load, keys: Sequence[str], seconds: float
) -> Outcome:
    """Send a load for some seconds; each key has a connection's worth of requests in turn."""
    count = int(load.rate * seconds)
    gaps = np.random.default_rng(7).exponential(1 / load.rate, count)
    run = _Run(count)
    await run.connect(*address, len(keys))
    loop = asyncio.get_running_loop()
    start = loop.time() + 0.2
    for number, due in enumerate((start + np.cumsum(gaps)).tolist()):
        if (wait := due - loop.time()) > 0:
            await asyncio.sleep(wait)
        run.send(_request(load.paths[number % len(load.paths)], keys[number % len(keys)]), due)
    async with asyncio.timeout(_PATIENCE_S):
        await run.ended.wait()
    return run.outcome()


def _request(path: str, key: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: twin\r\nX-API-Key: {key}\r\n\r\n".encode()
