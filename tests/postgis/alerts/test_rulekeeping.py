"""Rules that people save and withdraw: who stands over what ships, who is first, what follows."""

from collections.abc import Callable
from threading import Barrier, Thread
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from alerts.rule_files import shipped_rules
from alerts.rulebook import enforce, rule_revision, rules_in_force
from alerts.rulekeeping.listing import Page, RuleFilters, list_rules, read_rule, read_version
from alerts.rulekeeping.saving import (
    RuleConflictError,
    RuleKindError,
    RuleReasonError,
    UnknownRuleError,
    restore_rule,
    save,
    save_new,
    save_version,
    withdraw_rule,
)
from alerts.rulekeeping.shipping import ship
from alerts.rulekeeping.versions import Doing
from alerts.rules import Rule
from alerts.state_rows import RuleVersionError, digest_of
from tests.postgis.alerts.desk import Desk
from tests.unit.alerts.ruling import Row, batch_of, level_text, rules_of, video_text

Connection = psycopg.Connection[tuple[Any, ...]]

WANG = Doing("wang", "as agreed", "10.0.0.7")


def rule_of(version: int = 1, more: str = "", name: str = "road") -> Rule:
    return rules_of(level_text(more, name=name, version=version))[0].rule


def counting(connection: Connection) -> dict[str, int]:
    return {read.rule.id: read.rule.version for read in rules_in_force(connection).rules}


def test_who_saved_which_version_when_why_and_from_where_is_kept(connection: Connection) -> None:
    before = rule_revision(connection)
    save_new(connection, rule_of(), WANG)
    save_version(connection, rule_of(2, "hysteresis = 0.02"), Doing("li"))
    withdraw_rule(connection, "road", Doing("li", "raised by puddles"))
    assert rule_revision(connection) == before + 3
    assert counting(connection) == {}
    told = read_rule(connection, "road")
    assert (told["state"], told["reason"], told["origin"]) == (
        "withdrawn",
        "raised by puddles",
        "saved",
    )
    assert [
        (one["action"], one["version"], one["actor"], one["reason"], one["address"])
        for one in told["changes"]
    ] == [
        ("withdrawn", 2, "li", "raised by puddles", None),
        ("saved", 2, "li", "", None),
        ("saved", 1, "wang", "as agreed", "10.0.0.7"),
    ]
    assert [one["version"] for one in told["versions"]] == [2, 1]
    assert told["body"]["hysteresis"] == 0.02
    assert "hysteresis" not in read_version(connection, "road", 1)["body"]


def test_a_version_that_is_not_the_next_one_is_refused(connection: Connection) -> None:
    save_new(connection, rule_of(), WANG)
    with pytest.raises(RuleConflictError, match="exists in version 1: expected an id"):
        save_new(connection, rule_of(), WANG)
    for version in (1, 3):
        with pytest.raises(RuleConflictError, match=f"version {version}: expected version 2"):
            save_version(connection, rule_of(version), WANG)
    with pytest.raises(RuleConflictError, match="'b' version 2: expected version 1"):
        save_new(connection, rule_of(2, name="b"), WANG)
    with pytest.raises(UnknownRuleError, match="'b': expected one of the list"):
        save_version(connection, rule_of(2, name="b"), WANG)
    with pytest.raises(RuleKindError, match="kind 'video': expected 'level' as before"):
        save(connection, rules_of(video_text(name="road"))[0].rule.model_copy(update=TWO), WANG)
    assert counting(connection) == {"road": 1}


TWO = {"version": 2}


def test_withdrawing_and_restoring_need_a_reason_and_the_state_that_they_change(
    connection: Connection,
) -> None:
    save_new(connection, rule_of(), WANG)
    with pytest.raises(RuleReasonError, match="'road': expected a reason"):
        withdraw_rule(connection, "road", Doing("wang", " "))
    with pytest.raises(RuleConflictError, match="is in force"):
        restore_rule(connection, "road", WANG)
    with pytest.raises(RuleConflictError, match="version 7: now it is 1"):
        withdraw_rule(connection, "road", WANG, version=7)
    withdraw_rule(connection, "road", WANG, version=1)
    with pytest.raises(RuleConflictError, match="is withdrawn already"):
        withdraw_rule(connection, "road", WANG)
    restore_rule(connection, "road", WANG)
    assert counting(connection) == {"road": 1}
    withdraw_rule(connection, "road", WANG)
    save_version(connection, rule_of(2), WANG)
    assert counting(connection) == {"road": 2}


def test_a_saved_version_stands_over_a_shipped_one_that_is_not_higher(
    connection: Connection,
) -> None:
    files = [rules_of(level_text("hysteresis = 0.01", version=number)) for number in (1, 2, 3)]
    assert ship(connection, files[0], actor="start") == 1
    assert read_rule(connection, "road")["file"] == "test.toml"
    save_version(connection, rule_of(2), WANG)
    assert ship(connection, files[0], actor="start") == 0
    assert ship(connection, files[1], actor="start") == 0
    assert counting(connection) == {"road": 2}
    assert "hysteresis" not in read_rule(connection, "road")["body"]
    assert ship(connection, files[2], actor="start") == 1
    assert counting(connection) == {"road": 3}
    assert read_rule(connection, "road")["origin"] == "shipped"


