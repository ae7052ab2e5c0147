"""What ``twin user`` and ``twin key`` have in common: the store, who writes, and lists."""

from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

import typer

from twin.cli.printing import print_json, say

if TYPE_CHECKING:  # commands load only what they need
    from collections.abc import Iterator

    from twin.api.actor_log import Connection


@contextmanager
def people_store() -> "Iterator[tuple[Connection, str]]":
    """Give a transaction of the store and who it is by; say what was refused and end with 2."""
    from data.connection import connect  # noqa: PLC0415
    from twin.api.accounts import REFUSALS  # noqa: PLC0415
    from twin.app import settings as app_settings  # noqa: PLC0415
    from twin.app.actor import command_line_actor  # noqa: PLC0415

    try:
        with connect(app_settings.load().store_url, name="citytwin command line") as connection:
            yield connection, command_line_actor()
    except REFUSALS as error:
        say(f"twin: {error}")
        raise typer.Exit(2) from None


def tell_all(rows: list[dict[str, Any]], columns: tuple[str, ...], *, as_json: bool) -> None:
    """Print rows whole as JSON, or some of their columns for people."""
    if as_json:
        print_json([plain(row) for row in rows])
        return
    lines = [columns, *(tuple(shown(row[column]) for column in columns) for row in rows)]
    widths = [max(map(len, cells)) for cells in zip(*lines, strict=True)]
    for line in lines:
        cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        typer.echo("  ".join(cells).rstrip())


def plain(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row as JSON can hold it."""
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in row.items()
    }


def shown(value: object) -> str:
    """Return a value as people read it: local time, empty for none and no."""
    if isinstance(value, datetime):
        return value.astimezone().isoformat(timespec="minutes")
    if isinstance(value, list):
        return ",".join(map(str, value))
    if value is None or isinstance(value, bool):
        return "yes" if value else ""
    return str(value)
