"""``twin parked``: messages that could not be taken; shown, offered again, dropped."""

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from twin.cli.actors import plain, tell_all
from twin.cli.printing import print_json, say

if TYPE_CHECKING:  # commands load only what they need
    from collections.abc import Iterator

    from data.parked import Choice, Connection

app = typer.Typer(help="Messages that could not be taken.", no_args_is_help=True)

IdsArgument = Annotated[list[int] | None, typer.Argument(help="Numbers of messages.")]
ReasonOption = Annotated[
    str | None, typer.Option(help="Those of one reason, e.g. 'unknown device'.")
]
AllOption = Annotated[bool, typer.Option("--all", help="All of them.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command("list")
def list_messages(
    *,
    reason: ReasonOption = None,
    most: Annotated[int, typer.Option(min=1, help="How many, the newest first.")] = 20,
    as_json: JsonOption = False,
) -> None:
    """Say how many messages are parked for each reason, and list the newest.

    Example: twin parked list --reason 'unknown device'
    """
    from data.parked import count_parked, list_parked  # noqa: PLC0415 - read only when asked

    with _store() as (store, _):
        counts = [count._asdict() for count in count_parked(store)]
        messages = [message._asdict() for message in list_parked(store, reason=reason, most=most)]
    if as_json:
        print_json({"reasons": counts, "messages": [plain(message) for message in messages]})
        return
    tell_all(counts, ("reason", "messages", "times", "bytes"), as_json=False)
    typer.echo()
    tell_all(messages, ("id", "topic", "times", "last_received_at", "sentence"), as_json=False)


@app.command()
def show(number: Annotated[int, typer.Argument(help="Number of the message.")]) -> None:
    """Write the bytes of a message to standard output, just as it came.

    Example: twin parked show 17 > message.bin
    """
    from data.parked import read_payload  # noqa: PLC0415

    with _store() as (store, _):
        payload = read_payload(store, number)
    if payload is None:
        say(f"twin: parked message {number}: there is none, expected one of twin parked list")
        raise typer.Exit(2)
    sys.stdout.buffer.write(payload)


@app.command()
def replay(
    ids: IdsArgument = None,
    *,
    reason: ReasonOption = None,
    everything: AllOption = False,
    as_json: JsonOption = False,
) -> None:
    """Have the ingest process offer messages again, as of their first arrival.

    Example: twin parked replay --reason 'unknown device'
    """
    from data.parked import want_replay  # noqa: PLC0415

    choice = _choice(ids, reason, everything=everything)
    with _store() as (store, actor):
        count = want_replay(store, choice)
        _log(store, actor, "parked.replay", choice, count)
    _tell("wanted", count, as_json=as_json)


@app.command()
def drop(
    ids: IdsArgument = None,
    *,
    reason: ReasonOption = None,
    everything: AllOption = False,
    as_json: JsonOption = False,
) -> None:
    """Forget messages for good.

    Example: twin parked drop 17 18
    """
    from data.parked import drop as drop_parked  # noqa: PLC0415

    choice = _choice(ids, reason, everything=everything)
    with _store() as (store, actor):
        count = drop_parked(store, choice)
        _log(store, actor, "parked.drop", choice, count)
    _tell("dropped", count, as_json=as_json)


def _choice(ids: list[int] | None, reason: str | None, *, everything: bool) -> "Choice":
    from data.parked import Choice  # noqa: PLC0415

    if sum((bool(ids), reason is not None, everything)) != 1:
        say("twin: expected numbers of messages, --reason or --all, one of the three")
        raise typer.Exit(2)
    return Choice(ids or (), reason, everything)


def _log(store: "Connection", actor: str, action: str, choice: "Choice", count: int) -> None:
    from twin.api.actor_log import log  # noqa: PLC0415

    if count:
        log(store, actor, action, choice.called(), messages=count)


def _tell(word: str, count: int, *, as_json: bool) -> None:
    if as_json:
        print_json({word: count})
    else:
        say(f"{count:,} messages {word}")


@contextmanager
def _store() -> "Iterator[tuple[Connection, str]]":
    """Give a transaction of the store, and who it is by."""
    from data.connection import connect  # noqa: PLC0415
    from twin.app import settings as app_settings  # noqa: PLC0415
    from twin.app.actor import command_line_actor  # noqa: PLC0415

    with connect(app_settings.load().store_url, name="citytwin command line") as connection:
        yield connection, command_line_actor()
