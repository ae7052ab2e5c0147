"""Commands on their way out: what is due, what is marked as sent, and what has waited too long."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import psycopg
from psycopg.pq import TransactionStatus
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from data.commands.life import Event, State
from data.commands.parameters import Value
from data.commands.steps import INGEST, Step, advance, note

Connection = psycopg.Connection[tuple[Any, ...]]

_AT_ONCE = 500

# A station has one request at a time: what it answers may name no more than the kind of request.
_DUE = """
    SELECT id, device, name, parameters, protocol, address, carriage, answer_s
    FROM command c
    WHERE state = 'approved' AND ended_at IS NULL AND expires_at > %(now)s
    AND (protocol = 'mqtt' OR NOT EXISTS (
        SELECT FROM command u
        WHERE u.ended_at IS NULL AND u.protocol = c.protocol AND u.address = c.address
        AND (u.state IN ('sent', 'accepted')
             OR u.state = 'approved' AND u.id < c.id AND u.expires_at > %(now)s)))
    ORDER BY id LIMIT 10000"""

_CLAIM = """
    SELECT wanted, requested_by FROM command
    WHERE id = %s AND state = 'approved' AND expires_at > %s FOR UPDATE SKIP LOCKED"""

_SENT = "UPDATE command SET reference = %s, sent_at = %s, deadline_at = %s WHERE id = %s"

_DESIRED = """
    INSERT INTO device_desired (device, name, value, unit, tolerance, command_id, at, by)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
    ON CONFLICT (device, name) DO UPDATE
    SET value = excluded.value, unit = excluded.unit, tolerance = excluded.tolerance,
        command_id = excluded.command_id, at = excluded.at, by = excluded.by"""

_CARRIED = "UPDATE command SET carried_at = %s WHERE id = %s AND state = 'sent'"

_OVERDUE = """
    SELECT id, state, carried_at IS NOT NULL FROM command
    WHERE ended_at IS NULL
    AND CASE WHEN state IN ('requested', 'approved') THEN expires_at ELSE deadline_at END <= %s
    ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED"""


class Order(NamedTuple):
    """A command that is to be sent.

    Attributes:
        id: its number.
        device: entity code.
        name: of the command.
        parameters: by name.
        protocol: that carries it.
        address: what the protocol calls the device.
        carriage: what the protocol needs to know.
        answer_s: seconds that the device has to answer.
    """

    id: int
    device: int
    name: str
    parameters: Mapping[str, Value]
    protocol: str
    address: str
    carriage: Mapping[str, Any]
    answer_s: int


def due(connection: Connection, now: datetime) -> list[Order]:
    """Return the commands that may be sent now, in the order in which they were asked for."""
    with connection.transaction(), connection.cursor(row_factory=class_row(Order)) as cursor:
        return cursor.execute(_DUE, {"now": now}).fetchall()


def mark_sent(connection: Connection, order: Order, reference: str, now: datetime) -> bool:
    """Note that a command is being sent; only after this is committed may it leave.

    Args:
        connection: between two transactions; this is one of its own.
        order: what is to be sent.
        reference: what answers will carry.
        now: by our clock.

    Returns:
        Whether it is ours to send: nobody else has sent, withdrawn or locked it.

    Raises:
        RuntimeError: the connection is in a transaction, with which this would not be committed.
    """
    if connection.info.transaction_status is not TransactionStatus.IDLE:
        raise RuntimeError("connection is in a transaction: expected one between two")
    with connection.transaction():
        claimed = connection.execute(_CLAIM, (order.id, now)).fetchone()
        if claimed is None:
            return False
        advance(connection, order.id, Step(Event.SEND, INGEST, f"over {order.protocol}", now))
        deadline = now + timedelta(seconds=order.answer_s)
        connection.execute(_SENT, (reference, now, deadline, order.id))
        wanted, by = claimed
        for state in wanted:
            named = state["name"], Jsonb(state["value"]), state["unit"], state["tolerance"]
            connection.execute(_DESIRED, (order.device, *named, order.id, now, by))
        return True


def note_carried(connection: Connection, command_id: int, sentence: str, now: datetime) -> None:
    """Note that the broker or the station's connection took a command."""
    with connection.transaction():
        if connection.execute(_CARRIED, (now, command_id)).rowcount:
            step = Step(Event.CARRY, INGEST, sentence, now)
            note(connection, command_id, step, State.SENT)


def end_unsent(connection: Connection, command_id: int, sentence: str, now: datetime) -> None:
    """End a command that was marked as sent and surely did not leave."""
    with connection.transaction():
        advance(connection, command_id, Step(Event.REFUSE, INGEST, sentence, now))


def end_overdue(connection: Connection, now: datetime) -> list[State]:
    """End what has waited too long, for a person or for a device; return how each ended."""
    with connection.transaction():
        rows = connection.execute(_OVERDUE, (now, _AT_ONCE)).fetchall()
        return [
            advance(connection, number, _overdue(State(state), now, carried=carried))
            for number, state, carried in rows
        ]


def _overdue(state: State, now: datetime, *, carried: bool) -> Step:
    if state is State.REQUESTED:
        return Step(Event.EXPIRE, INGEST, "nobody approved it in time; it was not sent", now)
    if state is State.APPROVED:
        return Step(Event.EXPIRE, INGEST, "the device was not reached in time; not sent", now)
    if state is State.ACCEPTED:
        sentence = "the device accepted it and did not say in time what became of it"
    elif carried:
        sentence = "it was handed over and the device did not answer in time"
    else:
        sentence = "no answer in time; whether it left is unknown, it may have reached the device"
    return Step(Event.TIME_OUT, INGEST, sentence, now)
