"""States of devices in the store: only changes are written, each with its reason."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

import psycopg

from twin.model import Check, from_us, to_us


class DeviceState(StrEnum):
    """How a device is; of several that hold the first one is told that is no *online*."""

    UNKNOWN = "unknown"
    """Not heard, and we were not listening all that time."""
    ONLINE = "online"
    LATE = "late"
    """Not heard for two intervals."""
    SILENT = "silent"
    """Not heard for three intervals, or it said goodbye."""
    THROTTLED = "throttled"
    """Sends far too much; most of it is refused."""
    FAULTY = "faulty"
    """Most of its newest values are unreliable."""
    CLOCK_WRONG = "clock wrong"
    """Its times are minutes off."""


class StoredState(NamedTuple):
    """What the store knows of a device.

    Attributes:
        device: its code.
        state: as it was last found.
        heard_us: when anything last came from it, 0 for never; microseconds since 1970 UTC.
        gone_us: when it last said goodbye, 0 for never.
        interval_s: seconds between its messages as far as learnt, 0 for unknown.
    """

    device: int
    state: DeviceState
    heard_us: int
    gone_us: int
    interval_s: int


class StateChange(NamedTuple):
    """A device is not as it was.

    Attributes:
        device: its code.
        at_us: when that was found, microseconds since 1970 UTC.
        state: how it is now.
        reason: a sentence.
        heard_us: when anything last came from it, 0 for never.
        gone_us: when it last said goodbye, 0 for never.
        interval_s: seconds between its messages as far as learnt, 0 for unknown.
    """

    device: int
    at_us: int
    state: DeviceState
    reason: str
    heard_us: int
    gone_us: int
    interval_s: int


Connection = psycopg.Connection[tuple[Any, ...]]
Cursor = psycopg.Cursor[tuple[Any, ...]]

# What is stored anyway says when a device was last heard, so nothing is written for it.
_STATES = """
    SELECT coalesce(d.device, h.device), coalesce(d.state, 'unknown'),
           greatest(d.heard_at, h.heard_at), d.gone_at, d.interval_s
    FROM device_state d FULL JOIN (
        SELECT s.device, max(l.received_at) AS heard_at
        FROM series_latest l JOIN series s ON s.id = l.series_id
        WHERE s.device IS NOT NULL AND s.mode = 'actual' AND l.quality & %(retained)s = 0
        GROUP BY s.device
    ) h ON h.device = d.device"""

_CHANGES = """
    WITH changed AS (
        SELECT * FROM unnest(%(device)s::int8[], %(at)s::timestamptz[], %(state)s::text[],
                             %(reason)s::text[], %(heard_at)s::timestamptz[],
                             %(gone_at)s::timestamptz[], %(interval_s)s::int4[])
            AS c (device, at, state, reason, heard_at, gone_at, interval_s)
    ), kept AS (
        INSERT INTO device_state_history (device, at, state, reason)
        SELECT device, at, state, reason FROM changed
        ON CONFLICT (device, at) DO UPDATE SET state = excluded.state, reason = excluded.reason
    )
    INSERT INTO device_state (device, state, since, reason, heard_at, gone_at, interval_s)
    SELECT device, state, at, reason, heard_at, gone_at, interval_s FROM changed ORDER BY device
    ON CONFLICT (device) DO UPDATE SET
        state = excluded.state, since = excluded.since, reason = excluded.reason,
        heard_at = excluded.heard_at, gone_at = excluded.gone_at,
        interval_s = excluded.interval_s"""

_INTERVALS = """
    UPDATE device_state d SET interval_s = learnt.interval_s
    FROM unnest(%(device)s::int8[], %(interval_s)s::int4[]) AS learnt (device, interval_s)
    WHERE d.device = learnt.device"""

_REFUSED = """
    INSERT INTO device_state (device, refused, last_refused_at)
    SELECT * FROM unnest(%(device)s::int8[], %(refused)s::int8[], %(at)s::timestamptz[])
    ON CONFLICT (device) DO UPDATE SET
        refused = device_state.refused + excluded.refused,
        last_refused_at = excluded.last_refused_at"""

_SPANS = """
    SELECT since, until FROM (
        SELECT since, until FROM listening_span ORDER BY since DESC LIMIT %(most)s
    ) AS newest ORDER BY since"""

_SPAN = """
    INSERT INTO listening_span (since, until) VALUES (%s, %s)
    ON CONFLICT (since) DO UPDATE SET until = excluded.until"""


def drop_history(connection: Connection, before: datetime) -> int:
    """Drop the chunks of states that ended before an instant; return how many.

    How devices are now stands elsewhere and stays.
    """
    with connection.transaction():
        found = connection.execute("SELECT drop_chunks('device_state_history', %s)", (before,))
        return len(found.fetchall())


def read_states(connection: Connection) -> list[StoredState]:
    """Return what is known of every device that was ever heard."""
    found = connection.execute(_STATES, {"retained": int(Check.RETAINED)})
    return [
        StoredState(
            device, DeviceState(state), _from_instant(heard), _from_instant(gone), interval_s or 0
        )
        for device, state, heard, gone, interval_s in found
    ]


def write_changes(cursor: Cursor, changes: Sequence[StateChange]) -> None:
    """Store how devices are now, and add it to their history."""
    if changes:
        cursor.execute(
            _CHANGES,
            {
                "device": [change.device for change in changes],
                "at": [from_us(change.at_us) for change in changes],
                "state": [str(change.state) for change in changes],
                "reason": [change.reason for change in changes],
                "heard_at": [_instant(change.heard_us) for change in changes],
                "gone_at": [_instant(change.gone_us) for change in changes],
                "interval_s": [change.interval_s or None for change in changes],
            },
        )


def write_intervals(cursor: Cursor, intervals: Mapping[int, int]) -> None:
    """Store how many seconds are between the messages of devices, by their codes."""
    if intervals:
        asked = {"device": list(intervals), "interval_s": list(intervals.values())}
        cursor.execute(_INTERVALS, asked)


def count_refused(cursor: Cursor, refused: Mapping[int, tuple[int, int]]) -> None:
    """Add to the number of messages that were refused of devices.

    Args:
        cursor: whose transaction it is.
        refused: by code of a device how many, and when the last one arrived.
    """
    if not refused:
        return
    devices = sorted(refused)
    asked = {
        "device": devices,
        "refused": [refused[device][0] for device in devices],
        "at": [from_us(refused[device][1]) for device in devices],
    }
    cursor.execute(_REFUSED, asked)


def read_listening(connection: Connection, most: int) -> list[tuple[int, int]]:
    """Return the newest spans in which we listened, in order; microseconds since 1970 UTC."""
    found = connection.execute(_SPANS, {"most": most})
    return [(to_us(since), to_us(until)) for since, until in found]


def write_listening(cursor: Cursor, spans: Iterable[tuple[int, int]]) -> None:
    """Store spans in which we listened; one that is known by its beginning grows."""
    cursor.executemany(_SPAN, [(from_us(since), from_us(until)) for since, until in spans])


def _from_instant(instant: Any) -> int:  # noqa: ANN401 - a timestamptz or null
    return 0 if instant is None else to_us(instant)


def _instant(microseconds: int) -> Any:  # noqa: ANN401 - a timestamptz or null
    return from_us(microseconds) if microseconds else None
