"""Linking of the register: of everything, or of what changed since it ran last."""

from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import psycopg

from data.links.affected import MOST, affected
from data.links.standing import RELATIONS, Spoken, Standing, ask_standing, standing_of
from data.links.state import ask_state, state_of, write_state
from data.links.surroundings import (
    Fix,
    ask_around,
    ask_fixes,
    decisions,
    fixes_of,
    load_all,
    load_around,
)
from data.links.views import views_of
from data.links.writing import REASONS, Written, overrule, write_links, write_reasons
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
        codes = _begun(connection, used, everything=everything)
        with connection.cursor() as cursor:
            change_set = open_change_set(cursor, *author)
            done = relink(cursor, change_set, used, codes)
            with connection.pipeline():
                kept = close_or_forget(cursor, change_set, done.written._asdict())
                write_state(cursor, used)
    return done._replace(change_set=change_set if kept and not dry_run else None)


def _begun(
    connection: Connection, rules: Sequence[LinkRule], *, everything: bool
) -> list[int] | None:
    """Lock the register and return the devices to look at, None for all."""
    with connection.cursor() as state_row:
        with connection.pipeline():
            lock(connection)
            connection.execute("SET LOCAL work_mem = '128MB'")
            connection.execute("SET LOCAL jit = off")
            ask_state(state_row)
        state = state_of(state_row.fetchone())
    if everything or state is None:
        return None
    # Asked after the state: what was noted between the two is in both, and in none of them never.
    due = [code for (code,) in connection.execute("SELECT code FROM link_due")]
    changed = affected(connection, state, rules, kinds_of(rules))
    if changed is None or len(due) > MOST:
        return None
    return [*{*due, *changed}]


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
    asked = _asked(connection, rules, codes)
    if codes is None:
        devices, objects = load_all(connection, rules, asked.fixes)
    else:
        devices, objects = load_around(connection, rules, asked.fixes, codes, asked.around)
    links = link(
        devices,
        objects,
        rules,
        decided=decisions(asked.fixes, asked.spoken),
        views=views_of(connection, devices, rules),
        class_names=_class_names(),
    )
    places = np.array([RELATIONS.index(kind) for kind in links.relations], np.int64)
    found = links.found._replace(relation=places[links.found.relation])
    fixed = {(fix.device, fix.relation) for fix in asked.fixes}
    overruled, spoken = overrule(cursor, change_set, asked.spoken, fixed)
    ended, added, described = write_links(cursor, change_set, found, asked.standing, spoken)
    unlinked = [*links.unlinked, *_unwanted(asked.fixes, devices)]
    reasons = write_reasons(cursor, change_set, unlinked, asked.reasons)
    written = Written(ended + overruled, added, described, reasons)
    return LinkRun(change_set, codes is None, len(devices.code), len(found.device), written)


class _Asked(NamedTuple):
    """What stands of some devices, and what lies around them."""

    fixes: list[Fix]
    standing: Standing
    spoken: Spoken
    reasons: list[tuple[Any, ...]]
    around: list[int]


def _asked(connection: Connection, rules: Sequence[LinkRule], codes: list[int] | None) -> _Asked:
    fixes, standing, reasons, around = (connection.cursor(binary=True) for _ in range(4))
    # One way there and back: for one device the ways take longer than the work.
    with connection.pipeline():
        ask_fixes(fixes, codes)
        ask_standing(standing, kinds_of(rules), codes)
        reasons.execute(REASONS, {"codes": codes})
        if codes is not None:
            ask_around(around, rules, codes)
    return _Asked(
        fixes_of(connection, fixes.fetchall()),
        *standing_of(standing.fetchall()),
        reasons.fetchall(),
        [code for (code,) in around.fetchall()] if codes is not None else [],
    )


@cache
def _class_names() -> dict[str, str]:
    return {code: found.name_en for code, found in entity_classes().items()}


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


def _unwanted(fixes: list[Fix], devices: Entities) -> list[Unlinked]:
    """Return why devices have no link that people did not want to have one."""
    standing = set(devices.code.tolist()) if fixes else set()
    return [
        Unlinked(fix.device, fix.relation, fix.sentence)
        for fix in fixes
        if not fix.target and fix.device in standing
    ]
