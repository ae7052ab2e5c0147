"""What a change of level means for the latest alert of its group."""

from datetime import timedelta

import pytest

from alerts.delivery import delay_after
from alerts.memory import Cause, Change, Group
from alerts.notices import topic_of
from alerts.record import AlertRecord, follow
from alerts.rules import AlertLevel, Reason
from alerts.states import HANDLED, OPEN
from tests.unit.alerts.ruling import GAUGE, ROAD, at, level_rule
from twin.model import Mode

RULE = level_rule()
BLUE, YELLOW, ORANGE, RED = AlertLevel
CAUSE = Cause(at(0), GAUGE, 1, 0.3, 0.27, Reason.AT_OR_ABOVE, "depth 0.3 m is at or above")


def change(old: AlertLevel | None, new: AlertLevel | None) -> Change:
    return Change(Group(RULE.id, ROAD, Mode.ACTUAL), old, new, at(1), CAUSE)


def alert(state: str = "raised", level: AlertLevel = YELLOW) -> AlertRecord:
    step = follow(change(None, level), RULE, None)
    assert step is not None
    return step.alert._replace(id=7, state=state)


@pytest.mark.parametrize("state", ["cleared", "closed"])
def test_a_condition_that_comes_back_is_a_new_alert(state: str) -> None:
    step = follow(change(None, YELLOW), RULE, alert(state, RED))
    assert step is not None
    assert (step.event, step.alert.id, step.alert.state) == ("raised", 0, "raised")


@pytest.mark.parametrize(("old", "new"), [(YELLOW, ORANGE), (RED, YELLOW), (RED, None)])
def test_what_a_person_closed_stays_closed_up_to_its_level(
    old: AlertLevel, new: AlertLevel | None
) -> None:
    assert follow(change(old, new), RULE, alert("closed", ORANGE)) is None


def test_a_level_above_the_closed_one_is_a_new_alert() -> None:
    step = follow(change(YELLOW, RED), RULE, alert("closed", ORANGE))
    assert step is not None
    assert (step.event, step.alert.level, step.alert.id) == ("raised", "red", 0)


@pytest.mark.parametrize("state", OPEN)
@pytest.mark.parametrize(("new", "event"), [(RED, "escalated"), (BLUE, "lowered")])
def test_an_open_alert_follows_the_level_and_keeps_its_state(
    state: str, new: AlertLevel, event: str
) -> None:
    step = follow(change(YELLOW, new), RULE, alert(state))
    assert step is not None
    assert (step.event, step.alert.state, step.alert.level) == (event, state, new.text)
    assert (step.alert.id, step.alert.version) == (7, 2)


def test_an_open_alert_is_cleared_and_keeps_its_level() -> None:
    step = follow(change(YELLOW, None), RULE, alert("acknowledged"))
    assert step is not None
    assert (step.from_state, step.alert.state, step.alert.level) == (
        "acknowledged",
        "cleared",
        "yellow",
    )
    assert step.actor == "rule road@1"


@pytest.mark.parametrize("state", HANDLED)
def test_who_has_an_alert_in_hand_keeps_it_when_its_condition_ends(state: str) -> None:
    step = follow(change(YELLOW, None), RULE, alert(state))
    assert step is not None
    assert (step.event, step.from_state, step.alert.state) == ("cleared", state, state)
    assert step.alert.cleared_at is not None
    assert follow(change(YELLOW, None), RULE, step.alert) is None


@pytest.mark.parametrize("state", HANDLED)
@pytest.mark.parametrize("level", [BLUE, YELLOW, RED])
def test_a_condition_that_comes_back_comes_back_to_who_has_it(
    state: str, level: AlertLevel
) -> None:
    ended = follow(change(YELLOW, None), RULE, alert(state))
    assert ended is not None
    step = follow(change(None, level), RULE, ended.alert)
    assert step is not None
    done = state in ("resolved", "verified")
    assert (step.event, step.alert.state) == (
        ("returned", "assigned") if done else ("recurred", state)
    )
    assert (step.alert.id, step.alert.version, step.alert.occurrences) == (7, 3, 2)
    assert (step.alert.cleared_at, step.alert.level) == (None, level.text)


def test_an_alert_that_already_stands_is_not_raised_again() -> None:
    assert follow(change(None, YELLOW), RULE, alert()) is None


def test_only_actual_alerts_go_to_the_citys_topic() -> None:
    document = {"mode": "actual", "level": "red", "entity": "4403118402000001"}
    assert topic_of(document) == "citytwin/v1/alerts/red/4403118402000001"
    assert topic_of({**document, "mode": "exercise"}) == (
        "citytwin/exercise/v1/alerts/red/4403118402000001"
    )


def test_a_notice_that_fails_waits_twice_as_long_each_time_up_to_five_minutes() -> None:
    waits = [delay_after(attempts) for attempts in (1, 2, 3, 9, 10, 1000)]
    seconds = [1, 2, 4, 256, 300, 300]
    assert waits == [timedelta(seconds=second) for second in seconds]
