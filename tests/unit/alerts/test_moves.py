"""The table of moves: whole, with a way to the end from everywhere, and refusals that help."""

import pytest

from alerts.handling.moves import MOVES, IllegalTransitionError, move_between
from alerts.states import HANDLED, OPEN, STATES, UNHANDLED


def test_every_state_stands_in_the_table_and_closed_is_the_end() -> None:
    assert tuple(MOVES) == STATES
    assert MOVES["closed"] == {}
    for state in STATES[:-1]:
        assert MOVES[state]["closed"].needs == "verdict"
    assert set(OPEN) | {"cleared", "closed"} == set(STATES)
    assert not set(HANDLED) & set(UNHANDLED)


def test_nobody_can_raise_or_clear_what_only_a_condition_can() -> None:
    for possible in MOVES.values():
        assert not possible.keys() & {"raised", "cleared"}


def test_whoever_goes_back_says_why() -> None:
    order = [*STATES[:7]]
    for state, possible in MOVES.items():
        for target, move in possible.items():
            if target in order and state in order and order.index(target) < order.index(state):
                assert (move.event, move.needs) == ("returned", "reason")


def test_a_refusal_says_what_is_possible_from_here() -> None:
    with pytest.raises(IllegalTransitionError) as refused:
        move_between(7, "verified", "on_site")
    assert str(refused.value) == (
        "alert 7 is 'verified': 'on_site' is not possible from there, possible is assigned, closed"
    )
    with pytest.raises(IllegalTransitionError, match="nothing, for it is at its end"):
        move_between(7, "closed", "assigned")
    with pytest.raises(IllegalTransitionError, match="state 'eaten': expected one of"):
        move_between(7, "eaten", "closed")
