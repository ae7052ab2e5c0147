"""``twin command``: commands to devices; asked for, approved, withdrawn, listed, shown."""

import json
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from twin.cli.actors import plain, tell_all
from twin.cli.printing import print_json, say

if TYPE_CHECKING:  # commands load only what they need
    from collections.abc import Iterator

    from data.device_types import DeviceTypes
    from data.parked import Connection

app = typer.Typer(help="Commands to devices.", no_args_is_help=True)

NumberArgument = Annotated[int, typer.Argument(help="Number of the command.")]
NoteOption = Annotated[str, typer.Option(help="Why.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]

_COLUMNS = ("id", "device", "name", "state", "requested_by", "requested_at", "ended_at")


class _Desk(NamedTuple):
    store: "Connection"
    actor: str
    types: "DeviceTypes"


@app.command()
def send(
    code: Annotated[str, typer.Argument(help="Code of the device, bare or as printed.")],
    name: Annotated[str, typer.Argument(help="Name of the command.")],
    *,
    reason: Annotated[str, typer.Option(help="Why; it is kept.")],
    values: Annotated[
        list[str] | None, typer.Option("--set", help="A parameter, as NAME=VALUE.")
    ] = None,
    expires_in: Annotated[
        int, typer.Option(min=10, max=86_400, help="Seconds after which it is not sent any more.")
    ] = 600,
    as_json: JsonOption = False,
) -> None:
    """Ask for a command; valves, gates and pumps wait for the approval of another person.

    Example: twin command send 440311-8599-000001-5 set_opening --set opening=0.5 --reason storm
    """
    from data.commands import Wish, request  # noqa: PLC0415 - read only when asked
    from twin.codes import EntityCode  # noqa: PLC0415

    device = int(EntityCode.parse_printed(code))
    parameters = dict(_assignment(text) for text in values or ())
    wish = Wish(device, name, parameters, reason, expires_in)
    with _desk() as desk:
        asked = request(desk.store, wish, actor=desk.actor, now=_now(), types=desk.types)
        _log(desk, "command.request", device, command=asked.id, name=name, reason=reason)
        _tell(desk, asked.id, as_json=as_json)


@app.command()
def approve(number: NumberArgument, *, note: NoteOption = "", as_json: JsonOption = False) -> None:
    """Let a command be sent, as another person than who asked for it.

    Example: twin command approve 17 --note 'seen on camera 3'
    """
    from data.commands import approve as approve_command  # noqa: PLC0415

    with _desk() as desk:
        approve_command(desk.store, number, actor=desk.actor, note=note, now=_now())
        _log(desk, "command.approve", _device_of(desk, number), command=number, note=note)
        _tell(desk, number, as_json=as_json)


@app.command()
def withdraw(number: NumberArgument, *, note: NoteOption = "", as_json: JsonOption = False) -> None:
    """Take a command back before it is sent.

    Example: twin command withdraw 17 --note 'the crew is in the chamber'
    """
    from data.commands import withdraw as withdraw_command  # noqa: PLC0415

    with _desk() as desk:
        withdraw_command(desk.store, number, actor=desk.actor, note=note, now=_now())
        _log(desk, "command.withdraw", _device_of(desk, number), command=number, note=note)
        _tell(desk, number, as_json=as_json)


@app.command("list")
def list_commands(
    *,
    device: Annotated[str | None, typer.Option(help="Code of a device.")] = None,
    state: Annotated[str | None, typer.Option(help="E.g. requested: waits for approval.")] = None,
    most: Annotated[int, typer.Option(min=1, help="How many, the newest first.")] = 20,
    as_json: JsonOption = False,
) -> None:
    """List commands, the newest first.

    Example: twin command list --state requested
    """
    from data.commands import State, read_commands  # noqa: PLC0415
    from twin.codes import EntityCode  # noqa: PLC0415

    if state is not None and state not in set(State):
        say(f"twin: state {state!r}: expected one of {', '.join(State)}")
        raise typer.Exit(2)
    code = None if device is None else int(EntityCode.parse_printed(device))
    with _desk() as desk:
        found = read_commands(desk.store, device=code, state=state, more=most)
    tell_all(found, _COLUMNS, as_json=as_json)


@app.command()
def show(number: NumberArgument, *, as_json: JsonOption = False) -> None:
    """Show one command with its steps.

    Example: twin command show 17
    """
    with _desk() as desk:
        _tell(desk, number, as_json=as_json)


def _assignment(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not name or not equals:
        say(f"twin: --set {text!r}: expected NAME=VALUE, e.g. opening=0.5")
        raise typer.Exit(2)
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


def _tell(desk: _Desk, number: int, *, as_json: bool) -> None:
    found = _found(desk, number)
    if as_json:
        print_json(plain(found))
        return
    tell_all([found], _COLUMNS, as_json=False)
    typer.echo()
    tell_all(found["steps"], ("at", "event", "to", "actor", "sentence"), as_json=False)


def _found(desk: _Desk, number: int) -> dict[str, Any]:
    from data.commands import CommandUnknownError, read_commands  # noqa: PLC0415

    found = read_commands(desk.store, id=number)
    if not found:
        raise CommandUnknownError(f"command {number}: not in the store")
    return found[0]


def _device_of(desk: _Desk, number: int) -> int:
    return int(_found(desk, number)["device"])


def _log(desk: _Desk, action: str, device: int, **detail: object) -> None:
    from twin.api.actor_log import log  # noqa: PLC0415

    log(desk.store, desk.actor, action, str(device), **detail)


def _now() -> datetime:
    return datetime.now(UTC)


@contextmanager
def _desk() -> "Iterator[_Desk]":
    """Give a transaction of the store, who it is by, and the types of devices."""
    from data.commands import REFUSALS  # noqa: PLC0415
    from data.connection import connect  # noqa: PLC0415
    from data.device_types import load_types  # noqa: PLC0415
    from twin.app import settings as app_settings  # noqa: PLC0415
    from twin.app.actor import command_line_actor  # noqa: PLC0415

    settings = app_settings.load()
    types = load_types(settings.device_types_folder)
    try:
        with connect(settings.store_url, name="citytwin command line") as connection:
            yield _Desk(connection, command_line_actor(), types)
    except REFUSALS as error:
        say(f"twin: {error}")
        raise typer.Exit(2) from None
