"""The rules' memory in the store: rule versions, latches, and until when series are judged."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson
import psycopg
from psycopg.rows import tuple_row

from alerts.memory import Group, Key, Latches
from alerts.recordset import recordset
from alerts.rules import AlertLevel, Latch, LevelRule, ReadRule, Rule
from alerts.run import Run
from twin.model import Mode, from_us, to_us


class RuleVersionError(Exception):
    """A rule changed under its old version. Give it a new version."""


_REGISTER = """
INSERT INTO rule_version (rule, version, digest, body, origin)
VALUES (%s, %s, %s, %s::jsonb, %s)
ON CONFLICT DO NOTHING
"""
_DIGESTS = """
SELECT r.rule, r.version, r.digest
FROM rule_version r
JOIN unnest(%s::text[], %s::int4[]) AS n (rule, version) USING (rule, version)
"""
_STATES = """
SELECT t.rule, t.entity, t.mode, t.key, t.level, t.pending_level, t.pending_since, t.clear_since,
       t.judged_until, s.device, l.value, e.properties
FROM rule_state t
LEFT JOIN entity e ON e.code = t.entity
LEFT JOIN series s
    ON s.id = CASE WHEN t.key ~ '^[0-9]{1,10}#' THEN split_part(t.key, '#', 1)::int8 END
LEFT JOIN series_latest l ON l.series_id = s.id
WHERE t.rule = ANY(%s)
"""
# A time ahead of our clock must not make the readings after it late.
_JUDGED = """
SELECT l.series_id,
       CASE s.mode WHEN 'actual' THEN least(l.ts, now()) ELSE l.ts END
FROM series_latest l
JOIN series s ON s.id = l.series_id
WHERE s.quantity = ANY(%s)
"""
_PUT = """
INSERT INTO rule_state (rule, entity, mode, key, rule_version, level, pending_level,
                        pending_since, clear_since, judged_until)
SELECT * FROM json_to_recordset(%s::json)
    AS n (rule text, entity int8, mode text, key text, rule_version int4, level text,
          pending_level text, pending_since timestamptz, clear_since timestamptz,
          judged_until timestamptz)
ON CONFLICT (rule, entity, mode, key) DO UPDATE SET
    rule_version = excluded.rule_version,
    level = excluded.level,
    pending_level = excluded.pending_level,
    pending_since = excluded.pending_since,
    clear_since = excluded.clear_since,
    judged_until = excluded.judged_until
"""
_DROP = """
DELETE FROM rule_state s
USING json_to_recordset(%s::json) AS n (rule text, entity int8, mode text, key text)
WHERE s.rule = n.rule AND s.entity = n.entity AND s.mode = n.mode AND s.key = n.key
"""


def digest_of(rule: Rule) -> str:
    """Return the fingerprint of all that a rule says; its examples change nothing.

    Defaults are left out, so that a field which rules get later changes no old fingerprint.
    """
    body = rule.model_dump(mode="json", exclude={"examples"}, exclude_defaults=True)
    return hashlib.sha256(orjson.dumps(body, option=orjson.OPT_SORT_KEYS)).hexdigest()


def register(connection: psycopg.Connection[Any], rules: Sequence[ReadRule]) -> None:
    """Keep each rule as it stands, so that every alert can show the rule that raised it.

    Raises:
        RuleVersionError: with a sentence for each rule that changed under its old version.
    """
    if not rules:
        return
    digests = {(rule.id, rule.version): digest_of(rule) for rule, _ in rules}
    with connection.cursor(row_factory=tuple_row) as cursor:
        cursor.executemany(_REGISTER, [_version_row(read) for read in rules])
        cursor.execute(_DIGESTS, [list(column) for column in zip(*digests, strict=True)])
        changed = [(name, v) for name, v, digest in cursor if digests[name, v] != digest]
    if changed:
        raise RuleVersionError(
            "; ".join(
                f"rule {name!r} version {version}: its content differs from the registered one: "
                "give it a new version"
                for name, version in sorted(changed)
            )
        )


def _version_row(read: ReadRule) -> tuple[object, ...]:
    rule = read.rule
    body = rule.model_dump_json(exclude_none=True)
    return rule.id, rule.version, digest_of(rule), body, read.origin


def read_latches(
    connection: psycopg.Connection[Any], rules: Mapping[str, Rule]
) -> dict[Group, Latches]:
    """Return what rules remember; latches of rules that are not among them stay in the store."""
    found: dict[Group, Latches] = {}
    with connection.cursor(row_factory=tuple_row) as cursor:
        cursor.execute(_STATES, [list(rules)])
        for rule, entity, mode, key, *state in cursor:
            group = Group(rule, entity, Mode(mode))
            found.setdefault(group, {})[Key.parse(key)] = _latch(rules[rule], state)
    return found


def _latch(rule: Rule, state: Sequence[Any]) -> Latch:
    level, pending, pending_since, clear_since, judged_until, device, value, properties = state
    at = AlertLevel.named(level or pending)
    limits = rule.limits(properties or {}) if isinstance(rule, LevelRule) else {}
    return Latch(
        level=at,
        since_us=None if pending_since is None else to_us(pending_since),
        raised=level is not None,
        clear_since_us=None if clear_since is None else to_us(clear_since),
        limit=limits.get(at),
        value=value,
        ts_us=to_us(judged_until),
        device=device or 0,
    )


def read_judged(connection: psycopg.Connection[Any], quantities: Iterable[str]) -> dict[int, int]:
    """Return until when each series of the quantities is judged: its latest reading's time."""
    with connection.cursor(row_factory=tuple_row) as cursor:
        cursor.execute(_JUDGED, [list(quantities)])
        return {series_id: to_us(ts) for series_id, ts in cursor}


def write_latches(connection: psycopg.Connection[Any], run: Run, rules: Mapping[str, Rule]) -> None:
    """Write the latches that a run changed, and only those."""
    put: list[dict[str, object]] = []
    drop: list[dict[str, object]] = []
    for group, key, latch in run.draft.stored_changes():
        name = {**group._asdict(), "key": key.text}
        if latch is None:
            drop.append(name)
        else:
            put.append({**name, "rule_version": rules[group.rule].version, **_state(latch)})
    with connection.cursor() as cursor:
        if put:
            cursor.execute(_PUT, [recordset(put)])
        if drop:
            cursor.execute(_DROP, [recordset(drop)])


def _state(latch: Latch) -> dict[str, object]:
    return {
        "level": latch.level.text if latch.raised else None,
        "pending_level": None if latch.raised else latch.level.text,
        "pending_since": None if latch.since_us is None else from_us(latch.since_us),
        "clear_since": None if latch.clear_since_us is None else from_us(latch.clear_since_us),
        "judged_until": from_us(latch.ts_us),
    }
