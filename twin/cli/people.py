"""``twin user``: the accounts of people. Each change is logged with who made it."""

import sys
from typing import Annotated, Any

import typer

from twin.cli.actors import people_store, plain, shown, tell_all
from twin.cli.printing import print_json, say
from twin.cli.program_keys import key_app

__all__ = ["key_app", "user_app"]

user_app = typer.Typer(help="Accounts of people.", no_args_is_help=True)

NameArgument = Annotated[str, typer.Argument(help="Name of the account.")]
RoleOption = Annotated[
    str,
    typer.Option(help="viewer, operator, dispatcher, field, steward or administrator."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
StdinOption = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from standard input.")
]
GenerateOption = Annotated[bool, typer.Option("--generate", help="Make a password and print it.")]


@user_app.command("add")
def add_user(
    name: NameArgument,
    *,
    role: RoleOption,
    password_stdin: StdinOption = False,
    generate: GenerateOption = False,
    as_json: JsonOption = False,
) -> None:
    """Make an account; asks for its password twice where nothing else is said.

    Example: twin user add li --role operator
    """
    from twin.api.accounts import add_account  # noqa: PLC0415 - commands load only what they need

    password = _password(from_stdin=password_stdin, generate=generate)
    with people_store() as (store, actor):
        made = add_account(store, name, password, role, by=actor)
    told = {"password": password} if generate else {}
    _tell_account(made._asdict() | told, as_json=as_json)


@user_app.command("list")
def list_users(*, as_json: JsonOption = False) -> None:
    """List the accounts.

    Example: twin user list --json
    """
    from twin.api.accounts import list_accounts  # noqa: PLC0415

    with people_store() as (store, _actor):
        found = [account._asdict() for account in list_accounts(store)]
    tell_all(found, ("username", "role", "disabled", "locked_until"), as_json=as_json)


@user_app.command()
def disable(name: NameArgument, *, as_json: JsonOption = False) -> None:
    """Let nobody sign in to an account any more.

    Example: twin user disable li
    """
    _change(name, as_json=as_json, disabled=True)


@user_app.command()
def enable(name: NameArgument, *, as_json: JsonOption = False) -> None:
    """Let people sign in to an account again.

    Example: twin user enable li
    """
    _change(name, as_json=as_json, disabled=False)


@user_app.command()
def unlock(name: NameArgument, *, as_json: JsonOption = False) -> None:
    """End the lock that too many wrong passwords have put on an account.

    Example: twin user unlock li
    """
    _change(name, as_json=as_json, unlock=True)


@user_app.command("role")
def change_role(
    name: NameArgument,
    role: Annotated[str, typer.Argument(help="The new role.")],
    *,
    as_json: JsonOption = False,
) -> None:
    """Give an account another role.

    Example: twin user role li dispatcher
    """
    _change(name, as_json=as_json, role=role)


@user_app.command("password")
def change_password(
    name: NameArgument,
    *,
    password_stdin: StdinOption = False,
    generate: GenerateOption = False,
    as_json: JsonOption = False,
) -> None:
    """Give an account another password; the old one ends at once.

    Example: twin user password li --generate
    """
    password = _password(from_stdin=password_stdin, generate=generate)
    told = {"password": password} if generate else {}
    _change(name, as_json=as_json, told=told, password=password)


def _change(name: str, *, as_json: bool, told: dict[str, Any] | None = None, **what: Any) -> None:  # noqa: ANN401 - the fields of AccountChange
    from twin.api.accounts import AccountChange, change_account  # noqa: PLC0415

    with people_store() as (store, actor):
        changed = change_account(store, name, AccountChange(**what), by=actor)
    _tell_account(changed._asdict() | (told or {}), as_json=as_json)


def _password(*, from_stdin: bool, generate: bool) -> str:
    from twin.api.passwords import new_password  # noqa: PLC0415

    if generate:
        return new_password()
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise typer.BadParameter("expected --password-stdin or --generate where no terminal is")
    asked: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    return asked


def _tell_account(account: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(plain(account))
        return
    if "password" in account:
        typer.echo(account["password"])
    state = "disabled" if account["disabled"] else "enabled"
    locked = shown(account["locked_until"])
    more = f", locked until {locked}" if locked else ""
    say(f"account {account['username']!r} is {account['role']}, {state}{more}")
