"""What properties say of driving on a road, and where lines join; needs no store."""

import math
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from shapely.geometry import LineString

from data.reference.road_speeds import road_speeds
from data.roads.noding import edges_of
from data.roads.tags import driving, limit_kmh
from spatial.crs import WGS84, transform_shapes
from spatial.models.model import RefusedElement
from spatial.models.osm.format import OSM_PBF

NO_CUTS = (np.empty(0, np.int64), np.empty(0))
NODES = st.tuples(st.integers(0, 6), st.integers(0, 6)).map(lambda at: (at[0] * 40.0, at[1] * 40.0))


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("50", 50),
        ("50 km/h", 50),
        ("30 mph", 48.28032),
        ("walk", 7),
        ("none", None),
        ("0", None),
        ("CN:urban", None),
        ("50;30", None),
        ("", None),
    ],
)
def test_speed_limits_are_read_as_openstreetmap_writes_them(text: str, limit: float | None) -> None:
    assert limit_kmh(text) == (None if limit is None else pytest.approx(limit))


def test_the_register_goes_before_the_model() -> None:
    found = driving({"x_oneway": "no", "name": None}, {"oneway": "yes", "highway": "Primary"})
    assert (found.along, found.against, found.kind) == (True, True, "primary")


@given(st.dictionaries(st.text(), st.none() | st.booleans() | st.floats() | st.text()))
def test_whatever_properties_say_a_road_can_be_judged(tags: dict[str, object]) -> None:
    found = driving(tags, {"oneway": "?", "layer": "x", "maxspeed": "fast", "highway": "moon"})
    assert math.isfinite(found.speed_kmh)
    assert found.along or found.against


def test_every_speed_is_said_to_be_a_default_of_the_project() -> None:
    rows = road_speeds().values()
    assert {row.status for row in rows} == {"project default"}
    assert all(0 <= row.speed_kmh <= 120 and 0 <= row.limit_share < 1 for row in rows)


@given(st.lists(st.lists(NODES, min_size=2, max_size=6), min_size=1, max_size=8))
def test_cutting_keeps_the_length_and_the_ends(drawn: list[list[tuple[float, float]]]) -> None:
    lines = [line for line in map(LineString, drawn) if line.length]
    edges = edges_of(lines, np.zeros(len(lines), np.int64), NO_CUTS)
    # Places closer than a metre become one node; nothing more may be lost.
    assert edges.length_m.sum() == pytest.approx(
        sum(line.length for line in lines), abs=1.0 * (len(edges.shape) + len(lines))
    )
    for at, shape in enumerate(edges.shape):
        assert edges.source[at] != edges.target[at]
        ends = shapely.get_coordinates(shape)[[0, -1]]
        assert np.array_equal(ends, edges.node[[edges.source[at], edges.target[at]]])


def test_roads_of_openstreetmap_join_where_its_ways_share_nodes(shared: Path) -> None:
    assert OSM_PBF.open is not None
    model = OSM_PBF.open(shared / "data/gis/Helsinki.osm.pbf")
    lines: list[LineString] = []
    levels: list[int] = []
    shared_nodes: list[list[int]] = []
    for element in model.elements(lambda *_: None):
        if isinstance(element, RefusedElement):
            continue
        said = driving({}, element.properties)
        nodes = element.properties.get("@nodes")
        if element.klass == "8402" and said.speed_kmh and isinstance(nodes, list):
            lines.extend(shapely.get_parts(element.shape).tolist())
            levels.extend([said.level] * len(nodes))
            shared_nodes.extend(nodes)
    metric = list(transform_shapes(lines, WGS84, "EPSG:32635"))
    edges = edges_of(metric, np.array(levels, np.int64), NO_CUTS)

    assert len(lines) > 900
    assert edges.parts() == islands(shared_nodes)


def islands(ways: list[list[int]]) -> int:
    """Return how many groups of ways there are that share no node."""
    numbers = {node: at for at, node in enumerate({node for way in ways for node in way})}
    one = [numbers[node] for way in ways for node in way[:-1]]
    other = [numbers[node] for way in ways for node in way[1:]]
    size = len(numbers)
    graph = coo_array((np.ones(len(one)), (one, other)), shape=(size, size))
    return int(connected_components(graph, directed=False)[0])
