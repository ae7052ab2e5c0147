"""The rules that ship: each shows when it raises, what is just below, and what is too bad."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from alerts.rule_files import shipped_rules
from alerts.rule_page import as_markdown
from alerts.rules.example import Example, Expectation
from alerts.rules.limits import PropertyLimit, in_force
from alerts.rules.part import Measured
from alerts.rules.quantity_rule import QuantityRule
from alerts.rules.trial import outcome
from alerts.state_rows import digest_of
from data.reference import alert_domains, quantities
from data.reference.class_properties import property_kinds

SHIPPED = {read.rule.id: read for read in shipped_rules()}
LADDERS = {name: read.rule for name, read in SHIPPED.items() if isinstance(read.rule, QuantityRule)}
PAGE = Path(__file__).parents[3] / "docs" / "rule-set.md"

# Stores hold alerts of these: a change of what one raises needs a new version.
LANDED = {
    ("road-waterlogging", 1): "2ebdfb9ce5f63cc2",
    ("river-level", 1): "55ea52c943b20db7",
    ("reservoir-flood-limit", 1): "349b46e74718172b",
    ("rainstorm-3h", 1): "606e956bca955551",
    ("combustible-gas", 1): "a59d947db038016e",
    ("slope-displacement-rate", 1): "18c83b1bb4a14e55",
    ("intrusion", 1): "8f6e07e26e66f6ed",
    ("ammonia-nitrogen", 1): "15c01c55a1ec191b",
    ("dissolved-oxygen", 1): "e3e791bc11451748",
    ("conductivity-jump", 1): "af7f5b0c5015a20e",
}
NEAR = 0.1
"""Of the limit; whole steps where the value counts or names a state or class."""


BAD = frozenset({"doubtful", "unreliable", "momentary", "unknown"})


def is_bad(example: Expectation) -> bool:
    """Whether it has a reading of bad quality, or what says no state."""
    return any(leaf in BAD for leaf in leaves(example.model_dump(mode="json")))


def leaves(value: object) -> Iterator[object]:
    if isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from leaves(each)
    elif isinstance(value, str):
        yield value


def quiet(rule: QuantityRule, *, bad: bool) -> Iterator[Example]:
    """Yield the examples that raise nothing."""
    return (one for one in rule.examples if one.expect == "none" and is_bad(one) == bad)


def measured(rule: QuantityRule, example: Example) -> Measured:
    return Measured(rule.quantity, "", 0, example.properties)


def gap(rule: QuantityRule, example: Example) -> float:
    """Return how far an example stays from the lowest limit."""
    limit = next(iter(in_force(rule.levels, example.properties).values()))
    assert limit is not None
    value, _ = rule.signal.along(*example.judged())
    return float(np.nanmin(limit - value if rule.above else value - limit))


@pytest.mark.parametrize("name", SHIPPED)
def test_a_rule_shows_a_raise_at_an_instant_one_just_below_and_a_bad_one(name: str) -> None:
    examples: list[Expectation] = list(SHIPPED[name].rule.examples)
    assert any(one.raises_at is not None and not is_bad(one) for one in examples)
    assert any(one.expect == "none" and not is_bad(one) for one in examples)
    assert any(one.expect == "none" and is_bad(one) for one in examples)


@pytest.mark.parametrize("name", LADDERS)
def test_good_readings_would_raise_where_bad_ones_must_not(name: str) -> None:
    rule = LADDERS[name]
    for example in quiet(rule, bad=True):
        series = [reading._replace(grade="good") for reading in example.series]
        told = example.model_copy(update={"series": series})
        assert outcome(rule.parts, [(measured(rule, told), told.judged())]).level != "none"


@pytest.mark.parametrize("name", LADDERS)
def test_one_example_stays_just_below_the_lowest_limit(name: str) -> None:
    rule = LADDERS[name]
    examples = list(quiet(rule, bad=False))
    limit = next(iter(in_force(rule.levels, examples[0].properties).values())) or 0.0
    step = 1.0 if rule.amount_unit == "" and limit.is_integer() else NEAR * abs(limit)
    assert any(0 < gap(rule, example) <= step + 1e-9 for example in examples)


@pytest.mark.parametrize("name", LADDERS)
def test_limits_of_each_thing_are_properties_of_its_classes_in_its_unit(name: str) -> None:
    rule = LADDERS[name]
    own = {one.property for one in rule.levels.values() if isinstance(one, PropertyLimit)}
    known = {k: property_kinds(k) for k in rule.entity_classes or []}
    for one in own:
        units = {kinds[one].unit for kinds in known.values() if one in kinds}
        assert units == {quantities()[rule.quantity].unit}, one


@pytest.mark.parametrize("name", SHIPPED)
def test_a_rule_stands_in_a_field_and_cites_something(name: str) -> None:
    rule = SHIPPED[name].rule
    assert rule.field is not None
    assert len(rule.source) > len(rule.standing) or rule.standing == "project default"


@pytest.mark.parametrize("name", SHIPPED)
def test_a_rule_read_back_from_the_store_is_the_same_rule(name: str) -> None:
    rule = SHIPPED[name].rule
    again = type(rule).model_validate_json(rule.model_dump_json(exclude_none=True))
    assert digest_of(again) == digest_of(rule)


def test_every_domain_has_rules() -> None:
    assert {read.rule.domain for read in SHIPPED.values()} == set(alert_domains())


def test_rules_that_have_landed_keep_their_content() -> None:
    kept = {(name, read.rule.version): digest_of(read.rule)[:16] for name, read in SHIPPED.items()}
    assert {key: kept.get(key) for key in LANDED} == LANDED


def test_the_page_of_the_rule_set_is_what_the_command_prints() -> None:
    rules = [read.rule for read in shipped_rules()]
    assert PAGE.read_text(encoding="utf-8") == as_markdown(rules)
