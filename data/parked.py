"""Messages that could not be taken: kept whole, listed, offered again, dropped, bounded in size."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import psycopg
from psycopg.rows import class_row

from twin.model import Message, Mode, from_us, to_us

Connection = psycopg.Connection[tuple[Any, ...]]
Cursor = psycopg.Cursor[tuple[Any, ...]]

_PARK = """
    INSERT INTO parked_message AS p (source, mode, topic, payload, digest, reason, sentence,
                                     first_received_at, last_received_at, retained)
    VALUES (%(source)s, %(mode)s, %(topic)s, %(payload)s, %(digest)s, %(reason)s, %(sentence)s,
            %(received)s, %(received)s, %(retained)s)
    ON CONFLICT (source, topic, digest) DO UPDATE SET
        times = p.times + 1,
        last_received_at = greatest(p.last_received_at, excluded.last_received_at),
        reason = excluded.reason, sentence = excluded.sentence"""

_LIST = """
    SELECT id, source, mode, topic, reason, sentence, times, octet_length(payload) AS bytes,
           first_received_at, last_received_at, replayed_at, replay_wanted_at
    FROM parked_message WHERE (%(reason)s::text IS NULL OR reason = %(reason)s)
    ORDER BY id DESC LIMIT %(most)s"""

_COUNTS = """
    SELECT reason, count(*), sum(times)::int8, sum(octet_length(payload))::int8
    FROM parked_message GROUP BY reason ORDER BY 2 DESC, 1"""

_WANT = """
    UPDATE parked_message SET replay_wanted_at = now()
    WHERE replay_wanted_at IS NULL AND (id = ANY (%(ids)s) OR reason = %(reason)s OR %(all)s)"""
_DROP = """
    DELETE FROM parked_message WHERE id = ANY (%(ids)s) OR reason = %(reason)s OR %(all)s"""

_WANTED = """
    SELECT id, times, source, mode, topic, payload, first_received_at, retained
    FROM parked_message WHERE replay_wanted_at IS NOT NULL ORDER BY id LIMIT %s"""

# Only the writer parks, and it parks nothing else between offering and settling: what was counted
# once more meanwhile was not understood.
_TAKEN = """
    DELETE FROM parked_message p USING unnest(%s::int8[], %s::int8[]) AS o (id, times)
    WHERE p.id = o.id AND p.times = o.times"""
_STILL_PARKED = """
    UPDATE parked_message p SET times = o.times, replayed_at = now(), replay_wanted_at = NULL
    FROM unnest(%s::int8[], %s::int8[]) AS o (id, times) WHERE p.id = o.id"""

# The newest stay. Each message costs its payload and about as much again as its row.
_OVER_THE_BOUND = """
    DELETE FROM parked_message WHERE id IN (
        SELECT id FROM (
            SELECT id, row_number() OVER newest AS place,
                   sum(octet_length(payload) + 500) OVER newest AS size
            FROM parked_message WINDOW newest AS (ORDER BY last_received_at DESC, id DESC)
        ) AS sized WHERE place > %(messages)s OR size > %(size)s)"""


class ParkedMessage(NamedTuple):
    """A message that was not taken, or not wholly; ``times`` counts the same content again."""

    id: int
    source: str
    mode: str
    topic: str
    reason: str
    sentence: str
    times: int
    bytes: int
    first_received_at: datetime
    last_received_at: datetime
    replayed_at: datetime | None
    replay_wanted_at: datetime | None


class ReasonCount(NamedTuple):
    """How many messages are parked for a reason, how often they came, and their bytes."""

    reason: str
    messages: int
    times: int
    bytes: int


class Choice(NamedTuple):
    """Which parked messages are meant: by id, by reason, or all."""

    ids: Sequence[int] = ()
    reason: str | None = None
    everything: bool = False

    def told(self) -> dict[str, object]:
        """Return it as parameters."""
        return {"ids": list(self.ids), "reason": self.reason, "all": self.everything}

    def called(self) -> str:
        """Return it in a word, for logs."""
        return "all" if self.everything else self.reason or ", ".join(map(str, self.ids))


class Offered(NamedTuple):
    """A message that is offered again, and how often it had come before that."""

    id: int
    times: int
    message: Message


def park(cursor: Cursor, message: Message, digest: bytes, reason: str, sentence: str) -> None:
    """Keep a message whole with the reason; the same content again is only counted."""
    cursor.execute(
        _PARK,
        {
            "source": message.source,
            "mode": message.mode,
            "topic": storable(message.topic),
            "payload": message.payload,
            "digest": digest,
            "reason": reason,
            "sentence": storable(sentence),
            "received": from_us(message.received_us),
            "retained": message.retained,
        },
    )


def list_parked(
    connection: Connection, *, reason: str | None = None, most: int = 100
) -> list[ParkedMessage]:
    """Return parked messages, the newest first."""
    with connection.cursor(row_factory=class_row(ParkedMessage)) as cursor:
        return cursor.execute(_LIST, {"reason": reason, "most": most}).fetchall()


def count_parked(connection: Connection) -> list[ReasonCount]:
    """Return how many messages are parked for each reason."""
    return [ReasonCount(*row) for row in connection.execute(_COUNTS).fetchall()]


def read_payload(connection: Connection, parked_id: int) -> bytes | None:
    """Return the bytes of a parked message, None if there is none of this id."""
    found = connection.execute(
        "SELECT payload FROM parked_message WHERE id = %s", (parked_id,)
    ).fetchone()
    return None if found is None else bytes(found[0])


def want_replay(connection: Connection, choice: Choice) -> int:
    """Have messages offered again by the ingest process; return how many."""
    return connection.execute(_WANT, choice.told()).rowcount


def drop(connection: Connection, choice: Choice) -> int:
    """Forget messages for good; return how many."""
    return connection.execute(_DROP, choice.told()).rowcount


def wanted(cursor: Cursor, most: int) -> list[Offered]:
    """Return messages that shall be offered again, as they arrived the first time."""
    rows = cursor.execute(_WANTED, (most,)).fetchall()
    return [
        Offered(
            number,
            times,
            Message(source, Mode(mode), topic, payload, to_us(received), retained=retained),
        )
        for number, times, source, mode, topic, payload, received, retained in rows
    ]


def settle(cursor: Cursor, offered: Sequence[Offered]) -> None:
    """Forget those of the messages offered again that were taken; the others stay."""
    both = [each.id for each in offered], [each.times for each in offered]
    cursor.execute(_TAKEN, both)
    cursor.execute(_STILL_PARKED, both)


def bound(cursor: Cursor, *, messages: int, size: int) -> int:
    """Forget the oldest beyond a number of messages or bytes; return how many."""
    cursor.execute(_OVER_THE_BOUND, {"messages": messages, "size": size})
    return cursor.rowcount


def storable(text: str) -> str:
    """Return text that PostgreSQL can hold: no NUL and no lone surrogates."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode()
