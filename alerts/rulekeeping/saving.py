"""Rules that people save, withdraw and restore while the system runs."""

from typing import LiteralString

from alerts.rulebook import reread
from alerts.rulekeeping.versions import (
    Connection,
    Doing,
    Standing,
    add_version,
    note,
    set_version,
    standing,
    take_turn,
    tell_judges,
)
from alerts.rules import KINDS, LadderRule, ReadRule, Rule

_IN_FORCE: LiteralString = """
UPDATE rule SET in_force = %s, actor = %s, changed_at = now() WHERE rule = %s
"""


class UnknownRuleError(LookupError):
    """A rule or version that nobody has saved. Look it up in the list of rules."""


class RuleConflictError(Exception):
    """The rule is not as the caller thought. Read it again, then decide."""


class RuleKindError(ValueError):
    """A version of another kind than its rule. Withdraw this rule and save one with a new id."""


class RuleReasonError(ValueError):
    """A withdrawal or restoration without a reason. Say why."""


def save_new(connection: Connection, rule: Rule, doing: Doing) -> None:
    """Put a rule into force that nobody knows yet.

    Raises:
        RuleConflictError: its id is taken, or its version is not 1.
    """
    take_turn(connection)
    known = standing(connection, rule.id)
    if known is not None:
        raise RuleConflictError(
            f"rule {rule.id!r}: exists in version {known.newest}: expected an id that is new, "
            f"or version {known.newest + 1} of this one"
        )
    _follows(rule, 0)
    _save(connection, rule, doing)


def save_version(connection: Connection, rule: Rule, doing: Doing) -> None:
    """Put the next version of a rule into force, that of a withdrawn rule too.

    Raises:
        UnknownRuleError: nobody knows the rule.
        RuleConflictError: its version is not the next one.
        RuleKindError: its kind remembers other things than that of the version before.
    """
    take_turn(connection)
    known = known_rule(connection, rule.id)
    _follows(rule, known.newest)
    _check_kind(rule, known.kind)
    _save(connection, rule, doing)


def save(connection: Connection, rule: Rule, doing: Doing) -> None:
    """Put a rule into force, be it new or the next version of one.

    Raises:
        RuleConflictError: its version is not the next one.
        RuleKindError: its kind remembers other things than that of the version before.
    """
    take_turn(connection)
    known = standing(connection, rule.id)
    _follows(rule, known.newest if known else 0)
    if known is not None:
        _check_kind(rule, known.kind)
    _save(connection, rule, doing)


def withdraw_rule(
    connection: Connection, rule: str, doing: Doing, version: int | None = None
) -> None:
    """Take a rule out of force; its open alerts are closed when ingest hears of it.

    Args:
        connection: the running transaction.
        rule: its id.
        doing: who, why and from where.
        version: that counts as far as the caller knows; None where they do not say.

    Raises:
        UnknownRuleError: nobody knows the rule.
        RuleConflictError: it is withdrawn already, or another version counts.
        RuleReasonError: no reason is given.
    """
    known = _turn_with_reason(connection, rule, doing, version)
    if not known.in_force:
        raise RuleConflictError(f"rule {rule!r}: is withdrawn already")
    connection.execute(_IN_FORCE, [False, doing.actor, rule])
    note(connection, (rule, known.version), "withdrawn", doing)
    tell_judges(connection)


def restore_rule(
    connection: Connection, rule: str, doing: Doing, version: int | None = None
) -> None:
    """Put a withdrawn rule back into force, in the version that counts; arguments as above.

    Raises:
        UnknownRuleError: nobody knows the rule.
        RuleConflictError: it is in force, another version counts, or it cannot be read any more.
        RuleReasonError: no reason is given.
    """
    known = _turn_with_reason(connection, rule, doing, version)
    if known.in_force:
        raise RuleConflictError(f"rule {rule!r}: is in force")
    fault = reread(connection, rule, known.version).fault
    if fault:
        raise RuleConflictError(f"rule {rule!r}: cannot be read any more: {fault}")
    connection.execute(_IN_FORCE, [True, doing.actor, rule])
    note(connection, (rule, known.version), "restored", doing)
    tell_judges(connection)


def known_rule(connection: Connection, rule: str) -> Standing:
    """Return how a rule stands.

    Raises:
        UnknownRuleError: nobody knows it.
    """
    found = standing(connection, rule)
    if found is None:
        raise UnknownRuleError(f"rule {rule[:100]!r}: expected one of the list of rules")
    return found


def _turn_with_reason(
    connection: Connection, rule: str, doing: Doing, version: int | None
) -> Standing:
    if not doing.reason.strip():
        raise RuleReasonError(f"rule {rule[:100]!r}: expected a reason")
    take_turn(connection)
    known = known_rule(connection, rule)
    if version not in (None, known.version):
        raise RuleConflictError(f"rule {rule!r} version {version}: now it is {known.version}")
    return known


def _follows(rule: Rule, newest: int) -> None:
    if rule.version != newest + 1:
        raise RuleConflictError(
            f"rule {rule.id!r} version {rule.version}: expected version {newest + 1}"
        )


def _check_kind(rule: Rule, kind: str) -> None:
    """Refuse a kind that would find what another one remembers, and not understand it."""
    before, now = (KINDS.get(each) for each in (kind, rule.kind))
    if before is None or now is None or before is now:
        return
    if not (issubclass(before, LadderRule) and issubclass(now, LadderRule)):
        raise RuleKindError(f"rule {rule.id!r}: kind {rule.kind!r}: expected {kind!r} as before")


def _save(connection: Connection, rule: Rule, doing: Doing) -> None:
    read = ReadRule(rule, "saved")
    add_version(connection, read, saved=True)
    set_version(connection, read, doing.actor, restore=True)
    note(connection, (rule.id, rule.version), "saved", doing)
    tell_judges(connection)
