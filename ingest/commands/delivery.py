"""The thread that sends commands, hears answers and ends what has waited too long."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol

import psycopg
import structlog

from data import locks
from data.commands import (
    MQTT,
    Order,
    Outcome,
    due,
    end_overdue,
    end_unsent,
    mark_sent,
    note_carried,
    take_answer,
)
from data.connection import StoreUnavailableError, connect
from ingest.commands import counts
from ingest.commands.carrier import Carrier
from ingest.commands.reports import Report, Reports

_log = structlog.get_logger()

Connection = psycopg.Connection[tuple[Any, ...]]

_LOOK_SECONDS = 0.5
_PATIENCE_SECONDS = 3.0


class Link(Carrier, Protocol):
    """A carrier that has a connection of its own to keep."""

    def keep_open(self) -> None:
        """Connect if there is no connection."""
        ...

    def close(self) -> None:
        """Disconnect."""
        ...


def our_clock() -> datetime:
    """Return now."""
    return datetime.now(UTC)


class CommandDelivery:
    """Sends what is approved: first the mark is committed, then the command leaves.

    Killed in between, the command is never sent again and times out.

    Args:
        store_url: of the store.
        links: carriers with connections of their own.
        stations: carriers over what stations opened.
        reports: answers of all carriers.
        now: our clock.
    """

    def __init__(
        self,
        store_url: str,
        links: Sequence[Link],
        stations: Sequence[Carrier],
        reports: Reports,
        now: Callable[[], datetime] = our_clock,
    ) -> None:
        self._store_url = store_url
        self._links = links
        self._carriers: Mapping[str, Sequence[Carrier]] = _by_protocol([*links, *stations])
        self._reports = reports
        self._now = now

    def run(self, stopping: threading.Event, retry_seconds: float = 1.0) -> None:
        """Work until told to stop; the store and the broker may be away at any time."""
        while not stopping.is_set():
            try:
                self._serve(stopping, retry_seconds)
            except (StoreUnavailableError, psycopg.Error) as error:
                _log.warning("commands wait for the store", error=str(error))
                stopping.wait(retry_seconds)
            finally:
                for link in self._links:
                    link.close()
                # Nothing of them was confirmed: the broker brings them again.
                self._reports.clear()

    def _serve(self, stopping: threading.Event, retry_seconds: float) -> None:
        with connect(self._store_url, name="citytwin commands") as connection:
            connection.autocommit = True
            while not stopping.is_set() and not _is_commander(connection):
                stopping.wait(retry_seconds)
            # What was answered while we were away waits at the broker: it is not late.
            patient_until = time.monotonic() + _PATIENCE_SECONDS
            while not stopping.is_set():
                for link in self._links:
                    link.keep_open()
                is_patient = time.monotonic() < patient_until
                self.once(connection, _LOOK_SECONDS, is_patient=is_patient)

    def once(
        self, connection: Connection, wait_seconds: float = 0.0, *, is_patient: bool = False
    ) -> None:
        """Store what devices answered, end what is overdue, send what is due.

        Args:
            connection: that commits each statement, between two transactions.
            wait_seconds: for answers, if there are none.
            is_patient: end nothing that is overdue.
        """
        for report in self._reports.take(wait_seconds):
            self._store(connection, report)
        for state in () if is_patient else end_overdue(connection, self._now()):
            counts.OVERDUE.labels(state).inc()
        for order in due(connection, self._now()):
            carriers = self._carriers.get(order.protocol, ())
            carrier = next((each for each in carriers if each.reaches(order)), None)
            if carrier is not None:
                self._send(connection, carrier, order)

    def _send(self, connection: Connection, carrier: Carrier, order: Order) -> None:
        now = self._now()
        reference = carrier.reference(order, now)
        if not mark_sent(connection, order, reference, now):
            return
        handover = carrier.send(order, reference, now)
        if handover.left is False:
            counts.UNSENT.labels(order.protocol).inc()
            end_unsent(connection, order.id, handover.sentence, self._now())
            return
        counts.SENT.labels(order.protocol).inc()
        if handover.left:
            note_carried(connection, order.id, handover.sentence, self._now())

    def _store(self, connection: Connection, report: Report) -> None:
        answer = report.answer
        try:
            with connection.transaction():
                outcome = take_answer(connection, answer)
        except (psycopg.DataError, psycopg.IntegrityError) as error:
            counts.ANSWERS.labels("refused by the store").inc()
            _log.warning("answer to a command left out", device=answer.address, error=str(error))
        else:
            counts.ANSWERS.labels(outcome).inc()
            # Stations also answer what their server asks of them when they connect.
            is_ours = outcome is Outcome.UNKNOWN and answer.protocol == MQTT
            if outcome is Outcome.WRONG_DEVICE or is_ours:
                _log.warning("answer to a command left out", device=answer.address, why=outcome)
        report.confirm()


def _is_commander(connection: Connection) -> bool:
    row = connection.execute("SELECT pg_try_advisory_lock(%s)", (locks.COMMANDER,)).fetchone()
    return bool(row and row[0])


def _by_protocol(carriers: Sequence[Carrier]) -> dict[str, list[Carrier]]:
    found: dict[str, list[Carrier]] = {}
    for carrier in carriers:
        found.setdefault(carrier.protocol, []).append(carrier)
    return found
