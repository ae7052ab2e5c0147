"""Writes changes of level as alerts, transitions and notices: a few statements for any number."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import psycopg
from psycopg.rows import tuple_row

from alerts.handling.quieting import silence, speak_louder
from alerts.memory import Change, Group
from alerts.notices import CHANNEL, WAKE_WORD, topic_of
from alerts.projection import ALERT_COLUMNS, context_rows, document
from alerts.record import AlertRecord, Step, follow
from alerts.recordset import recordset
from alerts.rules import Rule
from alerts.states import IS_ONE_OPEN, IS_OPEN
from twin.model import Mode

Cursor = psycopg.Cursor[tuple[Any, ...]]
History = list[Step]

_LATEST = f"""
SELECT {ALERT_COLUMNS}
FROM json_to_recordset(%s::json) AS g (rule text, entity int8, mode text)
CROSS JOIN LATERAL (
    SELECT * FROM alert a
    WHERE a.entity = g.entity AND a.rule = g.rule AND a.mode = g.mode
    ORDER BY a.{IS_OPEN} DESC, a.id DESC
    LIMIT 1
    FOR UPDATE
) a
"""  # noqa: S608 -- the names of the record's own columns

_TYPES = {
    "id": "int8",
    "entity": "int8",
    "device": "int8",
    "series_id": "int4",
    "rule_version": "int4",
    "version": "int4",
    "occurrences": "int4",
    "value": "float8",
    "limit_value": "float8",
}
_COLUMNS = AlertRecord._fields
_RECORD = ", ".join(
    f"{name} {_TYPES.get(name, 'timestamptz' if name.endswith('_at') else 'text')}"
    for name in _COLUMNS
)
_INSERT = f"""
INSERT INTO alert ({", ".join(_COLUMNS)}, algorithm) OVERRIDING SYSTEM VALUE
SELECT n.*, CASE WHEN n.series_id IS NULL THEN (
    SELECT d.properties->>'algorithm' FROM entity d WHERE d.code = n.device) END
FROM json_to_recordset(%s::json) AS n ({_RECORD})
ON CONFLICT (rule, entity, mode) WHERE {IS_ONE_OPEN} DO NOTHING
RETURNING id
"""  # noqa: S608 -- the names of the record's own columns
_UPDATE = f"""
UPDATE alert SET {", ".join(f"{name} = n.{name}" for name in _COLUMNS[1:])}
FROM json_to_recordset(%s::json) AS n ({_RECORD})
WHERE alert.id = n.id
"""  # noqa: S608 -- the names of the record's own columns

_NEW_IDS = """
SELECT nextval(pg_get_serial_sequence('alert', 'id')) FROM generate_series(1, %s)
"""
TRANSITIONS = """
INSERT INTO alert_transition
    (alert_id, event, from_state, to_state, level, actor, reason, at, observed_at, value, note,
     address, lon, lat, photo)
SELECT * FROM json_to_recordset(%s::json)
    AS n (alert_id int8, event text, from_state text, to_state text, level text, actor text,
          reason text, at timestamptz, observed_at timestamptz, value float8, note text,
          address text, lon float8, lat float8, photo int8)
"""
NOTICES = """
INSERT INTO outbox (alert_id, channel, mode, topic, payload)
SELECT * FROM json_to_recordset(%s::json)
    AS n (alert_id int8, channel text, mode text, topic text, payload jsonb)
