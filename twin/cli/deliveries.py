"""``twin deliveries``: what was sent to subscribers, what waits, what nobody took."""

from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from twin.cli.actors import plain, tell_all
from twin.cli.printing import print_json, say

if TYPE_CHECKING:  # commands load only what they need
    from collections.abc import Iterator
    from uuid import UUID

    import psycopg

app = typer.Typer(help="Notices to subscribers, and dead letters.", no_args_is_help=True)

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
_COLUMNS = ("id", "created_at", "state", "attempts", "subscription_name", "reason", "error")


@app.command("list")
def list_notices(
    *,
    state: Annotated[str | None, typer.Option(help="waiting, delivered or given_up.")] = None,
    subscription: Annotated[int | None, typer.Option(help="Number of a subscription.")] = None,
    most: Annotated[int, typer.Option(min=1, help="How many, the newest first.")] = 20,
    as_json: JsonOption = False,
) -> None:
    """List notices, the newest first.

    Example: twin deliveries list --state given_up
    """
    from alerts.subscriptions.deliveries import STATES, list_deliveries  # noqa: PLC0415

    if state is not None and state not in STATES:
        say(f"twin: state {state!r}: expected one of {', '.join(STATES)}")
        raise typer.Exit(2)
    with _store() as (store, _):
        found = list_deliveries(store, most=most, state=state, subscription=subscription)
    tell_all([_row(one) for one in found], _COLUMNS, as_json=as_json)


@app.command()
def retry(
    notices: Annotated[list[str] | None, typer.Argument(help="Numbers of notices.")] = None,
    *,
    everything: Annotated[
        bool, typer.Option("--all", help="All that were given up, at most 10,000.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Send again what nobody took, with its old number.

    Example: twin deliveries retry --all
    """
    if bool(notices) == everything:
        say("twin: expected numbers of notices or --all, one of the two")
        raise typer.Exit(2)
    with _store() as (store, actor):
        count = _retry(store, actor, [_number(text) for text in notices or ()])
    if as_json:
        print_json({"retried": count})
    else:
        say(f"{count:,} notices are tried again")


def _retry(store: "psycopg.Connection[tuple[Any, ...]]", actor: str, asked: "list[UUID]") -> int:
    from alerts.subscriptions.deliveries import (  # noqa: PLC0415
        NotRetriableError,
        UnknownDeliveryError,
        list_deliveries,
    )
    from alerts.subscriptions.deliveries import retry as try_again  # noqa: PLC0415
    from twin.api.actor_log import log  # noqa: PLC0415

    dead = [] if asked else list_deliveries(store, most=10_000, state="given_up")
    numbers = asked or [one["id"] for one in dead]
    done = 0
    for number in numbers:
        try:
            try_again(store, number, datetime.now(UTC))
        except (NotRetriableError, UnknownDeliveryError) as error:
            say(f"twin: {error}")
            if asked:
                raise typer.Exit(2) from None
        else:
            done += 1
    if done:
        log(store, actor, "delivery.retry", "notices", count=done)
    return done


def _number(text: str) -> "UUID":
    from uuid import UUID  # noqa: PLC0415

    try:
        return UUID(text)
    except ValueError:
        say(f"twin: notice {text!r}: expected a number of twin deliveries list")
        raise typer.Exit(2) from None


def _row(found: dict[str, Any]) -> dict[str, Any]:
    return plain({**found, "id": str(found["id"])})


@contextmanager
def _store() -> "Iterator[tuple[psycopg.Connection[tuple[Any, ...]], str]]":
    """Give a transaction of the store, and who it is by."""
    from data.connection import connect  # noqa: PLC0415
    from twin.app import settings as app_settings  # noqa: PLC0415
    from twin.app.actor import command_line_actor  # noqa: PLC0415

    with connect(app_settings.load().store_url, name="citytwin command line") as connection:
        yield connection, command_line_actor()
