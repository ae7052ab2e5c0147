"""What a stranger found odd about networks: links without any node, water that comes back."""

from dataclasses import replace

import numpy as np
import pytest
import shapely

from spatial.networks.catchments import Catchments, drainage_area, drains_to
from spatial.networks.findings import findings
from spatial.networks.graph import Graph
from spatial.networks.isolation import isolation
from spatial.networks.network import Network
from spatial.networks.outfalls import outfalls
from spatial.networks.transport import estimate_transport
from tests.unit.spatial.networks.drawing import drawn

NODES = ("node_key", "node_kind", "node_x", "node_y", "node_invert_m", "node_ground_m")


def links_to_nowhere() -> Network:
    """A link whose ends nobody knows, and no node at all."""
    none, link = drawn([]), drawn([("a", "b")])
    nowhere = np.array([-1])
    return replace(
        link, **{name: getattr(none, name) for name in NODES}, link_from=nowhere, link_to=nowhere
    )


def test_a_network_without_nodes_has_an_answer_to_everything() -> None:
    network = links_to_nowhere()
    assert [found.kind for found in findings(network)] == ["link_to_nowhere"]
    assert isolation(network, np.array([0])).link.tolist() == []
    assert len(outfalls(Graph.of(network)).nearest) == 0
    assert len(estimate_transport(network).link) == 0


def test_a_link_from_a_node_to_itself_carries_nothing_away() -> None:
    plain = drawn([("a", "b"), ("b", "o")], kinds={"o": "outfall"})
    looped = drawn([("a", "b"), ("b", "o"), ("b", "b")], kinds={"o": "outfall"})
    one, other = (
        dict(zip(net.node_key, estimate_transport(net).node_flow_m3s, strict=True))
        for net in (plain, looped)
    )
    assert other == pytest.approx(one)


def test_an_outline_that_crosses_itself_drains_as_its_two_halves() -> None:
    network = drawn([("a", "o")], kinds={"o": "outfall"}, places={"a": (0, 0), "o": (900, 0)})
    bow_tie = shapely.Polygon([(0, 0), (10, 10), (10, 0), (0, 10)])
    outlines = Catchments(
        key=np.array(["one"], object),
        node=np.array([1]),  # "a", for nodes with a kind come first
        shape=np.array([bow_tie], object),
        area_m2=np.array([np.nan]),
    )
    graph = Graph.of(network)
    assert drainage_area(graph, outlines, graph.node("a"), 0).area_m2 == pytest.approx(50)
    found = drains_to(network, outlines, np.array([9.0, 5.0]), np.array([5.0, 9.0]))
    assert found.method.tolist() == ["outline", "nearest inlet"]
