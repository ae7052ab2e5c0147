"""The rules' memory in the store: rule versions, latches, and until when series are judged."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson
import psycopg
from psycopg.rows import tuple_row

from alerts.memory import Group, Key, Latches
from alerts.recordset import recordset
from alerts.rules import AlertLevel, Latch, ReadRule, Rule
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
SELECT t.rule, t.entity, t.mode, t.key, t.level, t.judged_until
FROM rule_state t
WHERE t.rule = ANY(%s) AND t.level IS NOT NULL
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
INSERT INTO rule_state (rule, entity, mode, key, rule_version, level, judged_until)
SELECT * FROM json_to_recordset(%s::json)
    AS n (rule text, entity int8, mode text, key text, rule_version int4, level text,
          judged_until timestamptz)
ON CONFLICT (rule, entity, mode, key) DO UPDATE SET
    rule_version = excluded.rule_version,
    level = excluded.level,
    judged_until = excluded.judged_until
"""
_DROP = """
DELETE FROM rule_state s
USING json_to_recordset(%s::json) AS n (rule text, entity int8, mode text, key text)
WHERE s.rule = n.rule AND s.entity = n.entity AND s.mode = n.mode AND s.key = n.key
"""


def digest_of(rule: Rule) -> str:
    """Return the fingerprint of all that a rule says.

    Its examples and the field that it is listed under change nothing of what it raises.

    Defaults are left out, so that a field which rules get later changes no old fingerprint.
    """
    body = rule.model_dump(mode="json", exclude={"examples", "field"}, exclude_defaults=True)
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


def read_latches(connection: psycopg.Connection[Any], rules: Iterable[str]) -> dict[Group, Latches]:
    """Return what cameras see, as rules for it remember."""
    found: dict[Group, Latches] = {}
    with connection.cursor(row_factory=tuple_row) as cursor:
        cursor.execute(_STATES, [list(rules)])
        for rule, entity, mode, key, level, seen in cursor:
            group = Group(rule, entity, Mode(mode))
            latch = Latch(AlertLevel.named(level), raised=True, ts_us=to_us(seen))
            found.setdefault(group, {})[Key.parse(key)] = latch
    return found


def read_judged(connection: psycopg.Connection[Any], quantities: Iterable[str]) -> dict[int, int]:
    """Return until when each series of the quantities is judged: its latest reading's time."""
    with connection.cursor(row_factory=tuple_row) as cursor:
        cursor.execute(_JUDGED, [list(quantities)])
        return {series_id: to_us(ts) for series_id, ts in cursor}


def write_latches(
    connection: psycopg.Connection[Any], run: Run, versions: Mapping[str, int]
) -> None:
    """Write what cameras see, as far as a run has changed it."""
    seen: list[dict[str, object]] = []
    over: list[tuple[Group, Key]] = []
    for group, key, latch in run.draft.stored_changes():
        if latch is None:
            over.append((group, key))
        else:
            seen.append(
                {
                    **group._asdict(),
                    "key": key.text,
                    "rule_version": versions[group.rule],
                    "level": latch.level.text,
                    "judged_until": from_us(latch.ts_us),
                }
            )
    if seen:
        connection.execute(_PUT, [recordset(seen)])
    forget(connection, over)


def forget(connection: psycopg.Connection[Any], names: Iterable[tuple[Group, Key]]) -> None:
    """Delete what is remembered of latches that are idle now."""
    rows = [{**group._asdict(), "key": key.text} for group, key in names]
    if rows:
        connection.execute(_DROP, [recordset(rows)])
