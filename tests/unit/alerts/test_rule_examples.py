"""Examples in rule files: the instant of raising, bad quality, and what cameras see."""

import pytest

from alerts.rules import RuleText, check
from tests.unit.alerts.ruling import level_text, video_text


def mistakes(*examples: str, more: str = "") -> tuple[str, ...]:
    text = level_text(f"{more}\nexamples = [{', '.join(examples)}]")
    return check(RuleText("f.toml", text))


def seen(*examples: str) -> tuple[str, ...]:
    return check(RuleText("f.toml", video_text(f"examples = [{', '.join(examples)}]")))


def test_the_minute_of_raising_counts_the_hold() -> None:
    series = "series = [[0, 0.1], [5, 0.2], [8, 0.2]]"
    assert mistakes(f'{{ {series}, expect = "yellow", raises_at = 7 }}', more='hold = "2min"') == ()
    (found,) = mistakes(f'{{ {series}, expect = "yellow", raises_at = 5 }}', more='hold = "2min"')
    assert found.startswith("f.toml: rule 'road': example 1: expected 'yellow' from minute 5 on")
    assert found.endswith("but the rule raises it at minute 7")


def test_the_first_raising_counts_and_not_a_later_one() -> None:
    series = "series = [[0, 0.2], [1, 0.0], [2, 0.2]]"
    assert mistakes(f'{{ {series}, expect = "yellow", raises_at = 0 }}') == ()
    assert "at minute 0" in mistakes(f'{{ {series}, expect = "yellow", raises_at = 2 }}')[0]


def test_a_minute_of_raising_wants_a_level() -> None:
    found = mistakes('{ series = [[0, 0.1]], expect = "none", raises_at = 0 }')
    assert "minute 0: expected none, for no level is to be raised" in found[0]


@pytest.mark.parametrize(
    ("series", "level"),
    [
        ('[[0, 0.5, "unreliable"]]', "none"),
        ('[[0, 0.5, "doubtful"]]', "orange"),
        ('[[0, 0.5, "good"]]', "red"),
        ('[[0, 0.5], [1, 0.0, "unreliable"]]', "red"),
        ('[[0, 0.5], [1, 0.5, "doubtful"]]', "red"),
    ],
)
def test_bad_readings_of_an_example_are_judged_as_live_ones(series: str, level: str) -> None:
    assert mistakes(f'{{ series = {series}, expect = "{level}" }}') == ()


@pytest.mark.parametrize(
    ("series", "sentence"),
    [
        ("[[0]]", "reading [0]: expected [minute, value] or [minute, value, quality grade]"),
        ("[7]", "reading 7: expected [minute, value]"),
        ('[[0, 1, "bad"]]', "'bad': input should be 'good', 'doubtful' or 'unreliable'"),
        ('[["now", 1]]', "'now': input should be a valid number"),
        ("[]", "list should have at least 1 item"),
    ],
)
def test_a_reading_that_is_none_is_told(series: str, sentence: str) -> None:
    found = mistakes(f'{{ series = {series}, expect = "none" }}')
    assert len(found) == 1
    assert sentence in found[0]


def test_an_example_of_a_camera_follows_what_begins_and_ends() -> None:
    inside = "RuleEngine/FieldDetector/ObjectsInside"
    assert (
        seen(
            f'{{ events = [[2, "{inside}", "begins"]], expect = "orange", raises_at = 2 }}',
            f'{{ events = [[2, "{inside}", "begins"], [3, "{inside}", "ends"]], expect = "none" }}',
            f'{{ events = [[2, "{inside}", "momentary"]], expect = "none" }}',
            '{ events = [[2, "Device/Trigger", "begins"]], expect = "none" }',
        )
        == ()
    )


def test_an_example_of_a_camera_that_comes_out_otherwise_is_a_mistake() -> None:
    event = '[2, "WiseAI/Area", "begins"]'
    assert seen(f'{{ events = [{event}], expect = "none" }}') == (
        "f.toml: rule 'intruder': example 1: expected 'none', but the rule gives 'orange'",
    )
    found = seen(f'{{ events = [{event}], expect = "orange", raises_at = 3 }}')
    assert "expected 'orange' from minute 3 on, but the rule raises it at minute 2" in found[0]
    assert (
        "event [2]: expected [minute, topic, begins"
        in seen('{ events = [[2]], expect = "none" }')[0]
    )
