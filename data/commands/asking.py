"""What people do with commands: ask for one, approve it, withdraw it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import psycopg
from psycopg.types.json import Jsonb

from data.commands.addressing import read_addressee
from data.commands.errors import (
    CommandRefusedError,
    IllegalStepError,
    KeyReusedError,
    SecondPersonError,
)
from data.commands.kinds import CommandKind
from data.commands.life import Event
from data.commands.parameters import Value
from data.commands.steps import Step, advance, begin, locked
from data.reference.device_types import DeviceType

Connection = psycopg.Connection[tuple[Any, ...]]

_KEY_MARK = "key "
_NO_SECOND_PERSON = "needs no second person"

_INSERT = """
    INSERT INTO command (device, name, parameters, reason, state, second_person, protocol, address,
                         carriage, requested_by, person, idempotency_key, requested_at, expires_at,
                         answer_s, execute_s, wanted)
    VALUES (%(device)s, %(name)s, %(parameters)s, %(reason)s, 'requested', %(second_person)s,
            %(protocol)s, %(address)s, %(carriage)s, %(actor)s, %(person)s, %(key)s, %(now)s,
            %(expires_at)s, %(answer_s)s, %(execute_s)s, %(wanted)s)
    ON CONFLICT (requested_by, idempotency_key) WHERE idempotency_key IS NOT NULL DO NOTHING
    RETURNING id"""

_SAME_KEY = """
    SELECT id, (device, name, parameters, reason, expires_at - requested_at)
               IS NOT DISTINCT FROM (%(device)s, %(name)s, %(parameters)s, %(reason)s, %(good)s)
    FROM command WHERE requested_by = %(actor)s AND idempotency_key = %(key)s"""

_MADE_BY = "SELECT created_by FROM api_key WHERE name = %s"


class Wish(NamedTuple):
    """What somebody wants of a device.

    Attributes:
        device: its entity code.
        name: of the command.
        parameters: by name.
        reason: why; it is kept.
        expires_in_s: seconds after which it is not sent any more.
        key: the same key of the same actor means the same command; None for none.
    """

    device: int
    name: str
    parameters: dict[str, Value]
    reason: str
    expires_in_s: int
    key: str | None = None


class Asked(NamedTuple):
    """The number of a command, and whether it was made just now."""

    id: int
    new: bool


def request(
    connection: Connection,
    wish: Wish,
    *,
    actor: str,
    now: datetime,
    types: Mapping[str, DeviceType],
) -> Asked:
    """Write a command down; one that needs no second person waits to be sent from now on.

    Args:
        connection: the transaction that does it.
        wish: what is wanted.
        actor: who wants it.
        now: by our clock.
        types: of devices, by id.

    Raises:
        EntityUnknownError: no such device.
        EntityRetiredError: it is retired.
        CommandRefusedError: the device does not take it, or not with these parameters.
        KeyReusedError: the key stands for another command.
    """
    known = _same_key(connection, wish, actor)
    if known is not None:
        return known
    if not wish.reason.strip():
        raise CommandRefusedError(f"reason {wish.reason!r}: expected why, in words")
    to = read_addressee(connection, wish.device, types)
    kind = to.kind(wish.name)
    row = _row(wish, kind, to.addresses[kind.protocol]) | {
        "actor": actor,
        "person": person_behind(connection, actor),
        "now": now,
        "expires_at": now + timedelta(seconds=wish.expires_in_s),
    }
    made = connection.execute(_INSERT, row).fetchone()
    if made is None:
        # Another request with the key was faster; its row is committed by now.
        return _same_key(connection, wish, actor) or _gone(wish)
    begin(connection, made[0], Step(Event.REQUEST, actor, wish.reason, now))
    if not kind.second_person:
        advance(connection, made[0], Step(Event.APPROVE, actor, _NO_SECOND_PERSON, now))
    return Asked(made[0], new=True)


def approve(
    connection: Connection, command_id: int, *, actor: str, note: str, now: datetime
) -> None:
    """Let a command be sent, as the second person.

    Raises:
        CommandUnknownError: there is none of this number.
        SecondPersonError: it was asked for by the same person, or with that person's key.
        IllegalStepError: it does not wait for approval, or has expired.
    """
    command = locked(connection, command_id)
    person = person_behind(connection, actor)
    if person in {command["person"], command["requested_by"]}:
        raise SecondPersonError(
            f"command {command_id} was asked for by {command['requested_by']}: expected the"
            f" approval of another person than {actor}"
        )
    if command["expires_at"] <= now and command["state"] == "requested":
        raise IllegalStepError(
            f"command {command_id} expired at {command['expires_at'].isoformat()}: ask again"
        )
    advance(connection, command_id, Step(Event.APPROVE, actor, note, now))


def withdraw(
    connection: Connection, command_id: int, *, actor: str, note: str, now: datetime
) -> None:
    """Take a command back before it is sent.

    Raises:
        CommandUnknownError: there is none of this number.
        IllegalStepError: it was sent already, or has ended.
    """
    advance(connection, command_id, Step(Event.WITHDRAW, actor, note, now))


def person_behind(connection: Connection, actor: str) -> str:
    """Return who answers for an actor: of a key whoever made it, of a command line its user.

    What the environment says of sudo does not make two persons of one user.
    """
    if actor.startswith(_KEY_MARK):
        made = connection.execute(_MADE_BY, (actor.removeprefix(_KEY_MARK),)).fetchone()
        return actor if made is None or not made[0] else str(made[0])
    return actor.partition(" (")[0]


def _row(wish: Wish, kind: CommandKind, address: str) -> dict[str, object]:
    parameters = kind.checked(wish.parameters)
    return {
        "device": wish.device,
        "name": wish.name,
        "parameters": Jsonb(parameters),
        "reason": wish.reason,
        "second_person": kind.second_person,
        "protocol": kind.protocol,
        "address": address,
        "carriage": Jsonb(dict(kind.carriage)),
        "key": wish.key,
        "answer_s": kind.answer_s,
        "execute_s": kind.execute_s,
        "wanted": Jsonb([state._asdict() for state in kind.wanted(parameters)]),
    }


def _gone(wish: Wish) -> Asked:
    raise KeyReusedError(f"idempotency key {wish.key!r}: is being used at this moment")


def _same_key(connection: Connection, wish: Wish, actor: str) -> Asked | None:
    if wish.key is None:
        return None
    told = {
        "device": wish.device,
        "name": wish.name,
        "parameters": Jsonb(wish.parameters),
        "reason": wish.reason,
        "good": timedelta(seconds=wish.expires_in_s),
        "actor": actor,
        "key": wish.key,
    }
    found = connection.execute(_SAME_KEY, told).fetchone()
    if found is None:
        return None
    if not found[1]:
        raise KeyReusedError(
            f"idempotency key {wish.key[:60]!r}: stands for command {found[0]}, which was another"
        )
    return Asked(found[0], new=False)
