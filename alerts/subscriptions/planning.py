"""Plans who is told what: one transaction a round, so that a crash neither loses nor doubles."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any, NamedTuple

import psycopg
from psycopg.types.json import Jsonb

from alerts.recordset import recordset
from alerts.subscriptions.content import (
    MOST_JOINED,
    Document,
    Sources,
    body_of,
    group_document,
    read_sources,
)
from alerts.subscriptions.grouping import follow_incidents, look_at_muted, mark
from alerts.subscriptions.groups import Group, Verdict, due_groups, settle
from alerts.subscriptions.judging import judge
from alerts.subscriptions.subscription import Subscription
from alerts.subscriptions.timing import MINUTE, next_repeat, portions, quiet_until
from alerts.subscriptions.watermark import planning, read_news

Connection = psycopg.Connection[tuple[Any, ...]]

WAKE_WORD = "citytwin_deliveries"
"""The database channel of the empty notification that something is to be sent."""

_MOST_GROUPS = 2000
_RECENT = """
SELECT subscription_id, count(*), min(created_at) FROM delivery
WHERE subscription_id = ANY(%s) AND created_at > %s AND reason NOT IN ('call', 'test')
GROUP BY subscription_id
"""
_DELIVERY = """
INSERT INTO delivery (subscription_id, reason, mode, body, created_at, next_attempt_at,
                      patience_from, call_id)
