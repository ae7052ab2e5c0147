"""Linking of the register: of everything, or of what changed since it ran last."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import psycopg

from data.links.affected import affected
from data.links.standing import RELATIONS, read_standing
from data.links.state import read_state, write_state
from data.links.surroundings import (
    Fix,
    decisions,
    load_all,
    load_around,
    read_fixes,
)
from data.links.views import views_of
from data.links.writing import Written, write_links, write_reasons
from data.reference import entity_classes, link_rules
from data.registry.lifecycle import Author
from data.registry.recording import close_change_set, lock, open_change_set
from spatial.links import Entities, LinkRule, Unlinked, link

Connection = psycopg.Connection[tuple[Any, ...]]
Cursor = psycopg.Cursor[tuple[Any, ...]]

ACTOR, SOURCE = "spatial linking", "spatial"
_REASON = "each device to what its class can belong to"
LINKER = Author(ACTOR, _REASON, SOURCE)


class LinkRun(NamedTuple):
    """What linking did.

    Attributes:
        change_set: its id, None if it left no trace: nothing changed, or it was a dry run.
        everything: whether all devices were looked at.
        devices: how many were looked at.
        links: how many links these have now.
        written: what changed.
    """

    change_set: int | None
    everything: bool
    devices: int
    links: int
    written: Written


UNCHANGED = LinkRun(None, everything=False, devices=0, links=0, written=Written(0, 0, 0, 0))
"""Nothing was to be done."""


def run_links(
    connection: Connection,
    author: Author = LINKER,
    *,
    everything: bool = False,
    dry_run: bool = False,
    rules: Sequence[LinkRule] | None = None,
) -> LinkRun:
    """Find the links of devices anew, where something changed since the last run.

    The same register and rules give the same links, whether all devices are looked at or only
    those around which something changed. What people fixed stays.

    Args:
        connection: in no failed transaction; outside of one it commits by itself.
        author: who runs it and why.
        everything: look at all devices, as the first run does.
        dry_run: say what would change, and change nothing.
        rules: in the order of preference; those of ``link_classes.csv`` if None.
    """
    used = link_rules() if rules is None else rules
    with connection.transaction(force_rollback=dry_run):
        lock(connection)
        connection.execute("SET LOCAL work_mem = '128MB'; SET LOCAL jit = off")
        codes = None if everything else _changed(connection, used)
        with connection.cursor() as cursor:
            change_set = open_change_set(cursor, *author)
            done = relink(cursor, change_set, used, codes)
            kept = close_or_forget(cursor, change_set, done.written._asdict())
            write_state(cursor, used)
    return done._replace(change_set=change_set if kept and not dry_run else None)


def relink(
    cursor: Cursor,
    change_set: int,
    rules: Sequence[LinkRule],
    codes: list[int] | None,
) -> LinkRun:
    """Find and write the links of some devices, or of all, in a change set that is open.

    Args:
        cursor: in a transaction that holds the register's lock.
        change_set: what ends and begins does so in it.
        rules: in the order of preference.
        codes: of devices; of what is none, or stands no more, links and reasons end. None is all.
    """
    if codes == []:
        return UNCHANGED
    connection = cursor.connection
    fixes = read_fixes(connection, codes)
    standing, spoken = read_standing(connection, kinds_of(rules), codes)
    if codes is None:
        devices, objects = load_all(connection, rules, fixes)
    else:
        devices, objects = load_around(connection, rules, fixes, codes)
    links = link(
        devices,
        objects,
        rules,
        decided=decisions(fixes, spoken),
        views=views_of(connection, devices, rules),
        class_names={code: found.name_en for code, found in entity_classes().items()},
    )
    places = np.array([RELATIONS.index(kind) for kind in links.relations], np.int64)
    found = links.found._replace(relation=places[links.found.relation])
    counts = write_links(cursor, change_set, found, standing, spoken)
    unlinked = [*links.unlinked, *_unwanted(fixes, devices)]
    written = Written(*counts, write_reasons(cursor, change_set, unlinked, codes))
    return LinkRun(change_set, codes is None, len(devices.code), len(found.device), written)


def close_or_forget(cursor: Cursor, change_set: int, counts: dict[str, int]) -> bool:
    """End a change set and return True; one in which nothing changed never was."""
    if any(counts.values()):
        close_change_set(cursor, change_set, counts)
        return True
    cursor.execute("DELETE FROM change_set WHERE id = %s", (change_set,))
    return False


def kinds_of(rules: Sequence[LinkRule]) -> list[str]:
    """Return the kinds of relation that rules speak of."""
    return list(dict.fromkeys(rule.relation for rule in rules))


def _changed(connection: Connection, rules: Sequence[LinkRule]) -> list[int] | None:
    state = read_state(connection)
    return None if state is None else affected(connection, state, rules, kinds_of(rules))


def _unwanted(fixes: list[Fix], devices: Entities) -> list[Unlinked]:
    """Return why devices have no link that people did not want to have one."""
    standing = set(devices.code.tolist()) if fixes else set()
    return [
        Unlinked(fix.device, fix.relation, fix.sentence)
        for fix in fixes
        if not fix.target and fix.device in standing
    ]
