"""The table of legal moves: where a person may take an alert from each state."""

from typing import Literal, NamedTuple

from alerts.states import STATES, State

Verdict = Literal["confirmed", "false", "duplicate", "test"]
Needs = Literal["nothing", "somebody", "reason", "verdict"]


class IllegalTransitionError(Exception):
    """The alert cannot go there from where it stands. Read it again, then decide."""


class Move(NamedTuple):
    """One legal move.

    Attributes:
        event: as the history calls it.
        needs: what a person must say with it: ``somebody`` is an assignee or a department.
    """

    event: str
    needs: Needs = "nothing"


_ACKNOWLEDGED = Move("acknowledged")
_ASSIGNED = Move("assigned", "somebody")
_DISPATCHED = Move("dispatched")
_ON_SITE = Move("on_site")
_RESOLVED = Move("resolved")
_VERIFIED = Move("verified")
_RETURNED = Move("returned", "reason")
_CLOSED = Move("closed", "verdict")

MOVES: dict[State, dict[State, Move]] = {
    "raised": {
        "acknowledged": _ACKNOWLEDGED,
        "assigned": _ASSIGNED,
        "dispatched": _DISPATCHED,
        "on_site": _ON_SITE,
        "resolved": _RESOLVED,
        "closed": _CLOSED,
    },
    "acknowledged": {
        "assigned": _ASSIGNED,
        "dispatched": _DISPATCHED,
        "on_site": _ON_SITE,
        "resolved": _RESOLVED,
        "closed": _CLOSED,
    },
    "assigned": {
        "acknowledged": _RETURNED,
        "assigned": _ASSIGNED,
        "dispatched": _DISPATCHED,
        "on_site": _ON_SITE,
        "resolved": _RESOLVED,
        "closed": _CLOSED,
    },
    "dispatched": {
        "assigned": _RETURNED,
        "on_site": _ON_SITE,
        "resolved": _RESOLVED,
        "closed": _CLOSED,
    },
    "on_site": {
        "assigned": _RETURNED,
        "resolved": _RESOLVED,
        "closed": _CLOSED,
    },
    "resolved": {
        "assigned": _RETURNED,
        "dispatched": _RETURNED,
        "verified": _VERIFIED,
        "closed": _CLOSED,
    },
    "verified": {
        "assigned": _RETURNED,
        "closed": _CLOSED,
    },
    "cleared": {"closed": _CLOSED},
    "closed": {},
}
"""From each state, where to. Closed is the end: what comes back is a new alert."""


def move_between(alert_id: int, here: str, to: str) -> Move:
    """Return the move of the table.

    Raises:
        IllegalTransitionError: there is none; the sentence says what is possible from here.
    """
    for state in STATES:
        if state == here:
            possible = MOVES[state]
            break
    else:
        raise IllegalTransitionError(f"state {here!r}: expected one of {', '.join(STATES)}")
    for target, move in possible.items():
        if target == to:
            return move
    where = ", ".join(possible) if possible else "nothing, for it is at its end"
    raise IllegalTransitionError(
        f"alert {alert_id} is {here!r}: {to!r} is not possible from there, possible is {where}"
    )
