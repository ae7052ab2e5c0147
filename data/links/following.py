"""Links follow the register: what changed becomes due, and what is due is linked in portions.

Both steps are whole in the store, so that whoever is killed between them leaves nothing undone.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import psycopg

from data import locks
from data.links.affected import affected
from data.links.running import LINKER, close_or_forget, kinds_of, relink
from data.links.state import LinkState, ask_state, state_of, write_state_at
from data.links.surroundings import sensors_of
from data.links.writing import Written
from data.reference import link_rules
from data.registry.recording import lock, open_change_set
from spatial.links import LinkRule

Connection = psycopg.Connection[tuple[Any, ...]]
Cursor = psycopg.Cursor[tuple[Any, ...]]

PORTION = 500
"""Devices that are linked in one transaction; other changes of the register wait that long."""

_FOLLOW = "SELECT pg_try_advisory_lock(%s)"
_NEWEST = "SELECT coalesce(max(id), 0) FROM change_set"
_BEGUN = """
    INSERT INTO link_state (id, change_set_id, rules, ran_at) VALUES (1, 0, '{}', now())
    ON CONFLICT (id) DO NOTHING"""
_STAND = "SELECT FROM link_state FOR UPDATE"
_DUE = """
    INSERT INTO link_due (code, since) SELECT code, now() FROM unnest(%s::int8[]) AS c (code)
    ON CONFLICT (code) DO UPDATE SET since = now() WHERE NOT isfinite(link_due.since)"""
_ALL_DUE = """
    INSERT INTO link_due (code, since)
    SELECT code, now() FROM entity WHERE class_code = ANY (%s)
    ON CONFLICT (code) DO UPDATE SET since = now() WHERE NOT isfinite(link_due.since)"""
# What changed last first: a device that is moved need not wait for an import of thousands.
_NEXT = "SELECT code FROM link_due WHERE isfinite(since) ORDER BY since DESC, code LIMIT %s"
_TAKE = f"DELETE FROM link_due WHERE code IN ({_NEXT}) RETURNING code"  # noqa: S608 - ours
_ASIDE = "UPDATE link_due SET since = '-infinity' WHERE code = ANY (%s)"
_REACHED = "UPDATE link_state SET change_set_id = %s, ran_at = now() WHERE change_set_id = %s"

# A device that was set aside waits since ever, which says nothing about the others.
_STATUS = """
    WITH state AS (SELECT coalesce((SELECT change_set_id FROM link_state), 0) AS reached),
    newer AS (SELECT count(*) AS many, min(recorded_at) AS since
              FROM change_set c, state WHERE c.id > state.reached),
    due AS (SELECT count(*) AS many, min(since) FILTER (WHERE isfinite(since)) AS since,
                   count(*) FILTER (WHERE NOT isfinite(since)) AS aside FROM link_due)
    SELECT state.reached, (SELECT coalesce(max(id), 0) FROM change_set), newer.many, due.many,
           due.aside,
           coalesce(extract(epoch FROM now() - least(newer.since, due.since)), 0)::float8,
           (SELECT ran_at FROM link_state),
           EXISTS (SELECT FROM pg_locks
                   WHERE locktype = 'advisory' AND granted AND objsubid = 1
                   AND (classid::int8 << 32) + objid::int8 = %s
                   AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))
    FROM state, newer, due"""


NOTHING_WRITTEN = Written(0, 0, 0, 0)


class Portion(NamedTuple):
    """What became of some devices that were due.

    Attributes:
        devices: how many were due and are no more.
        written: what changed.
    """

    devices: int
    written: Written


class LinkStatus(NamedTuple):
    """How far links follow the register.

    Attributes:
        reached: the change set up to which devices around changes are known; 0 before the first.
        newest: the last change set of the register.
        behind: change sets after ``reached``.
        due: devices that wait to be linked anew.
        set_aside: of these, those that could not be linked and wait for another change.
        lag_s: age of the oldest change whose links are not found yet, seconds; 0 if there is none.
        ran_at: when linking last wrote how far it came; None before it ever did.
        followed: whether a process follows the register now.
    """

    reached: int
    newest: int
    behind: int
    due: int
    set_aside: int
    lag_s: float
    ran_at: datetime | None
    followed: bool


def become_follower(connection: Connection) -> bool:
    """Tell whether this session is the one by which links follow the register."""
    found = connection.execute(_FOLLOW, (locks.LINKER,)).fetchone()
    connection.commit()
    return found is not None and bool(found[0])


def note_changes(connection: Connection, rules: Sequence[LinkRule] | None = None) -> bool:
    """Note the devices around which the register changed as due; return whether it did change.

    It commits by itself and does not hold the register's lock, so that changes do not wait for it:
    change sets are committed in their order, and those that come meanwhile are looked at next.

    Args:
        connection: in no transaction.
        rules: in the order of preference; those of ``link_classes.csv`` if None.
    """
    used = link_rules() if rules is None else rules
    with connection.transaction(), connection.cursor() as cursor:
        cursor.execute(_BEGUN)
        cursor.execute(_STAND)
        ask_state(cursor)
        state = state_of(cursor.fetchone())
        newest = _number(cursor, _NEWEST)
        if state is None or (state.change_set == newest and not state.changed(used)):
            return False
        _make_due(cursor, state, used)
        write_state_at(cursor, newest, used)
    return True


def _make_due(cursor: Cursor, state: LinkState, rules: Sequence[LinkRule]) -> None:
    codes = affected(cursor.connection, state, rules, kinds_of(rules))
    if codes is None:
        cursor.execute(_ALL_DUE, (sensors_of(rules),))
    else:
        cursor.execute(_DUE, (codes,))


def link_portion(
    connection: Connection, most: int = PORTION, rules: Sequence[LinkRule] | None = None
) -> Portion:
    """Link some of the devices that are due, in one change set; it commits by itself.

    Args:
        connection: in no transaction.
        most: how many devices.
        rules: in the order of preference; those of ``link_classes.csv`` if None.

    Returns:
        What became of them; of no devices if none was due.
    """
    used = link_rules() if rules is None else rules
    with connection.transaction(), connection.cursor() as cursor:
        lock(connection)
        cursor.execute("SET LOCAL work_mem = '128MB'")
        cursor.execute("SET LOCAL jit = off")
        cursor.execute(_TAKE, (most,))
        codes = sorted(code for (code,) in cursor.fetchall())
        if not codes:
            return Portion(0, NOTHING_WRITTEN)
        before = _number(cursor, _NEWEST)
        change_set = open_change_set(cursor, *LINKER)
        written = relink(cursor, change_set, used, codes).written
        if close_or_forget(cursor, change_set, written._asdict()):
            # Its own links are nothing new to it, unless somebody else changed something before.
            cursor.execute(_REACHED, (change_set, before))
    return Portion(len(codes), written)


def due(connection: Connection, most: int) -> list[int]:
    """Return the devices whose turn is next, as ``link_portion`` would take them."""
    return [code for (code,) in connection.execute(_NEXT, (most,))]


def set_aside(connection: Connection, codes: Sequence[int]) -> None:
    """Let devices that cannot be linked wait for another change around them; the caller commits."""
    connection.execute(_ASIDE, (list(codes),))


def link_status(connection: Connection) -> LinkStatus:
    """Return how far links follow the register."""
    found = connection.execute(_STATUS, (locks.LINKER,)).fetchone()
    if found is None:
        raise LookupError("link_state: expected an answer, run twin migrate")
    return LinkStatus(*found)


def _number(cursor: Cursor, query: str) -> int:
    cursor.execute(query.encode())
    return int(cursor.fetchall()[0][0])
