"""A person puts an alert aside for a while; it speaks again by itself."""

from datetime import datetime, timedelta
from typing import NamedTuple

from alerts.handling.moves import IllegalTransitionError
from alerts.handling.writing import Connection, Doer, Standing, lock, step_of, write
from alerts.people import check_version
from alerts.projection import AlertDocument


class ShelfTimeError(ValueError):
    """An end that no shelf can have. Choose one that lies ahead, and not too far."""


class Shelf(NamedTuple):
    """What a person wants.

    Attributes:
        until: when the alert speaks again.
        reason: why it need not speak before.
        longest: how far ahead the end may lie.
        version: of the alert that they saw; None where they do not mind.
    """

    until: datetime
    reason: str
    longest: timedelta
    version: int | None = None


async def shelve(connection: Connection, alert_id: int, shelf: Shelf, doer: Doer) -> AlertDocument:
    """Put an alert that is not closed on the shelf and return its document.

    Raises:
        UnknownAlertError: no such alert.
        IllegalTransitionError: it is closed, or shelved already and no version was named.
        ShelfTimeError: the end is past, or too far ahead.
    """
    async with connection.transaction():
        found, now = await lock(connection, alert_id)
        standing = found[alert_id]
        check_version(standing.alert, shelf.version)
        _check_shelvable(standing, shelf)
        check_end(shelf.until, now, shelf.longest)
        moved = standing.alert._replace(version=standing.alert.version + 1)
        note = f"until {shelf.until.isoformat(timespec='seconds')}"
        step = step_of(moved, "shelved", doer, (shelf.reason, note), now)
        handling = standing.handling._replace(shelved_until=shelf.until)
        return await write(connection, step, handling, doer)


async def unshelve(connection: Connection, alert_id: int, reason: str, doer: Doer) -> AlertDocument:
    """Take an alert from the shelf and return its document.

    Raises:
        UnknownAlertError: no such alert.
        IllegalTransitionError: it is not shelved.
    """
    async with connection.transaction():
        found, now = await lock(connection, alert_id)
        alert, handling = found[alert_id]
        if handling.shelved_until is None:
            raise IllegalTransitionError(
                f"alert {alert_id} is not shelved: there is nothing to end"
            )
        moved = alert._replace(version=alert.version + 1)
        told = (reason or f"unshelved by {doer.actor}", "")
        step = step_of(moved, "unshelved", doer, told, now)
        return await write(connection, step, handling._replace(shelved_until=None), doer)


def check_end(until: datetime, now: datetime, longest: timedelta) -> None:
    """Refuse an end that is past, or further ahead than is allowed.

    Raises:
        ShelfTimeError: it is.
    """
    if not now < until <= now + longest:
        latest = (now + longest).isoformat(timespec="seconds")
        raise ShelfTimeError(
            f"end {until.isoformat(timespec='seconds')}: expected after now and at most {latest}"
        )


def _check_shelvable(standing: Standing, shelf: Shelf) -> None:
    alert, handling = standing
    if alert.state == "closed":
        raise IllegalTransitionError(f"alert {alert.id} is 'closed': there is nothing to shelve")
    if handling.shelved_until is not None and shelf.version is None:
        until = handling.shelved_until.isoformat(timespec="seconds")
        raise IllegalTransitionError(
            f"alert {alert.id} is shelved until {until} already: expected the version that was "
            "seen with that end"
        )
