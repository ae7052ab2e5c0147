"""What people do with an incident: accept it, hand it on, return it, comment on it, close it.

The first receiver owns it; handing it on makes an offer, and the owner stays until it is accepted.
"""

from datetime import datetime
from typing import Any, NamedTuple

import psycopg
from psycopg.rows import dict_row

from alerts.incidents.projection import COLUMNS, IncidentDocument
from alerts.incidents.stages import (
    Action,
    IllegalStepError,
    UnknownIncidentError,
    permit,
    stage_of,
)
from alerts.incidents.telling import tell_step

Connection = psycopg.AsyncConnection[Any]
Row = dict[str, Any]

_LOCK = "SELECT FROM incident WHERE id = %s FOR UPDATE"
_READ = COLUMNS + "WHERE i.id = %s"
_PARENT = "SELECT parent FROM department WHERE code = %s"
_MOVE = """
UPDATE incident SET owner = %(owner)s, department = %(department)s, accepted_at = %(accepted_at)s,
    offered = %(offered)s, came_from = %(came_from)s, state = %(state)s, closed_at = %(closed_at)s,
    changed_at = %(now)s, version = version + 1
WHERE id = %(id)s"""


class Asked(NamedTuple):
    """What somebody wants to do.

    Attributes:
        action: which step.
        actor: who.
        note: what they have to say.
        department: to whom to hand it; where it stands alone, the parent of the present one.
        version: of the incident that they saw; None where they do not mind.
    """

    action: Action
    actor: str
    note: str = ""
    department: str | None = None
    version: int | None = None


async def step(connection: Connection, number: int, asked: Asked) -> IncidentDocument:
    """Make one step on behalf of a person, and return the incident's document.

    Raises:
        UnknownIncidentError: no such incident.
        IllegalStepError: not from where it stands, already made, or the version is another one.
    """
    async with connection.transaction():
        row, now = await locked(connection, number, asked.version)
        stage = stage_of(row["state"], row["accepted_at"], row["offered"])
        legal = permit(number, asked.action, stage, asked.note)
        moved = await _moved(connection, row, asked, now)
        await _execute(connection, _MOVE, {**moved, "now": now})
        reason = _REASONS[asked.action].format(who=asked.actor, to=moved["offered"])
        told = (legal.event, reason, asked.actor, asked.note)
        return await tell_step(connection, number, row["state"], told, now)


async def locked(connection: Connection, number: int, version: int | None) -> tuple[Row, datetime]:
    """Return an incident that nobody else changes now, and the time.

    Raises:
        UnknownIncidentError: no such incident.
        IllegalStepError: it went into another one, or is at another version.
    """
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(_LOCK, [number])
        await cursor.execute(_READ, [number])
        row = await cursor.fetchone()
        await cursor.execute("SELECT clock_timestamp() AS now")
        clock = await cursor.fetchone()
    if row is None or clock is None:
        raise UnknownIncidentError(f"incident {number!r}: expected the id of one in the list")
    if row["merged_into"] is not None:
        raise IllegalStepError(f"incident {number} went into incident {row['merged_into']}")
    if version is not None and version != row["version"]:
        raise IllegalStepError(
            f"incident {number}: version {version!r} was seen, but it is at version "
            f"{row['version']}"
        )
    return row, clock["now"]


_REASONS: dict[Action, str] = {
    "accept": "accepted by {who}",
    "hand_up": "handed up to {to} by {who}",
    "hand_down": "handed down to {to} by {who}",
    "return": "returned by {who}",
    "comment": "comment of {who}",
    "close": "closed by {who}",
}


async def _moved(connection: Connection, row: Row, asked: Asked, now: datetime) -> Row:
    """Return the columns that people write, as they are after the step."""
    moved = dict(row)
    if asked.action == "accept":
        if row["offered"] is not None:
            moved.update(department=row["offered"], came_from=row["department"], offered=None)
        moved.update(owner=asked.actor, accepted_at=row["accepted_at"] or now)
    elif asked.action == "hand_up":
        moved["offered"] = await _above(connection, row, asked.department)
    elif asked.action == "hand_down":
        moved["offered"] = await _below(connection, row, asked.department)
    elif asked.action == "return":
        moved["offered"] = _back(row)
    elif asked.action == "close":
        _may_close(row)
        moved.update(state="closed", closed_at=now, offered=None)
    return moved


async def _above(connection: Connection, row: Row, wanted: str | None) -> str:
    own = row["department"]
    parent = wanted if own is None else await _parent(connection, own)
    if parent is None or (wanted is not None and wanted != parent):
        raise IllegalStepError(
            f"incident {row['id']} is of department {own!r}, above which is {parent!r}: "
            f"it cannot be handed up to {wanted!r}"
        )
    return await _known(connection, parent)


async def _below(connection: Connection, row: Row, wanted: str | None) -> str:
    own = row["department"]
    if wanted is None:
        raise IllegalStepError(f"incident {row['id']}: 'hand_down' needs a department")
    if own is not None and await _parent(connection, wanted) != own:
        raise IllegalStepError(
            f"incident {row['id']} is of department {own!r}: expected one below it, not {wanted!r}"
        )
    return await _known(connection, wanted)


def _back(row: Row) -> str | None:
    """Return to whom it is offered: nobody where an offer is declined, else where it came from."""
    if row["offered"] is not None:
        return None
    if row["came_from"] is None:
        raise IllegalStepError(f"incident {row['id']} came from nobody: expected 'hand_up'")
    return str(row["came_from"])


def _may_close(row: Row) -> None:
    if row["standing"]:
        raise IllegalStepError(
            f"incident {row['id']} has {row['standing']} alerts that stand: expected none"
        )


async def _parent(connection: Connection, code: str) -> str | None:
    async with connection.cursor() as cursor:
        await cursor.execute(_PARENT, [code])
        found = await cursor.fetchone()
    return None if found is None else found[0]


async def _known(connection: Connection, code: str) -> str:
    async with connection.cursor() as cursor:
        await cursor.execute("SELECT FROM department WHERE code = %s", [code])
        if await cursor.fetchone() is None:
            raise IllegalStepError(f"department {code!r}: expected one of the list")
    return code


async def _execute(connection: Connection, query: str, given: Row) -> None:
    async with connection.cursor() as cursor:
        await cursor.execute(query.encode(), given)
