"""Rules of the store as the command line shows, saves and explains them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from alerts.explanation.documents import Explanation
from alerts.explanation.explain import Question, explain
from alerts.rule_files import rules_from
from alerts.rulekeeping.listing import Page, RuleFilters, list_rules, read_rule, read_version
from alerts.rulekeeping.saving import restore_rule, save, withdraw_rule
from alerts.rulekeeping.versions import Connection, Doing, standing, stored_version
from alerts.rules import Rule
from alerts.state_rows import digest_of
from data.connection import connect
from twin.app.actor import command_line_actor
from twin.app.registry import LOCAL
from twin.codes import EntityCode
from twin.model import Mode

_MOST = 100_000


class Saved(NamedTuple):
    """What became of the rules of files: saved in a new version, or known as they are."""

    saved: list[str]
    unchanged: list[str]


def listed(store_url: str, filters: RuleFilters) -> list[dict[str, Any]]:
    """Return the rules of the store."""
    with _store(store_url) as connection:
        return list_rules(connection, filters, Page(_MOST))


def shown(store_url: str, rule: str, version: int | None) -> dict[str, Any]:
    """Return a rule with its history, or one version of it.

    Raises:
        UnknownRuleError: there is none.
    """
    with _store(store_url) as connection:
        if version is None:
            return read_rule(connection, rule)
        return read_version(connection, rule, version)


def saved(store_url: str, files: Sequence[Path], reason: str) -> Saved:
    """Put the rules of files into force, all of them or none.

    Raises:
        RuleFileError: with all mistakes of all files.
        RuleConflictError: a version is not the next one of its rule.
        RuleKindError: a version is of another kind than its rule.
        OSError: a file cannot be read.
    """
    rules = [read.rule for read in rules_from(files)]
    doing = Doing(command_line_actor(), reason)
    done = Saved([], [])
    with _store(store_url) as connection:
        for rule in rules:
            if _stands(connection, rule):
                done.unchanged.append(rule.id)
            else:
                save(connection, rule, doing)
                done.saved.append(rule.id)
    return done


def withdrawn(store_url: str, rule: str, reason: str) -> dict[str, Any]:
    """Take a rule out of force and return it.

    Raises:
        UnknownRuleError: nobody knows the rule.
        RuleConflictError: it is withdrawn already.
        RuleReasonError: no reason is given.
    """
    with _store(store_url) as connection:
        withdraw_rule(connection, rule, Doing(command_line_actor(), reason))
        return read_rule(connection, rule)


def restored(store_url: str, rule: str, reason: str) -> dict[str, Any]:
    """Put a withdrawn rule back into force and return it.

    Raises:
        UnknownRuleError: nobody knows the rule.
        RuleConflictError: it is in force, or cannot be read any more.
        RuleReasonError: no reason is given.
    """
    with _store(store_url) as connection:
        restore_rule(connection, rule, Doing(command_line_actor(), reason))
        return read_rule(connection, rule)


def explained(store_url: str, of: tuple[str, str], at: datetime | None, mode: Mode) -> Explanation:
    """Return why a rule did or did not raise at a thing.

    Args:
        store_url: of the store.
        of: id of the rule, and code of the thing, bare or as printed.
        at: the instant; Beijing time where it has no offset; None for now.
        mode: whose readings.

    Raises:
        UnknownRuleError: nobody knows the rule.
        UnknownThingError: the register does not have the thing.
        InvalidIdentifierError: that is no code.
        InstantError: the instant is in the future, or before 1970.
    """
    rule, entity = of
    code = int(EntityCode.parse_printed(entity))
    instant = at.replace(tzinfo=LOCAL) if at and not at.tzinfo else at
    with _store(store_url) as connection:
        connection.execute("SET TRANSACTION READ ONLY")
        return explain(connection, Question(rule, code, instant, mode), datetime.now(UTC))


def _stands(connection: Connection, rule: Rule) -> bool:
    known = standing(connection, rule.id)
    if known is None or not known.in_force or known.version != rule.version:
        return False
    stored = stored_version(connection, rule.id, rule.version)
    return stored is not None and stored.digest == digest_of(rule)


@contextmanager
def _store(store_url: str) -> Iterator[Connection]:
    with connect(store_url, name="citytwin rules") as connection:
        yield connection
