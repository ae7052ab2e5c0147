"""Decodes what the inbox holds in a thread of its own, while what came before is being stored.

The thread that stores waits for PostgreSQL in most of its time. If it decoded too, a third of each
second would go by in which neither the interpreter nor the store has anything to do.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from ingest.batch import Parcel
from ingest.config import PipelineConfig
from ingest.inbox import Inbox, Line, Received
from ingest.pipeline import Ahead, Pipeline
from ingest.throttle import Limited, Throttle, Throttled
from twin.model import Request

_WAIT_S = 0.2
_MOST = 500
"""Messages that are laid out before the store sees the first of them."""
_MOST_READINGS = 100_000
"""Readings that wait before no further portion is laid out."""


class Portion(NamedTuple):
    """Messages that can be stored.

    Attributes:
        received: as they came.
        parcels: what each says, or why it is refused.
        ahead: whose readings they are, where memory alone could tell.
        readings: how many they carry.
    """

    received: Sequence[Received]
    parcels: Sequence[Parcel]
    ahead: Ahead
    readings: int


class DecodeAhead:
    """Takes messages from the inbox, in order, and lays out what they say.

    Never more than a batch waits to be stored, and little more than 100,000 readings: whatever else
    comes stays in the inbox, where it takes less memory.

    Args:
        inbox: what the origins received.
        pipeline: decodes and resolves.
        ask: sends what a decoder wants to ask a device.
        throttle: says whose messages are refused.
        config: sizes and waits.
    """

    def __init__(
        self,
        inbox: Inbox,
        pipeline: Pipeline,
        ask: Callable[[Request], None],
        throttle: Throttle,
        config: PipelineConfig,
    ) -> None:
        self._inbox = inbox
        self._pipeline = pipeline
        self._ask = ask
        self._throttle = throttle
        self._throttling = threading.Lock()
        self._config = config
        self._ready = Line[Portion]()
        self._waiting = self._waiting_readings = 0
        self._counting = threading.Lock()
        self._room = threading.Event()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def __len__(self) -> int:
        """Return how many messages wait, laid out or not."""
        return len(self._inbox) + self._waiting

    def start(self, on_failure: Callable[[BaseException], None]) -> None:
        """Begin; whatever ends the thread against its will goes to ``on_failure``."""

        def work() -> None:
            try:
                while not self._stopping.is_set():
                    self.lay_out_next()
            except BaseException as error:  # noqa: BLE001 - whoever asked is told
                on_failure(error)

        self._thread = threading.Thread(target=work, name="decode", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End; what was not stored stays unconfirmed."""
        self._stopping.set()
        self._room.set()
        if self._thread is not None:
            self._thread.join()

    def take(self, wait_seconds: float) -> list[Portion]:
        """Return what is laid out, a batch at most."""
        portions = self._ready.take(self._config.batch_messages, wait_seconds, 0.0)
        with self._counting:
            self._waiting -= sum(len(portion.received) for portion in portions)
            self._waiting_readings -= sum(portion.readings for portion in portions)
        self._room.set()
        return portions

    def lay_out_next(self) -> None:
        """Lay out a portion of what waits, once there is room."""
        self._room.clear()
        room = self._config.batch_messages - self._waiting
        if room <= 0 or self._waiting_readings >= _MOST_READINGS:
            self._room.wait(_WAIT_S)
            return
        linger_s = self._config.linger_ms / 1000
        received = self._inbox.take(min(room, _MOST), _WAIT_S, linger_s)
        if not received:
            return
        parcels = self._decoded(received)
        readings = sum(len(said.readings) + len(said.natives) for _, said in parcels)
        portion = Portion(received, parcels, self._pipeline.resolve_ahead(parcels), readings)
        with self._counting:
            self._waiting += len(received)
            self._waiting_readings += readings
        self._ready.put(portion)

    def resume(self, listened_us: int) -> None:
        """Note until when another process took what came."""
        with self._throttling:
            self._throttle.resume(listened_us)

    def listen(self, now_us: int, *, connected: bool) -> bool:
        """Note whether we take what comes, and return that; call it every second."""
        caught_up = len(self) < self._config.batch_messages
        with self._throttling:
            self._throttle.listen(now_us, connected=connected, caught_up=caught_up)
            if not len(self):
                self._throttle.tick(now_us)
        return connected and caught_up

    def throttled(self) -> list[Throttled]:
        """Return who is throttled now."""
        with self._throttling:
            return self._throttle.throttled()

    def _decoded(self, received: Sequence[Received]) -> Sequence[Parcel]:
        with self._throttling:
            refused = self._throttle.refuse(received)
        parcels = self._pipeline.decode(
            [(r.decoder, r.message) for n, r in enumerate(received) if n not in refused]
        )
        with self._throttling:
            self._throttle.learn(parcels)
        for parcel in parcels:
            for request in parcel.decoded.requests:
                self._ask(request)
        return _in_order(received, parcels, refused) if refused else parcels


def _in_order(
    received: Sequence[Received], parcels: Sequence[Parcel], refused: Mapping[int, Limited]
) -> list[Parcel]:
    taken = iter(parcels)
    return [
        Parcel(one.message, refused[n].refusal) if n in refused else next(taken)
        for n, one in enumerate(received)
    ]
