"""The ingest process: takes batches from the source until it is told to stop."""

import threading
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

import structlog

from alerts.delivery import keep_delivering
from data.connection import StoreUnavailableError
from ingest import metrics
from ingest.config import PipelineConfig
from ingest.decode_ahead import DecodeAhead
from ingest.inbox import Inbox, Origin, Received
from ingest.live import LiveFrames
from ingest.mqtt_source import MqttSource
from ingest.pipeline import Pipeline, Taken
from ingest.self_watch.heart import Heart
from ingest.self_watch.vitals import Vitals
from ingest.throttle import Throttle
from ingest.turns import Turns

_log = structlog.get_logger()

_BOUND_SECONDS = 60.0
_LOOK_SECONDS = 2.0
_WAIT_SECONDS = 0.2
_MEGABYTE = 1_000_000
_Done = TypeVar("_Done")


def now_us() -> int:
    """Return our clock: microseconds since 1970 UTC."""
    return time.time_ns() // 1000


class Runner:
    """Feeds a pipeline from an inbox: commit first, then whoever sent it is told.

    Args:
        inbox: what the origins received.
        origins: all of them.
        broker: the one of them that also takes live frames and notices.
        pipeline: stores and judges.
        config: sizes and waits.
        throttle: says whose messages are refused.

    Attributes:
        stopping: is set when it is to end.
    """

    def __init__(
        self,
        inbox: Inbox,
        origins: Sequence[Origin],
        broker: MqttSource,
        pipeline: Pipeline,
        config: PipelineConfig,
        throttle: Throttle,
    ) -> None:
        self._heart: Heart | None = None
        self._vitals = Vitals()
        self._origins = origins
        self._broker = broker
        self._pipeline = pipeline
        self._config = config
        self._frames = LiveFrames(broker.publish)
        self.stopping = threading.Event()
        self._next_tick = 0.0
        self._next_bound = 0.0
        self._next_look = 0.0
        self._turns = Turns()
        self._ahead = DecodeAhead(
            inbox,
            pipeline,
            lambda request: broker.publish(request.topic, request.payload),
            throttle,
            config,
        )
        self._failure: BaseException | None = None

    def report_to(self, vitals: Vitals, heart: Heart | None) -> None:
        """Have how work goes on noted, and a heart beat with what is committed."""
        self._vitals, self._heart = vitals, heart

    def fail(self, error: BaseException) -> None:
        """End ``run`` with an error of another thread."""
        self._failure = error
        self.stop()

    def stop(self) -> None:
        """End ``run`` after the batch in hand."""
        self.stopping.set()

    def is_behind(self) -> bool:
        """Whether more messages wait than in quiet times."""
        return len(self._ahead) > self._config.batch_messages // 2

    def run(self) -> None:
        """Work until ``stop``; the store may be away at any time."""
        if not self._wait_for_store():
            return
        try:
            self._ahead.resume(self._pipeline.listened_us)
            for origin in self._origins:
                origin.start()
            self._turns.begin()
            self._ahead.start(self.fail)
            while not self.stopping.is_set():
                self._one_batch()
                self._tick_if_due()
        finally:
            for origin in self._origins:
                origin.stop()
            self._ahead.stop()
            self._pipeline.close()
        if self._failure is not None:
            raise self._failure

    def deliver_notices(self, store_url: str) -> None:
        """Deliver the outbox until ``stop``; runs in a thread of its own."""
        keep_delivering(
            store_url, self._publish_notice, self.stopping, now_us, self._config.retry_seconds
        )

    def _publish_notice(self, topic: str, payload: bytes) -> None:
        self._broker.publish(topic, payload, qos=1)

    def _one_batch(self) -> None:
        """Offer a batch until it is stored; meanwhile the others wait in the broker."""
        portions = self._ahead.take(_WAIT_SECONDS)
        if not portions:
            return
        received = [one for portion in portions for one in portion.received]
        parcels = [one for portion in portions for one in portion.parcels]
        ahead = [portion.ahead for portion in portions]
        metrics.BATCH_MESSAGES.observe(len(received))
        taken = self.insist(lambda: self._pipeline.take(parcels, ahead))
        if taken is None:
            return
        self._confirm(received, taken)
        self._frames.send(taken.rows)
        metrics.STORED.inc(taken.stored)
        metrics.KNOWN.inc(taken.known)
        delay_s = (now_us() - received[0].message.received_us) / 1e6
        metrics.LAG_SECONDS.set(delay_s)
        self._vitals.committed(delay_s)

    def _confirm(self, received: list[Received], taken: Taken) -> None:
        by_origin: dict[int, list[tuple[int, Received]]] = {id(one): [] for one in self._origins}
        for position, one in enumerate(received):
            by_origin[id(one.origin)].append((position, one))
        for origin in self._origins:
            if done := by_origin[id(origin)]:
                origin.confirm(done, taken.fates)
        metrics.UNACKNOWLEDGED.set(len(self._ahead))
        self._vitals.waits(len(self._ahead))

    def _tick_if_due(self) -> None:
        if time.monotonic() < self._next_tick:
            return
        self._next_tick = time.monotonic() + self._config.tick_seconds
        self._tick()
        self._tend_parked()
        self._watch_devices()
        self._frames.beat()
        self._turns.tick()

    def _tick(self) -> None:
        beat = self._heart.due(now_us()) if self._heart else None
        self._vitals.waits(len(self._ahead))
        if self.insist(lambda: self._pipeline.tick(beat)) and self._heart and beat:
            self._heart.beaten(beat, now_us())

    def _watch_devices(self) -> None:
        listening = self._ahead.listen(now_us(), connected=self._broker.connected.is_set())
        if time.monotonic() < self._next_look:
            return
        self._next_look = time.monotonic() + _LOOK_SECONDS
        throttled = {n: one.reason for one in self._ahead.throttled() for n in one.names}
        self.insist(lambda: self._pipeline.watch_devices(listening=listening, throttled=throttled))

    def _tend_parked(self) -> None:
        """Offer parked messages again where somebody wants it, and keep them within their bound."""
        taken = self.insist(self._pipeline.offer_parked_again)
        if taken is not None:
            self._frames.send(taken.rows)
            metrics.STORED.inc(taken.stored)
        if time.monotonic() < self._next_bound:
            return
        self._next_bound = time.monotonic() + _BOUND_SECONDS
        size = self._config.parked_mb * _MEGABYTE
        most = self._config.parked_messages
        dropped = self.insist(lambda: self._pipeline.bound_parked(messages=most, size=size))
        if dropped:
            metrics.PARKED_DROPPED.inc(dropped)
            _log.warning("parked messages dropped, there are too many", dropped=dropped)

    def _wait_for_store(self) -> bool:
        """Wait until this process is the one writer; False when told to stop meanwhile."""

        def become_writer() -> bool:
            if not self._pipeline.ready():
                raise StoreUnavailableError("another ingest process writes to this store")
            return True

        return bool(self.insist(become_writer))

    def insist(self, deed: Callable[[], _Done]) -> _Done | None:
        """Do it, again and again while the store is away; None when told to stop."""
        while not self.stopping.is_set():
            try:
                return deed()
            except StoreUnavailableError as error:
                _log.warning("waiting for the store", error=str(error))
                metrics.STORE_RETRIES.inc()
                self.stopping.wait(self._config.retry_seconds)
        return None
