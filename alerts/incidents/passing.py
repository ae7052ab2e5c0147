"""What happened to an incident between what it was and what it is to be."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from alerts.rules import AlertLevel

if TYPE_CHECKING:
    from alerts.incidents.deciding import Decided


class Event(NamedTuple):
    """What happened to an incident, and why."""

    event: str
    reason: str


def events(one: "Decided") -> Iterator[Event]:
    """Yield what happened, in its order."""
    many = f"{len(one.members)} alerts, {one.standing} standing"
    if one.before is None:
        yield Event("raised", many)
    else:
        yield from _changes(one, many)
    if one.state == "closed" and (one.before is None or one.before.state != "closed"):
        yield Event("closed", "all of its alerts are closed")


def _changes(one: "Decided", many: str) -> Iterator[Event]:
    before = one.before
    if before is None:
        return
    for number in one.absorbed:
        yield Event("merged", f"incident {number} has the same cause")
    if before.state != "open" and one.state == "open":
        yield Event("reopened", many)
    old, new = AlertLevel.named(before.level), AlertLevel.named(one.level)
    if new != old:
        yield Event("escalated" if new > old else "lowered", f"{before.level} before; {many}")
    joined = sum(member.alert.incident is None for member in one.members)
    if joined:
        yield Event("grown", f"{joined} more; {many}")
    if before.root_alert not in (None, one.root.id):
        yield Event("root_changed", f"alert {before.root_alert} before")
