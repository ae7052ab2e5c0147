"""Which rules are in force: kept in the store, so that every process judges by the same ones."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import psycopg
import structlog
from psycopg.rows import tuple_row

from alerts.rulekeeping.versions import (
    Doing,
    add_version,
    note,
    stored_version,
    take_turn,
    tell_judges,
)
from alerts.rules import ReadRule, RuleFileError, RuleSet
from alerts.rules.reading import RuleTable, parse_table
from alerts.state_rows import digest_of, register

_log = structlog.get_logger()

_ENFORCE = """
    INSERT INTO rule (rule, version, in_force, actor) VALUES (%s, %s, true, %s)
    ON CONFLICT (rule) DO UPDATE
    SET version = excluded.version, in_force = true, actor = excluded.actor, changed_at = now()
    WHERE (rule.version, rule.in_force) IS DISTINCT FROM (excluded.version, true)"""

_IN_FORCE = """
    SELECT r.rule, v.body, v.origin, v.digest FROM rule r
    JOIN rule_version v ON v.rule = r.rule AND v.version = r.version
    WHERE r.in_force ORDER BY r.rule"""
_VERSION = """
    SELECT v.rule, v.body, v.origin, v.digest FROM rule_version v
    WHERE v.rule = %s AND v.version = %s"""


class Reread(NamedTuple):
    """A stored version of a rule as this program understands it.

    Attributes:
        read: the rule; None where it cannot be read any more.
        fault: why it cannot, a sentence; empty where it can.
    """

    read: ReadRule | None
    fault: str = ""


class InForce(NamedTuple):
    """The rules in force.

    Attributes:
        rules: those that judge.
        faulty: those that this version of the program cannot read any more, with a sentence each.
    """

    rules: RuleSet
    faulty: Mapping[str, str]


def enforce(connection: psycopg.Connection[Any], rules: RuleSet, *, actor: str) -> int:
    """Put rules into force beside those that are, in the connection's transaction.

    Returns:
        How many are new, changed or back.

    Raises:
        RuleVersionError: a rule changed under its old version.
    """
    take_turn(connection)
    for read in rules:
        if stored_version(connection, read.rule.id, read.rule.version) is None:
            add_version(connection, read, saved=True)
    register(connection, rules)
    changed = [read.rule for read in rules if _enforced(connection, read, actor)]
    for rule in changed:
        note(connection, (rule.id, rule.version), "saved", Doing(actor))
    if changed:
        tell_judges(connection)
    return len(changed)


def _enforced(connection: psycopg.Connection[Any], read: ReadRule, actor: str) -> bool:
    return bool(connection.execute(_ENFORCE, (read.rule.id, read.rule.version, actor)).rowcount)


def rule_revision(connection: psycopg.Connection[Any]) -> int:
    """Return a number that grows whenever other rules are in force."""
    with connection.cursor(row_factory=tuple_row) as cursor:
        found = cursor.execute("SELECT rule_revision FROM registry_state").fetchone()
    if found is None:
        raise LookupError("registry_state: expected one row, run twin migrate")
    return int(found[0])


def rules_in_force(connection: psycopg.Connection[Any]) -> InForce:
    """Return the rules that are in force; what cannot be read any more is logged too."""
    with connection.cursor(row_factory=tuple_row) as cursor:
        rows = cursor.execute(_IN_FORCE).fetchall()
    found = {row[0]: understood(*row) for row in rows}
    faulty = {name: each.fault for name, each in found.items() if each.fault}
    for name, fault in faulty.items():
        _log.error("rule in force cannot be read", rule=name, error=fault)
    return InForce(tuple(each.read for each in found.values() if each.read), faulty)


def reread(connection: psycopg.Connection[Any], rule: str, version: int) -> Reread:
    """Return a version of a rule as this program understands it.

    Raises:
        LookupError: there is no such version.
    """
    with connection.cursor(row_factory=tuple_row) as cursor:
        row = cursor.execute(_VERSION, [rule, version]).fetchone()
    if row is None:
        raise LookupError(f"rule {rule!r} version {version}: expected one that was registered")
    return understood(*row)


def understood(rule: str, body: Mapping[str, object], origin: str, digest: str) -> Reread:
    """Return what a stored body says to this version of the program."""
    read, wrong = parse_table(RuleTable(origin, 1, body))
    if read is None:
        return Reread(None, "; ".join(sentence for _, sentence in wrong))
    if read.id != rule or digest_of(read) != digest:
        return Reread(None, "it says something else now than when it was saved: save it again")
    return Reread(ReadRule(read, origin))


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
