"""Reads feeds of warnings, and puts a bureau's signals into the one flow as readings.

What the store has is compared with what counts now, so that a crash costs no more than a look.
"""

import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import psycopg
import structlog

from alerts.cap.config import CapConfig
from alerts.cap.polling import Fetch, Poller
from alerts.cap.weather import QUANTITY, AreaLevel, area_levels, news
from data.connection import StoreUnavailableError, connect
from ingest.inbox import Fates, Inbox, Received
from twin.model import Message, Mode, to_us

Connection = psycopg.Connection[tuple[Any, ...]]

_log = structlog.get_logger(__name__)

_LOOK_SECONDS = 5.0
_RETRY_SECONDS = 5.0
_MODES = (Mode.ACTUAL, Mode.EXERCISE)


class WeatherSignals:
    """An origin of readings: the level of the weather signal at each area that has a device for it.

    Args:
        store_url: of the store.
        config: feeds and how often they are looked at.
        fetch: gets what is at an address.
        inbox: takes the readings.
    """

    def __init__(self, store_url: str, config: CapConfig, fetch: Fetch, inbox: Inbox) -> None:
        self._store_url = store_url
        self._pollers = [(feed, Poller(feed, fetch)) for feed in config.feeds]
        self._next: dict[str, datetime] = {}
        self._inbox = inbox
        self._waiting = 0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="warnings", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """Look no more."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout=10)

    def confirm(self, done: Sequence[tuple[int, Received]], fates: Fates) -> None:
        """Take note that readings are committed; what could not be taken stands parked."""
        for position, _ in done:
            for fault in fates.of(position).faults:
                _log.warning("weather signal not stored", why=fault.sentence)
        self._waiting -= len(done)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                with connect(self._store_url, name="citytwin warnings") as connection:
                    connection.autocommit = True
                    while not self._stopping.wait(_LOOK_SECONDS):
                        self.look(connection, datetime.now(UTC))
            except (StoreUnavailableError, psycopg.Error) as error:
                _log.warning("warnings wait for the store", error=str(error))
                self._stopping.wait(_RETRY_SECONDS)

    def look(self, connection: Connection, now: datetime) -> None:
        """Look at the feeds that are due, then hand in the levels that are news."""
        for feed, poller in self._pollers:
            if self._next.get(feed.name, now) <= now:
                self._next[feed.name] = now + timedelta(seconds=feed.every_s)
                poller.look(connection, now)
        if self._waiting > 0:
            return  # What was handed in is not committed yet.
        for mode in _MODES:
            for one in news(area_levels(connection, now, mode)):
                self._hand_in(one, mode, now)

    def _hand_in(self, level: AreaLevel, mode: Mode, now: datetime) -> None:
        if level.stored is None and level.level == 0 and mode is not Mode.ACTUAL:
            return
        self._waiting += 1
        self._inbox.put(Received("json", reading_of(level, mode, now), self))


def reading_of(level: AreaLevel, mode: Mode, now: datetime) -> Message:
    """Return the message of a level, as the device that stands for the bureau would send it."""
    root = "" if mode is Mode.ACTUAL else f"{mode}/"
    topic = f"citytwin/{root}v1/{level.device}/telemetry"
    payload = orjson.dumps({"ts": int(now.timestamp() * 1000), QUANTITY: level.level})
    return Message(f"telemetry-{mode}", mode, topic, payload, to_us(now))
