"""All connections of a server: who speaks, what goes to the store, what is answered and when."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import structlog

from ingest.metrics import RECEIVED
from ingest.stations import metrics
from ingest.stations.config import StationConfig
from ingest.stations.connection import Connection
from ingest.stations.flow import Flow, Spooled, Window
from ingest.stations.heard import Conversations, Heard
from ingest.stations.spool import SpoolFullError
from twin.model import Message, Name

_log = structlog.get_logger()

Listener = Callable[[Name, bytes, int], None]
"""Is told who answered, with which frame, and when it arrived (microseconds since 1970 UTC)."""

_BUFFER_BYTES: Final = 16_384
_MOST_OWED: Final = 1000
_MOST_RUBBISH: Final = 20
_MOST_SPEAKERS: Final = 2000
_FIRST_FRAME_S: Final = 300.0
_LOG_EVERY_S: Final = 10.0


class Owed(NamedTuple):
    """The receipt of a message that is in memory only.

    Attributes:
        connection: who sent it.
        confirmation: makes the answer from our time; None for none.
    """

    connection: Connection
    confirmation: Callable[[int], bytes] | None


class Reception:
    """Lives in the thread of the server's loop.

    Args:
        config: of the server.
        flow: leads to the store.
        conversations: those of its connections.
        clock: the loop's, in seconds.

    Attributes:
        buffer: takes the bytes of whichever connection is being read.
        speakers: the connection of each device that is connected, by its canonical name.
        listeners: are told of answers.
    """

    def __init__(
        self,
        config: StationConfig,
        flow: Flow,
        conversations: Conversations,
        clock: Callable[[], float],
    ) -> None:
        self._config = config
        self._flow = flow
        self._conversations = conversations
        self._clock = clock
        self._connections: set[Connection] = set()
        self._held: dict[Connection, None] = {}
        self._served: dict[Connection, None] = {}
        self._is_stopped = False
        self._window = Window()
        self._last_us = 0
        self._unlogged: Counter[str] = Counter()
        self._log_again: dict[str, float] = {}
        self._received = RECEIVED.labels(config.name)
        self._confirmed = metrics.CONFIRMED.labels(config.name)
        self._open = metrics.CONNECTIONS.labels(config.name)
        self.buffer = bytearray(_BUFFER_BYTES)
        self.speakers: dict[Name, Connection] = {}
        self.listeners: list[Listener] = []

    def welcome(self) -> Connection:
        """Return the protocol of a new socket."""
        return Connection(self, self._conversations.begin())

    def opened(self, connection: Connection) -> None:
        """Take a connection in, unless there are too many."""
        if len(self._connections) >= self._config.connections:
            self._refuse("too many connections", connection)
            connection.close()
            return
        connection.opened_at = connection.heard_at = self._clock()
        self._connections.add(connection)
        self._open.set(len(self._connections))
        if self._is_stopped:
            self._hold(connection)

    def closed(self, connection: Connection) -> None:
        """Forget a connection; what it sent and is under way is stored, and not answered."""
        if connection not in self._connections:
            return
        if connection.conversation.is_mid_frame:
            self._refuse("cut off", connection)
        self._connections.discard(connection)
        self._held.pop(connection, None)
        self._served.pop(connection, None)
        for speaker in connection.topics:
            if self.speakers.get(speaker) is connection:
                del self.speakers[speaker]
        self._open.set(len(self._connections))

    def close_all(self) -> None:
        """End every connection."""
        for connection in tuple(self._connections):
            connection.close()

    def received(self, connection: Connection, data: bytes) -> None:
        """Take what a connection sent."""
        conversation = connection.conversation
        was_mid_frame = conversation.is_mid_frame
        found = conversation.receive(data, self._arrival_us())
        for heard in found:
            self._take(connection, heard)
        self._received.inc(len(found))
        if found:
            connection.heard_at = self._clock()
        elif conversation.is_mid_frame and not was_mid_frame:
            connection.begun_at = self._clock()
        self._served[connection] = None
        if self._window.is_full:
            self._is_stopped = True
            for each in self._connections:
                self._hold(each)
        elif connection.owed >= _MOST_OWED:
            self._hold(connection)

    def settle(self, receipts: Sequence[tuple[Owed | Spooled, int]]) -> None:
        """Confirm messages that are stored; each comes with the size of its payload."""
        now_us = time.time_ns() // 1000
        answers: dict[Connection, list[bytes]] = {}
        on_disk: list[int] = []
        number = -1
        for receipt, size in receipts:
            if isinstance(receipt, Spooled):
                number = receipt.number
                on_disk.append(size)
                continue
            connection, confirmation = receipt
            self._window.give_back(size)
            connection.owed -= 1
            if confirmation is not None and connection.is_open:
                answers.setdefault(connection, []).append(confirmation(now_us))
        for connection, frames in answers.items():
            connection.write(b"".join(frames))
            self._confirmed.inc(len(frames))
        if on_disk:
            self._flow.settle(number, on_disk)
        self._flow.go_on()
        self._release()

    def sweep(self) -> None:
        """Close connections that keep us waiting, and let dialogues go on; every second or so."""
        now, now_us = self._clock(), time.time_ns() // 1000
        for heard in self._conversations.overdue(now_us):
            self._keep(self._message(heard, now_us), None)
        for connection in tuple(self._connections):
            if words := connection.conversation.tick(now_us):
                connection.write(words)
            if not connection.is_paused and (why := self._impatience(connection, now)):
                self._refuse(why, connection)
                connection.close()

    def _impatience(self, connection: Connection, now: float) -> str:
        if now - connection.heard_at > self._config.idle_s:
            return "silent"
        if not connection.topics and now - connection.opened_at > _FIRST_FRAME_S:
            return "no first frame"
        begun = max(connection.begun_at, connection.heard_at)
        if connection.conversation.is_mid_frame and now - begun > self._config.frame_s:
            return "slow frame"
        return ""

    def _take(self, connection: Connection, heard: Heard) -> None:
        if not connection.is_open:
            return
        if heard.speaker is None:
            if heard.confirmation is None:
                self._count_rubbish(connection)
        elif heard.frame:
            self._introduce(connection, heard.speaker)
            connection.rubbish = 0
        if heard.reply:
            connection.write(heard.reply)
        arrived_us = self._arrival_us()
        if heard.is_answer and heard.speaker is not None:
            for listener in self.listeners:
                listener(heard.speaker, heard.frame, arrived_us)
        if heard.payload:
            self._forward(connection, heard, arrived_us)

    def _forward(self, connection: Connection, heard: Heard, arrived_us: int) -> None:
        topic = connection.topics.get(heard.speaker) if heard.speaker else connection.topic
        message = self._message(heard, heard.first_us or arrived_us, topic)
        if heard.is_kept:
            self._keep(message, connection)
        else:
            self._window.take(len(message.payload))
            connection.owed += 1
            self._flow.put(message, Owed(connection, heard.confirmation))

    def _message(self, heard: Heard, arrived_us: int, topic: str | None = None) -> Message:
        topic = topic or self._topic(heard.speaker)
        return Message(self._config.name, self._config.mode, topic, heard.payload, arrived_us)

    def _topic(self, speaker: Name | None) -> str:
        server = f"{self._config.protocol}/{self._config.name}"
        return server if speaker is None else f"{server}/{speaker.value}"

    def _keep(self, message: Message, connection: Connection | None) -> None:
        try:
            self._flow.keep(message)
        except SpoolFullError as error:
            self._refuse("spool full", connection, error=str(error))

    def _introduce(self, connection: Connection, speaker: Name) -> None:
        """Note who speaks where; a connection that nobody speaks on any more has been left."""
        if (topic := connection.topics.get(speaker)) is None:
            topic = self._topic(speaker)
            if len(connection.topics) < _MOST_SPEAKERS:
                connection.topics[speaker] = topic
                before = self.speakers.get(speaker)
                self.speakers[speaker] = connection
                if before is not None:
                    self._leave(before, speaker)
        connection.topic = topic

    def _leave(self, connection: Connection, speaker: Name) -> None:
        del connection.topics[speaker]
        if not connection.topics:
            self._refuse("device has reconnected", connection)
            connection.close()

    def _count_rubbish(self, connection: Connection) -> None:
        connection.rubbish += 1
        self._refuse("no right frame", connection)
        if connection.rubbish >= _MOST_RUBBISH:
            self._refuse("only rubbish", connection)
            connection.close()

    def _hold(self, connection: Connection) -> None:
        self._held[connection] = None
        connection.hold()

    def _release(self) -> None:
        """Let connections be read again: first those that were not before they were stopped."""
        if not self._held or not self._window.is_half_empty:
            return
        self._is_stopped = False
        now = self._clock()
        for connection in sorted(self._held, key=self._served.__contains__):
            if connection.owed <= _MOST_OWED // 2:
                del self._held[connection]
                connection.heard_at = connection.begun_at = now
                connection.release()
        self._served.clear()

    def _refuse(self, reason: str, connection: Connection | None, **facts: str) -> None:
        """Count it; the log has it once in a while."""
        metrics.REFUSED.labels(self._config.name, reason).inc()
        self._unlogged[reason] += 1
        now = self._clock()
        if now >= self._log_again.get(reason, 0.0):
            self._log_again[reason] = now + _LOG_EVERY_S
            _log.warning(
                "not taken from a station",
                server=self._config.name,
                reason=reason,
                times=self._unlogged.pop(reason),
                peer=connection.peer if connection else "",
                topic=connection.topic if connection else "",
                **facts,
            )

    def _arrival_us(self) -> int:
        """Return now; never twice the same, since it may become a reading's only time."""
        self._last_us = max(time.time_ns() // 1000, self._last_us + 1)
        return self._last_us
