"""The rules that ship, put into force at each start beside what people have saved."""

import structlog
from psycopg.types.json import Jsonb

from alerts.rulekeeping.versions import (
    Connection,
    Doing,
    Standing,
    add_version,
    note,
    set_version,
    standing,
    stored_version,
    take_turn,
    tell_judges,
)
from alerts.rules import ReadRule, RuleSet
from alerts.state_rows import RuleVersionError, digest_of

_log = structlog.get_logger()

# Examples and the field that a rule is listed under may change without a new version.
_REFRESH = """
UPDATE rule_version SET body = %(body)s, origin = %(origin)s
WHERE rule = %(rule)s AND version = %(version)s AND (body, origin) <> (%(body)s, %(origin)s)
"""


def ship(connection: Connection, rules: RuleSet, *, actor: str) -> int:
    """Put the rules that ship into force, in the connection's transaction.

    What somebody saved counts where its version is not lower, and what somebody withdrew stays so.

    Returns:
        For how many rules another version counts now.

    Raises:
        RuleVersionError: a shipped rule changed under its old version.
    """
    take_turn(connection)
    changed = [read for read in rules if _keep(connection, read) and _counts(connection, read)]
    for read in changed:
        set_version(connection, read, actor, restore=False)
        note(connection, (read.rule.id, read.rule.version), "shipped", Doing(actor))
    if changed:
        tell_judges(connection)
    return len(changed)


def _keep(connection: Connection, read: ReadRule) -> bool:
    """Keep a shipped version; return false where somebody saved another one of its number."""
    rule = read.rule
    stored = stored_version(connection, rule.id, rule.version)
    if stored is None:
        add_version(connection, read, saved=False)
    elif stored.digest != digest_of(rule):
        if stored.saved:
            _log.warning("a saved rule stands in place of a shipped one", rule=rule.id)
            return False
        raise RuleVersionError(
            f"rule {rule.id!r} version {rule.version}: its content differs from the registered "
            "one: give it a new version"
        )
    elif not stored.saved:
        told = {"rule": rule.id, "version": rule.version, "origin": read.origin}
        body = Jsonb(rule.model_dump(mode="json", exclude_none=True))
        connection.execute(_REFRESH, {**told, "body": body})
    return True


def _counts(connection: Connection, read: ReadRule) -> bool:
    """Return whether a shipped version is to count, and does not yet."""
    known: Standing | None = standing(connection, read.rule.id)
    if known is None:
        return True
    return read.rule.version > known.version or (
        not known.saved and read.rule.version != known.version
    )
