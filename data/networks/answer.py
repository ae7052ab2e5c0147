"""What is answered of a network: a document, and a table for those who draw it."""

import math
from typing import TYPE_CHECKING, Any, NamedTuple

from spatial.networks.graph import Graph, NameNodeOfNetworkError
from twin.codes import EntityCode, InvalidEntityCodeError

if TYPE_CHECKING:  # pandas takes half a second to load
    from collections.abc import Callable

    import geopandas as gpd

_DECIMALS = 3


class Answer(NamedTuple):
    """What is answered.

    Attributes:
        document: as JSON holds it.
        table: makes the same as rows with geometry.
        key: column of the table that identifies its rows; None where none does.
    """

    document: dict[str, Any]
    table: "Callable[[], gpd.GeoDataFrame]"
    key: str | None = None


def node_named(graph: Graph, asked: str) -> int:
    """Return the index of a node by its key; an entity code may be written as it is printed.

    Raises:
        NameNodeOfNetworkError: the network has no such node.
    """
    try:
        return graph.node(_bare(asked))
    except NameNodeOfNetworkError:
        return graph.node(asked)


def link_named(graph: Graph, asked: str) -> int:
    """Return the index of a link, alike.

    Raises:
        NameNodeOfNetworkError: the network has no such link.
    """
    keys: list[str] = graph.network.link_key.tolist()
    for name in (_bare(asked), asked):
        if name in keys:
            return keys.index(name)
    such = f": expected one such as {keys[0]!r}" if keys else ""
    raise NameNodeOfNetworkError(f"no link {asked!r} among {len(keys):,}{such}")


def _bare(asked: str) -> str:
    try:
        return str(int(EntityCode.parse_printed(asked)))
    except InvalidEntityCodeError:
        return asked


def known(value: float) -> float | None:
    """Return a number as a document holds it: rounded, None where it is not known."""
    return round(value, _DECIMALS) if math.isfinite(value) else None
