"""``twin import``: a file of features into the register, compared first or written at once."""

import re
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from twin.app import settings as app_settings
from twin.cli.printing import print_json, say

if TYPE_CHECKING:  # commands load only what they need
    from collections.abc import Iterator

    from data.importing import ImportReport
    from data.importing import Progress as Told
    from spatial.files import Inspection, RefusedRow
    from twin.app.importing import ImportOrder

_SHOWN = 20
_VARYING = re.compile(r"'[^']*'|-?[0-9][0-9.]*")
"""What differs between sentences that say the same of two rows."""
_ROWS_NAMED = 5
_TAKEN, _PARTLY, _REFUSED, _INTERRUPTED = 0, 1, 2, 130

FileArgument = Annotated[
    Path, typer.Argument(help="CSV, GeoJSON, GeoPackage or Shapefile (.shp or zipped).")
]
MapOption = Annotated[
    Path | None, typer.Option("--map", help="TOML file that says what the columns are.")
]
InspectOption = Annotated[
    bool, typer.Option("--inspect", help="Only say what the file holds; needs no service.")
]
DryRunOption = Annotated[
    bool, typer.Option("--dry-run", help="Compare with the register and write nothing.")
]
CountyOption = Annotated[
    str | None, typer.Option(help="For codes of what lies in no county that the table knows.")
]
StrictOption = Annotated[
    bool, typer.Option("--strict", help="Take nothing if a single row is refused.")
]
ReportOption = Annotated[
    Path | None, typer.Option(help="File for the outcome of every row, .csv or .json.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def import_file(  # noqa: PLR0913 - each is an option of the command
    file: FileArgument,
    *,
    mapping: MapOption = None,
    inspect: InspectOption = False,
    dry_run: DryRunOption = False,
    county: CountyOption = None,
    strict: StrictOption = False,
    report: ReportOption = None,
    as_json: JsonOption = False,
) -> None:
    """Import a file into the register; exit code 1 if rows are refused, 2 if nothing is taken.

    Example: twin import buildings.gpkg --map buildings.toml --dry-run
    """
    if inspect:
        _inspect(file, as_json=as_json)
    if mapping is None:
        _refuse("no map: expected --map MAP.toml, or --inspect")
    if report is not None and report.suffix.lower() not in {".csv", ".json"}:
        _refuse(f"--report {str(report)!r}: expected a name that ends in .csv or .json")
    from twin.app.actor import command_line_actor  # noqa: PLC0415
    from twin.app.importing import ImportOrder  # noqa: PLC0415

    found = _import(
        ImportOrder(
            file=file,
            mapping=mapping,
            county=county,
            dry_run=dry_run,
            strict=strict,
            actor=command_line_actor(),
        )
    )
    _tell(found, report, as_json=as_json)
    raise typer.Exit(_exit_code(found))


def _inspect(file: Path, *, as_json: bool) -> NoReturn:
    from spatial.models import inspect  # noqa: PLC0415

    found = inspect(file)
    if as_json:
        print_json(found.as_dict())
    elif found.error is None:
        _describe(found)
    for sentence in found.warnings if not as_json else ():
        say(sentence)
    if found.error is not None and not as_json:
        say(f"twin: {found.error}")
    raise typer.Exit(_TAKEN if found.error is None else _REFUSED)


def _describe(found: "Inspection") -> None:
    out = _out()
    out.print(f"{found.format} {found.schema or ''}".strip(), markup=False)
    if found.bounds:
        west, south, east, north = found.bounds
        out.print(f"{west:.5f} to {east:.5f} E, {south:.5f} to {north:.5f} N")
    for layer in found.layers:
        kinds = ", ".join(f"{count:,} {kind}" for kind, count in layer.counts.items())
        heading = f"\nlayer {layer.name}: {layer.rows:,} rows, {layer.crs or 'no CRS'} ({kinds})"
        out.print(heading, markup=False)
        table = _table("column", "type", "filled", "example")
        for each in layer.fields:
            table.add_row(each.name, each.type, f"{each.filled:,}", each.example or "")
        out.print(table)


def _import(order: "ImportOrder") -> "ImportReport":
    from data.connection import StoreUnavailableError  # noqa: PLC0415 - only what is needed
    from data.importing import ImportMapError, UnknownCountyError  # noqa: PLC0415
    from data.registry import ChangeRefusedError, CodesExhaustedError  # noqa: PLC0415
    from spatial.files import FileRefusedError  # noqa: PLC0415
    from twin.app.importing import import_file as import_into  # noqa: PLC0415

    try:
        with _progress() as progress:
            return import_into(app_settings.load(), order, progress, say)
    except ImportMapError as error:
        _refuse(*error.mistakes)
    except (
        ChangeRefusedError,
        CodesExhaustedError,
        FileRefusedError,
        OSError,
        StoreUnavailableError,
        UnknownCountyError,
        app_settings.SettingsError,
    ) as error:
        _refuse(str(error))
    except KeyboardInterrupt:
        say("twin: interrupted, the register is as it was")
        raise typer.Exit(_INTERRUPTED) from None


@contextmanager
def _progress() -> "Iterator[Told]":
    """Show on a terminal how far it is; say nothing elsewhere."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[rows]}"),
        TimeElapsedColumn(),
    )
    console = Console(stderr=True)
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as shown:
        task = shown.add_task("starting", total=None, rows="")

        def told(what: str, done: int, total: int) -> None:
            rows = f"{done:,} of {total:,}" if total else ""
            shown.update(task, description=what, completed=done, total=total or None, rows=rows)

        yield told


def _tell(found: "ImportReport", file: Path | None, *, as_json: bool) -> None:
    if file is not None:
        from data.importing import write_report  # noqa: PLC0415

        try:
            write_report(found, file)
        except OSError as error:
            say(f"twin: the report is not written: {error}")
    if as_json:
        print_json(found.as_dict())
        return
    out = _out()
    out.print(_heading(found), markup=False)
    table = _table("", "rows")
    for name, count in found.counts().items():
        table.add_row(name.replace("_", " "), f"{count:,}")
    out.print(table)
    _list_changes(found)
    for code, name, authority in found.conflicts[:_SHOWN]:
        out.print(f"{code}: {name} is {authority!r}'s to say, kept as a conflict", markup=False)
    for sentence in found.warnings:
        say(f"warning: {sentence}")
    _list_refused(found)


def _heading(found: "ImportReport") -> str:
    if found.refusal:
        return f"{found.file}: nothing was taken: {found.refusal}"
    if found.dry_run:
        return f"{found.file} as a state of {found.model}: what an import would do"
    if found.change_set is None:
        refused = found.counts()["refused"]
        return f"{found.file}: nothing changed" + ("" if refused else ", all of it stands already")
    return f"{found.file} as a state of {found.model}: change set {found.change_set}"


def _list_changes(found: "ImportReport") -> None:
    out = _out()
    rows = list(found.of("changed", "reinstated", "retired"))
    for row in rows[:_SHOWN]:
        who = f"row {row.row} ({row.key}), entity" if row.row is not None else "entity"
        out.print(f"{who} {row.code} {row.outcome}: {row.detail}", markup=False)
    _list_more(len(rows))


def _list_refused(found: "ImportReport") -> None:
    """Print each kind of reason once, with the rows that it is of."""
    kinds: dict[str, list[RefusedRow]] = {}
    for refused in found.refused():
        kinds.setdefault(_VARYING.sub("#", refused.reason), []).append(refused)
    for alike in list(kinds.values())[:_SHOWN]:
        named = ", ".join(str(refused.row) for refused in alike[:_ROWS_NAMED])
        more = f" and {len(alike) - _ROWS_NAMED:,} more" if len(alike) > _ROWS_NAMED else ""
        rows = f"row {named}" if len(alike) == 1 else f"rows {named}{more}"
        others = "" if len({refused.reason for refused in alike}) == 1 else ", the first because"
        _out().print(f"{rows} refused{others}: {alike[0].reason}", markup=False)
    _list_more(len(kinds))


def _list_more(count: int) -> None:
    if count > _SHOWN:
        _out().print(f"… and {count - _SHOWN:,} more: --report FILE has them all", markup=False)


def _exit_code(found: "ImportReport") -> int:
    if found.refusal:
        return _REFUSED
    return _PARTLY if found.counts()["refused"] else _TAKEN


def _refuse(*sentences: str) -> NoReturn:
    for sentence in sentences:
        say(f"twin: {sentence}")
    raise typer.Exit(_REFUSED)


def _out() -> Console:
    return Console(file=sys.stdout, highlight=False, soft_wrap=True)


def _table(*headings: str) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in headings:
        table.add_column(heading, justify="right" if heading in {"rows", "filled"} else "left")
    return table
