"""Rules of several things over the past."""

from itertools import pairwise
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from alerts.related import Related
from alerts.rules.spans import Span
from alerts.rules.together import TogetherRule
from alerts.trial_together import at_least, together
from tests.unit.alerts.reports.raised import alert
from tests.unit.alerts.ruling import ROAD, at, rules_of
from twin.app.rule_trials import Asked, Recorded, run_trial, trial_document

RULE = """
[[rule]]
id = "both"
version = 1
kind = "together"
domain = "flood"
entity_classes = ["8402"]
level = "orange"
when = "{when}"
title_zh = "同时"
title_en = "both"
source = "a test"
standing = "project default"
[rule.conditions.deep]
quantity = "depth"
direction = "above"
limit = 0.2
least = {least}
[rule.conditions.fast]
quantity = "velocity"
direction = "above"
limit = 1
"""
SPANS = st.lists(
    st.tuples(st.integers(0, 20), st.integers(1, 9)).map(lambda told: Span(told[0], sum(told))),
    max_size=3,
)


def rule(when: str = "deep and fast", least: int = 1) -> TogetherRule:
    found = rules_of(RULE.format(when=when, least=least))[0].rule
    assert isinstance(found, TogetherRule)
    return found


def test_a_rule_stands_while_its_conditions_hold_around_its_thing() -> None:
    deep = [alert(0, 30, "both/deep", entity=1), alert(10, None, "both/deep", entity=2)]
    fast = [alert(5, 40, "both/fast", entity=ROAD)]
    pairs = {"deep": Related({1: [ROAD], 2: [ROAD]}, {ROAD: [1, 2]})}
    related = pairs | {"fast": Related({ROAD: [ROAD]}, {ROAD: [ROAD]})}
    (either,) = together(rule(), [*deep, *fast], related)
    assert (either.from_us, either.to_us, either.group.entity) == (at(5), at(40), ROAD)
    (two,) = together(rule(least=2), [*deep, *fast], related)
    assert (two.from_us, two.to_us, two.level.text) == (at(10), at(30), "orange")


def test_what_nobody_measures_is_not_taken_for_untrue() -> None:
    deep = [alert(0, 30, "both/deep", entity=ROAD)]
    here, nowhere = Related({ROAD: [ROAD]}, {ROAD: [ROAD]}), Related({}, {})
    calm = rule("deep and not fast")
    assert list(together(calm, deep, {"deep": here, "fast": nowhere})) == []
    assert len(list(together(calm, deep, {"deep": here, "fast": here}))) == 1
    assert list(together(calm, [alert(0, 30, "other/deep")], {"deep": here, "fast": here})) == []


@given(st.lists(SPANS, max_size=4), st.integers(1, 3))
def test_so_many_at_once_is_what_counting_at_each_instant_gives(
    each: list[list[Span]], count: int
) -> None:
    found = at_least(count, each)
    flat = [span for spans in each for span in spans]
    for instant in range(31):
        standing = sum(span.from_us <= instant < span.to_us for span in flat)
        assert any(s.from_us <= instant < s.to_us for s in found) == (standing >= count)
    assert all(one.to_us < two.from_us for one, two in pairwise(found))


def test_over_a_recording_a_thing_has_no_neighbours(tmp_path: Path) -> None:
    rows = [
        f"2026-01-05T08:0{minute}:00Z,{ROAD},{depth},{speed}"
        for minute, depth, speed in ((0, 0.3, 0), (1, 0.3, 2), (2, 0.1, 2))
    ]
    (tmp_path / "r.csv").write_text("\n".join(["time,entity,d,v", *rows]), encoding="utf-8")
    recorded = Recorded([tmp_path / "r.csv"], ["depth=d", "velocity=v"])
    for at_, told in (("self", (["08:01"], [])), ("upstream", ([], ["both"]))):
        text = RULE.format(when="deep and fast", least=1) + f'at = "{at_}"\n'
        (tmp_path / "r.toml").write_text(text, encoding="utf-8")
        asked = Asked([tmp_path / "r.toml"], recorded=recorded)
        found = trial_document(run_trial(asked, "", lambda _done, _all: None))
        begins = [one["from"][11:16] for one in found["alerts"]]
        assert (begins, found["not_tried"]) == told
