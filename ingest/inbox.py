"""Where every source puts what it received, and how it learns what became of it."""

import threading
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Generic, NamedTuple, Protocol, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from twin.model import Fault, Message

Item = TypeVar("Item")


class Fate(NamedTuple):
    """What became of a message, once that is committed.

    Attributes:
        stored: readings and events that were new.
        known: readings and events that stood already: redelivered, or in conflict.
        faults: why the message is parked; empty where it was taken wholly.
    """

    stored: int
    known: int
    faults: Sequence[Fault] = ()


class Fates:
    """What became of each message of a batch, counted only where somebody asks.

    Args:
        starts: int[m + 1], where the readings of each of m messages begin in ``new``, and the end.
        new: bool[n], which readings were newly stored.
        events: for a message with video events, how many were new and how many known.
        faults: of the messages that are parked, by their position.
    """

    def __init__(
        self,
        starts: Sequence[int],
        new: NDArray[np.bool_],
        events: Mapping[int, tuple[int, int]],
        faults: Mapping[int, Sequence[Fault]],
    ) -> None:
        self._starts = starts
        self._new = new
        self._events = events
        self._faults = faults

    def __len__(self) -> int:
        return len(self._starts) - 1

    def of(self, position: int) -> Fate:
        """Return the fate of the message at a position of the batch."""
        begin, end = self._starts[position], self._starts[position + 1]
        stored = int(np.count_nonzero(self._new[begin:end]))
        new, known = self._events.get(position, (0, 0))
        return Fate(stored + new, end - begin - stored + known, self._faults.get(position, ()))

    def then(self, other: Self) -> Self:
        """Return the fates of these messages and the other ones after them."""
        here = len(self)
        return type(self)(
            [*self._starts, *(start + self._starts[-1] for start in other._starts[1:])],
            np.concatenate((self._new, other._new)),
            {**self._events, **{here + place: said for place, said in other._events.items()}},
            {**self._faults, **{here + place: said for place, said in other._faults.items()}},
        )


def counted(places: Sequence[int], written: Sequence[bool]) -> dict[int, tuple[int, int]]:
    """Return for each position how many of its events were new and how many known."""
    counted: dict[int, tuple[int, int]] = {}
    for place, is_new in zip(places, written, strict=True):
        new, known = counted.get(place, (0, 0))
        counted[place] = (new + is_new, known + (not is_new))
    return counted


class Origin(Protocol):
    """A source of messages: a broker, sockets."""

    def start(self) -> None:
        """Begin to receive; what comes goes into the inbox."""
        ...

    def stop(self) -> None:
        """Receive nothing more; what was not confirmed comes again at the next start."""
        ...

    def confirm(self, done: Sequence[tuple[int, "Received"]], fates: Fates) -> None:
        """Take note that messages are committed, in the order of their receipt.

        Called in the thread of the runner; must not block on a peer.

        Args:
            done: this origin's messages, each with its position in the batch.
            fates: what became of them.
        """
        ...


class Received(NamedTuple):
    """A message, and what its origin needs to confirm it.

    Attributes:
        decoder: the name of who can read it.
        message: as it came.
        origin: where it came from.
        receipt: the origin's own note: a connection, a place in a file.
    """

    decoder: str
    message: Message
    origin: Origin
    receipt: Any = None


class Line(Generic[Item]):
    """Things in the order of their arrival, put by any thread and taken by one."""

    def __init__(self) -> None:
        self._queue: deque[Item] = deque()
        self._arrived = threading.Condition()
        self._wanted = 1

    def __len__(self) -> int:
        return len(self._queue)

    def put(self, item: Item) -> None:
        """Add one; never blocks."""
        self.put_all((item,))

    def put_all(self, items: Iterable[Item]) -> None:
        """Add some, in their order; never blocks."""
        with self._arrived:
            self._queue.extend(items)
            if len(self._queue) >= self._wanted:
                self._arrived.notify()

    def take(self, most: int, wait_seconds: float, linger_seconds: float) -> list[Item]:
        """Return the next ones in order, up to ``most``.

        Waits up to ``wait_seconds`` for the first one, then ``linger_seconds`` for company; what
        came while the last ones were at work has waited long enough.
        """
        with self._arrived:
            if not self._queue and self._arrived.wait(wait_seconds) and len(self._queue) < most:
                # Whoever puts wakes nobody for one more: that costs more than the message itself.
                self._wanted = most
                self._arrived.wait_for(lambda: len(self._queue) >= most, linger_seconds)
                self._wanted = 1
            return [self._queue.popleft() for _ in range(min(most, len(self._queue)))]


class Inbox(Line[Received]):
    """What all origins received and nobody has decoded yet."""
