"""What people, silences and causes write to an alert beside what its rule does."""

from datetime import datetime
from typing import Literal, NamedTuple

Quiet = Literal["shelved", "silenced", "suppressed"]


class Handling(NamedTuple):
    """The columns of ``alert`` that rules do not write.

    Attributes:
        assignee: who has it in hand.
        department: which department has.
        handling_since: since when somebody has.
        shelved_until: when it speaks again.
        silenced_by: the silence under which it was raised.
        suppressed_by: the alert whose consequence it is.
        verdict: confirmed, false, duplicate or test.
        verdict_reason: why.
        duplicate_of: the alert that says the same.
        found_by: ``rule``, or the source of a person's find.
        algorithm: what found it, with its version; None where the rule's version says it.
    """

    assignee: str | None = None
    department: str | None = None
    handling_since: datetime | None = None
    shelved_until: datetime | None = None
    silenced_by: int | None = None
    suppressed_by: int | None = None
    verdict: str | None = None
    verdict_reason: str | None = None
    duplicate_of: int | None = None
    found_by: str = "rule"
    algorithm: str | None = None


def quiet_reason(shelved_until: object, silenced_by: object, suppressed_by: object) -> Quiet | None:
    """Return why an alert is quiet; None where it is not."""
    if shelved_until is not None:
        return "shelved"
    if silenced_by is not None:
        return "silenced"
    return "suppressed" if suppressed_by is not None else None


IS_QUIET = (
    "(a.shelved_until IS NOT NULL OR a.silenced_by IS NOT NULL OR a.suppressed_by IS NOT NULL)"
)
"""The same for lists."""
