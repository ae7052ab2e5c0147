"""``twin trace catchment`` and ``twin trace isolation``: what drains here, what to shut."""

from typing import Annotated

import typer

from twin.cli.network_store import (
    REGISTER,
    InvertOption,
    JsonOption,
    NetworkAsked,
    NetworkOption,
    network_store,
    refuse,
    told,
)
from twin.cli.printing import print_json
from twin.cli.shape_file import FormOption, OutOption, destination

LinksArgument = Annotated[
    list[str], typer.Argument(help="Entity codes of pipes, or the keys that a model gives them.")
]


def catchment(  # noqa: PLR0913 - each an option of the command
    node: Annotated[
        str | None, typer.Argument(help="Entity code, or key that a model gives it; or --at.")
    ] = None,
    *,
    at: Annotated[
        str | None, typer.Option("--at", help="Longitude,latitude in degrees (WGS 84).")
    ] = None,
    own: Annotated[
        bool, typer.Option("--own", help="Without what comes there through pipes.")
    ] = False,
    network: NetworkOption = REGISTER,
    by_invert: InvertOption = False,
    out: OutOption = None,
    form: FormOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say which land drains to a node, or to the node or pipe of a point.

    Example: twin trace catchment --at 113.94,22.75 --out land.geojson
    """
    from data.networks.draining import land_at, land_of  # noqa: PLC0415 - commands load little

    if (node is None) == (at is None):
        refuse("expected a node, or --at with a place")
    to = destination(out, form)
    with network_store() as store:
        graph, outlined = store.catchments(NetworkAsked(network, by_invert))
        if node is not None:
            answer = land_of(graph, outlined, node, alone=own)
        else:
            answer = land_at(graph, outlined, *_place(at or "", store.crs), alone=own)
        found = told(answer, to)
    if as_json:
        print_json(found)
        return
    through = "" if found["link"] is None else f", on pipe {found['link']}"
    typer.echo(f"{found['node']} ({found['method']}{through})")
    typer.echo(
        f"{found['area_m2']:,.0f} m2 of {found['nodes']:,} nodes, "
        f"{found['outlined_m2']:,.0f} m2 of it in {len(found['catchments']):,} outlines"
    )
    if found["unplaced_m2"]:
        typer.echo(f"and {found['unplaced_m2']:,.0f} m2 that are not drawn")


def isolation(  # noqa: PLR0913 - each an option of the command
    links: LinksArgument,
    *,
    closed: Annotated[
        bool, typer.Option("--closed", help="These are shut; say only what that does.")
    ] = False,
    network: NetworkOption = REGISTER,
    by_invert: InvertOption = False,
    most: Annotated[int, typer.Option("--most", min=1, help="So many of each list.")] = 1000,
    out: OutOption = None,
    form: FormOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say which valves and gates to shut to cut off pipes, and who is without then.

    Example: twin trace isolation link/P17 --network "water supply"
    """
    from data.networks.cutting import isolated  # noqa: PLC0415

    to = destination(out, form)
    with network_store() as store:
        graph = store.graph(NetworkAsked(network, by_invert))
        answer = isolated(store.connection, graph, links, most, closed=closed)
        found = told(answer, to)
    if as_json:
        print_json(found)
        return
    for sentence in found["sentences"]:
        typer.echo(sentence)
    people = found["people"]
    typer.echo(
        f"{found['buildings']:,} buildings by them, {people['counted'] + people['estimated']:,} "
        f"people; of {people['unknown_buildings']:,} buildings nobody is known"
    )


def _place(text: str, crs: str) -> tuple[float, float]:
    from spatial.crs import WGS84, CheckCoordinatesError, transform  # noqa: PLC0415

    try:
        longitude, latitude = map(float, text.split(","))
        x, y = transform(longitude, latitude, WGS84, crs)
    except CheckCoordinatesError as error:
        refuse(f"--at {text!r}: {error}")
    except ValueError:
        refuse(f"--at {text!r}: expected longitude,latitude, e.g. 113.94,22.75")
    return float(x), float(y)
