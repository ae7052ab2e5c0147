"""``twin trace``: water followed through a network of pipes and rivers."""

import json
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from twin.cli.actors import tell_all
from twin.cli.printing import print_json, say

if TYPE_CHECKING:  # commands load only what they need
    from collections.abc import Iterator

    import pandas as pd

    from data.networks.answers import Direction
    from spatial.networks.graph import Graph

app = typer.Typer(help="Water followed through a network.", no_args_is_help=True)

NodeArgument = Annotated[
    str, typer.Argument(help="Entity code, bare or as printed, or the key that a model gives it.")
]
NetworkOption = Annotated[
    str, typer.Option("--network", help="The register's own, or the name of a model of pipes.")
]
MostOption = Annotated[int, typer.Option("--most", min=1, help="So many nodes, the nearest.")]
GeojsonOption = Annotated[
    Path | None, typer.Option("--geojson", help="Write it to a file as GeoJSON, too.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]

_REGISTER = "register"
_STEP = ("key", "kind", "via", "distance_m", "travel_s")


@app.command()
def down(
    node: NodeArgument,
    *,
    network: NetworkOption = _REGISTER,
    most: MostOption = 1000,
    geojson: GeojsonOption = None,
    as_json: JsonOption = False,
) -> None:
    """Follow the water from a node, with distances and travel times.

    Example: twin trace down 4403110103000127
    """
    _follow(node, "down", network, most, geojson, as_json=as_json)


@app.command()
def up(
    node: NodeArgument,
    *,
    network: NetworkOption = _REGISTER,
    most: MostOption = 1000,
    geojson: GeojsonOption = None,
    as_json: JsonOption = False,
) -> None:
    """Follow the water against its course: what can come to a node.

    Example: twin trace up 4403118302000001 --geojson upstream.geojson
    """
    _follow(node, "up", network, most, geojson, as_json=as_json)


@app.command()
def way(
    node: NodeArgument,
    goal: NodeArgument,
    *,
    network: NetworkOption = _REGISTER,
    geojson: GeojsonOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the shortest way of the water from node to node; exit code 1 if there is none.

    Example: twin trace way 4403110103000127 4403118302000001
    """
    from data.networks import answers  # noqa: PLC0415 - commands load only what they need

    with _graph(network) as (graph, crs):
        found = answers.way(graph, crs, node, goal)
        if geojson is not None:
            _write(geojson, answers.way(graph, crs, node, goal, drawn=True))
    if as_json:
        print_json(found)
    elif found["steps"]:
        tell_all(found["steps"], _STEP, as_json=False)
        typer.echo(
            f"{_or_unknown(found['distance_m'], 'm')}, {_or_unknown(found['travel_s'], 's')}"
        )
    else:
        say(f"no way leads from {node} to {goal}")
    raise typer.Exit(0 if found["steps"] else 1)


@app.command()
def outfalls(
    node: NodeArgument, *, network: NetworkOption = _REGISTER, as_json: JsonOption = False
) -> None:
    """Say where the water of a node leaves the network; exit code 1 if nowhere.

    Example: twin trace outfalls 4403110103000127
    """
    from data.networks import answers  # noqa: PLC0415

    with _graph(network) as (graph, _crs):
        found = answers.outfalls_of(graph, node)
    if as_json:
        print_json(found)
    elif found["outfalls"]:
        tell_all([found], ("nearest", "distance_m", "travel_s", "outfalls"), as_json=False)
    else:
        say(f"no outfall: the water of {node} leaves the network nowhere")
    raise typer.Exit(0 if found["outfalls"] else 1)


@app.command()
def check(*, network: NetworkOption = _REGISTER, as_json: JsonOption = False) -> None:
    """List what is odd: flow against the slope, orphans, smaller pipes downstream and so on.

    Exit code 1 if anything is.

    Example: twin trace check --network "old town"
    """
    from data.networks import answers  # noqa: PLC0415

    with _graph(network) as (graph, _crs):
        found = answers.what_is_odd(graph)
    tell_all(found, ("kind", "sentence"), as_json=as_json)
    raise typer.Exit(1 if found else 0)


@app.command()
def sources(
    readings: Annotated[
        Path, typer.Argument(help="CSV with columns node, observed_at (with zone) and value.")
    ],
    *,
    network: NetworkOption = _REGISTER,
    most: Annotated[int, typer.Option("--most", min=1, help="So many nodes.")] = 10,
    released: Annotated[
        tuple[str, str] | None,
        typer.Option(help="Between which instants, with zone, the release began."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Rank the nodes from which a pollution that sensors saw can have come.

    Sensors that saw nothing belong into the file, too: they are evidence. To know when the release
    began helps more than anything else.

    Example: twin trace sources r.csv --released 2026-05-01T02:00+08:00 2026-05-01T02:10+08:00
    """
    from data.networks import answers  # noqa: PLC0415

    table, window = _readings(readings), _window(released)
    with _graph(network) as (graph, crs):
        found = answers.possible_sources(graph, crs, table, most, window)
    if as_json:
        print_json(found)
        return
    for sentence in found["sentences"]:
        typer.echo(sentence)


def _follow(
    node: str,
    direction: "Direction",
    network: str,
    most: int,
    geojson: Path | None,
    *,
    as_json: bool,
) -> None:
    from data.networks import answers  # noqa: PLC0415

    with _graph(network) as (graph, crs):
        found = answers.traced(graph, crs, node, direction, most)
        if geojson is not None:
            _write(geojson, answers.traced(graph, crs, node, direction, most, drawn=True))
    if as_json:
        print_json(found)
        return
    tell_all(found["nodes"], _STEP, as_json=False)
    if found["more_nodes"]:
        say(f"and {found['more_nodes']:,} more: --most {most + found['more_nodes']}")


def _readings(path: Path) -> "pd.DataFrame":
    import pandas as pd  # noqa: PLC0415

    from data.networks.answers import YEARS  # noqa: PLC0415

    try:
        table = pd.read_csv(path, dtype={"node": str})
        if lacking := {"node", "observed_at", "value"} - set(table.columns):
            _refuse(f"file {path.name!r}: no column {min(lacking)!r}")
        table["observed_at"] = [pd.Timestamp(text) for text in table["observed_at"]]
        table["value"] = pd.to_numeric(table["value"])
    except (OSError, ValueError) as error:
        _refuse(f"file {path.name!r}: {error}")
    if not len(table):
        _refuse(f"file {path.name!r}: no readings")
    if odd := [instant for instant in table["observed_at"] if instant.year not in YEARS]:
        _refuse(f"file {path.name!r}: observed_at {odd[0]}: expected an instant of our time")
    return table


def _window(released: tuple[str, str] | None) -> tuple[datetime, datetime] | None:
    if released is None:
        return None
    try:
        begin, end = (datetime.fromisoformat(text) for text in released)
    except ValueError as error:
        _refuse(f"--released: {error}")
    if begin.tzinfo is None or end.tzinfo is None or begin > end:
        _refuse(
            f"--released {released[0]} {released[1]}: expected two instants with zone, in order"
        )
    return begin, end


def _write(path: Path, features: dict[str, Any]) -> None:
    try:
        path.write_text(json.dumps(features, ensure_ascii=False), encoding="utf-8")
    except OSError as error:
        _refuse(f"--geojson {str(path)!r}: {error.strerror}")


def _or_unknown(value: float | None, unit: str) -> str:
    return f"{unit} unknown" if value is None else f"{value:,.0f} {unit}"


def _refuse(sentence: str) -> NoReturn:
    say(f"twin: {sentence}")
    raise typer.Exit(2)


@contextmanager
def _graph(name: str) -> "Iterator[tuple[Graph, str]]":
    """Give the graph of a network and the CRS of its places, or end with a sentence."""
    from data.connection import connect  # noqa: PLC0415
    from data.networks import Shelf, UnknownNetworkError  # noqa: PLC0415
    from data.registry import srid_of  # noqa: PLC0415
    from spatial.networks.graph import NameNodeOfNetworkError  # noqa: PLC0415
    from spatial.networks.sources.wording import GiveTimeZoneError  # noqa: PLC0415
    from twin.app import settings as app_settings  # noqa: PLC0415

    try:
        with connect(app_settings.load().store_url, name="citytwin command line") as connection:
            yield Shelf().graph(connection, name), f"EPSG:{srid_of(connection)}"
    except (GiveTimeZoneError, NameNodeOfNetworkError, UnknownNetworkError) as error:
        _refuse(str(error))
