"""The states of an alert, from raised to closed."""

from typing import Literal, get_args

State = Literal[
    "raised",
    "acknowledged",
    "assigned",
    "dispatched",
    "on_site",
    "resolved",
    "verified",
    "cleared",
    "closed",
]
STATES: tuple[State, ...] = get_args(State)

UNHANDLED: tuple[State, ...] = ("raised", "acknowledged")
"""Nobody has it in hand: it is cleared when its condition ends."""

HANDLED: tuple[State, ...] = ("assigned", "dispatched", "on_site", "resolved", "verified")
"""Somebody has it in hand: it stays theirs when its condition ends, or comes back."""

OPEN: tuple[State, ...] = UNHANDLED + HANDLED
"""One alert of a rule, entity and mode at most is in one of these."""

IS_OPEN = "state NOT IN ('cleared', 'closed')"
"""The same for the store."""

IS_ONE_OPEN = f"{IS_OPEN} AND found_by = 'rule'"
"""What the index ``uq_alert_one_open`` says."""
