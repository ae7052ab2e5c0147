"""Networks kept in memory for as long as the register stays as it is."""

import threading
from dataclasses import dataclass
from typing import Any, NamedTuple

import psycopg

from data.networks.model_network import model_network
from data.networks.outlines import model_catchments, register_catchments
from data.networks.register_network import REGISTER, register_network
from data.registry import revision
from spatial.networks.catchments import Catchments
from spatial.networks.direction import directed_by_invert
from spatial.networks.graph import Graph
from spatial.networks.network import Network

Connection = psycopg.Connection[tuple[Any, ...]]

_MOST_KEPT = 4
_KNOWN = "SELECT FROM model WHERE name = %s"


class UnknownNetworkError(LookupError):
    """A network that the store does not have. Take a name from the list of networks."""


class _Asked(NamedTuple):
    name: str
    by_invert: bool


@dataclass(slots=True)
class _Kept:
    revision: int
    graph: Graph
    catchments: Catchments | None = None


class Shelf:
    """Graphs by name; one that was made of an older register is made anew.

    Whoever asks while another one has it made waits for that, and does not make it twice.
    """

    def __init__(self) -> None:
        self._kept: dict[_Asked, _Kept] = {}
        self._making = threading.Lock()

    def graph(self, connection: Connection, name: str, *, by_invert: bool = False) -> Graph:
        """Return the graph of a network as the register stands.

        Args:
            connection: to the store.
            name: ``register``, or that of a model.
            by_invert: let pipes lead downhill by their levels, however they are drawn.

        Raises:
            UnknownNetworkError: there is none of that name.
        """
        with self._making:
            return self._fresh(connection, _Asked(name, by_invert)).graph

    def catchments(
        self, connection: Connection, name: str, *, by_invert: bool = False
    ) -> tuple[Graph, Catchments]:
        """Return the graph of a network with the outlined land that drains to it.

        Arguments are those of ``graph``.

        Raises:
            UnknownNetworkError: there is none of that name.
        """
        with self._making:
            kept = self._fresh(connection, _Asked(name, by_invert))
            if kept.catchments is None:
                kept.catchments = _catchments(connection, name, kept.graph.network)
            return kept.graph, kept.catchments

    def _fresh(self, connection: Connection, asked: _Asked) -> _Kept:
        now = revision(connection)
        kept = self._kept.pop(asked, None)
        if kept is None or kept.revision != now:
            kept = _Kept(now, Graph.of(_network(connection, asked)))
        self._kept[asked] = kept  # the last one asked for stands last
        while len(self._kept) > _MOST_KEPT:
            del self._kept[next(iter(self._kept))]
        return kept


def _network(connection: Connection, asked: _Asked) -> Network:
    network = _stored(connection, asked.name)
    return directed_by_invert(network) if asked.by_invert else network


def _stored(connection: Connection, name: str) -> Network:
    if name == REGISTER:
        return register_network(connection)
    found = connection.execute(_KNOWN, (name,)).fetchone()
    network = None if found is None else model_network(connection, name)
    if network is None or not len(network.node_key):
        raise UnknownNetworkError(
            f"network {name!r}: expected {REGISTER!r} or the name of a model of pipes"
        )
    return network


def _catchments(connection: Connection, name: str, network: Network) -> Catchments:
    if name == REGISTER:
        return register_catchments(connection, network)
    return model_catchments(connection, name, network)
