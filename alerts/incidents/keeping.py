"""Keeps incidents beside the alerts: a portion of what changed in each transaction.

What is seen of an alert is its version, kept beside its membership; so whoever is killed between
two portions leaves nothing undone and nothing done twice.
"""

from collections.abc import Container, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import psycopg

from alerts.incidents.apart import Apart
from alerts.incidents.deciding import Alerts, Decided, decide, instant_us
from alerts.incidents.duty import answer
from alerts.incidents.grouping import group
from alerts.incidents.linking import Linking
from alerts.incidents.loading import (
    AlertRow,
    Due,
    lock_incidents,
    raise_floor,
    read_alerts,
    read_apart,
    read_due,
)
from alerts.incidents.members import STANDS_US, Members
from alerts.incidents.places import PlaceBook
from alerts.incidents.recalling import recall
from alerts.incidents.sites import Place, Site
from alerts.incidents.timing import pass_time
from alerts.incidents.writing import tell, write
from alerts.rules import AlertLevel
from data import locks
from data.reference.causes import cause_links, family_of, family_order
from twin.model import Mode, from_us

Connection = psycopg.Connection[tuple[Any, ...]]

PORTION = 2_000
"""Alerts that are looked at in one transaction."""
_LOOK_BACK = timedelta(days=1)
"""How long an incident that ended may take in more alerts."""
_LOCK_WAIT = "SET LOCAL lock_timeout = '300ms'"
_FOLLOW = "SELECT pg_try_advisory_lock(%s)"
_MODES = {mode.value: number for number, mode in enumerate(Mode)}


class KeeperConfig(NamedTuple):
    """How incidents are kept.

    Attributes:
        settle: an incident ends when none of its alerts has stood for so long.
        portion: alerts in one transaction.
    """

    settle: timedelta = timedelta(minutes=30)
    portion: int = PORTION


class Kept(NamedTuple):
    """What one portion came to: alerts that were due, and incidents that changed."""

    alerts: int
    incidents: int


class Keeper:
    """Makes incidents of alerts; one in all processes.

    Args:
        config: sizes and waits.
        book: of places; one of its own if None.
    """

    def __init__(self, config: KeeperConfig | None = None, book: PlaceBook | None = None) -> None:
        self.config = KeeperConfig() if config is None else config
        self._book = PlaceBook() if book is None else book

    def become_keeper(self, connection: Connection) -> bool:
        """Tell whether this session is the one that keeps incidents."""
        found = connection.execute(_FOLLOW, [locks.INCIDENTS]).fetchone()
        connection.commit()
        return found is not None and bool(found[0])

    def catch_up(self, connection: Connection, now_us: int) -> Kept:
        """Take in everything that changed until now, and what the time brings."""
        alerts = incidents = 0
        while True:
            kept = self.keep(connection, now_us)
            alerts, incidents = alerts + kept.alerts, incidents + kept.incidents
            if kept.alerts < self.config.portion:
                return Kept(alerts, incidents)

    def keep(self, connection: Connection, now_us: int) -> Kept:
        """Take in one portion, in one transaction.

        Raises:
            psycopg.errors.LockNotAvailable: somebody holds an alert; nothing was done, try again.
        """
        now = from_us(now_us)
        with connection.transaction(), connection.cursor() as cursor:
            cursor.execute(_LOCK_WAIT)
            due = read_due(cursor, self.config.portion)
            decided = self._decide(cursor, due, now) if due.alerts else []
            told = write(connection, decided, now)
            # A store that is new to incidents has a past that nobody is to be told.
            stale = {one.incident for one in told} if not _speaks(decided) else set[int]()
            answer(connection, now)
            tell(connection, [one for one in told if one.incident not in stale], now)
            tell(connection, pass_time(connection, now, self.config.settle), now)
            if len(due.alerts) < self.config.portion:
                raise_floor(cursor, due.horizon)
        return Kept(len(due.alerts), len(decided))

    def _decide(
        self, cursor: psycopg.Cursor[tuple[Any, ...]], due: Due, now: datetime
    ) -> list[Decided]:
        rows = lock_incidents(cursor, due.alerts, now - _LOOK_BACK)
        incidents = {row.id: row for row in rows}
        alerts = read_alerts(cursor, due.alerts, incidents)
        places = self._book.look_up(cursor.connection, {_site(alert) for alert in alerts})
        closed = {row.id for row in rows if row.state == "closed"}
        members = Members.of([_columns(alert, places[_site(alert)], closed) for alert in alerts])
        linking = Linking(cause_links(), family_order(), self._book.neighbours)
        apart = Apart(read_apart(cursor, incidents))
        found = group(members, linking, recall(alerts, members, linking), apart)
        return decide(Alerts(alerts, members, found, linking), incidents)


def _speaks(decided: Sequence[Decided]) -> bool:
    return any(one.before is not None or one.standing for one in decided)


def _site(alert: AlertRow) -> Site:
    return Site(alert.entity, alert.device)


def _columns(alert: AlertRow, place: Place, closed: Container[int | None]) -> tuple[Any, ...]:
    family = family_of(alert.quantity, place.klass, alert.domain)
    x, y = (place.x, place.y) if alert.x is None or alert.y is None else (alert.x, alert.y)
    return (
        alert.id,
        # What people closed takes in nothing more: it is as if it were of a mode of its own.
        -(alert.incident or 0) if alert.incident in closed else _MODES[alert.mode],
        family_order()[family],
        int(AlertLevel.named(alert.level)),
        alert.entity,
        instant_us(alert.raised_at),
        STANDS_US if alert.over_at is None else instant_us(alert.over_at),
        x,
        y,
        *place[3:],
    )