"""


def enter(
    connection: psycopg.Connection[Any], changes: Iterable[Change], rules: Mapping[str, Rule]
) -> list[Step]:
    """Write changes, each group's in their order, inside the running transaction.

    Returns:
        The transitions that were written; changes that a person had closed over leave none.
    """
    waiting: dict[Group, list[Change]] = {}
    for change in changes:
        waiting.setdefault(change.group, []).append(change)
    written: list[Step] = []
    with connection.cursor(row_factory=tuple_row) as cursor:
        while waiting:
            lost = _enter_once(cursor, waiting, rules, written)
            waiting = {group: waiting[group] for group in lost}
        if written:
            written = _with_quiet(cursor, written)
            write_steps(cursor, written)
    return written


def record_steps(connection: psycopg.Connection[Any], steps: Sequence[Step]) -> None:
    """Write transitions of alerts that exist, one of each, inside the running transaction."""
    with connection.cursor(row_factory=tuple_row) as cursor:
        _update(cursor, [step.alert for step in steps])
        write_steps(cursor, steps)


def _with_quiet(cursor: Cursor, written: list[Step]) -> list[Step]:
    """Return the steps with what silences say of those raised, and of those that got worse."""
    noted = silence(cursor, [step.alert.id for step in written if step.event == "raised"])
    rose = {step.alert.id: step.at for step in written if step.event == "escalated"}
    steps = [
        step._replace(note=noted[step.alert.id])
        if step.event == "raised" and step.alert.id in noted
        else step
        for step in written
    ]
    return steps + speak_louder(cursor, rose)


def _enter_once(
    cursor: Cursor,
    waiting: Mapping[Group, Sequence[Change]],
    rules: Mapping[str, Rule],
    written: list[Step],
) -> set[Group]:
    """Write the groups; return those whose alert somebody else opened at the same moment."""
    current = latest(cursor, sorted(waiting))
    histories = {
        group: _history(waiting[group], rules[group.rule], current.get(group)) for group in waiting
    }
    histories = _numbered(cursor, histories)
    fresh = {
        group: [a for a in _final(steps) if a not in _old(steps, current.get(group))]
        for group, steps in histories.items()
    }
    # An alert of ours that ends here makes room for its successor: updates come first. The row
    # lock keeps others out of such a group, so only groups without an update can be lost.
    _update(cursor, [a for group in histories for a in _old(histories[group], current.get(group))])
    lost = _insert_open(cursor, fresh)
    kept = {group: steps for group, steps in histories.items() if group not in lost}
    _insert(cursor, [a for group in kept for a in fresh[group] if not a.is_open])
    written.extend(step for steps in kept.values() for step in steps)
    return lost


def latest(cursor: Cursor, groups: Sequence[Group]) -> dict[Group, AlertRecord]:
    """Return the latest alert of each group that has one, and keep others from changing it."""
    cursor.execute(_LATEST, [recordset(group._asdict() for group in groups)])
    found = (AlertRecord(*row) for row in cursor)
    return {Group(alert.rule, alert.entity, Mode(alert.mode)): alert for alert in found}


def _history(changes: Iterable[Change], rule: Rule, current: AlertRecord | None) -> History:
    steps: History = []
    number = 0
    for change in changes:
        step = follow(change, rule, current)
        if step is None:
            continue
        if step.event == "raised":
            # Numbers below zero stand for ids to come; one a new alert.
            number -= 1
            step = step._replace(alert=step.alert._replace(id=number))
        steps.append(step)
        current = step.alert
    return steps


def _numbered(cursor: Cursor, histories: Mapping[Group, History]) -> dict[Group, History]:
    wanted = [
        (group, step.alert.id)
        for group, steps in histories.items()
        for step in steps
        if step.event == "raised"
    ]
    if not wanted:
        return dict(histories)
    cursor.execute(_NEW_IDS, [len(wanted)])
    ids = {want: row[0] for want, row in zip(wanted, cursor, strict=True)}
    return {
        group: [
            step._replace(
                alert=step.alert._replace(id=ids.get((group, step.alert.id), step.alert.id))
            )
            for step in steps
        ]
        for group, steps in histories.items()
    }


def _final(steps: Iterable[Step]) -> list[AlertRecord]:
    return list({step.alert.id: step.alert for step in steps}.values())


def _old(steps: Iterable[Step], latest: AlertRecord | None) -> list[AlertRecord]:
    return [alert for alert in _final(steps) if latest is not None and alert.id == latest.id]


def _insert_open(cursor: Cursor, fresh: Mapping[Group, Sequence[AlertRecord]]) -> set[Group]:
    opened = {a.id: group for group, alerts in fresh.items() for a in alerts if a.is_open}
    alerts = [a for group in fresh for a in fresh[group] if a.is_open]
    inserted = _insert(cursor, alerts)
    return {group for number, group in opened.items() if number not in inserted}


def _insert(cursor: Cursor, alerts: Sequence[AlertRecord]) -> set[int]:
    if not alerts:
        return set()
    cursor.execute(_INSERT, [recordset(alert._asdict() for alert in alerts)])
    return {row[0] for row in cursor}


def _update(cursor: Cursor, alerts: Sequence[AlertRecord]) -> None:
    if alerts:
        cursor.execute(_UPDATE, [recordset(alert._asdict() for alert in alerts)])


def write_steps(cursor: Cursor, steps: Sequence[Step]) -> None:
    """Write transitions of alerts as their rows stand, their notices, and wake who listens."""
    cursor.execute(TRANSITIONS, [recordset(transition_row(step) for step in steps)])
    context = context_rows(cursor.connection, {step.alert.id for step in steps})
    rows = (notice_row(step, context[step.alert.id]) for step in steps)
    cursor.execute(NOTICES, [recordset(rows)])
    cursor.execute(f"NOTIFY {WAKE_WORD}")


def transition_row(step: Step) -> dict[str, object]:
    """Return a row of ``alert_transition``, as ``TRANSITIONS`` takes it; it may have more."""
    return {
        "alert_id": step.alert.id,
        "event": step.event,
        "from_state": step.from_state,
        "to_state": step.alert.state,
        "level": step.alert.level,
        "actor": step.actor,
        "reason": step.reason,
        "at": step.at,
        "observed_at": step.observed_at,
        "value": step.value,
        "note": step.note,
    }


def notice_row(step: Step, context: Mapping[str, object]) -> dict[str, object]:
    """Return the outbox's row about a step, as ``NOTICES`` takes it.

    Args:
        step: the alert as it stood after the step goes into the notice.
        context: the alert's row of ``ALERTS_IN_CONTEXT``, for its names and place.
    """
    alert = document({**context, **step.alert._asdict()})
    return {
        "alert_id": step.alert.id,
        "channel": CHANNEL,
        "mode": step.alert.mode,
        "topic": topic_of(alert),
        "payload": {"event": step.event, "alert": alert},
    }
