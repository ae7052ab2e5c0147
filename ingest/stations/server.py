"""A TCP server for stations: an event loop in a thread of its own."""

import asyncio
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final, Literal

import structlog
import uvloop

from ingest.inbox import Fates, Inbox, Received
from ingest.stations import metrics
from ingest.stations.config import Hj212Config, StationConfig
from ingest.stations.flow import Flow
from ingest.stations.heard import Conversations
from ingest.stations.hj212_conversation import Hj212Conversations
from ingest.stations.reception import Listener, Reception
from ingest.stations.sl651_conversation import Sl651Conversations
from ingest.stations.spool import Spool
from twin.model import Name

_log = structlog.get_logger()

_SWEEP_S: Final = 1.0
_BACKLOG: Final = 1024
_PATIENCE_S: Final = 15.0
_MEGABYTE: Final = 1_000_000


class CannotListenError(Exception):
    """A server for stations cannot begin. Free its port or spool, or correct its settings."""


class StationServer:
    """An origin of messages: stations that connect by TCP.

    Frames that are confirmed are in memory until they are stored, then answered. Others are on
    disk until they are stored.

    Args:
        config: what it is told.
        inbox: takes its messages.
        spool_folder: for the frames that are not confirmed; one for each server.

    Attributes:
        protocol: what its stations speak.
        bound_port: where it listens, once it is started.
    """

    def __init__(self, config: StationConfig, inbox: Inbox, spool_folder: Path) -> None:
        self._config = config
        self._spool = Spool(
            spool_folder, config.name, round(config.spool_mb * _MEGABYTE), self._fail
        )
        self._flow = Flow(config.decoder, self, inbox, self._spool)
        self._failed: Callable[[BaseException], None] | None = None
        self._listeners: list[Listener] = []
        self._ready = threading.Event()
        self._executor = ThreadPoolExecutor(1, thread_name_prefix=f"stations {config.name}")
        self._running: Future[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._turning = threading.Lock()
        self._reception: Reception | None = None
        self._ending: asyncio.Future[None] | None = None
        self.bound_port = 0

    @property
    def protocol(self) -> Literal["hj212", "sl651"]:
        """What its stations speak."""
        return self._config.protocol

    def report_failure_to(self, failed: Callable[[BaseException], None]) -> None:
        """Let somebody know if the server ends by itself; called in another thread."""
        self._failed = failed

    def listen(self, listener: Listener) -> None:
        """Tell a listener of every frame that answers something the centre has asked.

        It is called in the server's thread with the speaker, the whole frame, and when it arrived
        (microseconds since 1970 UTC); it must not block. Call this before ``start``.
        """
        self._listeners.append(listener)

    def start(self) -> None:
        """Listen.

        Raises:
            CannotListenError: the port or the spool is not to be had.
        """
        self._running = self._executor.submit(self._run)
        self._running.add_done_callback(self._ended)
        if not self._ready.wait(_PATIENCE_S):
            raise CannotListenError(f"server {self._config.name!r}: not ready in {_PATIENCE_S} s")
        if self._running.done() and (error := self._running.exception()):
            raise CannotListenError(f"server {self._config.name!r}: {error}") from error

    def stop(self) -> None:
        """Close all connections; what was not confirmed comes again at the next start."""
        self._soon(self._end)
        self._executor.shutdown(wait=True)

    def confirm(self, done: Sequence[tuple[int, Received]], _fates: Fates) -> None:
        """Take note that messages are stored; the answers go out in the server's thread."""
        if self._reception is None:
            return
        receipts = [(one.receipt, len(one.message.payload)) for _, one in done]
        self._soon(self._reception.settle, receipts)

    def reaches(self, speaker: Name) -> bool:
        """Whether a device is connected here; any thread may ask.

        Args:
            speaker: the device's canonical name.
        """
        return self._reception is not None and speaker in self._reception.speakers

    def send(self, speaker: Name, frame: bytes) -> bool:
        """Send a frame to a device; False where it is not connected here. Any thread may call.

        Whether it arrives, only the device's answer tells.

        Args:
            speaker: the device's canonical name.
            frame: all of its bytes.
        """
        reception = self._reception
        connection = None if reception is None else reception.speakers.get(speaker)
        return connection is not None and self._soon(connection.write, frame)

    def _soon(self, deed: Callable[..., None], *arguments: object) -> bool:
        """Have the server's thread do something; False where it has ended, or never began."""
        with self._turning:
            if self._loop is None:
                return False
            self._loop.call_soon_threadsafe(deed, *arguments)
            return True

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        loop = asyncio.get_running_loop()
        self._ending = loop.create_future()
        loop.set_exception_handler(self._on_error)
        conversations = _conversations(self._config)
        reception = Reception(self._config, self._flow, conversations, loop.time)
        reception.listeners = self._listeners
        self._spool.open()
        try:
            server = await loop.create_server(
                reception.welcome, self._config.host, self._config.port, backlog=_BACKLOG
            )
            self.bound_port = server.sockets[0].getsockname()[1]
            self._loop, self._reception = loop, reception
            self._flow.go_on()
            self._ready.set()
            _log.info("listening for stations", server=self._config.name, port=self.bound_port)
            try:
                await self._sweep_until_end(reception, self._ending)
            finally:
                self._let_go()
                server.close()
                reception.close_all()
                await server.wait_closed()
        finally:
            self._spool.close()

    async def _sweep_until_end(self, reception: Reception, ending: asyncio.Future[None]) -> None:
        spool_bytes = metrics.SPOOL_BYTES.labels(self._config.name)
        spool_messages = metrics.SPOOL_MESSAGES.labels(self._config.name)
        while not ending.done():
            reception.sweep()
            spool_bytes.set(self._spool.size)
            spool_messages.set(self._spool.waiting)
            await asyncio.wait({ending}, timeout=_SWEEP_S)
        ending.result()

    def _let_go(self) -> None:
        """Take nothing more from other threads: the loop ends."""
        with self._turning:
            self._loop = None
        self._reception = None

    def _end(self) -> None:
        if self._ending is not None and not self._ending.done():
            self._ending.set_result(None)

    def _fail(self, error: BaseException) -> None:
        """End with an error of another thread."""
        self._soon(self._end_with, error)

    def _end_with(self, error: BaseException) -> None:
        if self._ending is not None and not self._ending.done():
            self._ending.set_exception(error)

    def _on_error(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """End with whatever a callback raised; trouble of one socket concerns only that one."""
        error = context.get("exception")
        if error is None or isinstance(error, OSError):
            _log.warning("socket of a station", server=self._config.name, error=str(context))
        else:
            self._end_with(error)

    def _ended(self, running: Future[None]) -> None:
        was_ready = self._ready.is_set()
        self._ready.set()
        error = running.exception()
        if error is None or not was_ready:
            return
        _log.error("server for stations has ended", server=self._config.name, error=repr(error))
        if self._failed is not None:
            self._failed(error)


def _conversations(config: StationConfig) -> Conversations:
    if isinstance(config, Hj212Config):
        return Hj212Conversations(config)
    return Sl651Conversations(config)
