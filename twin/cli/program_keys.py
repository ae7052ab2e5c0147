"""``twin key``: the API keys of programs. Each change is logged with who made it."""

from typing import Annotated

import typer

from twin.cli.actors import people_store, plain, shown, tell_all
from twin.cli.printing import print_json, say

key_app = typer.Typer(help="API keys of programs.", no_args_is_help=True)

KeyArgument = Annotated[str, typer.Argument(help="Name of the key, e.g. of its program.")]
RoleOption = Annotated[
    str,
    typer.Option(help="viewer, operator, dispatcher, field, steward or administrator."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@key_app.command("add")
def add_key(
    name: KeyArgument,
    *,
    role: RoleOption,
    scope: Annotated[
        list[str] | None,
        typer.Option(help="Only this permission of the role; may be given several times."),
    ] = None,
    days: Annotated[int, typer.Option(help="How many days it lasts.")] = 365,
    never_expires: Annotated[
        bool, typer.Option("--never-expires", help="With --days 0: it lasts for ever.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Make an API key and print it, once: the store keeps only its digest.

    Example: twin key add gis-desktop --role viewer --scope read --days 90
    """
    from twin.api.keys import NewKey, add_api_key, read_key  # noqa: PLC0415

    new = NewKey(name, role, tuple(scope or ()), _lasting(days, never_expires=never_expires))
    with people_store() as (store, actor):
        key = add_api_key(store, new, by=actor)
        made = read_key(store, name)._asdict()
    if as_json:
        print_json(plain({"key": key} | made))
    else:
        typer.echo(key)
        say(f"key {name!r} of role {role} ends {shown(made['expires_at']) or 'never'}")


@key_app.command("list")
def list_all_keys(*, as_json: JsonOption = False) -> None:
    """List the API keys, those that have ended too.

    Example: twin key list --json
    """
    from twin.api.keys import list_keys  # noqa: PLC0415

    with people_store() as (store, _actor):
        found = [key._asdict() for key in list_keys(store)]
    columns = ("name", "prefix", "role", "scopes", "expires_at", "last_used_at", "revoked_at")
    tell_all(found, columns, as_json=as_json)


@key_app.command()
def revoke(name: KeyArgument, *, as_json: JsonOption = False) -> None:
    """End an API key for good; a running service follows within two seconds.

    Example: twin key revoke gis-desktop
    """
    from twin.api.keys import revoke_key  # noqa: PLC0415

    with people_store() as (store, actor):
        ended = revoke_key(store, name, by=actor)._asdict()
    if as_json:
        print_json(plain(ended))
    else:
        say(f"key {name!r} is revoked")


def _lasting(days: int, *, never_expires: bool) -> int | None:
    from twin.api.keys import MOST_DAYS  # noqa: PLC0415

    if never_expires and days == 0:
        return None
    if never_expires:
        raise typer.BadParameter(f"--days {days}: expected 0 with --never-expires")
    if not 1 <= days <= MOST_DAYS:
        raise typer.BadParameter(
            f"--days {days}: expected 1 to {MOST_DAYS}, or 0 with --never-expires"
        )
    return days
