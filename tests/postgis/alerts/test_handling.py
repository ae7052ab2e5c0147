"""An alert in people's hands: step by step, back again, closed with a verdict."""

from typing import Any

import pytest

from alerts.handling.moves import IllegalTransitionError
from alerts.handling.precision import Span, count_precision, total
from alerts.people import IncompleteMoveError
from tests.postgis.alerts.acting import close_as, move, run_on
from tests.postgis.alerts.desk import Desk
from tests.unit.alerts.ruling import Row, batch_of, seen


@pytest.fixture
def raised(desk: Desk) -> int:
    desk.take(batch_of([Row(0, 0.2)]))
    return int(desk.ask("SELECT id FROM alert")[0][0])


def test_the_whole_way_says_who_when_from_where_and_why(
    desk: Desk, raised: int, database_url: str
) -> None:
    for to in ("acknowledged", "assigned", "dispatched", "on_site", "resolved", "verified"):
        told = move(database_url, raised, to)
        assert told["state"] == to
    assert (told["assignee"], told["verdict"]) == ("wang", None)
    told = move(database_url, raised, "closed", note="two pumps")
    assert (told["state"], told["verdict"], told["verdict_reason"], told["version"]) == (
        "closed",
        "confirmed",
        "pumped dry",
        8,
    )
    steps = desk.ask(
        "SELECT event, from_state, actor, reason, note, address, lon FROM alert_transition"
        " ORDER BY id"
    )
    assert [step[0] for step in steps[1:]] == [
        "acknowledged",
        "assigned",
        "dispatched",
        "on_site",
        "resolved",
        "verified",
        "closed",
    ]
    assert steps[-1][1:] == (
        "verified",
        "li",
        "confirmed: pumped dry",
        "two pumps",
        "10.0.0.7",
        113.93,
    )
    assert desk.ask("SELECT count(*) FROM outbox") == [(8,)]


def test_what_was_not_done_goes_back_with_a_reason(raised: int, database_url: str) -> None:
    move(database_url, raised, "resolved")
    with pytest.raises(IncompleteMoveError, match="returned: expected a reason"):
        move(database_url, raised, "assigned", reason=" ")
    back = move(database_url, raised, "assigned", assignee=None)
    assert (back["state"], back["assignee"]) == ("assigned", "li")
    given_up = move(database_url, raised, "acknowledged")
    assert (given_up["assignee"], given_up["handling_since"]) == (None, None)


def test_who_has_it_in_hand_keeps_it_when_the_water_goes_and_comes_back(
    desk: Desk, raised: int, database_url: str
) -> None:
    move(database_url, raised, "assigned")
    desk.take(batch_of([Row(1, 0.0)]))
    assert desk.ask("SELECT state, cleared_at IS NULL FROM alert") == [("assigned", False)]
    with pytest.raises(IllegalTransitionError, match="its condition has ended"):
        move(database_url, raised, "acknowledged")
    desk.take(batch_of([Row(2, 0.3)]))
    assert desk.ask("SELECT state, level, cleared_at, occurrences FROM alert") == [
        ("assigned", "orange", None, 2)
    ]
    move(database_url, raised, "resolved")
    desk.take(batch_of([Row(3, 0.0), Row(4, 0.2)]))
    assert desk.ask("SELECT id, state, occurrences FROM alert") == [(raised, "assigned", 3)]
    assert desk.events()[-4:] == ["recurred", "resolved", "cleared", "returned"]


LACKING: list[tuple[str, dict[str, Any], str]] = [
    ("closed", {"verdict": None}, "closing needs a verdict"),
    ("closed", {"reason": ""}, "closed: expected a reason"),
    ("closed", {"verdict": "duplicate"}, "duplicate_of: expected with"),
    ("closed", {"duplicate_of": 5}, "duplicate_of: expected with"),
    ("closed", {"verdict": "duplicate", "duplicate_of": 4711}, "number of another alert"),
    ("closed", {"assignee": "wang"}, "expected with assigned or dispatched only"),
    ("assigned", {"assignee": None}, "expected an assignee or a department"),
    ("on_site", {"verdict": "false"}, "expected with 'closed' only"),
]


def test_a_move_that_lacks_a_word_is_refused_and_leaves_no_trace(
    desk: Desk, raised: int, database_url: str
) -> None:
    for to, more, sentence in LACKING:
        with pytest.raises(IncompleteMoveError, match=sentence):
            move(database_url, raised, to, **more)
    assert desk.events() == ["raised"]


def test_a_duplicate_names_an_alert_that_is_none_itself(
    desk: Desk, raised: int, database_url: str
) -> None:
    desk.take(batch_of(events=[seen(1, active=True)]))
    with pytest.raises(IncompleteMoveError, match="number of another alert"):
        move(database_url, raised, "closed", verdict="duplicate", duplicate_of=raised)
    told = move(database_url, raised, "closed", verdict="duplicate", duplicate_of=raised + 1)
    assert told["duplicate_of"] == raised + 1
    with pytest.raises(IncompleteMoveError, match=f"itself a duplicate of {raised + 1}"):
        move(database_url, raised + 1, "closed", verdict="duplicate", duplicate_of=raised)


def test_an_alert_is_taken_from_somebody_only_by_who_knows_that_they_have_it(
    raised: int, database_url: str
) -> None:
    move(database_url, raised, "assigned")
    with pytest.raises(IllegalTransitionError, match="assigned to wang already"):
        move(database_url, raised, "assigned")
    with pytest.raises(IllegalTransitionError, match="expected the version"):
        move(database_url, raised, "assigned", assignee="zhao")
    told = move(database_url, raised, "assigned", assignee="zhao", version=2)
    assert told["assignee"] == "zhao"


def test_precision_counts_what_people_said_of_each_rule(
    desk: Desk, raised: int, database_url: str
) -> None:
    desk.connection.execute(
        'UPDATE entity SET properties = properties || \'{"algorithm": "ivs-3.1"}\''
        " WHERE class_code = '8601'"
    )
    close_as(database_url, raised, "confirmed")
    for minute in (1, 3, 5):
        desk.take(batch_of(events=[seen(minute, active=True), seen(minute + 1, active=False)]))
    close_as(database_url, raised + 1, "false")
    close_as(database_url, raised + 2, "test")
    rows = run_on(database_url, lambda c: count_precision(c, "rule", Span()))
    assert [(row.key, row.precision, row.waiting) for row in rows] == [
        ("intruder", 0.0, 1),
        ("road", 1.0, 0),
    ]
    assert total(rows)[2:] == (1, 1, 0, 1, 1)
    rows = run_on(database_url, lambda c: count_precision(c, "algorithm", Span()))
    assert [row.key for row in rows] == ["ivs-3.1", "road@1"]
    rows = run_on(database_url, lambda c: count_precision(c, "device", Span()))
    assert [row.name for row in rows] == ["松白路积水1", "河岸摄像机1"]