VALUES (%(subscription)s, %(reason)s, %(mode)s, %(body)s, %(now)s, %(now)s, %(now)s, %(call)s)
RETURNING id
"""
_SUBJECTS = """
INSERT INTO delivery_subject (subscription_id, subject, delivery_id)
SELECT %s, subject, %s FROM unnest(%s::text[]) AS n (subject)
"""

Publish = Callable[[Connection, Verdict, Document, datetime], None]
"""Issues a public warning about a group, inside the planning transaction."""


class Planned(NamedTuple):
    """What a round did: how many notices it planned, and whether there is more to do at once."""

    notices: int
    more: bool


def plan(
    connection: Connection, now: datetime, publish: Publish, *, sweep: bool = False
) -> Planned:
    """Do one round of planning.

    Args:
        connection: the round is one transaction of it.
        now: our clock.
        publish: issues what subscriptions of the kind ``cap`` are told.
        sweep: whether to look for shelves and silences that ended without a transition.

    Returns:
        Nothing planned and nothing more where another session plans.
    """
    with planning(connection) as is_ours:
        if not is_ours:
            return Planned(0, more=False)
        news = read_news(connection)
        mark(connection, news.alerts, now)
        follow_incidents(connection, now)
        if sweep:
            look_at_muted(connection, now)
        groups = due_groups(connection, now, _MOST_GROUPS)
        notices = _tell(connection, groups, now, publish)
        if notices:
            connection.execute(f"NOTIFY {WAKE_WORD}")
    return Planned(notices, news.more or len(groups) == _MOST_GROUPS)


def _tell(connection: Connection, groups: Sequence[Group], now: datetime, publish: Publish) -> int:
    verdicts = [_judge(group, now) for group in groups]
    tellable = [one for one in verdicts if one.judged.reason and one.quiet_until is None]
    sources = read_sources(
        connection,
        {one.group.incident for one in tellable if one.group.incident is not None},
        [one.group.members for one in tellable],
    )
    rooms = _rooms(connection, {one.group.subscription.id for one in tellable}, now)
    told: set[tuple[int, str]] = set()
    notices = 0
    for _, own in groupby(_in_order(tellable), key=_realm):
        sent = _tell_one(connection, list(own), sources, rooms, now=now, publish=publish)
        told |= {verdict.group.key for part in sent for verdict in part}
        notices += len(sent)
    if verdicts:
        settle(connection, recordset(_settled(one, now, told, rooms) for one in verdicts))
    return notices


def _judge(group: Group, now: datetime) -> Verdict:
    repeat_at = group.told_at and next_repeat(group.subscription, group.told_at)
    repeat = repeat_at is not None and repeat_at <= now
    # A public warning expires: it is said again for as long as it holds.
    renew = repeat and group.subscription.kind == "cap"
    judged = judge(group.members, group.told, repeat=repeat, renew=renew)
    if group.successor is not None:
        judged = judged._replace(reason="ended" if group.told else None, over=True, level=0)
    return Verdict(group, judged, quiet_until(group.subscription, judged.level, now))


def _in_order(verdicts: Iterable[Verdict]) -> list[Verdict]:
    """Return the highest levels first, of equals those that wait the longest."""
    return sorted(verdicts, key=lambda one: (*_realm(one), -one.judged.level))


def _realm(verdict: Verdict) -> tuple[int, str]:
    """Return what notices are never joined across: another subscription, another mode."""
    return verdict.group.subscription.id, verdict.group.mode


def _rooms(connection: Connection, ids: set[int], now: datetime) -> dict[int, tuple[int, datetime]]:
    rows = connection.execute(_RECENT, [sorted(ids), now - MINUTE])
    return {number: (count, oldest) for number, count, oldest in rows}


def _tell_one(
    connection: Connection,
    verdicts: Sequence[Verdict],
    sources: Sources,
    rooms: dict[int, tuple[int, datetime]],
    *,
    now: datetime,
    publish: Publish,
) -> list[Sequence[Verdict]]:
    """Write the notices of one subscription; return what each of them tells."""
    subscription = verdicts[0].group.subscription
    if subscription.kind == "cap":
        for one in verdicts:
            publish(connection, one, group_document(one, sources), now)
        return [[one] for one in verdicts]
    used, oldest = rooms.get(subscription.id, (0, now))
    single, joined = portions(len(verdicts), subscription.per_minute - used)
    parts: list[Sequence[Verdict]] = [[one] for one in verdicts[:single]]
    if joined:
        parts.append(verdicts[single:])
    for part in parts:
        _write(connection, subscription, part, sources, now)
    rooms[subscription.id] = (used + len(parts), oldest)
    return parts


def _write(
    connection: Connection,
    subscription: Subscription,
    part: Sequence[Verdict],
    sources: Sources,
    now: datetime,
) -> None:
    groups = [group_document(one, sources) for one in part]
    if len(groups) > 1:
        groups = [told | {"alerts": told["alerts"][:MOST_JOINED]} for told in groups]
    reason = part[0].judged.reason if len(part) == 1 else "joined"
    body = body_of(str(reason), part[0].group.mode, groups, now)
    subjects = [one.group.subject for one in part]
    add_delivery(connection, subscription.id, body, subjects, now)


def add_delivery(
    connection: Connection,
    subscription: int,
    body: Document,
    subjects: Sequence[str],
    now: datetime,
    call: int | None = None,
) -> int:
    """Write something to be sent, in the running transaction; return its number."""
    values = {
        "subscription": subscription,
        "reason": body["reason"],
        "mode": body["mode"],
        "body": Jsonb(body),
        "now": now,
        "call": call,
    }
    row = connection.execute(_DELIVERY, values).fetchone()
    number = int(row[0]) if row else 0
    connection.execute(_SUBJECTS, [subscription, number, list(subjects)])
    return number


def _settled(
    verdict: Verdict,
    now: datetime,
    told: set[tuple[int, str]],
    rooms: Mapping[int, tuple[int, datetime]],
) -> dict[str, object]:
    """Return what becomes of a group: told, held back, or with nothing to tell."""
    group, judged = verdict.group, verdict.judged
    row: dict[str, object] = {
        "id": group.subscription.id,
        "subject": group.subject,
        "ended": judged.over and not judged.has_muted,
        "has_muted": judged.has_muted,
        "due_at": None,
    }
    if group.key in told:
        repeat = next_repeat(group.subscription, now) if _repeats(verdict) else None
        return row | {
            "told": judged.told,
            "told_at": now,
            "level": judged.level,
            "due_at": None if judged.over else repeat,
        }
    if judged.reason:
        _, oldest = rooms.get(group.subscription.id, (0, now))
        return row | {"ended": False, "due_at": verdict.quiet_until or oldest + MINUTE}
    if _repeats(verdict) and group.told_at is not None:
        row["due_at"] = next_repeat(group.subscription, group.told_at)
    return row


def _repeats(verdict: Verdict) -> bool:
    is_public = verdict.group.subscription.kind == "cap"
    return verdict.judged.raised or (is_public and verdict.judged.level > 0)
