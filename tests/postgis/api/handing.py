"""A broker and an ingest process in little: what is handed in is stored at once, or held back."""

import asyncio

from ingest.config import default_sources
from ingest.decoders import DECODERS
from ingest.handed_in import Outcome, pack
from ingest.mqtt_source import matches
from ingest.parking import digest_of
from ingest.pipeline import Pipeline
from twin.api.readings_door import Door
from twin.model import Message

NOON_US = 1_779_336_000_000_000


class SmallIngest:
    """Takes what a door publishes through a real pipeline, in the loop of the door.

    Attributes:
        topics: of what was published, in order.
        deaf: whether it keeps everything to itself.
        takes_s: how long a commit takes.
        most_waiting: how many messages waited for their commit at once, at most.
    """

    def __init__(self, store_url: str) -> None:
        self.door = Door(self.publish, 5.0)
        self.door.connected()
        self.pipeline = Pipeline(store_url, DECODERS, lambda: NOON_US)
        self.topics: list[str] = []
        self.deaf = False
        self.takes_s = 0.01
        self.most_waiting = 0
        self._waiting = 0

    def publish(self, topic: str, payload: bytes) -> int:
        """Take a message and give its number; it is stored in the loop's next turns."""
        self.topics.append(topic)
        number = len(self.topics)
        if not self.deaf:
            self._waiting += 1
            self.most_waiting = max(self.most_waiting, self._waiting)
            loop = asyncio.get_running_loop()
            loop.call_soon(self.door.confirmed, number)
            loop.call_later(self.takes_s, self._store, topic, payload, number)
        return number

    def _store(self, topic: str, payload: bytes, number: int) -> None:
        self._waiting -= 1
        (source,) = (s for s in default_sources() if any(matches(f, topic) for f in s.filters))
        message = Message(source.name, source.mode, topic, payload, NOON_US + number, number)
        taken = self.pipeline.take(self.pipeline.decode([(source.decoder, message)]))
        self.door.take(pack([Outcome(digest_of(message), *taken.fates.of(0))]))
