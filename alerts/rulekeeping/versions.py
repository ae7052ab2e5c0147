"""Versions of rules and the history of each: what every way of keeping rules writes."""

from typing import Any, Literal, NamedTuple

import psycopg
from psycopg.rows import tuple_row

from alerts.rules import ReadRule
from alerts.state_rows import digest_of

Connection = psycopg.Connection[Any]
Action = Literal["shipped", "saved", "withdrawn", "restored"]

# Others may read meanwhile: who changes which rules are in force follows whoever does already.
_LOCK = "LOCK TABLE rule IN SHARE ROW EXCLUSIVE MODE"
_ADD = """
INSERT INTO rule_version (rule, version, digest, body, origin, saved)
VALUES (%s, %s, %s, %s::jsonb, %s, %s)
"""
_STORED = "SELECT digest, saved, origin FROM rule_version WHERE rule = %s AND version = %s"
_STANDING = """
SELECT r.version, r.in_force, v.saved,
       (SELECT max(version) FROM rule_version n WHERE n.rule = r.rule), v.body ->> 'kind'
FROM rule r JOIN rule_version v USING (rule, version) WHERE r.rule = %s
"""
_SET = """
INSERT INTO rule (rule, version, in_force, actor) VALUES (%(rule)s, %(version)s, true, %(actor)s)
ON CONFLICT (rule) DO UPDATE
SET version = excluded.version, in_force = rule.in_force OR %(restore)s, actor = excluded.actor,
    changed_at = now()
"""
_NOTE = """
INSERT INTO rule_change (rule, version, action, actor, reason, address)
VALUES (%s, %s, %s, %s, %s, %s)
"""
_NEWS = "UPDATE registry_state SET rule_revision = rule_revision + 1"


class Doing(NamedTuple):
    """Who changes which rules are in force.

    Attributes:
        actor: as histories name it.
        reason: why.
        address: of the network, from where; None on the machine itself.
    """

    actor: str
    reason: str = ""
    address: str | None = None


class Standing(NamedTuple):
    """How a rule stands.

    Attributes:
        version: the one that counts.
        in_force: whether it judges; false where somebody has withdrawn it.
        saved: whether somebody saved that version; it shipped otherwise.
        newest: the highest version that anybody ever gave it.
        kind: of the version that counts.
    """

    version: int
    in_force: bool
    saved: bool
    newest: int
    kind: str


class StoredVersion(NamedTuple):
    """What is kept of a version: its fingerprint, whether somebody saved it, where it is from."""

    digest: str
    saved: bool
    origin: str


def take_turn(connection: Connection) -> None:
    """Wait until nobody else changes which rules are in force, until this transaction's end."""
    connection.execute(_LOCK)


def standing(connection: Connection, rule: str) -> Standing | None:
    """Return how a rule stands; None where nobody knows it."""
    with connection.cursor(row_factory=tuple_row) as cursor:
        row = cursor.execute(_STANDING, [rule]).fetchone()
    return None if row is None else Standing(*row)


def stored_version(connection: Connection, rule: str, version: int) -> StoredVersion | None:
    """Return what is kept of a version; None where there is none."""
    with connection.cursor(row_factory=tuple_row) as cursor:
        row = cursor.execute(_STORED, [rule, version]).fetchone()
    return None if row is None else StoredVersion(*row)


def add_version(connection: Connection, read: ReadRule, *, saved: bool) -> None:
    """Keep a version that is new."""
    rule = read.rule
    body = rule.model_dump_json(exclude_none=True)
    told = (rule.id, rule.version, digest_of(rule), body, read.origin, saved)
    connection.execute(_ADD, told)


def set_version(connection: Connection, read: ReadRule, actor: str, *, restore: bool) -> None:
    """Let a version count; a withdrawn rule comes back with ``restore`` alone."""
    rule = read.rule
    told = {"rule": rule.id, "version": rule.version, "actor": actor, "restore": restore}
    connection.execute(_SET, told)


def note(connection: Connection, of: tuple[str, int], action: Action, doing: Doing) -> None:
    """Write down what is done to a version of a rule."""
    connection.execute(_NOTE, [*of, action, doing.actor, doing.reason, doing.address])


def tell_judges(connection: Connection) -> None:
    """Have every process that judges read again which rules are in force, after the commit."""
    connection.execute(_NEWS)
