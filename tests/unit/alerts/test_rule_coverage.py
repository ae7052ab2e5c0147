"""Which fields rules cover: the empty cells show."""

import json

import pytest
from typer.testing import CliRunner

from alerts.rule_coverage import coverage, kinds, without_field
from alerts.rule_files import shipped_rules
from alerts.rules import KINDS, RuleText, check
from data.reference import alert_domains
from data.reference.rule_fields import rule_fields
from tests.unit.alerts.ruling import level_text, rules_of
from twin.cli.rules import app

TO_COME = {"silence", "together"}


def test_fields_speak_of_domains_and_kinds_that_exist_or_are_to_come() -> None:
    for row in rule_fields().values():
        assert row.domain in alert_domains(), row
        assert row.kinds <= {*KINDS, *TO_COME}, row
        assert row.name_zh, row
        assert row.expected, row


def test_a_field_without_a_rule_of_a_kind_that_it_asks_for_is_empty() -> None:
    rule = rules_of(level_text('field = "rivers"'))[0].rule
    found = {each.field.code: each for each in coverage([rule])}
    assert found["rivers"].rules["level"] == ("road",)
    assert set(found["rivers"].empty) == {"rate", "together"}
    assert [found["rivers"].cell(kind) for kind in ("level", "rate", "window")] == [
        "1",
        "EMPTY",
        "",
    ]
    assert found["rain"].empty == tuple(k for k in kinds() if k in {"level", "window"})


def test_a_rule_without_a_field_is_told() -> None:
    assert without_field([rules_of(level_text())[0].rule]) == ("road",)


def test_an_unknown_field_is_a_mistake() -> None:
    found = check(RuleText("f.toml", level_text('field = "rian"')))
    assert "field 'rian': expected one of rule_fields.csv" in found[0]


@pytest.mark.parametrize("kind", ["level", "rate", "window", "video"])
def test_the_shipped_rules_leave_no_cell_of_a_kind_empty(kind: str) -> None:
    rules = [read.rule for read in shipped_rules()]
    assert [each.field.code for each in coverage(rules) if kind in each.empty] == []


def test_the_command_shows_every_field_and_its_empty_cells() -> None:
    shown = CliRunner().invoke(app, ["coverage"]).stdout
    assert all(code in shown for code in rule_fields())
    told = json.loads(CliRunner().invoke(app, ["coverage", "--json"]).stdout)
    assert [row["code"] for row in told["fields"]] == list(rule_fields())
    assert told["rules_without_field"] == []
    for row in told["fields"]:
        assert set(row["empty"]) == {kind for kind in row["kinds"] if not row["rules"][kind]}
