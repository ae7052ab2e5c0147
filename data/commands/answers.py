"""What devices answer to commands: matched, checked against the states, written down."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

import psycopg
from psycopg.types.json import Jsonb

from data.commands.life import UNDER_WAY, Event, State, after_answer
from data.commands.parameters import Value
from data.commands.steps import Step, advance, locked, note

Connection = psycopg.Connection[tuple[Any, ...]]

_ADDRESSED = """
    SELECT id, address = %(address)s FROM command
    WHERE protocol = %(protocol)s AND reference = %(reference)s
    ORDER BY address = %(address)s DESC, sent_at DESC LIMIT 1"""

_DEADLINE = "UPDATE command SET deadline_at = %s WHERE id = %s"
_LATE = "UPDATE command SET late_answer = %s WHERE id = %s"

_REPORTED = """
    INSERT INTO device_reported AS r (device, name, value, at) VALUES (%s, %s, %s, %s)
    ON CONFLICT (device, name) DO UPDATE SET value = excluded.value, at = excluded.at
    WHERE r.at <= excluded.at"""

_SAID: Mapping[Event, State] = {
    Event.ACCEPT: State.ACCEPTED,
    Event.EXECUTE: State.EXECUTED,
    Event.REFUSE: State.REFUSED,
}


class Answer(NamedTuple):
    """What a device says of a command.

    Attributes:
        protocol: over which it came.
        address: what the protocol calls the device that says it.
        reference: of the command, as it was sent.
        event: accept, execute or refuse.
        sentence: in the device's words, or in ours.
        reported: states that the device says it is in, by name.
        at: by our clock.
    """

    protocol: str
    address: str
    reference: str
    event: Event
    sentence: str
    reported: Mapping[str, Value]
    at: datetime


class Outcome(StrEnum):
    """What became of an answer."""

    TAKEN = "taken"
    KNOWN = "known already"
    LATE = "late"
    UNKNOWN = "unknown command"
    WRONG_DEVICE = "not the addressee"


def take_answer(connection: Connection, answer: Answer) -> Outcome:
    """Write an answer down, in the transaction that is open."""
    asked = answer._asdict()
    found = connection.execute(_ADDRESSED, asked).fetchone()
    if found is None:
        return Outcome.UNKNOWN
    number, is_addressee = found
    if not is_addressee:
        return Outcome.WRONG_DEVICE
    command = locked(connection, number)
    state = State(command["state"])
    event = after_answer(state, answer.event, command["late_answer"])
    if event is None:
        return Outcome.KNOWN
    step = Step(event, f"device {command['device']}", answer.sentence, answer.at)
    _report(connection, command["device"], answer)
    if event is Event.ANSWER_LATE:
        note(connection, number, step, state)
        connection.execute(_LATE, (_SAID[answer.event], number))
        return Outcome.LATE
    if advance(connection, number, step) in UNDER_WAY:
        deadline = answer.at + timedelta(seconds=command["execute_s"])
        connection.execute(_DEADLINE, (deadline, number))
    return Outcome.TAKEN


def _report(connection: Connection, device: int, answer: Answer) -> None:
    for name, value in answer.reported.items():
        connection.execute(_REPORTED, (device, name, Jsonb(value), answer.at))
