import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import box

from spatial.networks.catchments import Catchments, drainage_area, drains_to
from spatial.networks.courses import paths
from spatial.networks.graph import Graph, upstream
from spatial.networks.network import Network
from tests.unit.spatial.networks.drawing import drawn

_PLACES = {"a": (0.0, 0.0), "b": (100.0, 0.0), "o": (200.0, 0.0), "z": (100.0, 300.0)}


def network() -> Network:
    return drawn([("a", "b"), ("b", "o")], kinds={"o": "outfall"}, places=_PLACES)


def outlined(*areas: tuple[str, int, object, float]) -> Catchments:
    return Catchments(
        key=np.array([*(key for key, *_ in areas), ""], object)[:-1],
        node=np.array([node for _, node, *_ in areas], np.int64),
        shape=np.array([*(shape for *_, shape, _ in areas), None], object)[:-1],
        area_m2=np.array([area for *_, area in areas]),
    )


def test_a_point_drains_to_the_outlet_of_its_outline_or_to_the_nearest_inlet() -> None:
    net = network()
    areas = outlined(
        ("large", 1, box(-50, -50, 50, 50), 1e4), ("small", 2, box(-5, -5, 5, 5), 100.0)
    )
    x, y = np.array([0.0, 40.0, 80.0, 199.0, 500.0, np.nan]), np.zeros(6)
    o, a, b, _ = range(4)

    found = drains_to(net, areas, x, y)

    assert net.node_key[[o, a, b]].tolist() == ["o", "a", "b"]
    assert found.node.tolist() == [b, a, b, -1, -1, -1]
    assert found.catchment.tolist() == [1, 0, -1, -1, -1, -1]
    assert found.method.tolist() == ["outline", "outline", "nearest inlet", "", "", ""]
    assert found.distance_m[:3].tolist() == [0, 0, 20]
    assert np.isnan(found.distance_m[3:]).all()


def test_outlines_upstream_add_up() -> None:
    net = network()
    graph = Graph.of(net)
    areas = outlined(
        ("one", graph.node("a"), box(0, 0, 10, 10), 100.0),
        ("two", graph.node("b"), box(10, 0, 20, 10), 100.0),
        ("far", graph.node("z"), box(0, 300, 10, 310), 100.0),
        ("undrawn", graph.node("a"), None, 250.0),
    )

    found = drainage_area(graph, areas, graph.node("o"), reach_m=0)

    assert found.area_m2 == found.outlined_m2 == 200
    assert found.catchment.tolist() == [0, 1, 3]
    assert found.unplaced_m2 == 250
    assert drainage_area(graph, areas, graph.node("a"), reach_m=0).area_m2 == 100


def test_without_outlines_land_near_the_pipes_counts_up_to_the_next_inlet() -> None:
    net = network()
    graph = Graph.of(net)

    mine = drainage_area(graph, Catchments(), graph.node("a"), reach_m=20)
    both = drainage_area(graph, Catchments(), graph.node("b"), reach_m=20)

    assert mine.area_m2 == pytest.approx(np.pi * 20**2, rel=0.01)
    assert both.area_m2 == pytest.approx(100 * 40 + np.pi * 20**2, rel=0.01)
    assert both.outlined_m2 == 0
    assert mine.shape.difference(both.shape).area < 1


def test_land_in_an_outline_of_others_is_not_counted_twice() -> None:
    net = network()
    graph = Graph.of(net)
    areas = outlined(("other", graph.node("z"), box(40, -50, 60, 50), 2000.0))

    found = drainage_area(graph, areas, graph.node("b"), reach_m=20)

    assert found.area_m2 == pytest.approx(80 * 40 + np.pi * 20**2, rel=0.01)
    assert not found.shape.intersects(box(41, -10, 59, 10))


def test_cells_do_not_overlap() -> None:
    chance = np.random.default_rng(440311)
    spots = {
        str(at): (float(x), float(y)) for at, (x, y) in enumerate(chance.uniform(0, 300, (30, 2)))
    }
    graph = Graph.of(drawn([], places=spots))

    areas = [drainage_area(graph, Catchments(), node).shape for node in range(30)]

    union = shapely.union_all(np.array(areas))
    assert sum(area.area for area in areas) == pytest.approx(union.area, rel=1e-9)


def test_a_network_without_places_has_no_land() -> None:
    graph = Graph.of(drawn([("a", "b")]))

    assert drainage_area(graph, Catchments(), 1).area_m2 == 0
    found = drains_to(graph.network, Catchments(), np.array([0.0]), np.array([0.0]))
    assert found.node.tolist() == [-1]


def test_the_land_of_one_manhole_leaves_out_what_pipes_bring() -> None:
    graph = Graph.of(network())
    areas = outlined(
        ("one", graph.node("a"), box(0, 0, 10, 10), 100.0),
        ("two", graph.node("b"), box(10, 0, 30, 10), 200.0),
    )

    assert drainage_area(graph, areas, graph.node("b"), 0, alone=True).area_m2 == 200
    own = drainage_area(graph, Catchments(), graph.node("b"), 20, alone=True)
    whole = drainage_area(graph, Catchments(), graph.node("b"), 20)
    assert own.area_m2 == pytest.approx(50 * 40 + np.pi * 20**2 / 2, rel=0.01)
    assert own.shape.difference(whole.shape).area < 1e-6


def test_a_manhole_in_the_outline_of_its_group_has_its_part_of_it() -> None:
    graph = Graph.of(network())
    group = outlined(("group", graph.node("b"), box(-30, -30, 130, 30), 9600.0))

    found = drainage_area(graph, group, graph.node("a"), reach_m=20)

    assert found.area_m2 == pytest.approx(np.pi * 20**2, rel=0.01)
    assert found.outlined_m2 == 0
    assert drainage_area(graph, group, graph.node("b"), reach_m=20).outlined_m2 == 9600


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 2**32 - 1), st.integers(2, 40), st.floats(5, 120))
def test_land_is_what_lies_near_and_is_nearer_to_nobody_else(
    seed: int, count: int, reach_m: float
) -> None:
    chance = np.random.default_rng(seed)
    spots = {
        str(at): (float(x), float(y))
        for at, (x, y) in enumerate(chance.uniform(0, 400, (count, 2)))
    }
    pipes = [(str(at), str(int(chance.integers(0, at)))) for at in range(1, count)]
    graph = Graph.of(drawn(pipes, places=spots))
    node = int(chance.integers(0, count))

    land = drainage_area(graph, Catchments(), node, reach_m).shape

    points = np.asarray(shapely.points(chance.uniform(-150, 550, (400, 2))), object)
    reach = upstream(graph, node)
    near = shapely.union_all([*paths(graph.network, reach.link), shapely.Point(spots[str(node)])])
    places = np.asarray(shapely.points(np.array(list(spots.values()))), object)
    away = shapely.distance(points[:, None], places[None, :])
    mine = np.isin(away.argmin(axis=1), reach.node) & (shapely.distance(points, near) <= reach_m)
    # Discs are drawn with 32 corners: what lies by their edge is left alone.
    sure = np.abs(shapely.distance(points, near) - reach_m) > 0.02 * reach_m
    assert np.asarray(shapely.intersects(land, points))[sure].tolist() == mine[sure].tolist()
