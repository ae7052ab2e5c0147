"""What to shut to cut off pipes, and who is without water then."""

from functools import partial
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
import psycopg
from shapely.geometry.base import BaseGeometry

from data.areas import area_around, summary
from data.networks.answer import Answer, link_named
from spatial.feature_tables import Layout, framed
from spatial.networks.catchments import REACH_M
from spatial.networks.closing import CutOff, closed_off, cut_off, supplies
from spatial.networks.graph import Graph
from spatial.networks.land import near_land
from spatial.networks.steps import crs_of, link_step, node_step

if TYPE_CHECKING:
    from spatial.networks.network import Ints

Connection = psycopg.Connection[tuple[Any, ...]]
Role = Literal["shut", "at node", "between", "lost"]

PARTS: Layout = {"role": "text", "key": "text", "kind": "text"}


class _Part(NamedTuple):
    role: Role
    key: str
    kind: str
    shape: BaseGeometry | None


def isolated(
    connection: Connection, graph: Graph, links: list[str], most: int, *, closed: bool = False
) -> Answer:
    """Return what to shut to cut off links, what lies between, and who is without then.

    Args:
        connection: to the store, which knows who lives there.
        graph: of the network.
        links: keys or entity codes.
        most: so many nodes and links of each list.
        closed: the links are what is shut, and only what that does is asked.

    Raises:
        NameNodeOfNetworkError: the network has no such link.
    """
    asked = np.unique(np.array([link_named(graph, link) for link in links], np.int64))
    found = (closed_off if closed else cut_off)(graph, asked)
    parts = _parts(graph, found)
    document = {
        "brings_water": supplies(graph.network),
        "shut": [_told(part) for part in parts if part.role == "shut"],
        "at_node": [_told(part) for part in parts if part.role == "at node"],
        "between": [_told(part) for part in parts if part.role == "between"][:most],
        "lost": [_told(part) for part in parts if part.role == "lost"][:most],
        "nodes_between": len(found.node),
        "links_between": len(found.link),
        "nodes_lost": len(found.lost),
        **_people(connection, graph, found),
        "sentences": _sentences(graph, found),
    }
    rows, shapes = [part._asdict() for part in parts], [part.shape for part in parts]
    return Answer(document, partial(framed, rows, shapes, PARTS, crs_of(graph)))


def _parts(graph: Graph, found: CutOff) -> list[_Part]:
    links: dict[Role, Ints] = {"shut": found.shut, "between": found.link}
    nodes: dict[Role, Ints] = {
        "at node": found.at_node,
        "between": found.node,
        "lost": found.lost,
    }
    steps = [(role, link_step(graph, at)) for role in links for at in links[role].tolist()]
    steps += [(role, node_step(graph, at)) for role in nodes for at in nodes[role].tolist()]
    return [_Part(role, step.key, step.kind, step.shape) for role, step in steps]


def _told(part: _Part) -> dict[str, str]:
    return {"key": part.key, "kind": part.kind}


def _people(connection: Connection, graph: Graph, found: CutOff) -> dict[str, Any]:
    """Return who lives by the nodes that are cut off, as far as the register knows."""
    network = graph.network
    mine = np.zeros(len(network.node_key) + 1, np.bool_)
    mine[found.lost] = True
    links = np.flatnonzero(mine[network.link_from] & mine[network.link_to])
    land = near_land(network, found.lost, links, REACH_M)
    if land.is_empty:
        return {"people": {"counted": 0, "estimated": 0, "unknown_buildings": 0}, "buildings": 0}
    there = summary(connection, area_around(connection, land))
    people = {
        "counted": there.residents,
        "estimated": there.estimated,
        "unknown_buildings": there.unknown,
    }
    return {"people": people, "buildings": there.buildings}


def _sentences(graph: Graph, found: CutOff) -> list[str]:
    network = graph.network
    said = []
    if len(found.shut):
        said.append(f"shut {', '.join(map(repr, network.link_key[found.shut].tolist()))}")
    for node in found.at_node.tolist():
        key, kind = network.node_key[node], network.node_kind[node]
        if kind in ("reservoir", "tank"):
            said.append(f"no valve lies before {kind} {key!r}: shut it there")
        elif kind == "pump":
            said.append(f"stop the pumps of {key!r}")
        else:
            said.append(f"water still comes to node {key!r} through no gate: plug the pipe there")
    without = "supply" if supplies(network) else "a way to an outfall"
    said.append(f"{len(found.lost):,} nodes lose {without}")
    return said
