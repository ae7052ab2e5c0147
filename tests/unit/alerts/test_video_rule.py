"""Video rules: what a camera sees raises and clears at the areas that it watches."""

from collections.abc import Sequence

import pytest

from alerts.memory import Memory
from alerts.rules import Reason, VideoRule
from alerts.run import Run
from alerts.video_watch import judge_event
from tests.unit.alerts.ruling import AREA, OTHER_AREA, REACH, seen, video_rule
from twin.model import StoredEvent


def outcome(
    events: Sequence[StoredEvent], rule: VideoRule | None = None
) -> tuple[list[Reason], list[str]]:
    """What became of each event, and the levels that followed, by area."""
    run = Run(Memory(), 0)
    reasons = [judge_event(run, [rule or video_rule()], event, {}) for event in events]
    return reasons, [
        f"{change.group.entity % 10} {change.new.text if change.new else 'none'}"
        for change in run.changes
    ]


def test_a_beginning_raises_and_its_end_clears() -> None:
    events = [seen(0, active=True), seen(1, active=False)]
    assert outcome(events) == ([Reason.BEGAN, Reason.ENDED], ["1 orange", "1 none"])


def test_the_area_stays_raised_until_the_last_object_is_gone() -> None:
    events = [
        seen(0, active=True),
        seen(1, active=True, object_id="6"),
        seen(2, active=False),
        seen(3, active=False, object_id="6"),
    ]
    reasons, levels = outcome(events)
    assert reasons[2:] == [Reason.STILL_ACTIVE, Reason.ENDED]
    assert levels == ["1 orange", "1 none"]


def test_two_cameras_of_one_area_hold_one_alert() -> None:
    other = {"camera": 4403118601000009}
    events = [
        seen(0, active=True),
        seen(1, active=True, **other),
        seen(2, active=False),
        seen(3, active=False, **other),
    ]
    assert outcome(events)[1] == ["1 orange", "1 none"]


def test_an_end_that_names_no_object_ends_all_of_its_source() -> None:
    events = [
        seen(0, active=True),
        seen(0, active=True, object_id="6"),
        seen(0, active=True, source="fence"),
        seen(1, active=False, object_id=""),
        seen(2, active=False, source="fence"),
    ]
    reasons, levels = outcome(events)
    assert reasons[3:] == [Reason.STILL_ACTIVE, Reason.ENDED]
    assert levels == ["1 orange", "1 none"]


def test_each_area_of_a_camera_is_raised() -> None:
    events = [
        seen(0, active=True, areas=(AREA, OTHER_AREA)),
        seen(1, active=False, areas=(AREA, OTHER_AREA)),
    ]
    assert outcome(events)[1] == ["1 orange", "2 orange", "1 none", "2 none"]


def test_an_end_clears_where_it_began_although_the_camera_was_linked_anew() -> None:
    events = [seen(0, active=True), seen(1, active=False, areas=(OTHER_AREA,))]
    assert outcome(events)[1] == ["1 orange", "1 none"]


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (seen(0, active=None), Reason.MOMENTARY),
        (seen(0, active=True, areas=()), Reason.NO_AREA),
        (seen(0, active=False), Reason.NEVER_BEGAN),
        (seen(0, active=True, topic="Device/Trigger"), Reason.NO_RULE),
        (seen(0, active=True, topic="XFieldDetector/ObjectsInside"), Reason.NO_RULE),
        (seen(0, active=True, areas=(REACH,)), Reason.OTHER_CLASS),
    ],
)
def test_what_raises_nothing_says_why(event: StoredEvent, reason: Reason) -> None:
    assert outcome([event], video_rule('entity_classes = ["8802"]')) == ([reason], [])


def test_topics_match_by_their_last_segments() -> None:
    rule = video_rule()
    assert rule.names("FieldDetector/ObjectsInside")
    assert rule.names("OpenApp/WiseAI/IvaArea")
    assert not rule.names("OpenApp/WiseAIx/IvaArea")


def test_events_out_of_order_are_late() -> None:
    events = [
        seen(5, active=True),
        seen(4, active=False),
        seen(6, active=False),
        seen(5.5, active=True),
    ]
    reasons, levels = outcome(events)
    assert reasons == [Reason.BEGAN, Reason.LATE, Reason.ENDED, Reason.LATE]
    assert levels == ["1 orange", "1 none"]


def test_a_repeated_beginning_changes_nothing() -> None:
    events = [seen(0, active=True), seen(1, active=True)]
    assert outcome(events) == ([Reason.BEGAN, Reason.ALREADY_ACTIVE], ["1 orange"])
