"""Looks at feeds of warnings and keeps what is new."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import psycopg
import structlog

from alerts.cap.config import CapFeed
from alerts.cap.fetching import FetchError
from alerts.cap.index import read_index
from alerts.cap.message import CapError, CapMessage
from alerts.cap.received import keep
from twin.model import Mode

Connection = psycopg.Connection[tuple[Any, ...]]
Fetch = Callable[[str], bytes]

_log = structlog.get_logger(__name__)


class Taken(NamedTuple):
    """What came of a look: messages that were new, and sentences about what could not be read."""

    new: int
    faults: list[str]


class Poller:
    """Remembers which documents it has read, for a feed lists them for as long as they count."""

    def __init__(self, feed: CapFeed, fetch: Fetch) -> None:
        self._feed = feed
        self._fetch = fetch
        self._read: set[str] = set()

    def look(self, connection: Connection, now: datetime) -> Taken:
        """Fetch the feed and the documents that it newly names, and keep their messages."""
        messages, faults = self._messages()
        new = keep_all(connection, messages, self._feed.name, self._feed.mode, now)
        for fault in faults:
            _log.warning("warning not read", feed=self._feed.name, why=fault)
        return Taken(new, faults)

    def _messages(self) -> tuple[list[CapMessage], list[str]]:
        try:
            index = read_index(self._fetch(self._feed.url), self._feed.url)
        except (FetchError, CapError) as error:
            return [], [str(error)]
        messages, faults = list(index.messages), list(index.faults)
        for link in index.links:
            if link not in self._read:
                messages += self._document(link, faults)
        self._read &= set(index.links)
        return [self._as_is(one) for one in messages], faults

    def _document(self, link: str, faults: list[str]) -> Sequence[CapMessage]:
        try:
            found = read_index(self._fetch(link), link)
        except (FetchError, CapError) as error:
            faults.append(str(error))
            return ()
        faults += found.faults
        self._read.add(link)
        return found.messages

    def _as_is(self, message: CapMessage) -> CapMessage:
        """Return a message whose signals are of the weather only if the feed's are."""
        if self._feed.weather:
            return message
        signals = tuple(signal._replace(is_weather=False) for signal in message.signals)
        return message._replace(signals=signals)


def keep_all(
    connection: Connection,
    messages: Iterable[CapMessage],
    source: str,
    mode: Mode,
    now: datetime,
) -> int:
    """Keep messages in one transaction, oldest first; return how many were new."""
    ordered = sorted(messages, key=lambda one: one.sent)
    with connection.transaction():
        return sum(keep(connection, one, source, mode, now) for one in ordered)
