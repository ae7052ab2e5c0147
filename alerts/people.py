"""What people do with an alert, from acknowledging it to closing it with a verdict."""

from datetime import datetime
from typing import NamedTuple

from alerts.handling.moves import IllegalTransitionError, Move, Verdict, move_between
from alerts.handling.record import Handling
from alerts.handling.writing import Connection, Doer, Standing, lock, write
from alerts.projection import AlertDocument
from alerts.record import AlertRecord, Step
from alerts.states import HANDLED

_FOR_SOMEBODY = ("assigned", "dispatched")


class IncompleteMoveError(ValueError):
    """A move lacks what it needs, or says what is not for it. Say it with the next attempt."""


class Wish(NamedTuple):
    """What a person wants to do with an alert.

    Attributes:
        to: the state that it shall be in.
        note: what they have to say besides.
        version: of the alert that they saw; None where they do not mind.
        assignee: who shall have it in hand.
        department: which department shall.
        verdict: with which it is closed.
        reason: why it is closed so, or returned.
        duplicate_of: the alert that says the same.
    """

    to: str
    note: str = ""
    version: int | None = None
    assignee: str | None = None
    department: str | None = None
    verdict: Verdict | None = None
    reason: str = ""
    duplicate_of: int | None = None


async def transition(
    connection: Connection, alert_id: int, wish: Wish, doer: Doer
) -> AlertDocument:
    """Move an alert on behalf of a person and return its document.

    Args:
        connection: the step is one transaction of it.
        alert_id: which alert.
        wish: where to, and what is said with it.
        doer: who does it, and from where.

    Raises:
        UnknownAlertError: no such alert.
        IllegalTransitionError: not from this state, already made, or the version is another one.
        IncompleteMoveError: the move needs a word more, or has one that is not for it.
    """
    named = [] if wish.duplicate_of is None else [wish.duplicate_of]
    async with connection.transaction():
        found, now = await lock(connection, alert_id, named)
        standing = found[alert_id]
        check_version(standing.alert, wish.version)
        move = move_between(alert_id, standing.alert.state, wish.to)
        _check_words(wish, move)
        _check_duplicate(alert_id, wish, found)
        _check_hands(standing, wish)
        moved = _moved(standing.alert, wish, now)
        step = Step(
            moved,
            move.event,
            standing.alert.state,
            doer.actor,
            _sentence(wish, move, doer),
            now,
            None,
            None,
            wish.note,
        )
        return await write(connection, step, _handed(standing, wish, doer, now), doer)


def check_version(alert: AlertRecord, version: int | None) -> None:
    """Refuse what was decided by another version of an alert than the one that stands.

    Raises:
        IllegalTransitionError: it was.
    """
    if version is not None and version != alert.version:
        raise IllegalTransitionError(
            f"alert {alert.id}: version {version!r} was seen, but it is at version {alert.version}"
        )


def _check_words(wish: Wish, move: Move) -> None:
    if move.needs == "verdict" and wish.verdict is None:
        raise IncompleteMoveError(
            "closing needs a verdict: expected confirmed, false, duplicate or test"
        )
    if move.needs in ("verdict", "reason") and not wish.reason.strip():
        raise IncompleteMoveError(f"{move.event}: expected a reason")
    if move.needs == "somebody" and not (wish.assignee or wish.department):
        raise IncompleteMoveError("assigned: expected an assignee or a department")
    if wish.to != "closed" and wish.verdict is not None:
        raise IncompleteMoveError(f"verdict {wish.verdict!r}: expected with 'closed' only")
    if wish.to not in _FOR_SOMEBODY and (wish.assignee or wish.department):
        raise IncompleteMoveError(
            f"assignee and department: expected with {' or '.join(_FOR_SOMEBODY)} only"
        )


def _check_duplicate(alert_id: int, wish: Wish, found: dict[int, Standing]) -> None:
    if (wish.verdict == "duplicate") != (wish.duplicate_of is not None):
        raise IncompleteMoveError(
            "duplicate_of: expected with the verdict 'duplicate', and with no other"
        )
    if wish.duplicate_of is None:
        return
    other = found.get(wish.duplicate_of)
    if other is None or wish.duplicate_of == alert_id:
        raise IncompleteMoveError(
            f"duplicate_of {wish.duplicate_of!r}: expected the number of another alert"
        )
    if other.handling.duplicate_of is not None:
        raise IncompleteMoveError(
            f"alert {wish.duplicate_of} is itself a duplicate of {other.handling.duplicate_of}: "
            "expected that one"
        )


def _check_hands(standing: Standing, wish: Wish) -> None:
    alert, handling = standing
    if wish.to == "acknowledged" and alert.cleared_at is not None:
        raise IllegalTransitionError(
            f"alert {alert.id}: its condition has ended, so nobody else will take it: "
            "expected 'resolved' or 'closed'"
        )
    if alert.state != "assigned" or wish.to != "assigned":
        return
    if (handling.assignee, handling.department) == (wish.assignee, wish.department):
        raise IllegalTransitionError(f"alert {alert.id} is assigned to {_whom(wish)} already")
    if wish.version is None:
        raise IllegalTransitionError(
            f"alert {alert.id} is assigned already: expected the version that was seen with it"
        )


def _moved(alert: AlertRecord, wish: Wish, now: datetime) -> AlertRecord:
    return alert._replace(
        state=wish.to,
        version=alert.version + 1,
        acknowledged_at=now if wish.to == "acknowledged" else alert.acknowledged_at,
        closed_at=now if wish.to == "closed" else alert.closed_at,
    )


def _handed(standing: Standing, wish: Wish, doer: Doer, now: datetime) -> Handling:
    """Return in whose hands the alert is after the move, and with which verdict."""
    before = standing.handling
    if wish.to == "closed":
        return before._replace(
            shelved_until=None,
            verdict=wish.verdict,
            verdict_reason=wish.reason,
            duplicate_of=wish.duplicate_of,
        )
    if wish.to not in HANDLED:
        return before._replace(assignee=None, department=None, handling_since=None)
    named = wish.assignee or wish.department
    assignee = wish.assignee if named else before.assignee
    department = wish.department if named else before.department
    if not (assignee or department):
        # Who goes without being sent has it in hand.
        assignee = doer.actor
    since = before.handling_since or now
    return before._replace(assignee=assignee, department=department, handling_since=since)


def _sentence(wish: Wish, move: Move, doer: Doer) -> str:
    if wish.to == "closed":
        other = f" of alert {wish.duplicate_of}" if wish.duplicate_of is not None else ""
        return f"{wish.verdict}{other}: {wish.reason}"
    whom = f" to {_whom(wish)}" if wish.assignee or wish.department else ""
    why = f": {wish.reason}" if wish.reason else ""
    return f"{move.event}{whom} by {doer.actor}{why}"


def _whom(wish: Wish) -> str:
    return " of ".join(filter(None, (wish.assignee, wish.department)))