def test_a_shipped_rule_that_was_withdrawn_stays_so_whatever_ships(connection: Connection) -> None:
    ship(connection, rules_of(level_text()), actor="start")
    withdraw_rule(connection, "road", WANG)
    assert ship(connection, rules_of(level_text()), actor="start") == 0
    assert ship(connection, rules_of(level_text(version=2)), actor="start") == 1
    assert counting(connection) == {}
    restore_rule(connection, "road", WANG)
    assert counting(connection) == {"road": 2}
    # An older program runs by its own rules, as long as nobody saved any.
    assert ship(connection, rules_of(level_text()), actor="start") == 1
    assert counting(connection) == {"road": 1}


def test_a_shipped_rule_may_not_change_under_its_version_but_for_its_examples(
    connection: Connection,
) -> None:
    ship(connection, rules_of(level_text()), actor="start")
    example = 'examples = [{ series = [[0, 0.2]], expect = "yellow" }]'
    assert ship(connection, rules_of(level_text(example + '\nfield = "rain"')), actor="s") == 0
    found = list_rules(connection, RuleFilters(field="rain"), Page(10))
    assert [len(row["body"]["examples"]) for row in found] == [1]
    with pytest.raises(RuleVersionError, match="'road' version 1: its content differs"):
        ship(connection, rules_of(level_text("hysteresis = 0.01")), actor="start")


def test_every_shipped_rule_means_the_same_after_its_way_through_json(
    connection: Connection,
) -> None:
    shipped = {read.rule.id: read.rule for read in shipped_rules()}
    ship(connection, shipped_rules(), actor="start")
    rows = list_rules(connection, RuleFilters(), Page(1000))
    assert [row["id"] for row in rows] == sorted(shipped)
    for row in rows:
        body = row["body"] | {"version": row["version"] + 1}
        save_version(connection, type(shipped[row["id"]]).model_validate(body), WANG)
    for rule in rules_in_force(connection).rules:
        old = shipped[rule.rule.id]
        assert rule.rule.version == old.version + 1
        assert digest_of(rule.rule.model_copy(update={"version": old.version})) == digest_of(old)
        assert rule.rule.model_dump(exclude={"version"}) == old.model_dump(exclude={"version"})


def test_of_two_who_save_the_next_version_at_once_one_is_refused(
    connection: Connection, database_url: str
) -> None:
    save_new(connection, rule_of(), WANG)
    connection.commit()
    barrier = Barrier(6)
    outcomes: list[str] = []

    def attempt(number: int) -> None:
        with psycopg.connect(database_url) as own:
            barrier.wait(10)
            name = f"new-{number % 2}"
            outcomes.append(outcome(lambda: save_version(own, rule_of(2), WANG)))
            outcomes.append(outcome(lambda: save_new(own, rule_of(name=name), WANG)))

    threads = [Thread(target=attempt, args=[number]) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert (outcomes.count("saved"), outcomes.count("refused")) == (3, 9)
    assert counting(connection) == {"new-0": 1, "new-1": 1, "road": 2}
    assert rule_revision(connection) == 4


def outcome(work: Callable[[], None]) -> str:
    try:
        work()
    except RuleConflictError:
        return "refused"
    return "saved"


def test_withdrawing_closes_open_alerts_and_ends_what_stood(desk: Desk) -> None:
    connection = desk.connection
    enforce(connection, desk.rules, actor="test")
    desk.take(batch_of([Row(0, 0.2)]))
    withdraw_rule(connection, "road", Doing("li", "puddles"))
    connection.commit()
    desk.rules = rules_in_force(connection).rules
    desk.restart()
    desk.tick(1)
    assert desk.alerts() == [("yellow", "closed")]
    assert desk.ask("SELECT reason FROM alert_transition ORDER BY id DESC LIMIT 1") == [
        ("rule withdrawn",)
    ]
    assert desk.ask("SELECT count(*) FROM rule_state") == [(0,)]
    assert desk.ask("SELECT to_at - from_at FROM rule_interval")[0][0].total_seconds() == 60


def test_a_rule_that_cannot_be_read_any_more_is_told_and_what_it_raised_stands(
    desk: Desk,
) -> None:
    connection = desk.connection
    enforce(connection, desk.rules, actor="test")
    desk.take(batch_of([Row(0, 0.2)]))
    body = read_rule(connection, "road")["body"] | {"quantity": "phlogiston"}
    connection.execute("UPDATE rule_version SET body = %s WHERE rule = 'road'", [Jsonb(body)])
    found = rules_in_force(connection)
    assert [read.rule.id for read in found.rules] == ["intruder"]
    assert "quantity 'phlogiston': expected one of quantities.csv" in found.faulty["road"]
    desk.restart(found)
    assert desk.evaluator.faulty == found.faulty
    desk.take(batch_of([Row(1, 0.5)]))
    assert desk.alerts() == [("yellow", "raised")]
    assert desk.ask("SELECT count(*) FROM rule_state") == [(1,)]
    (listed,) = list_rules(connection, RuleFilters(text="ROAD"), Page(10))
    assert (listed["state"], listed["open_alerts"]) == ("in force", 1)
    assert listed["fault"] == found.faulty["road"]
    withdraw_rule(connection, "road", WANG)
    with pytest.raises(RuleConflictError, match="cannot be read any more: quantity"):
        restore_rule(connection, "road", WANG)
    save_version(connection, rule_of(2), WANG)
    assert counting(connection) == {"intruder": 1, "road": 2}


def test_a_body_that_says_something_else_than_when_it_was_saved_does_not_judge(
    connection: Connection,
) -> None:
    save_new(connection, rule_of(), WANG)
    body = read_rule(connection, "road")["body"] | {"hysteresis": 0.1}
    connection.execute("UPDATE rule_version SET body = %s", [Jsonb(body)])
    assert rules_in_force(connection).faulty == {
        "road": "it says something else now than when it was saved: save it again"
    }
