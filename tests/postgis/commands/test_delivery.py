"""Every step is written down, each command is sent at most once, and all end."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import pairwise

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.commands import (
    ENDED,
    Event,
    IllegalStepError,
    State,
    approve,
    due,
    mark_sent,
    withdraw,
)
from ingest.commands import Handover, Report
from tests.postgis.commands.commanded import (
    AIR_STATION,
    GATE,
    MN,
    NOW,
    PUMP,
    RIVER_STATION,
    Connection,
    Post,
    ask,
    desired,
    events,
    said,
    told,
)
from tests.postgis.register import LEVEL_GAUGE


def test_a_gate_moves_only_once_a_second_person_has_approved(post: Post) -> None:
    number = ask(post.store, "set_opening", opening=0.5).id
    post.once()
    assert (post.state(number), post.wire.left) == ("requested", [])
    approve(post.store, number, actor="wang", note="seen on camera 3", now=NOW)
    post.once()
    post.once()
    assert [order.parameters for order, _ in post.wire.left] == [{"opening": 0.5}]
    post.answer(Event.ACCEPT)
    post.answer(Event.EXECUTE, gate_opening=0.49)
    steps = told(post.store, number)["steps"]
    assert [(step["event"], step["to"], step["actor"]) for step in steps] == [
        ("request", "requested", "li"),
        ("approve", "approved", "wang"),
        ("send", "sent", "twin ingest"),
        ("carry", "sent", "twin ingest"),
        ("accept", "accepted", f"device {GATE}"),
        ("execute", "executed", f"device {GATE}"),
    ]
    assert [step["sentence"] for step in steps][:2] == ["storm", "seen on camera 3"]
    assert desired(post.store) == {"gate_opening": (0.5, 0.49, True)}


def test_an_interval_needs_no_second_person(post: Post) -> None:
    number = ask(post.store, "set_interval", LEVEL_GAUGE, interval=60).id
    post.once()
    assert (post.state(number), len(post.wire.left)) == ("sent", 1)


def test_two_senders_at_once_send_once(database_url: str, store: Connection) -> None:
    ask(store, "restart", LEVEL_GAUGE)
    (order,) = due(store, NOW)
    ready = threading.Barrier(8)

    def claim(sender: int) -> bool:
        with psycopg.connect(database_url, autocommit=True) as connection:
            ready.wait(10)
            return mark_sent(connection, order, f"reference {sender}", NOW)

    with ThreadPoolExecutor(8) as senders:
        assert list(senders.map(claim, range(8))).count(True) == 1


def test_nothing_is_sent_before_its_mark_is_committed(post: Post, database_url: str) -> None:
    number = post.approved()
    seen: list[str] = []

    def look() -> None:
        with psycopg.connect(database_url) as other:
            seen.append(told(other, number)["state"])

    post.wire.just_before = look
    post.once()
    assert seen == ["sent"]


def test_within_a_transaction_nothing_can_be_marked_as_sent(
    database_url: str, store: Connection
) -> None:
    ask(store, "restart", LEVEL_GAUGE)
    (order,) = due(store, NOW)
    with psycopg.connect(database_url) as connection:
        connection.execute("SELECT 1")
        with pytest.raises(RuntimeError, match="expected one between two"):
            mark_sent(connection, order, "x", NOW)


def test_killed_between_mark_and_wire_it_is_never_sent_again(post: Post) -> None:
    number = post.approved()

    def die() -> None:
        raise KeyboardInterrupt

    post.wire.just_before = die
    with pytest.raises(KeyboardInterrupt):
        post.once()
    post.wire.just_before = bool
    post.once()
    assert (post.wire.left, post.state(number)) == ([], "sent")
    post.clock.go_on(61)
    post.once()
    assert post.state(number) == "timed out"
    sentence = told(post.store, number)["steps"][-1]["sentence"]
    assert "may have reached the device" in sentence
    assert post.wire.left == []


def test_what_surely_did_not_leave_ends_at_once(post: Post) -> None:
    number = post.approved()
    post.wire.handover = Handover(left=False, sentence="not sent: no connection")
    post.once()
    assert post.state(number) == "refused"
    assert told(post.store, number)["steps"][-1]["sentence"] == "not sent: no connection"
    post.wire.handover = Handover(left=True, sentence="")
    post.once()
    assert post.wire.left == []


def test_a_device_out_of_reach_is_waited_for_until_the_command_expires(post: Post) -> None:
    post.wire.is_there = False
    late, soon = post.approved(), post.approved("close")
    post.once()
    assert {post.state(late), post.state(soon)} == {"approved"}
    withdraw(post.store, soon, actor="li", note="not needed", now=NOW)
    post.clock.go_on(601)
    post.wire.is_there = True
    post.once()
    assert (post.state(late), post.state(soon), post.wire.left) == ("expired", "withdrawn", [])
    assert desired(post.store) == {}


def test_what_was_sent_cannot_be_taken_back(post: Post) -> None:
    number = post.approved()
    post.once()
    with pytest.raises(IllegalStepError, match="command is sent: expected one that is requested"):
        withdraw(post.store, number, actor="li", note="", now=NOW)


def test_a_device_that_says_nothing_times_out(post: Post) -> None:
    number = post.approved()
    post.once()
    post.clock.go_on(59)
    post.once()
    assert post.state(number) == "sent"
    post.clock.go_on(2)
    post.once()
    assert post.state(number) == "timed out"
    assert "handed over" in told(post.store, number)["steps"][-1]["sentence"]


def test_a_device_that_dies_while_it_moves_times_out_later(post: Post) -> None:
    number = post.approved()
    post.once()
    post.answer(Event.ACCEPT)
    post.clock.go_on(1799)
    post.once()
    assert post.state(number) == "accepted"
    post.clock.go_on(2)
    post.once()
    assert post.state(number) == "timed out"


def test_a_refusal_is_kept_with_its_words_and_leaves_both_states_to_see(post: Post) -> None:
    number = post.approved()
    post.once()
    post.answer(Event.REFUSE, open=False)
    assert post.state(number) == "refused"
    assert desired(post.store) == {"open": (True, False, False)}


def test_a_late_answer_is_noted_once_and_changes_no_end(post: Post) -> None:
    number = post.approved()
    post.once()
    post.clock.go_on(61)
    post.once()
    for _ in range(3):
        post.answer(Event.EXECUTE, open=True)
    found = told(post.store, number)
    assert (found["state"], found["late_answer"]) == ("timed out", "executed")
    assert events(post.store, number)[-2:] == ["time out", "answer late"]
    assert desired(post.store) == {"open": (True, True, True)}


def test_an_answer_that_comes_twice_is_one_step_and_confirmed_both_times(post: Post) -> None:
    number = post.approved()
    post.once()
    for event in (Event.ACCEPT, Event.ACCEPT, Event.EXECUTE, Event.EXECUTE, Event.ACCEPT):
        post.answer(event)
    assert events(post.store, number)[-2:] == ["accept", "execute"]
    assert len(post.confirmed) == 5


def test_answers_of_others_and_to_nothing_change_nothing(post: Post) -> None:
    number = post.approved()
    post.once()
    answer = said(post.wire.left[0], Event.EXECUTE, NOW, open=True)
    for wrong in (
        answer._replace(address=str(PUMP)),
        answer._replace(reference="nothing"),
        answer._replace(protocol="hj212"),
        answer._replace(address="not a code"),
    ):
        post.reports.put(Report(wrong))
    post.once()
    assert post.state(number) == "sent"
    assert desired(post.store) == {"open": (True, None, None)}


def test_an_answer_is_confirmed_only_once_it_is_stored(post: Post, database_url: str) -> None:
    number = post.approved()
    post.once()
    seen: list[str] = []

    def look() -> None:
        with psycopg.connect(database_url) as other:
            seen.append(told(other, number)["state"])

    post.reports.put(Report(said(post.wire.left[0], Event.EXECUTE, NOW), look))
    post.once()
    assert seen == ["executed"]


def test_a_station_has_one_request_at_a_time_and_our_topics_many(post: Post) -> None:
    first = post.approved("set_clock", AIR_STATION)
    second = post.approved("set_minute_interval", AIR_STATION, interval=10)
    for _ in range(2):
        post.approved("restart", LEVEL_GAUGE)
    post.approved("set_clock", RIVER_STATION)
    post.once()
    post.once()
    assert [order.id for order, _ in post.stations.left] == [first]
    assert [order.carriage["code"] for order, _ in post.hydrology.left] == ["4A"]
    assert len(post.wire.left) == 2
    sent = post.stations.left[0]
    assert sent[0].address == MN
    post.reports.put(Report(said(sent, Event.EXECUTE, NOW)))
    post.once()
    assert [order.id for order, _ in post.stations.left] == [first, second]


def test_a_reading_tells_whether_a_gate_is_as_it_shall_be(post: Post) -> None:
    post.approved("set_opening", opening=2)
    post.once()
    row = post.store.execute(
        "INSERT INTO series (entity, device, quantity, mode) VALUES (%s, %s, 'gate_opening',"
        " 'actual') RETURNING id",
        (GATE, GATE),
    ).fetchone()
    assert row is not None
    for seconds, value, agrees in ((-1, 2.0, None), (1, 1.0, False), (2, 2.01, True)):
        at = NOW + timedelta(seconds=seconds)
        post.store.execute(
            "INSERT INTO series_latest VALUES (%s, %s, %s, 0, %s) ON CONFLICT (series_id)"
            " DO UPDATE SET ts = excluded.ts, value = excluded.value",
            (*row, at, value, at),
        )
        assert desired(post.store) == {"gate_opening": (2, value, agrees)}


DEEDS = st.sampled_from(
    ["look", "hour", "minute", "accept", "execute", "refuse", "away", "back", "withdraw", "approve"]
)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(DEEDS, max_size=14))
def test_whatever_happens_a_command_leaves_at_most_once_and_ends(
    post: Post, deeds: list[str]
) -> None:
    post.wire.left.clear()
    post.wire.is_there = True
    number = ask(post.store, now=post.clock.now).id
    for deed in (*deeds, "hour", "look", "hour", "look"):
        _do(post, number, deed)
    assert post.state(number) in ENDED
    assert len(post.wire.left) <= 1
    steps = told(post.store, number)["steps"]
    assert (len(post.wire.left) == 1) == ("send" in {step["event"] for step in steps})
    for before, after in pairwise(steps):
        assert after["from_state"] == before["to"]
    assert [State(step["to"]) in ENDED for step in steps].count(True) <= 3


def _do(post: Post, number: int, deed: str) -> None:
    people = {"approve": (approve, "wang"), "withdraw": (withdraw, "li")}
    if deed in people:
        act, who = people[deed]
        try:
            act(post.store, number, actor=who, note="", now=post.clock.now)
        except IllegalStepError:
            assert post.state(number) != "requested" or deed == "approve"
    elif deed in {"away", "back"}:
        post.wire.is_there = deed == "back"
    elif deed in {"hour", "minute"}:
        post.clock.go_on(3600 if deed == "hour" else 61)
    elif deed == "look":
        post.once()
    elif post.wire.left:
        post.answer(Event(deed))
