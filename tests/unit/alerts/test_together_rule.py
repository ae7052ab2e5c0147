"""Conditions joined by and, or, not: what may be written, and when they hold together."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.rules import read_rules
from alerts.rules.courses import NEVER
from alerts.rules.expression import parse
from alerts.rules.reading import RuleFileError, RuleText
from alerts.rules.spans import Span, combined
from alerts.rules.together import TogetherRule

HEAD = """
[[rule]]
id = "both"
version = 1
kind = "together"
domain = "flood"
entity_classes = ["8202"]
level = "orange"
title_zh = "同时"
title_en = "both"
source = "test"
standing = "project default"
"""
RAIN = '[rule.conditions.rain]\nquantity = "rain_intensity"\ndirection = "above"\nlimit = 20\n'
HIGH = '[rule.conditions.high]\nquantity = "level"\ndirection = "above"\nlimit = 3\n'
NAMES = ("a", "b", "c")


def rule(text: str) -> TogetherRule:
    (found,) = read_rules([RuleText("rules.toml", HEAD + text)])
    assert isinstance(found.rule, TogetherRule)
    return found.rule


def test_each_condition_is_a_rule_with_one_level() -> None:
    found = rule(
        'when = "rain and high"\n' + RAIN + 'hold = "5min"\n' + HIGH + "at = { within_m = 500 }\n"
    )
    assert {name: each.id for name, each in found.condition_rules.items()} == {
        "rain": "both/rain",
        "high": "both/high",
    }
    assert found.condition_rules["rain"].hold == 5 * 60_000_000
    assert found.condition_rules["rain"].watched == {"rain_intensity"}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('when = "rain or storm"\n' + RAIN, "condition 'storm': expected one of rain"),
        ('when = "rain"\n' + RAIN + HIGH, "conditions high: expected all of them to be named"),
        ('when = "not rain"\n' + RAIN, "does not hold where nothing does"),
        ('when = "rain and"\n' + RAIN, "expected names of conditions with and, or, not"),
        ('when = "rain > 3"\n' + RAIN, "expected names of conditions with and, or, not"),
        ('when = "f(rain)"\n' + RAIN, "expected names of conditions with and, or, not"),
        ('when = "rain"\n' + RAIN + 'over = "5min"\n', "condition 'rain': over: Extra inputs"),
        ('when = "rain"\n' + RAIN + 'kind = "rate"\n', "condition 'rain': over: Field required"),
        ('when = "rain"\n' + RAIN + 'at = "downstream"\n', "conditions.rain.at"),
        ('when = "Rain"\n' + RAIN.replace("rain]", "Rain]"), "expected a name of lower-case"),
    ],
)
def test_a_mistake_is_told(text: str, sentence: str) -> None:
    with pytest.raises(RuleFileError, match=sentence):
        rule(text)


@pytest.mark.parametrize("text", ["(" * 500 + "a" + ")" * 500, "a\0", "lambda: a", "a if b else c"])
def test_no_text_breaks_the_reader(text: str) -> None:
    with pytest.raises(ValueError, match="expected names of conditions"):
        parse(text)


expressions = st.recursive(
    st.sampled_from(NAMES),
    lambda inner: st.one_of(
        inner.map("not ({})".format),
        st.tuples(inner, inner).map(lambda two: f"({two[0]}) and ({two[1]})"),
        st.tuples(inner, inner).map(lambda two: f"({two[0]}) or ({two[1]})"),
    ),
    max_leaves=6,
)


@st.composite
def spans(draw: st.DrawFn) -> Sequence[Span]:
    edges = draw(st.lists(st.integers(0, 30), unique=True, max_size=8).map(sorted))
    found = [Span(a, b) for a, b in zip(edges[::2], edges[1::2], strict=False)]
    return [*found, Span(edges[-1], NEVER)] if len(edges) % 2 else found


@given(text=expressions, held=st.fixed_dictionaries({name: spans() for name in NAMES}))
def test_it_holds_exactly_when_each_instant_by_itself_says_so(
    text: str, held: dict[str, Sequence[Span]]
) -> None:
    expression = parse(text)
    found = combined(expression, held)
    begun = [edge for each in held.values() for span in each for edge in span]
    for instant in range(32):
        said = {n: any(s.from_us <= instant < s.to_us for s in held[n]) for n in NAMES}
        wanted = expression.holds(said) and bool(begun) and instant >= min(begun)
        assert any(span.from_us <= instant < span.to_us for span in found) == wanted


@given(text=expressions)
def test_what_stands_behind_not_is_known(text: str) -> None:
    expression = parse(text)
    # Making a name that is nowhere negated true never makes the whole false.
    for name in set(expression.names) - expression.negated:
        for others in range(8):
            said = {n: bool(others >> i & 1) for i, n in enumerate(NAMES)}
            assert expression.holds({**said, name: True}) >= expression.holds({**said, name: False})
