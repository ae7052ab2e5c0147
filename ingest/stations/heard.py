"""What a server makes of the bytes of one connection, whatever protocol they are in."""

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from twin.model import Name


class Heard(NamedTuple):
    """A frame, and what is to be done with it.

    Attributes:
        frame: as it came.
        payload: what the decoder gets; empty where there is nothing to store yet.
        speaker: who sent it; None for bytes that are no right frame.
        confirmation: makes the answer that is due once it is stored, from our time; None for none.
        is_kept: it is not confirmed and must not be lost: it goes to disk first.
        is_answer: it answers something that the centre has asked.
        reply: what to send back at once.
        first_us: when it came first, where it may come again and says no time; 0 elsewhere.
    """

    frame: bytes
    payload: bytes
    speaker: Name | None = None
    confirmation: Callable[[int], bytes] | None = None
    is_kept: bool = False
    is_answer: bool = False
    reply: bytes = b""
    first_us: int = 0


class Conversation(Protocol):
    """One connection's side of a protocol. Pure: no socket, no clock.

    Attributes:
        is_mid_frame: whether a frame has begun that is not whole.
    """

    @property
    def is_mid_frame(self) -> bool:
        """Whether a frame has begun that is not whole."""
        ...

    def receive(self, data: bytes, now_us: int) -> Sequence[Heard]:
        """Return what the bytes complete, in order; never raises."""
        ...

    def tick(self, now_us: int) -> bytes:
        """Return what is to be sent because time has passed."""
        ...


class Conversations(Protocol):
    """Those of all connections of a server."""

    def begin(self) -> Conversation:
        """Return the conversation of a new connection."""
        ...

    def overdue(self, now_us: int) -> Sequence[Heard]:
        """Return what has come in part and is not waited for any longer; call it every second."""
        ...
