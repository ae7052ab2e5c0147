"""Rules as JSON bodies: the meaning of TOML, and a sentence with a path for whatever is wrong."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alerts.rule_files import shipped_rules
from alerts.rules import Rule
from alerts.rules.duration import format_duration, parse_duration
from alerts.rules.expression import parse
from alerts.rules.reading import Mistake, RuleTable, examine, parse_table
from alerts.state_rows import digest_of
from tests.unit.alerts.ruling import level_rule

SHIPPED = {read.rule.id: read.rule for read in shipped_rules()}
ROAD: dict[str, Any] = json.loads(level_rule().model_dump_json(exclude_none=True))


def body_of(rule: Rule) -> dict[str, Any]:
    told = rule.model_dump_json(exclude_none=True, exclude_defaults=True)
    found: dict[str, Any] = json.loads(told)
    return found


def mistakes(*bodies: dict[str, Any]) -> tuple[Mistake, ...]:
    tables = [RuleTable("body", number, body) for number, body in enumerate(bodies, start=1)]
    return examine(tables).mistakes


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_rule_means_the_same_as_json(name: str) -> None:
    rule, wrong = parse_table(RuleTable("body", 1, body_of(SHIPPED[name])))
    assert wrong == []
    assert rule == SHIPPED[name]
    assert digest_of(rule) == digest_of(SHIPPED[name])


def test_each_mistake_says_which_rule_and_which_field() -> None:
    found = mistakes(
        ROAD | {"id": "a"},
        ROAD | {"id": "b", "quantity": "dpeth", "levels": {"pink": 1}},
        ROAD | {"id": "a", "examples": [{"series": [[0, 0.2]], "expect": "red"}]},
        {"kind": "fuzzy"},
    )
    assert [(each.number, each.path) for each in found] == [
        (2, "quantity"),
        (2, "levels.pink"),
        (3, "examples"),
        (4, "kind"),
        (3, "id"),
    ]
    assert found[2].sentence == (
        "body: rule 'a': example 1: expected 'red', but the rule gives 'yellow'"
    )
    assert found[3].sentence.startswith("body: rule 4: kind 'fuzzy': expected one of level")


@pytest.mark.parametrize(
    ("change", "path", "sentence"),
    [
        ({"title_zh": "a\0"}, "title_zh", "'a\\x00': expected text without NUL"),
        ({"a\ud800": 1}, "", "expected text without NUL and lone surrogates"),
        ({"hysteresis": 1e16}, "hysteresis", "1e+16: expected a number between -1e15 and 1e15"),
        ({"hold": "4000d"}, "hold", "duration '4000d': expected at most ten years"),
        ({"version": 1 << 31}, "version", "should be less than or equal to 2147483647"),
        ({"title_en": ["x" * 9999]}, "title_en", "...xxx"),
    ],
)
def test_what_no_store_holds_is_refused(change: dict[str, Any], path: str, sentence: str) -> None:
    (found,) = mistakes(ROAD | change)
    assert (found.path, len(found.sentence) < 1000) == (path, True)
    assert sentence in found.sentence


def test_tables_that_lie_too_deep_are_refused_however_deep() -> None:
    deep: Any = 1
    for _ in range(900):
        deep = {"a": [deep]}
    (found,) = mistakes(ROAD | {"levels": deep})
    assert "at most 12 deep" in found.sentence


def test_an_expression_has_an_end() -> None:
    with pytest.raises(ValueError, match="parentheses in at most 1000 characters"):
        parse("not " * 1000 + "a")
    assert parse("not " * 200 + "a").names == ("a",)


@given(st.integers(0, 3660 * 86_400_000_000))
def test_every_length_of_time_comes_back_as_it_was(microseconds: int) -> None:
    assert parse_duration(format_duration(microseconds)) == microseconds


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from(["", "level", "1h", "0s", "a and b", "above", "8402", "red", "\0", "9" * 99])
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=4,
)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_whatever_stands_in_a_body_gets_sentences(data: st.DataObject) -> None:
    body = body_of(SHIPPED[data.draw(st.sampled_from(sorted(SHIPPED)))])
    for _ in range(data.draw(st.integers(1, 3))):
        place: Any = body
        while isinstance(place, dict | list) and place:
            keys = list(place) if isinstance(place, dict) else list(range(len(place)))
            key = data.draw(st.sampled_from(keys))
            inner = place[key]
            if not isinstance(inner, dict | list) or data.draw(st.booleans()):
                place[key] = data.draw(VALUES)
                break
            place = inner
    for mistake in mistakes(body):
        assert mistake.sentence.startswith("body: ")
