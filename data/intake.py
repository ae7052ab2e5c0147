"""Writing what is no reading: video events, and messages known by packet id."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import psycopg
from psycopg.types.json import Jsonb

from twin.model import from_us

_EVENTS = """
    INSERT INTO video_event (camera, ts, topic, digest, source, active, data, mode, retained,
                             verdict, received_at)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
    ON CONFLICT DO NOTHING RETURNING true"""

_COMMITTED = """
    SELECT packet_id, digest FROM committed_message WHERE client = %s AND packet_id = ANY(%s)"""

_REMEMBER = """
    INSERT INTO committed_message (client, packet_id, digest, committed_at)
    VALUES (%s, %s, %s, now())
    ON CONFLICT (client, packet_id) DO UPDATE
    SET digest = excluded.digest, committed_at = excluded.committed_at"""


_VERDICT = """
    UPDATE video_event SET verdict = %s
    WHERE camera = %s AND ts = %s AND topic = %s AND digest = %s"""


class EventRow(NamedTuple):
    """A video event as it stands in the store; ``digest`` tells those of one instant apart."""

    camera: int
    ts_us: int
    topic: str
    digest: bytes
    source: str
    active: bool | None
    data: dict[str, object]
    mode: str
    retained: bool
    verdict: str
    received_us: int


def write_events(cursor: psycopg.Cursor[tuple[Any, ...]], rows: Sequence[EventRow]) -> list[bool]:
    """Store video events and return for each whether it was new."""
    if not rows:
        return []
    cursor.executemany(_EVENTS, [_event_parameters(row) for row in rows], returning=True)
    return [result.fetchone() is not None for result in cursor.results()]


def write_verdicts(
    cursor: psycopg.Cursor[tuple[Any, ...]],
    verdicts: Sequence[tuple[str, int, int, str, bytes]],
) -> None:
    """Note what the rules made of events: reason, camera, time, topic and digest of each."""
    cursor.executemany(
        _VERDICT,
        [
            (str(reason), camera, from_us(ts_us), topic, digest)
            for reason, camera, ts_us, topic, digest in verdicts
        ],
    )


def committed(
    cursor: psycopg.Cursor[tuple[Any, ...]], client: str, packet_ids: list[int]
) -> dict[int, bytes]:
    """Return the digests of what was last committed under these packet ids."""
    return dict(cursor.execute(_COMMITTED, (client, packet_ids)).fetchall())


def remember(
    cursor: psycopg.Cursor[tuple[Any, ...]], client: str, packets: dict[int, bytes]
) -> None:
    """Note the digest of the messages that this transaction commits, by packet id.

    A packet id is used again after at most 65,535 messages, so the table stays that small.
    """
    cursor.executemany(_REMEMBER, [(client, *packet) for packet in sorted(packets.items())])


def _event_parameters(row: EventRow) -> tuple[object, ...]:
    instant = from_us(row.ts_us)
    received = from_us(row.received_us)
    return (row.camera, instant, *row[2:6], Jsonb(row.data), *row[7:10], received)
