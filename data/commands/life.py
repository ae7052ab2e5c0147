"""The states of a command and the steps between them: pure, one table says all."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from data.commands.errors import IllegalStepError


class State(StrEnum):
    """Where a command stands."""

    REQUESTED = "requested"
    """Waits for a second person."""
    APPROVED = "approved"
    """Waits to be sent."""
    SENT = "sent"
    """Has left, or may have; the device has not said anything yet."""
    ACCEPTED = "accepted"
    EXECUTED = "executed"
    REFUSED = "refused"
    TIMED_OUT = "timed out"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class Event(StrEnum):
    """What happens to a command."""

    REQUEST = "request"
    APPROVE = "approve"
    SEND = "send"
    CARRY = "carry"
    ACCEPT = "accept"
    EXECUTE = "execute"
    REFUSE = "refuse"
    TIME_OUT = "time out"
    WITHDRAW = "withdraw"
    EXPIRE = "expire"
    ANSWER_LATE = "answer late"


UNDER_WAY: Final = frozenset({State.SENT, State.ACCEPTED})
"""It has been sent, and its end is not known."""

ENDED: Final = frozenset(
    {State.EXECUTED, State.REFUSED, State.TIMED_OUT, State.WITHDRAWN, State.EXPIRED}
)

NEXT: Final[Mapping[tuple[State, Event], State]] = {
    (State.REQUESTED, Event.APPROVE): State.APPROVED,
    (State.REQUESTED, Event.WITHDRAW): State.WITHDRAWN,
    (State.REQUESTED, Event.EXPIRE): State.EXPIRED,
    (State.APPROVED, Event.WITHDRAW): State.WITHDRAWN,
    (State.APPROVED, Event.EXPIRE): State.EXPIRED,
    (State.APPROVED, Event.SEND): State.SENT,
    (State.SENT, Event.ACCEPT): State.ACCEPTED,
    (State.SENT, Event.EXECUTE): State.EXECUTED,
    (State.SENT, Event.REFUSE): State.REFUSED,
    (State.SENT, Event.TIME_OUT): State.TIMED_OUT,
    (State.ACCEPTED, Event.EXECUTE): State.EXECUTED,
    (State.ACCEPTED, Event.REFUSE): State.REFUSED,
    (State.ACCEPTED, Event.TIME_OUT): State.TIMED_OUT,
}
"""Every step that there is; no state is reached twice, and none leads back to ``approved``."""

_SAID: Final[Mapping[Event, State]] = {
    Event.ACCEPT: State.ACCEPTED,
    Event.EXECUTE: State.EXECUTED,
    Event.REFUSE: State.REFUSED,
}


def after(state: State, event: Event) -> State:
    """Return the state that an event leads to.

    Raises:
        IllegalStepError: the event does not follow.
    """
    try:
        return NEXT[state, event]
    except KeyError:
        wanted = ", ".join(before for before, held in NEXT if held is event)
        raise IllegalStepError(f"command is {state}: expected one that is {wanted}") from None


def after_answer(state: State, event: Event, late_answer: str | None) -> Event | None:
    """Return what an answer of the device does to a command.

    Args:
        state: of the command.
        event: accept, execute or refuse.
        late_answer: what the device said before, after the command had ended.

    Returns:
        The event itself; ``ANSWER_LATE`` where it comes after the end and says something new; None
        where it says nothing new.
    """
    if (state, event) in NEXT:
        return event
    said = _SAID[event]
    if state not in {State.EXECUTED, State.REFUSED, State.TIMED_OUT} or said is state:
        return None
    # Who has executed or refused need not say any more that it had accepted.
    if event is Event.ACCEPT and (state is not State.TIMED_OUT or late_answer):
        return None
    return None if late_answer == said else Event.ANSWER_LATE
