"""``twin registry``: the register's health, and what it said before. Nothing here changes it."""

from contextlib import contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from twin.cli import registry_tables as tables
from twin.cli.printing import print_json, say

if TYPE_CHECKING:  # commands load only what they need
    from collections.abc import Iterator

    from data.registry.health import Check
    from twin.app.registry import Connection, Moment
    from twin.codes import EntityCode

app = typer.Typer(help="Health and history of the register.", no_args_is_help=True)

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
CodeOption = Annotated[
    str | None, typer.Option("--code", help="An entity and its parts: 16 digits, or as printed.")
]
MomentHelp = "Instant (ISO 8601, UTC+8 without a zone) or number of a change set."


class Grouping(StrEnum):
    """What coverage can be told by."""

    CLASS = "class"
    SUB_DISTRICT = "sub_district"


@app.command()
def check(
    *,
    sample: Annotated[int, typer.Option(min=0, max=10_000, help="Examples of each check.")] = 3,
    only: Annotated[
        list[str] | None, typer.Option(help="Id of a check; may be given again.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Say what is wrong with the register; exit code 1 if something of severity error is.

    Example: twin registry check --only no-place --sample 20
    """
    from data.device_types import load_types  # noqa: PLC0415 - read only when asked
    from data.registry.health import run_checks  # noqa: PLC0415
    from twin.app import settings as app_settings  # noqa: PLC0415

    wanted = _checks(only)
    types = load_types(app_settings.state_folder() / "device_types")
    with _register() as connection:
        results = list(run_checks(connection, wanted, sample, types))
    healthy = not any(result.is_error for result in results)
    if as_json:
        print_json({"healthy": healthy, "checks": [result.as_dict() for result in results]})
    else:
        tables.tell_health(results)
    raise typer.Exit(0 if healthy else 1)


@app.command()
def coverage(
    *,
    by: Annotated[Grouping | None, typer.Option(help="Tell it for each of these too.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Say how much of the register has a place, steward, owner, link and model; target 100 %.

    Example: twin registry coverage --by class
    """
    from data.registry.health import coverage as find_coverage  # noqa: PLC0415

    with _register() as connection:
        found = find_coverage(connection, by)
    if as_json:
        print_json({"target": 1.0, "groups": [group.as_dict() for group in found]})
    else:
        tables.tell_coverage(found)


@app.command()
def history(
    code: Annotated[str, typer.Argument(help="Entity code: 16 digits, or as printed.")],
    *,
    as_of: Annotated[str | None, typer.Option(help="Tell the state at this instant.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Say who changed an entity when and why, and where its code leads if it has ended.

    Example: twin registry history 440311-8202-000001-8 --as-of 2026-05-01
    """
    from twin.app import registry  # noqa: PLC0415

    with _register() as connection:
        entity = _code(code)
        if as_of is None:
            past = registry.past_of(connection, int(entity))
            document, tell = tables.past_document(entity, past), tables.tell_past
        else:
            instant = registry.parse_instant(as_of)
            state = registry.state_as_of(connection, int(entity), instant)
            document, tell = tables.state_document(entity, instant, state), tables.tell_state
    if as_json:
        print_json(tables.plain(document))
    else:
        tell(document)


@app.command()
def diff(
    *,
    start: Annotated[str | None, typer.Option("--from", help=MomentHelp)] = None,
    end: Annotated[str | None, typer.Option("--to", help=f"{MomentHelp} Now if absent.")] = None,
    code: CodeOption = None,
    klass: Annotated[str | None, typer.Option("--class", help="Four digits of a class.")] = None,
    model: Annotated[
        str | None,
        typer.Option(help="What a model named; alone: between its last two imports."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Say what changed between two moments.

    Example: twin registry diff --from 2026-05-01 --code 440311-8101-000001-7
    """
    from twin.app import registry  # noqa: PLC0415

    with _register() as connection:
        entity = None if code is None else int(_code(code))
        before, after = _moments(connection, start, end, model)
        found = registry.differences(
            connection, before, after, code=entity, klass=klass, model=model
        )
    document = tables.difference_document(before, after, found)
    if as_json:
        print_json(tables.plain(document))
    else:
        tables.tell_difference(document)


@contextmanager
def _register() -> "Iterator[Connection]":
    """Give a connection that only reads; say what was wrong with a question and end with 2."""
    from twin.app import registry  # noqa: PLC0415
    from twin.app import settings as app_settings  # noqa: PLC0415
    from twin.app.failures import BAD_INPUT  # noqa: PLC0415

    try:
        with registry.reading(app_settings.load()) as connection:
            yield connection
    except (*BAD_INPUT, registry.InvalidMomentError) as error:
        say(f"twin: {error}")
        raise typer.Exit(2) from None


def _checks(only: list[str] | None) -> "list[Check]":
    from data.registry.health import CHECKS  # noqa: PLC0415

    for name in only or ():
        if name not in CHECKS:
            raise typer.BadParameter(f"check {name!r}: expected one of {', '.join(CHECKS)}")
    return [found for name, found in CHECKS.items() if not only or name in only]


def _moments(
    connection: "Connection", start: str | None, end: str | None, model: str | None
) -> "tuple[Moment, Moment]":
    from twin.app import registry  # noqa: PLC0415

    if start is None and end is None and model is not None:
        return registry.last_two_imports(connection, model)
    if start is None:
        raise typer.BadParameter("expected --from, or --model alone")
    after = registry.newest(connection) if end is None else registry.find_moment(connection, end)
    return registry.find_moment(connection, start), after


def _code(text: str) -> "EntityCode":
    from twin.codes import EntityCode  # noqa: PLC0415

    return EntityCode.parse_printed(text)
