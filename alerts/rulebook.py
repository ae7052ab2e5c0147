"""Which rules are in force: kept in the store, so that every process judges by the same ones."""

from typing import Any

import psycopg
import structlog
from psycopg.rows import tuple_row
from pydantic import TypeAdapter, ValidationError

from alerts.rules import ReadRule, Rule, RuleFileError, RuleSet
from alerts.state_rows import register

_log = structlog.get_logger()

_RULE: TypeAdapter[Rule] = TypeAdapter(Rule)

_ENFORCE = """
    INSERT INTO rule (rule, version, in_force, actor) VALUES (%s, %s, true, %s)
    ON CONFLICT (rule) DO UPDATE
    SET version = excluded.version, in_force = true, actor = excluded.actor, changed_at = now()
    WHERE (rule.version, rule.in_force) IS DISTINCT FROM (excluded.version, true)"""

_IN_FORCE = """
    SELECT v.body::text, v.origin FROM rule r
    JOIN rule_version v ON v.rule = r.rule AND v.version = r.version
    WHERE r.in_force ORDER BY r.rule"""


def enforce(connection: psycopg.Connection[Any], rules: RuleSet, *, actor: str) -> int:
    """Put rules into force beside those that are, in the connection's transaction.

    Returns:
        How many are new, changed or back.

    Raises:
        RuleVersionError: a rule changed under its old version.
    """
    register(connection, rules)
    changed = sum(
        connection.execute(_ENFORCE, (read.rule.id, read.rule.version, actor)).rowcount
        for read in rules
    )
    if changed:
        connection.execute("UPDATE registry_state SET rule_revision = rule_revision + 1")
    return changed


def rule_revision(connection: psycopg.Connection[Any]) -> int:
    """Return a number that grows whenever other rules are in force."""
    with connection.cursor(row_factory=tuple_row) as cursor:
        found = cursor.execute("SELECT rule_revision FROM registry_state").fetchone()
    if found is None:
        raise LookupError("registry_state: expected one row, run twin migrate")
    return int(found[0])


def rules_in_force(connection: psycopg.Connection[Any]) -> RuleSet:
    """Return the rules that are in force.

    One that this version of the program cannot read any more is left out and logged.
    """
    with connection.cursor(row_factory=tuple_row) as cursor:
        rows = cursor.execute(_IN_FORCE).fetchall()
    return tuple(read for body, origin in rows if (read := _read(body, origin)))


def _read(body: str, origin: str) -> ReadRule | None:
    try:
        return ReadRule(_RULE.validate_json(body), origin)
    except ValidationError as error:
        _log.error("rule in force cannot be read", origin=origin, error=str(error))
        return None


def for_replay_only(rules: RuleSet) -> RuleSet:
    """Return the rules as they judge replays and nothing else.

    Raises:
        RuleFileError: a rule that is written for other modes.
    """
    strange = [read.rule.id for read in rules if not read.rule.judges("replay")]
    if strange:
        raise RuleFileError(f"rule {name!r}: its modes leave out 'replay'" for name in strange)
    return tuple(
        ReadRule(read.rule.model_copy(update={"modes": ["replay"]}), read.origin) for read in rules
    )
