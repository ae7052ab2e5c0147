"""The table of legal steps: what people may do with an incident, from where it stands."""

from collections.abc import Mapping
from typing import Literal, NamedTuple

Action = Literal["accept", "hand_up", "hand_down", "return", "comment", "close"]
Stage = Literal["received", "accepted", "offered", "closed"]


class UnknownIncidentError(LookupError):
    """No incident has this number. Look it up in the list."""


class IllegalStepError(Exception):
    """The incident cannot go there from where it stands. Read it again, then decide."""


class Step(NamedTuple):
    """One legal step.

    Attributes:
        event: as the history calls it.
        stages: from where it is possible.
        needs_note: whether a reason must be said with it.
    """

    event: str
    stages: tuple[Stage, ...]
    needs_note: bool = False


_LIVING: tuple[Stage, ...] = ("received", "accepted", "offered")
STEPS: Mapping[Action, Step] = {
    "accept": Step("accepted", ("received", "offered")),
    "hand_up": Step("handed_up", ("received", "accepted")),
    "hand_down": Step("handed_down", ("received", "accepted")),
    "return": Step("returned", ("accepted", "offered"), needs_note=True),
    "comment": Step("commented", (*_LIVING, "closed"), needs_note=True),
    "close": Step("closed", _LIVING, needs_note=True),
}


def stage_of(state: str, accepted: object, offered: str | None) -> Stage:
    """Return where an incident stands in people's hands.

    Args:
        state: open, ended or closed.
        accepted: when somebody accepted it, or None.
        offered: the department that it was handed to and that has not accepted it yet, or None.
    """
    if state == "closed":
        return "closed"
    if offered is not None:
        return "offered"
    return "received" if accepted is None else "accepted"


def permit(number: int, action: Action, stage: Stage, note: str) -> Step:
    """Return the step of the table.

    Raises:
        IllegalStepError: not from here, or without a reason that it needs.
    """
    step = STEPS[action]
    if stage not in step.stages:
        raise IllegalStepError(
            f"incident {number} is {stage}: {action!r} is possible from "
            f"{' or '.join(step.stages)} only"
        )
    if step.needs_note and not note.strip():
        raise IllegalStepError(f"incident {number}: {action!r} needs a note that says why")
    return step
