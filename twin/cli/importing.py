"""``twin import``: a file or model into the register, compared first or written at once."""

from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, NoReturn, TypeVar

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from twin.app import settings as app_settings
from twin.cli import import_report
from twin.cli.import_report import REFUSED, TAKEN
from twin.cli.printing import print_json, say

if TYPE_CHECKING:  # commands load only what they need
    from collections.abc import Callable, Iterator

    from data.importing import ImportReport
    from data.importing import Progress as Told
    from data.models import ModelReport
    from spatial.files import Inspection
    from spatial.models import ModelFormat

_INTERRUPTED = 130
Found = TypeVar("Found")

FileArgument = Annotated[
    Path,
    typer.Argument(
        help="CSV, GeoJSON, GeoPackage or Shapefile (.shp or zipped); or a model: IFC, CityJSON, "
        "CityGML, OSM PBF, SWMM or EPANET, 3D Tiles (also a folder), GeoTIFF."
    ),
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
ModelOption = Annotated[
    str | None,
    typer.Option("--model", help="Name of the model that the file is a state of: its stem."),
]
SourceOption = Annotated[
    str | None,
    typer.Option("--source", help="Of a model: system or department whose word it is."),
]
CrsOption = Annotated[
    str | None,
    typer.Option("--crs", help="Of a model that does not say its own, e.g. EPSG:4547."),
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
    model: ModelOption = None,
    source: SourceOption = None,
    crs: CrsOption = None,
    county: CountyOption = None,
    strict: StrictOption = False,
    report: ReportOption = None,
    as_json: JsonOption = False,
) -> None:
    """Import a file into the register; exit code 1 if rows are refused, 2 if nothing is taken.

    Example: twin import buildings.gpkg --map buildings.toml --dry-run
    Example: twin import school.ifc --source "housing bureau"
    """
    if inspect:
        _inspect(file, as_json=as_json)
    file = _entry(file)
    if report is not None and report.suffix.lower() not in {".csv", ".json"}:
        _refuse(f"--report {str(report)!r}: expected a name that ends in .csv or .json")
    said = _Said(file, county, dry_run, strict)
    if (form := _model_format(file)) is not None:
        if mapping is not None:
            _refuse(f"--map: for files of features, and {file.name!r} is {form.name}")
        modelled = _import_model(said, form, model or _default_name(file), source, crs)
        _end(modelled.entities, report, modelled.as_dict, modelled, as_json=as_json)
    given = {"--model": model, "--source": source, "--crs": crs}
    if of_models := [name for name, value in given.items() if value is not None]:
        _refuse(f"{', '.join(of_models)}: for models; of features the map says it")
    if mapping is None:
        _refuse("no map: expected --map MAP.toml, or --inspect")
    found = _import_features(said, mapping)
    _end(found, report, found.as_dict, as_json=as_json)


class _Said(NamedTuple):
    """What is said of every import."""

    file: Path
    county: str | None
    dry_run: bool
    strict: bool


def _entry(file: Path) -> Path:
    from spatial.files import FileRefusedError  # noqa: PLC0415
    from spatial.models import entry_of  # noqa: PLC0415

    try:
        return entry_of(file)
    except FileRefusedError as error:
        _refuse(str(error))


def _model_format(file: Path) -> "ModelFormat | None":
    from spatial.files import FileRefusedError  # noqa: PLC0415
    from spatial.models import format_of  # noqa: PLC0415

    try:
        return format_of(file)
    except FileRefusedError as error:
        _refuse(str(error))


def _default_name(file: Path) -> str:
    """Return the file's stem; all tilesets are called alike, so theirs is that of the folder."""
    folder = file.absolute().parent.name
    return folder if file.name == "tileset.json" and folder else file.stem


def _import_model(
    said: _Said, form: "ModelFormat", name: str, source: str | None, crs: str | None
) -> "ModelReport":
    from twin.app.actor import command_line_actor  # noqa: PLC0415
    from twin.app.importing_models import ModelOrder, import_model  # noqa: PLC0415

    order = ModelOrder(
        **said._asdict(),
        form=form,
        name=name,
        source=source or name,
        crs=crs,
        actor=command_line_actor(),
    )
    return _run(lambda progress: import_model(app_settings.load(), order, progress, say))


def _import_features(said: _Said, mapping: Path) -> "ImportReport":
    from twin.app.actor import command_line_actor  # noqa: PLC0415
    from twin.app.importing import ImportOrder  # noqa: PLC0415
    from twin.app.importing import import_file as import_into  # noqa: PLC0415

    order = ImportOrder(**said._asdict(), mapping=mapping, actor=command_line_actor())
    return _run(lambda progress: import_into(app_settings.load(), order, progress, say))


def _end(
    found: "ImportReport",
    report: Path | None,
    as_dict: "Callable[[], dict[str, Any]]",
    model: "ModelReport | None" = None,
    *,
    as_json: bool,
) -> NoReturn:
    if report is not None:
        import_report.write(found, report)
    if as_json:
        print_json(as_dict())
    else:
        _tell(found, model)
    raise typer.Exit(import_report.exit_code(found))


def _tell(found: "ImportReport", model: "ModelReport | None") -> None:
    if model is None:
        import_report.tell(found)
        return
    elements = model.elements if any(model.elements) else None
    if elements is None or not elements.differ():
        found = replace(found, change_set=model.change_set)
    import_report.tell(found, elements)
    if model.files is not None and any(model.files):
        counts = ", ".join(f"{count:,} {name}" for name, count in model.files._asdict().items())
        import_report.console().print(f"files to be served: {counts}")


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
    raise typer.Exit(TAKEN if found.error is None else REFUSED)


def _describe(found: "Inspection") -> None:
    out = import_report.console()
    out.print(f"{found.format} {found.schema or ''}".strip(), markup=False)
    if found.crs:
        out.print(found.crs, markup=False)
    if found.bounds:
        west, south, east, north = found.bounds
        out.print(f"{west:.5f} to {east:.5f} E, {south:.5f} to {north:.5f} N")
    if not found.layers and found.counts:
        counts = import_report.table("class", "elements")
        for name, count in found.counts.items():
            counts.add_row(name, f"{count:,}")
        out.print(counts)
    for layer in found.layers:
        kinds = ", ".join(f"{count:,} {kind}" for kind, count in layer.counts.items())
        heading = f"\nlayer {layer.name}: {layer.rows:,} rows, {layer.crs or 'no CRS'} ({kinds})"
        out.print(heading, markup=False)
        table = import_report.table("column", "type", "filled", "example")
        for each in layer.fields:
            table.add_row(each.name, each.type, f"{each.filled:,}", each.example or "")
        out.print(table)


def _run(work: "Callable[[Told], Found]") -> "Found":
    """Do an import with its progress shown, or end with a sentence and exit code 2."""
    from data.connection import StoreUnavailableError  # noqa: PLC0415 - only what is needed
    from data.importing import ImportMapError, UnknownCountyError  # noqa: PLC0415
    from data.registry import ChangeRefusedError, CodesExhaustedError  # noqa: PLC0415
    from spatial.files import FileRefusedError  # noqa: PLC0415

    try:
        with _progress() as progress:
            return work(progress)
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


def _refuse(*sentences: str) -> NoReturn:
    for sentence in sentences:
        say(f"twin: {sentence}")
    raise typer.Exit(REFUSED)
