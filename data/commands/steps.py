"""Every step of a command goes through here: checked by the table of states, and written down."""

from datetime import datetime
from typing import Any, NamedTuple

import psycopg
from psycopg.rows import dict_row

from data.commands.errors import CommandUnknownError
from data.commands.life import ENDED, Event, State, after

Connection = psycopg.Connection[tuple[Any, ...]]

_LOCK = "SELECT * FROM command WHERE id = %s FOR UPDATE"
_MOVE = "UPDATE command SET state = %s, ended_at = %s WHERE id = %s"
_STEP = """
    INSERT INTO command_step (command_id, event, from_state, to_state, actor, sentence, at)
    VALUES (%s, %s, %s, %s, %s, %s, %s)"""

INGEST = "twin ingest"
"""Who takes the steps that no person takes."""


class Step(NamedTuple):
    """What happens to a command.

    Attributes:
        event: what it is.
        actor: who does it.
        sentence: why, or what was said.
        at: by our clock.
    """

    event: Event
    actor: str
    sentence: str
    at: datetime


def locked(connection: Connection, command_id: int) -> dict[str, Any]:
    """Return a command, which nobody else changes before the end of the transaction.

    Raises:
        CommandUnknownError: there is none of this number.
    """
    with connection.cursor(row_factory=dict_row) as cursor:
        found = cursor.execute(_LOCK, (command_id,)).fetchone()
    if found is None:
        raise CommandUnknownError(f"command {command_id}: not in the store")
    return found


def advance(connection: Connection, command_id: int, step: Step) -> State:
    """Take a step of a command and return where it stands then.

    Raises:
        CommandUnknownError: there is none of this number.
        IllegalStepError: the step does not follow.
    """
    before = State(locked(connection, command_id)["state"])
    then = after(before, step.event)
    ended = step.at if then in ENDED else None
    connection.execute(_MOVE, (then, ended, command_id))
    _write(connection, command_id, step, before, then)
    return then


def note(connection: Connection, command_id: int, step: Step, state: State) -> None:
    """Write down what leaves a command in its state."""
    _write(connection, command_id, step, state, state)


def begin(connection: Connection, command_id: int, step: Step) -> None:
    """Write down how a command began."""
    _write(connection, command_id, step, None, State.REQUESTED)


def _write(
    connection: Connection, command_id: int, step: Step, before: State | None, then: State
) -> None:
    row = (command_id, step.event, before, then, step.actor, step.sentence, step.at)
    connection.execute(_STEP, row)
