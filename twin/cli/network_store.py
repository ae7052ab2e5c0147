"""What commands on networks have in common: their options, the network, and how they answer."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, NoReturn

import typer

from twin.cli.printing import say

if TYPE_CHECKING:  # commands load only what they need
    from data.networks.answer import Answer
    from data.roads.building import Connection
    from spatial.networks.catchments import Catchments
    from spatial.networks.graph import Graph
    from twin.cli.shape_file import Destination

NodeArgument = Annotated[
    str, typer.Argument(help="Entity code, bare or as printed, or the key that a model gives it.")
]
NetworkOption = Annotated[
    str, typer.Option("--network", help="The register's own, or the name of a model of pipes.")
]
InvertOption = Annotated[
    bool,
    typer.Option("--by-invert", help="Pipes lead downhill by their levels, however drawn."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]

REGISTER = "register"
"""The name of the register's own network."""


class NetworkAsked(NamedTuple):
    """Which network, and whether its pipes lead downhill however they are drawn."""

    name: str
    by_invert: bool


class NetworkStore(NamedTuple):
    """The store, and the CRS of its places."""

    connection: "Connection"
    crs: str

    def graph(self, asked: NetworkAsked) -> "Graph":
        """Return the graph of a network."""
        from data.networks import Shelf  # noqa: PLC0415 - commands load only what they need

        return Shelf().graph(self.connection, asked.name, by_invert=asked.by_invert)

    def catchments(self, asked: NetworkAsked) -> "tuple[Graph, Catchments]":
        """Return the graph of a network, and the outlined land that drains to it."""
        from data.networks import Shelf  # noqa: PLC0415

        return Shelf().catchments(self.connection, asked.name, by_invert=asked.by_invert)


@contextmanager
def network_store() -> Iterator[NetworkStore]:
    """Give the store, or end with a sentence."""
    from data.connection import connect  # noqa: PLC0415
    from data.networks import UnknownNetworkError  # noqa: PLC0415
    from data.networks.draining import NothingDrainsError  # noqa: PLC0415
    from data.registry import srid_of  # noqa: PLC0415
    from spatial.networks.graph import NameNodeOfNetworkError  # noqa: PLC0415
    from spatial.networks.sources.wording import GiveTimeZoneError  # noqa: PLC0415
    from twin.app import settings as app_settings  # noqa: PLC0415

    unknown = (GiveTimeZoneError, NameNodeOfNetworkError, NothingDrainsError, UnknownNetworkError)
    try:
        with connect(app_settings.load().store_url, name="citytwin command line") as connection:
            yield NetworkStore(connection, f"EPSG:{srid_of(connection)}")
    except unknown as error:
        refuse(str(error))


def told(answer: "Answer", to: "Destination | None") -> dict[str, Any]:
    """Return the document of an answer, and write its table if it is to be written."""
    if to is not None:
        to.write(answer.table(), key=answer.key)
    return answer.document


def refuse(sentence: str) -> NoReturn:
    """Say what is wrong and end with exit code 2."""
    say(f"twin: {sentence}")
    raise typer.Exit(2)
