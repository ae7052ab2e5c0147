"""The ingest process: takes batches from the source until it is told to stop."""

import threading
import time
from collections.abc import Callable
from typing import TypeVar

import structlog

from alerts.delivery import deliver
from data.connection import StoreUnavailableError, connect
from ingest import metrics
from ingest.batch import Parcel
from ingest.config import PipelineConfig
from ingest.live import LiveFrames
from ingest.mqtt_source import MqttSource, Received
from ingest.pipeline import Pipeline

_log = structlog.get_logger()

_DELIVERY_SECONDS = 0.5
_BOUND_SECONDS = 60.0
_MEGABYTE = 1_000_000
_Done = TypeVar("_Done")


def now_us() -> int:
    """Return our clock: microseconds since 1970 UTC."""
    return time.time_ns() // 1000


class Runner:
    """Feeds a pipeline from a source: commit first, then the broker is told.

    Attributes:
        stopping: is set when it is to end.
    """

    def __init__(self, source: MqttSource, pipeline: Pipeline, config: PipelineConfig) -> None:
        self._source = source
        self._pipeline = pipeline
        self._config = config
        self._frames = LiveFrames(source.publish)
        self.stopping = threading.Event()
        self._committed = threading.Event()
        self._next_tick = 0.0
        self._next_bound = 0.0

    def stop(self) -> None:
        """End ``run`` after the batch in hand."""
        self.stopping.set()
        self._committed.set()

    def run(self) -> None:
        """Work until ``stop``; the store may be away at any time."""
        if not self._wait_for_store():
            return
        self._source.start()
        try:
            while not self.stopping.is_set():
                self._one_batch()
                self._tick_if_due()
        finally:
            self._source.stop()
            self._pipeline.close()

    def deliver_notices(self, store_url: str) -> None:
        """Deliver the outbox until ``stop``; runs in a thread of its own."""
        while not self.stopping.is_set():
            try:
                with connect(store_url, name="citytwin delivery") as connection:
                    while not self.stopping.is_set():
                        self._committed.wait(_DELIVERY_SECONDS)
                        self._committed.clear()
                        while deliver(connection, self._publish_notice, now_us=now_us()):
                            pass
            except StoreUnavailableError as error:
                _log.warning("delivery waits for the store", error=str(error))
                self.stopping.wait(self._config.retry_seconds)

    def _publish_notice(self, topic: str, payload: bytes) -> None:
        self._source.publish(topic, payload, qos=1)

    def _one_batch(self) -> None:
        received = self._source.take(
            self._config.batch_messages, 0.2, self._config.linger_ms / 1000
        )
        if not received:
            return
        metrics.BATCH_MESSAGES.observe(len(received))
        parcels = self._pipeline.decode([(r.decoder, r.message) for r in received])
        self._store(received, parcels)

    def _store(self, received: list[Received], parcels: list[Parcel]) -> None:
        """Offer the batch until it is stored; meanwhile the others wait in the broker."""
        taken = self.insist(lambda: self._pipeline.take(parcels))
        if taken is None:
            return
        self._source.acknowledge(received)
        self._frames.send(taken.rows)
        self._committed.set()
        metrics.STORED.inc(taken.stored)
        metrics.KNOWN.inc(taken.known)
        metrics.LAG_SECONDS.set((now_us() - received[0].message.received_us) / 1e6)

    def _tick_if_due(self) -> None:
        if time.monotonic() < self._next_tick:
            return
        self._next_tick = time.monotonic() + self._config.tick_seconds
        self.insist(self._pipeline.tick)
        self._tend_parked()
        self._frames.beat()
        self._committed.set()

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
