"""``twin trace``: water followed through a network of pipes and rivers."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from twin.cli.actors import tell_all
from twin.cli.network_store import (
    REGISTER,
    InvertOption,
    JsonOption,
    NetworkAsked,
    NetworkOption,
    NodeArgument,
    network_store,
    refuse,
    told,
)
from twin.cli.printing import print_json, say
from twin.cli.shape_file import FormOption, GeojsonOption, OutOption, destination

if TYPE_CHECKING:  # commands load only what they need
    from collections.abc import Callable

    import pandas as pd

    from data.networks.answer import Answer
    from data.networks.answers import Direction
    from spatial.networks.graph import Graph
    from twin.cli.shape_file import Destination

__all__ = ["GeojsonOption", "JsonOption", "NetworkOption", "app"]

app = typer.Typer(help="Water followed through a network.", no_args_is_help=True)

MostOption = Annotated[int, typer.Option("--most", min=1, help="So many nodes, the nearest.")]
_STEP = ("key", "kind", "via", "distance_m", "travel_s")


@app.command()
def down(  # noqa: PLR0913 - each an option of the command
    node: NodeArgument,
    *,
    network: NetworkOption = REGISTER,
    by_invert: InvertOption = False,
    most: MostOption = 1000,
    out: OutOption = None,
    form: FormOption = None,
    geojson: GeojsonOption = None,
    as_json: JsonOption = False,
) -> None:
    """Follow the water from a node, with distances and travel times.

    Example: twin trace down 4403110103000127
    """
    to = destination(out, form, geojson)
    _follow(node, "down", NetworkAsked(network, by_invert), most, to, as_json=as_json)


@app.command()
def up(  # noqa: PLR0913 - each an option of the command
    node: NodeArgument,
    *,
    network: NetworkOption = REGISTER,
    by_invert: InvertOption = False,
    most: MostOption = 1000,
    out: OutOption = None,
    form: FormOption = None,
    geojson: GeojsonOption = None,
    as_json: JsonOption = False,
) -> None:
    """Follow the water against its course: what can come to a node.

    Example: twin trace up 4403118302000001 --out upstream.parquet
    """
    to = destination(out, form, geojson)
    _follow(node, "up", NetworkAsked(network, by_invert), most, to, as_json=as_json)


@app.command()
def way(  # noqa: PLR0913 - each an option of the command
    node: NodeArgument,
    goal: NodeArgument,
    *,
    network: NetworkOption = REGISTER,
    by_invert: InvertOption = False,
    out: OutOption = None,
    form: FormOption = None,
    geojson: GeojsonOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the shortest way of the water from node to node; exit code 1 if there is none.

    Example: twin trace way 4403110103000127 4403118302000001
    """
    from data.networks import answers  # noqa: PLC0415 - commands load only what they need

    to = destination(out, form, geojson)
    found = _answered(
        NetworkAsked(network, by_invert), lambda graph: answers.way(graph, node, goal), to
    )
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
    node: NodeArgument,
    *,
    network: NetworkOption = REGISTER,
    by_invert: InvertOption = False,
    out: OutOption = None,
    form: FormOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say where the water of a node leaves the network; exit code 1 if nowhere.

    Example: twin trace outfalls 4403110103000127
    """
    from data.networks import answers  # noqa: PLC0415

    to = destination(out, form)
    found = _answered(
        NetworkAsked(network, by_invert), lambda graph: answers.outfalls_of(graph, node), to
    )
    if as_json:
        print_json(found)
    elif found["outfalls"]:
        tell_all([found], ("nearest", "distance_m", "travel_s", "outfalls"), as_json=False)
    else:
        say(f"no outfall: the water of {node} leaves the network nowhere")
    raise typer.Exit(0 if found["outfalls"] else 1)


@app.command()
def check(
    *,
    network: NetworkOption = REGISTER,
    by_invert: InvertOption = False,
    out: OutOption = None,
    form: FormOption = None,
    as_json: JsonOption = False,
) -> None:
    """List what is odd: flow against the slope, orphans, smaller pipes downstream and so on.

    Exit code 1 if anything is.

    Example: twin trace check --network "old town"
    """
    from data.networks import answers  # noqa: PLC0415

    to = destination(out, form)
    found = _answered(NetworkAsked(network, by_invert), answers.what_is_odd, to)["items"]
    tell_all(found, ("kind", "sentence"), as_json=as_json)
    raise typer.Exit(1 if found else 0)


@app.command()
def sources(  # noqa: PLR0913 - each an option of the command
    readings: Annotated[
        Path, typer.Argument(help="CSV with columns node, observed_at (with zone) and value.")
    ],
    *,
    network: NetworkOption = REGISTER,
    most: Annotated[int, typer.Option("--most", min=1, help="So many nodes.")] = 10,
    released: Annotated[
        tuple[str, str] | None,
        typer.Option(help="Between which instants, with zone, the release began."),
    ] = None,
    by_invert: InvertOption = False,
    out: OutOption = None,
    form: FormOption = None,
    as_json: JsonOption = False,
) -> None:
    """Rank the nodes from which a pollution that sensors saw can have come.

    Sensors that saw nothing belong into the file, too: they are evidence. To know when the release
    began helps more than anything else.

    Example: twin trace sources r.csv --released 2026-05-01T02:00+08:00 2026-05-01T02:10+08:00
    """
    from data.networks import answers  # noqa: PLC0415

    table, window = _readings(readings), _window(released)
    to = destination(out, form)
    found = _answered(
        NetworkAsked(network, by_invert),
        lambda graph: answers.possible_sources(graph, table, most, window),
        to,
    )
    if as_json:
        print_json(found)
        return
    for sentence in found["sentences"]:
        typer.echo(sentence)


def _follow(
    node: str,
    direction: "Direction",
    asked: NetworkAsked,
    most: int,
    to: "Destination | None",
    *,
    as_json: bool,
) -> None:
    from data.networks import answers  # noqa: PLC0415

    found = _answered(asked, lambda graph: answers.traced(graph, node, direction, most), to)
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
            refuse(f"file {path.name!r}: no column {min(lacking)!r}")
        table["observed_at"] = [pd.Timestamp(text) for text in table["observed_at"]]
        table["value"] = pd.to_numeric(table["value"])
    except (OSError, ValueError) as error:
        refuse(f"file {path.name!r}: {error}")
    if not len(table):
        refuse(f"file {path.name!r}: no readings")
    if odd := [instant for instant in table["observed_at"] if instant.year not in YEARS]:
        refuse(f"file {path.name!r}: observed_at {odd[0]}: expected an instant of our time")
    return table


def _window(released: tuple[str, str] | None) -> tuple[datetime, datetime] | None:
    if released is None:
        return None
    try:
        begin, end = (datetime.fromisoformat(text) for text in released)
    except ValueError as error:
        refuse(f"--released: {error}")
    if begin.tzinfo is None or end.tzinfo is None or begin > end:
        refuse(f"--released {released[0]} {released[1]}: expected two instants with zone, in order")
    return begin, end


def _or_unknown(value: float | None, unit: str) -> str:
    return f"{unit} unknown" if value is None else f"{value:,.0f} {unit}"


def _answered(
    asked: NetworkAsked, ask: "Callable[[Graph], Answer]", to: "Destination | None"
) -> dict[str, Any]:
    with network_store() as store:
        return told(ask(store.graph(asked)), to)
