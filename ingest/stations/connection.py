"""One connection of a station: its bytes in, our answers out."""

import asyncio
from typing import Protocol, cast

from ingest.stations.heard import Conversation
from twin.model import Name

Topics = dict[Name, str]
_MOST_UNREAD_BYTES = 65_536
"""What a peer may leave of our answers before nothing more is read from it."""


class Host(Protocol):
    """Who a connection belongs to.

    Attributes:
        buffer: takes the bytes of whichever connection is being read.
    """

    buffer: bytearray

    def opened(self, connection: "Connection") -> None:
        """Take note of a new connection."""
        ...

    def closed(self, connection: "Connection") -> None:
        """Take note of its end."""
        ...

    def received(self, connection: "Connection", data: bytes) -> None:
        """Take what it sent."""
        ...


class Connection(asyncio.BufferedProtocol):
    """The protocol of one socket.

    Args:
        host: whose it is.
        conversation: makes frames of its bytes.

    Attributes:
        conversation: the same.
        topics: of the devices that speak here.
        topic: of the one that spoke last; empty before.
        owed: how many of its messages are not stored yet.
        rubbish: how many pieces in a row were no frames.
        opened_at: by the loop's clock, in seconds.
        heard_at: when its last whole frame came.
        begun_at: when a frame began that is not whole.
        is_paused: nothing is read from it at the moment.
    """

    def __init__(self, host: Host, conversation: Conversation) -> None:
        self._host = host
        self._transport: asyncio.Transport | None = None
        self._is_clogged = False
        self._is_held = False
        self.conversation = conversation
        self.topics = Topics()
        self.topic = ""
        self.owed = 0
        self.rubbish = 0
        self.opened_at = self.heard_at = self.begun_at = 0.0
        self.is_paused = False

    @property
    def is_open(self) -> bool:
        """Whether what is written may still arrive."""
        return self._transport is not None and not self._transport.is_closing()

    @property
    def peer(self) -> str:
        """The address of the other side, for the log."""
        name = self._transport.get_extra_info("peername") if self._transport else None
        return f"{name[0]}:{name[1]}" if name else "unknown"

    def write(self, data: bytes) -> None:
        """Send bytes; those for a closed connection are dropped."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    def close(self) -> None:
        """End the connection at once."""
        if self._transport is not None:
            self._transport.abort()

    def hold(self) -> None:
        """Read nothing more until ``release``."""
        self._is_held = True
        self._agree()

    def release(self) -> None:
        """Read on."""
        self._is_held = False
        self._agree()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        # Those of uvloop have all the methods and are no instances.
        self._transport = cast("asyncio.Transport", transport)
        self._transport.set_write_buffer_limits(high=_MOST_UNREAD_BYTES)
        self._host.opened(self)

    def connection_lost(self, _error: Exception | None) -> None:
        """End; a frame that was under way is lost, and its sender knows no answer to it."""
        self._transport = None
        self._host.closed(self)

    def get_buffer(self, _sizehint: int) -> bytearray:
        """Return the buffer that all connections share: it is emptied before another is read."""
        return self._host.buffer

    def buffer_updated(self, nbytes: int) -> None:
        """Take what has come."""
        self._host.received(self, bytes(memoryview(self._host.buffer)[:nbytes]))

    def pause_writing(self) -> None:
        """Read nothing more from a peer that does not read our answers."""
        self._is_clogged = True
        self._agree()

    def resume_writing(self) -> None:
        """Read on."""
        self._is_clogged = False
        self._agree()

    def _agree(self) -> None:
        wanted = self._is_held or self._is_clogged
        if wanted == self.is_paused or self._transport is None:
            return
        self.is_paused = wanted
        if wanted:
            self._transport.pause_reading()
        else:
            self._transport.resume_reading()
