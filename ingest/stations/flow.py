"""From sockets to the inbox: in order, in bounded number, and through the disk where need be."""

from collections import deque
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from ingest.inbox import Inbox, Origin, Received
from ingest.stations.spool import Spool
from twin.model import Message

_MOST_MESSAGES: Final = 4000
_MOST_BYTES: Final = 32 << 20


class Window:
    """How much is under way between a server and the store.

    Args:
        most_messages: beyond which nothing more shall come.
        most_bytes: the same, of payloads.
    """

    __slots__ = ("_bytes", "_messages", "_most_bytes", "_most_messages")

    def __init__(self, most_messages: int = _MOST_MESSAGES, most_bytes: int = _MOST_BYTES) -> None:
        self._most_messages = most_messages
        self._most_bytes = most_bytes
        self._messages = self._bytes = 0

    @property
    def is_full(self) -> bool:
        """Whether nothing more shall come."""
        return self._messages >= self._most_messages or self._bytes >= self._most_bytes

    @property
    def is_half_empty(self) -> bool:
        """Whether who was stopped may go on."""
        return self._messages <= self._most_messages // 2 and self._bytes <= self._most_bytes // 2

    def take(self, size: int) -> None:
        """Let a message be under way."""
        self._messages += 1
        self._bytes += size

    def give_back(self, size: int) -> None:
        """Let a message be done."""
        self._messages -= 1
        self._bytes -= size


class Spooled(NamedTuple):
    """The receipt of a message that is on disk: its number there."""

    number: int


class _Waiting(NamedTuple):
    """A message that comes behind those on disk up to a number."""

    behind: int
    received: Received


class Flow:
    """Puts messages into the inbox; those on disk in a window, so that memory stays bounded.

    The order of arrival is kept: while messages wait on disk, those that need not go there wait
    for their turn.

    Args:
        decoder: of all messages.
        origin: who is told what became of them.
        inbox: takes them.
        spool: keeps those that are not confirmed.
    """

    def __init__(self, decoder: str, origin: Origin, inbox: Inbox, spool: Spool) -> None:
        self._decoder = decoder
        self._origin = origin
        self._inbox = inbox
        self._spool = spool
        self._window = Window()
        self._waiting: deque[_Waiting] = deque()

    def put(self, message: Message, receipt: Any) -> None:  # noqa: ANN401 - the caller's own note
        """Let a message go to the store, behind what came before it."""
        received = Received(self._decoder, message, self._origin, receipt)
        if self._waiting or self._spool.is_behind:
            self._waiting.append(_Waiting(self._spool.end, received))
        else:
            self._inbox.put(received)

    def keep(self, message: Message) -> None:
        """Write a message to disk, and let it go to the store.

        Raises:
            SpoolFullError: there is no room for it.
        """
        has_turn = not (self._waiting or self._spool.is_behind or self._window.is_full)
        number = self._spool.append(message)
        if has_turn:
            self._spool.pass_over()
            self._send(number, message)

    def settle(self, number: int, sizes: Sequence[int]) -> None:
        """Note that messages of these sizes are stored, up to this number on disk."""
        for size in sizes:
            self._window.give_back(size)
        self._spool.settle(number + 1)

    def go_on(self) -> None:
        """Send what waits, as far as there is room."""
        while True:
            while self._waiting and self._waiting[0].behind <= self._spool.fed:
                self._inbox.put(self._waiting.popleft().received)
            if self._window.is_full or (found := self._spool.next()) is None:
                return
            self._send(*found)

    def _send(self, number: int, message: Message) -> None:
        self._window.take(len(message.payload))
        self._inbox.put(Received(self._decoder, message, self._origin, Spooled(number)))
