"""Links that people fix: to one object, or to none of those around; until they release them."""

from typing import Any, NamedTuple

import psycopg

from data.links.loading import DEVICE_CLASSES
from data.links.running import UNCHANGED, LinkRun, close_or_forget, kinds_of, relink
from data.reference import LinkRule, entity_classes, link_rules
from data.registry import ChangeRefusedError, EntityRetiredError, EntityUnknownError
from data.registry.lifecycle import Author
from data.registry.recording import lock, open_change_set

Connection = psycopg.Connection[tuple[Any, ...]]
Cursor = psycopg.Cursor[tuple[Any, ...]]

_STANDING = "SELECT retired FROM entity WHERE code = %s"
_OPEN = """
    SELECT id, target FROM link_fix WHERE origin = %s AND kind = %s AND released_in IS NULL"""
_RELEASED = "UPDATE link_fix SET released_in = %s WHERE id = %s"
_FIXED = "INSERT INTO link_fix (origin, kind, target, change_set_id) VALUES (%s, %s, %s, %s)"


class FixRefusedError(ChangeRefusedError):
    """A fix that says nothing. Name a device in use, and a relation that devices can have."""


class Slot(NamedTuple):
    """What is fixed: the link of a device in one relation."""

    device: int
    relation: str


def fix(
    connection: Connection,
    author: Author,
    slot: Slot,
    target: int | None,
) -> LinkRun:
    """Link a device to what a person says, or to nothing; linking leaves it so. Caller commits.

    What is fixed so already leaves no trace. An earlier fix of the same is released.

    Args:
        connection: in no failed transaction.
        author: who says it and why.
        slot: of a device in use.
        target: code of the object, None for "to none of these".

    Raises:
        EntityUnknownError: the device or the object is not in the register.
        EntityRetiredError: one of them is retired.
        FixRefusedError: it is no device, the object is the device itself, or no such relation.
    """
    _check(connection, slot, target)
    with connection.transaction():
        lock(connection)
        found = connection.execute(_OPEN, slot).fetchone()
        if found is not None and found[1] == target:
            return UNCHANGED
        with connection.cursor() as cursor:
            change_set = open_change_set(cursor, *author)
            if found is not None:
                cursor.execute(_RELEASED, (change_set, found[0]))
            cursor.execute(_FIXED, (*slot, target, change_set))
            return _relinked(cursor, change_set, slot)


def release(connection: Connection, author: Author, slot: Slot) -> LinkRun:
    """Let linking decide again; the device is linked anew at once. Caller commits.

    Raises:
        FixRefusedError: nobody has fixed it.
    """
    with connection.transaction():
        lock(connection)
        found = connection.execute(_OPEN, slot).fetchone()
        if found is None:
            raise FixRefusedError(
                f"link {slot.relation!r} of entity {slot.device}: nobody has fixed it, expected "
                "one of twin link list --method 'by a person'"
            )
        with connection.cursor() as cursor:
            change_set = open_change_set(cursor, *author)
            cursor.execute(_RELEASED, (change_set, found[0]))
            return _relinked(cursor, change_set, slot)


def relation_of(device: int, relation: str | None) -> str:
    """Return a kind of relation that devices can have; of None the one that its class must have.

    Raises:
        FixRefusedError: there is no such relation, or it is no device.
    """
    klass = str(device)[6:10]
    if klass not in DEVICE_CLASSES:
        raise FixRefusedError(f"entity {device}: expected a sensor or camera")
    kinds = kinds_of(link_rules())
    if relation is None:
        of_class = [rule.relation for rule in link_rules() if rule.sensor_class == klass]
        camera = entity_classes()[klass].role == "camera"
        return of_class[0] if of_class else "watches" if camera else "monitors"
    if relation not in kinds:
        raise FixRefusedError(f"relation {relation!r}: expected one of {', '.join(kinds)}")
    return relation


def _check(connection: Connection, slot: Slot, target: int | None) -> None:
    relation_of(*slot)
    if target == slot.device:
        raise FixRefusedError(f"entity {target}: expected another one than the device itself")
    for code in (slot.device, target):
        if code is not None:
            _require_in_use(connection, code)


def _require_in_use(connection: Connection, code: int) -> None:
    found = connection.execute(_STANDING, (code,)).fetchone()
    if found is None:
        raise EntityUnknownError(f"entity {code}: not in the register")
    if found[0]:
        raise EntityRetiredError(f"entity {code} is retired: expected one in use")


def _relinked(cursor: Cursor, change_set: int, slot: Slot) -> LinkRun:
    rules: tuple[LinkRule, ...] = link_rules()
    done = relink(cursor, change_set, rules, [slot.device])
    close_or_forget(cursor, change_set, {"fixes": 1, **done.written._asdict()})
    return done
