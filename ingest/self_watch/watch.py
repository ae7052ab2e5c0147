"""Hands readings about the running parts into the one flow, as devices would send them."""

import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
import structlog

from alerts.backlog import read_backlog
from alerts.ingest_silence import tell_return
from data.connection import StoreUnavailableError, connect
from data.own_parts import make_own_parts
from data.registry import ChangeRefusedError, CodesExhaustedError
from ingest.config import PipelineConfig
from ingest.inbox import Fates, Inbox, Received
from ingest.self_watch.counts import totals
from ingest.self_watch.herald import Herald
from ingest.self_watch.machine import disk_used, memory_used
from ingest.self_watch.readings import (
    DECODER,
    Findings,
    Objects,
    delivery_objects,
    ingest_objects,
    message_of,
)
from ingest.self_watch.vitals import Vitals

Connection = psycopg.Connection[tuple[Any, ...]]

_log = structlog.get_logger(__name__)

_LONGEST_NAME = 64
_STOOD = """
    SELECT s.channel FROM series s JOIN series_latest l ON l.series_id = s.id
    WHERE s.entity = %s AND s.quantity = 'rule_faulty' AND s.mode = 'actual' AND l.value > 0"""


class Insides(NamedTuple):
    """What others know of the process.

    Attributes:
        folder: of its state, whose disk is looked at.
        faulty: gives the rules that are switched off, with a sentence each.
        clock_error_s: gives how far our clock is ahead of most devices', None if nobody knows.
        now_us: our clock, microseconds since 1970 UTC.
    """

    folder: Path
    faulty: Callable[[], Mapping[str, str]]
    clock_error_s: Callable[[], float | None]
    now_us: Callable[[], int]


class SelfWatch:
    """An origin of readings about ingest and the delivery of notices; the heartbeat goes with it.

    Args:
        store_url: of the store.
        config: whether and how often it looks.
        inbox: takes the readings.
        herald: sends the heartbeat.
        vitals: what the threads of ingest note.
        insides: what they know.
    """

    def __init__(
        self,
        store_url: str,
        config: PipelineConfig,
        inbox: Inbox,
        herald: Herald,
        vitals: Vitals,
        insides: Insides,
    ) -> None:
        self._store_url = store_url
        self._config = config
        self._inbox = inbox
        self._herald = herald
        self._vitals = vitals
        self._insides = insides
        self._waiting = 0
        self._is_back = False
        self._state = "not yet" if config.watch_itself else "switched off"
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="self watch", daemon=True)

    def start(self) -> None:
        """Begin to look, and connect for the heartbeat."""
        self._herald.start()
        if self._config.watch_itself:
            self._thread.start()

    def stop(self) -> None:
        """Look no more, and say that ingest has ended."""
        self._stopping.set()
        self._vitals.wanted.set()
        if self._thread.is_alive():
            self._thread.join(timeout=10)
        self._herald.stop()

    def confirm(self, done: Sequence[tuple[int, Received]], fates: Fates) -> None:
        """Take note that readings are committed; what could not be taken stands parked."""
        for position, _ in done:
            for fault in fates.of(position).faults:
                _log.warning("reading about the system not stored", why=fault.sentence)
        self._waiting -= len(done)

    def told(self) -> Mapping[str, object]:
        """Return what a heartbeat says of the process, counted since its start."""
        faulty = self._insides.faulty()
        return {**totals(), "faulty_rules": dict(faulty), "watches_itself": self._state}

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                with connect(self._store_url, name="citytwin self watch") as connection:
                    connection.autocommit = True
                    while not self._stopping.is_set():
                        self.look(connection, self._insides.now_us())
                        self._vitals.wanted.wait(self._config.watch_seconds)
                        self._vitals.wanted.clear()
            except (StoreUnavailableError, psycopg.Error) as error:
                _log.warning("the system's own readings wait for the store", error=str(error))
                self._stopping.wait(self._config.retry_seconds)

    def look(self, connection: Connection, now_us: int) -> None:
        """Hand in readings, unless the last ones are not committed yet.

        Args:
            connection: that commits each statement by itself.
            now_us: our clock, microseconds since 1970 UTC.
        """
        if not self._is_back:
            self._is_back = tell_return(connection, self._config.heartbeat_seconds)
        if self._waiting > 0:
            return
        parts = self._parts(connection)
        if (code := parts.get("ingest")) is not None:
            self._hand_in(code, ingest_objects(self._findings(connection, code), now_us), now_us)
        if (code := parts.get("delivery")) is not None:
            self._hand_in(code, delivery_objects(read_backlog(connection), now_us), now_us)

    def _parts(self, connection: Connection) -> Mapping[str, int]:
        try:
            parts = make_own_parts(connection)
        except (ChangeRefusedError, CodesExhaustedError) as error:
            self._say(f"the register cannot take its parts: {error}")
            return {}
        self._say("yes" if parts else "no: the register has no county (class 8805)")
        return parts

    def _say(self, state: str) -> None:
        if state != self._state:
            self._state = state
            _log.info("ingest watches itself", state=state)

    def _hand_in(self, code: int, objects: Objects, now_us: int) -> None:
        self._waiting += 1
        self._inbox.put(Received(DECODER, message_of(code, objects, now_us), self))

    def _findings(self, connection: Connection, code: int) -> Findings:
        span, counted = self._vitals.take(), totals()
        return Findings(
            delay_s=span.delay_s,
            waiting=span.waiting,
            in_broker=self._herald.in_broker,
            disk=disk_used(self._insides.folder),
            memory=memory_used(),
            clock_s=self._insides.clock_error_s(),
            parked=counted["parked"],
            refused=counted["refused"],
            rules=self._rules(connection, code),
        )

    def _rules(self, connection: Connection, code: int) -> Mapping[str, bool]:
        """Return the rules that are faulty, and those that were when that was last stored."""
        stood = {channel: False for (channel,) in connection.execute(_STOOD, [code])}
        return stood | {rule[:_LONGEST_NAME]: True for rule in self._insides.faulty()}
