"""``twin crs``: what a coordinate system is, from one to another, and what is wrong in a file."""

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from twin.cli.printing import print_json, say

if TYPE_CHECKING:  # commands load only what they need
    from collections.abc import Iterator

    from spatial.local_systems import Declared

app = typer.Typer(help="Coordinate systems: explain, convert, check.", no_args_is_help=True)

_GOOD, _FINDINGS, _REFUSED = 0, 1, 2
_NUMBERS = {"ignore_unknown_options": True}  # -0.5 is a number, not an option
_OWN_FILE = "coordinate_systems.toml"

SystemsOption = Annotated[
    Path | None,
    typer.Option("--systems", help=f"Local systems; {_OWN_FILE} of the state folder if not said."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="EPSG:n, gcj02, bd09, wgs84, cgcs2000, a local one.")],
    *,
    systems: SystemsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say what a coordinate system is and how well it leads to WGS 84.

    Example: twin crs show EPSG:4547
    """
    from spatial.conversion import system_called  # noqa: PLC0415 - read only when asked
    from twin.cli.crs_shown import document, lines  # noqa: PLC0415

    with _refusals(as_json=as_json):
        shown = document(system_called(name, _declared(systems)))
    if as_json:
        print_json(shown)
        return
    for line in lines(shown):
        typer.echo(line)
    for warning in shown["warnings"]:
        say(f"warning: {warning}")


@app.command(context_settings=_NUMBERS)
def convert(  # noqa: PLR0913 - each is an option of the command
    numbers: Annotated[
        list[str] | None, typer.Argument(help="X Y, or X Y Z: east first, then north, then up.")
    ] = None,
    *,
    source: Annotated[str, typer.Option("--from", help="System of the coordinates.")],
    target: Annotated[str, typer.Option("--to", help="System wanted.")],
    file: Annotated[
        Path | None, typer.Option("--file", help="Many points: a CSV file, or - for input.")
    ] = None,
    columns: Annotated[
        str, typer.Option(help="Names of the columns: x,y or x,y,z; told by the header if absent.")
    ] = "",
    anywhere: Annotated[
        bool, typer.Option("--anywhere", help="Take points outside the areas of use too.")
    ] = False,
    systems: SystemsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Convert points; exit code 1 if some are refused, 2 if all are.

    Example: twin crs convert --from gcj02 --to EPSG:4547 113.9420 22.7465
    """
    from spatial.conversion import system_called  # noqa: PLC0415
    from twin.cli import crs_converted, crs_points  # noqa: PLC0415

    with _refusals(as_json=as_json):
        declared = _declared(systems)
        way = system_called(source, declared), system_called(target, declared)
        table = crs_points.points_of(numbers or [], file, columns)
        found = crs_converted.convert_table(table, way, declared.heights, anywhere=anywhere)
    if as_json:
        print_json(found.as_dict())
    else:
        for line in crs_converted.lines(table, found):
            typer.echo(line)
        for sentence in found.sentences():
            say(sentence)
    raise typer.Exit(_exit_code(len(found.points), len(found.refused)))


@app.command()
def check(  # noqa: PLR0913 - each is an option of the command
    file: Annotated[Path, typer.Argument(help="File of features or of a model.")],
    *,
    crs: Annotated[
        str | None, typer.Option(help="System, if the file does not say or errs.")
    ] = None,
    reference: Annotated[
        Path | None, typer.Option(help="File of the same things whose place is right.")
    ] = None,
    reference_crs: Annotated[str | None, typer.Option(help="Its system, if it errs.")] = None,
    key: Annotated[
        str | None, typer.Option(help="Column that says which points of both are the same.")
    ] = None,
    area: Annotated[
        str | None, typer.Option(help="Where all should lie, in degrees: W,S,E,N.")
    ] = None,
    layer: Annotated[str | None, typer.Option(help="Which, of a file with several.")] = None,
    columns: Annotated[str, typer.Option(help="Columns of a CSV file: x,y.")] = "",
    systems: SystemsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Look for accidents of coordinates; exit code 1 if there are any, 2 if it cannot be read.

    Example: twin crs check wells.csv --crs EPSG:4547 --area 113.8,22.6,114.1,22.9
    """
    from twin.cli.crs_checked import Order, check_file  # noqa: PLC0415

    with _refusals(as_json=as_json):
        order = Order(file, crs, reference, reference_crs, key, area, layer, columns)
        found = check_file(order, _declared(systems))
    if as_json:
        print_json(found)
    else:
        for finding in found["findings"]:
            typer.echo(f"{', '.join(finding['accidents'])}: {finding['sentence']}")
        for sentence in [*found["refused"], *found["warnings"]]:
            say(sentence)
        if not found["findings"]:
            say(f"{found['points']:,} points of {found['crs']}: no accident found")
    raise typer.Exit(_FINDINGS if found["findings"] or found["refused"] else _GOOD)


@contextmanager
def _refusals(*, as_json: bool) -> "Iterator[None]":
    """End with one sentence for each mistake of what was typed or of a file."""
    from spatial.conversion import UnknownSystemError  # noqa: PLC0415
    from spatial.crs import CheckCoordinatesError  # noqa: PLC0415
    from spatial.files import FileRefusedError  # noqa: PLC0415
    from spatial.heights import HeightDatumError  # noqa: PLC0415
    from spatial.local_systems import LocalSystemError  # noqa: PLC0415
    from twin.cli.crs_points import PointsRefusedError  # noqa: PLC0415

    try:
        yield
    except LocalSystemError as error:
        mistakes = error.mistakes
    except OSError as error:
        mistakes = (f"{error.filename}: {error.strerror}",)
    except (
        CheckCoordinatesError,
        FileRefusedError,
        HeightDatumError,
        PointsRefusedError,
        UnknownSystemError,
    ) as error:
        mistakes = (str(error),)
    else:
        return
    if as_json:
        print_json({"error": "; ".join(mistakes)})
    else:
        for mistake in mistakes:
            say(f"twin: {mistake}")
    raise typer.Exit(_REFUSED)


def _declared(systems: Path | None) -> "Declared":
    from spatial.local_systems import NOTHING_DECLARED, read_systems  # noqa: PLC0415
    from twin.app.settings import state_folder  # noqa: PLC0415

    own = state_folder() / _OWN_FILE
    if systems is None and not own.is_file():
        return NOTHING_DECLARED
    return read_systems(systems or own)


def _exit_code(taken: int, refused: int) -> int:
    if not refused:
        return _GOOD
    return _FINDINGS if taken else _REFUSED
