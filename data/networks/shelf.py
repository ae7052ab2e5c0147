"""Networks kept in memory for as long as the register stays as it is."""

import threading
from typing import Any

import psycopg

from data.networks.model_network import model_network
from data.networks.register_network import REGISTER, register_network
from data.registry import revision
from spatial.networks.graph import Graph
from spatial.networks.network import Network

Connection = psycopg.Connection[tuple[Any, ...]]

_MOST_KEPT = 4
_KNOWN = "SELECT FROM model WHERE name = %s"


class UnknownNetworkError(LookupError):
    """A network that the store does not have. Take a name from the list of networks."""


class Shelf:
    """Graphs by name; one that was made of an older register is made anew.

    Whoever asks while another one has it made waits for that, and does not make it twice.
    """

    def __init__(self) -> None:
        self._kept: dict[str, tuple[int, Graph]] = {}
        self._making = threading.Lock()

    def graph(self, connection: Connection, name: str) -> Graph:
        """Return the graph of a network as the register stands.

        Raises:
            UnknownNetworkError: there is none of that name.
        """
        with self._making:
            now = revision(connection)
            kept = self._kept.pop(name, None)
            if kept is None or kept[0] != now:
                kept = (now, Graph.of(_network(connection, name)))
            self._kept[name] = kept  # the last one asked for stands last
            while len(self._kept) > _MOST_KEPT:
                del self._kept[next(iter(self._kept))]
            return kept[1]


def _network(connection: Connection, name: str) -> Network:
    if name == REGISTER:
        return register_network(connection)
    found = connection.execute(_KNOWN, (name,)).fetchone()
    network = None if found is None else model_network(connection, name)
    if network is None or not len(network.node_key):
        raise UnknownNetworkError(
            f"network {name!r}: expected {REGISTER!r} or the name of a model of pipes"
        )
    return network
