"""Silences beforehand: which alerts to come are quiet, from when to when, by whom and why."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple

import psycopg
from psycopg.rows import dict_row, tuple_row

from alerts.handling.shelving import check_end
from twin.codes import EntityCode

Connection = psycopg.AsyncConnection[Any]
Kind = Literal["silence", "maintenance"]
SilenceMode = Literal["actual", "exercise"]
Standing = Literal["active", "coming", "over"]

_COLUMNS = """
SELECT id, kind, mode, entities::text[] AS entities, area::text AS area, classes, rules, domains,
       at_most, starts_at, ends_at, reason, made_by, made_at, ended_at, ended_by,
       CASE WHEN ended_at IS NOT NULL OR ends_at <= now() THEN 'over'
            WHEN starts_at > now() THEN 'coming' ELSE 'active' END AS standing
FROM alert_silence
"""
_INSERT = """
INSERT INTO alert_silence
    (kind, mode, entities, area, classes, rules, domains, at_most, starts_at, ends_at, reason,
     made_by)
VALUES (%(kind)s, %(mode)s, %(entities)s, %(area)s, %(classes)s, %(rules)s, %(domains)s,
        %(at_most)s, %(starts_at)s, %(ends_at)s, %(reason)s, %(made_by)s)
RETURNING id
"""
_UNKNOWN = """
SELECT code FROM unnest(%s::int8[]) AS g (code)
WHERE NOT EXISTS (SELECT FROM entity e WHERE e.code = g.code)
LIMIT 1
"""
_END = """
UPDATE alert_silence SET ended_at = clock_timestamp(), ended_by = %s
WHERE id = %s AND ended_at IS NULL AND ends_at > now()
RETURNING id
"""
_STANDING = {
    "active": "ended_at IS NULL AND starts_at <= now() AND ends_at > now()",
    "coming": "ended_at IS NULL AND starts_at > now()",
    "over": "(ended_at IS NOT NULL OR ends_at <= now())",
}

SilenceRow = dict[str, Any]


class UnknownSilenceError(LookupError):
    """No silence has this number. Look it up in the list."""


class SilenceOverError(Exception):
    """A silence that is over already. There is nothing to end."""


class MatcherError(ValueError):
    """A silence that would match everything, or something that there is not. Say what it is for."""


class NewSilence(NamedTuple):
    """A silence that somebody wants; a part that is None asks for nothing.

    Attributes:
        kind: ``maintenance`` also matches by the device, its class and its place.
        mode: of the alerts.
        entities: codes of what the alerts are about.
        area: code of an area that what they are about touches.
        classes: of what they are about, four digits.
        rules: ids of rules.
        domains: rows of ``alert_domains.csv``.
        at_most: the highest level that is silenced.
        starts_at: begin; None for now.
        ends_at: end.
        reason: why.
    """

    kind: Kind
    mode: SilenceMode
    entities: Sequence[int] | None
    area: int | None
    classes: Sequence[str] | None
    rules: Sequence[str] | None
    domains: Sequence[str] | None
    at_most: str
    starts_at: datetime | None
    ends_at: datetime
    reason: str


async def make_silence(
    connection: Connection, new: NewSilence, longest: timedelta, actor: str
) -> SilenceRow:
    """Keep a silence and return its row; alerts that were raised before stay as they are.

    Raises:
        MatcherError: it matches everything, or names what there is not.
        ShelfTimeError: its end is past, or too long after its begin.
    """
    async with connection.transaction(), connection.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(b"SELECT now()")
        now = (await cursor.fetchall())[0][0]
        starts_at = new.starts_at or now
        await _check_matcher(cursor, new)
        check_end(new.ends_at, now, max(starts_at, now) - now + longest)
        if new.ends_at <= starts_at:
            raise MatcherError(f"ends_at {new.ends_at.isoformat()}: expected after starts_at")
        given = {**new._asdict(), "starts_at": starts_at, "made_by": actor}
        for name in ("entities", "classes", "rules", "domains"):
            given[name] = list(given[name]) if given[name] else None
        await cursor.execute(_INSERT, given)
        number = (await cursor.fetchall())[0][0]
    return await read_silence(connection, number)


async def read_silence(connection: Connection, number: int) -> SilenceRow:
    """Return the row of a silence.

    Raises:
        UnknownSilenceError: there is none of this number.
    """
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(f"{_COLUMNS} WHERE id = %s".encode(), [number])
        row = await cursor.fetchone()
    if row is None:
        raise UnknownSilenceError(f"silence {number!r}: expected one of the list")
    return row


async def list_silences(
    connection: Connection, standing: Standing | None, limit: int, before: int | None
) -> list[SilenceRow]:
    """Return rows of silences, the newest first.

    Args:
        connection: to the store.
        standing: only those that are active, coming or over.
        limit: at most so many.
        before: only those with a smaller number.
    """
    conditions = ["true"]
    if standing is not None:
        conditions.append(_STANDING[standing])
    if before is not None:
        conditions.append("id < %(before)s")
    query = f"{_COLUMNS} WHERE {' AND '.join(conditions)} ORDER BY id DESC LIMIT %(limit)s"
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(query.encode(), {"before": before, "limit": limit})
        return await cursor.fetchall()


async def end_silence(connection: Connection, number: int, actor: str) -> SilenceRow:
    """End a silence now; it stays in the list. Its alerts speak again at the next tick of ingest.

    Raises:
        UnknownSilenceError: there is none of this number.
        SilenceOverError: it is over already.
    """
    async with connection.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(_END, [actor, number])
        ended = await cursor.fetchall()
    row = await read_silence(connection, number)
    if not ended:
        raise SilenceOverError(f"silence {number} is over already: there is nothing to end")
    return row


async def _check_matcher(cursor: psycopg.AsyncCursor[Any], new: NewSilence) -> None:
    if not (new.entities or new.area or new.classes or new.rules or new.domains):
        raise MatcherError("matcher: expected entities, area, classes, rules or domains")
    named = [*(new.entities or ()), *([new.area] if new.area else [])]
    await cursor.execute(_UNKNOWN, [named])
    if unknown := await cursor.fetchall():
        code = EntityCode.from_int(unknown[0][0])
        raise MatcherError(f"entity {code}: expected one of the register")
