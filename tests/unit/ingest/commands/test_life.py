"""A command goes one way: whatever happens, it is sent at most once and comes to an end."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.commands import ENDED, NEXT, Event, IllegalStepError, State, after, after_answer

ANSWERS = (Event.ACCEPT, Event.EXECUTE, Event.REFUSE)


def reachable(state: State) -> set[State]:
    """States that can follow, however many steps later."""
    following = {then for (before, _), then in NEXT.items() if before is state}
    return following | {later for then in following for later in reachable(then)}


def test_no_state_comes_again() -> None:
    for state in State:
        assert state not in reachable(state)


def test_from_every_state_time_alone_leads_to_an_end() -> None:
    ends = {
        State.REQUESTED: Event.EXPIRE,
        State.APPROVED: Event.EXPIRE,
        State.SENT: Event.TIME_OUT,
        State.ACCEPTED: Event.TIME_OUT,
    }
    assert set(ends) | ENDED == set(State)
    for state, event in ends.items():
        assert after(state, event) in ENDED


def test_nothing_follows_an_end() -> None:
    assert not {before for before, _ in NEXT} & ENDED
    for state in ENDED:
        with pytest.raises(IllegalStepError, match=f"command is {state}: expected"):
            after(state, Event.WITHDRAW)


@given(st.lists(st.sampled_from(list(Event)), max_size=40))
def test_whatever_happens_it_is_sent_at_most_once_and_only_when_approved(
    events: list[Event],
) -> None:
    state, late, sent, approved = State.REQUESTED, None, 0, 0
    for event in events:
        happens: Event | None = event
        if event in ANSWERS:
            happens = after_answer(state, event, late)
            if happens is Event.ANSWER_LATE:
                assert state in ENDED
                late = event.value
                continue
        if happens is None or (state, happens) not in NEXT:
            continue
        assert state not in ENDED
        state = after(state, happens)
        sent += happens is Event.SEND
        approved += happens is Event.APPROVE
        assert sent <= approved <= 1
        assert (state in {State.SENT, State.ACCEPTED}) <= (sent == 1)
    if state not in ENDED:
        assert ENDED & {after(*step) for step in NEXT if step[0] is state}


@pytest.mark.parametrize(
    ("state", "event", "late", "expected"),
    [
        (State.SENT, Event.EXECUTE, None, Event.EXECUTE),
        (State.ACCEPTED, Event.ACCEPT, None, None),
        (State.EXECUTED, Event.EXECUTE, None, None),
        (State.EXECUTED, Event.ACCEPT, None, None),
        (State.EXECUTED, Event.REFUSE, None, Event.ANSWER_LATE),
        (State.TIMED_OUT, Event.ACCEPT, None, Event.ANSWER_LATE),
        (State.TIMED_OUT, Event.EXECUTE, "accepted", Event.ANSWER_LATE),
        (State.TIMED_OUT, Event.EXECUTE, "executed", None),
        (State.TIMED_OUT, Event.ACCEPT, "executed", None),
        (State.REQUESTED, Event.EXECUTE, None, None),
        (State.APPROVED, Event.ACCEPT, None, None),
        (State.WITHDRAWN, Event.EXECUTE, None, None),
        (State.EXPIRED, Event.REFUSE, None, None),
    ],
)
def test_an_answer_counts_once(
    state: State, event: Event, late: str | None, expected: Event | None
) -> None:
    assert after_answer(state, event, late) is expected
