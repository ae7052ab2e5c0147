"""Linking as commands ask for it: run, listed, explained, fixed and released."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from data.connection import connect
from data.links import LINKER, LinkRun, Slot, fix, link_status, relation_of, release, run_links
from data.links.following import due, note_changes
from data.links.rooms import code_rooms
from data.registry.lifecycle import Author
from twin.app.actor import command_line_actor
from twin.app.settings import Settings
from twin.codes import EntityCode

Connection = psycopg.Connection[tuple[Any, ...]]

_MOST_ROOMS = 100_000
"""Devices whose rooms are coded in one run."""

DESK = "register desk"
"""The source of what people fix, as when they do it over the API."""


@contextmanager
def linking_store(settings: Settings) -> Iterator[Connection]:
    """Give a transaction of the store, which is committed at its end."""
    with connect(settings.store_url, name="citytwin linking") as connection:
        yield connection


def run(settings: Settings, *, everything: bool, dry_run: bool) -> LinkRun:
    """Find links anew in the name of who runs the command."""
    author = LINKER._replace(actor=command_line_actor())
    with linking_store(settings) as connection:
        if not dry_run:
            note_changes(connection)
            code_rooms(connection, due(connection, _MOST_ROOMS))
        return run_links(connection, author, everything=everything, dry_run=dry_run)


def status(settings: Settings) -> dict[str, Any]:
    """Return how far links follow the register, as JSON has it."""
    with linking_store(settings) as connection:
        return link_status(connection)._asdict()


def fix_link(
    settings: Settings, device: str, relation: str | None, target: str | None, reason: str
) -> LinkRun:
    """Link a device to what a person says, to nothing if ``target`` is None.

    Raises:
        InvalidIdentifierError: a code that is none.
        ChangeRefusedError: the fix makes no sense.
        EntityUnknownError: the device or the object is not in the register.
    """
    code = parse(device)
    slot = Slot(code, relation_of(code, relation))
    wanted = None if target is None else parse(target)
    with linking_store(settings) as connection:
        return fix(connection, _author(reason), slot, wanted)


def release_link(settings: Settings, device: str, relation: str | None, reason: str) -> LinkRun:
    """Let linking decide again.

    Raises:
        InvalidIdentifierError: a code that is none.
        ChangeRefusedError: nobody has fixed it.
    """
    code = parse(device)
    slot = Slot(code, relation_of(code, relation))
    with linking_store(settings) as connection:
        return release(connection, _author(reason), slot)


def parse(code: str) -> int:
    """Return the number of an entity code, bare or as printed."""
    return int(EntityCode.parse_printed(code))


def run_document(done: LinkRun) -> dict[str, Any]:
    """Return what a run did, as JSON has it."""
    told = done._asdict()
    return {**told, **told.pop("written")._asdict()}


def _author(reason: str) -> Author:
    return Author(command_line_actor(), reason, DESK)
