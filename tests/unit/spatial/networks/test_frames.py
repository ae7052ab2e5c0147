"""Networks out of tables and into them."""

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, MultiLineString, Point

from spatial.crs import DeclareCrsError
from spatial.links.entities import TransformFirstError
from spatial.networks.frame_columns import FrameRefusedError
from spatial.networks.graph import Graph, downstream, trace
from spatial.networks.network import Network
from spatial.networks.steps import reach_table, way_table
from tests.unit.spatial.networks.drawing import drawn

CRS = "EPSG:4547"
X, Y = 493_426.0, 2_516_742.0


def nodes(**columns: list[Any]) -> gpd.GeoDataFrame:
    places = [Point(X, Y), Point(X + 30, Y + 40), Point(X + 130, Y + 40)]
    return gpd.GeoDataFrame({"key": ["a", "b", "o"], **columns}, geometry=places, crs=CRS)


def links(**columns: list[Any]) -> pd.DataFrame:
    return pd.DataFrame({"key": [1, 2], "from": ["a", "b"], "to": ["b", "o"], **columns})


def test_least_columns_make_a_network() -> None:
    network = Network.from_frames(nodes(), links())

    assert network.node_key.tolist() == ["a", "b", "o"]
    assert network.link_key.tolist() == ["1", "2"]
    assert network.link_from.tolist() == [0, 1]
    assert network.link_directed.all()
    assert not network.link_pressure.any()
    assert network.crs == CRS
    found = trace(Graph.of(network), 0, 2)
    assert found.distance_m == 150  # without a line the ends say the length


def test_gaps_are_taken_for_what_is_usual() -> None:
    table = links(kind=["pump", None], directed=[None, False], length_m=[None, 7.0])
    network = Network.from_frames(nodes(invert_m=[None, 3, 2.5]), table)

    assert network.link_kind.tolist() == ["pump", "conduit"]
    assert network.link_directed.tolist() == [True, False]
    assert np.isnan(network.node_invert_m[0])
    assert network.link_travel_s[1] == pytest.approx(7 / 0.6)
    assert np.isnan(network.link_travel_s[0])


def test_keys_that_are_numbers_with_a_gap_are_found() -> None:
    codes = [4403110103000001, 4403110103000002, 4403110103000003]
    table = nodes().assign(key=codes)
    ends = pd.DataFrame({"key": ["p", "q"], "from": codes[:2], "to": [float(codes[1]), np.nan]})
    network = Network.from_frames(table, ends)

    assert network.node_key[0] == "4403110103000001"
    assert network.link_to.tolist() == [1, -1]


def test_a_line_drawn_from_its_end_is_turned_round() -> None:
    lines = [
        LineString([(X + 30, Y + 40), (X + 30, Y + 10), (X, Y)]),
        MultiLineString([[(X + 30, Y + 40), (X + 80, Y), (X + 130, Y + 40)]]),
    ]
    table = gpd.GeoDataFrame(links(), geometry=lines, crs=CRS)
    network = Network.from_frames(nodes(), table)

    assert network.link_path[0].tolist() == [[X + 30, Y + 10]]
    assert network.link_length_m[0] == pytest.approx(30 + np.hypot(30, 10))
    assert network.to_frames().links.geometry[0].equals(lines[0])


REFUSED: list[tuple[gpd.GeoDataFrame, pd.DataFrame, str]] = [
    (nodes().drop(columns="key"), links(), "nodes: no column 'key' among 'geometry'"),
    (nodes().assign(key=["a", "b", "a"]), links(), "nodes: key 'a' twice: expected each once"),
    (nodes().assign(key=["a", np.nan, "c"]), links(), "nodes: row 1 has no 'key'"),
    (nodes().assign(key=["a", 1.5, "c"]), links(), "nodes: key 1.5: expected text or a whole"),
    (nodes().assign(key=["a", np.inf, "c"]), links(), "nodes: key inf: expected text or a whole"),
    (nodes(), links().drop(columns="to"), "links: no column 'to'"),
    (nodes(invert_m=["deep", "", ""]), links(), "nodes: invert_m is of type str: expected numbers"),
    (nodes(), links(length_m=[1.0, np.inf]), "links: length_m is infinite"),
    (nodes(), links(directed=["yes", "no"]), "links: directed 'yes': expected true or false"),
    (
        nodes().set_geometry([LineString([(X, Y), (X, Y + 1)])] * 3, crs=CRS),
        links(),
        "nodes: row 0 is a LineString: expected a Point",
    ),
    (
        nodes(),
        gpd.GeoDataFrame(links(), geometry=[Point(X, Y), Point()], crs=CRS),
        "links: row 0 is a Point: expected a LineString",
    ),
    (
        nodes().set_geometry([Point(np.inf, 0), Point(), Point()], crs=CRS),
        links(),
        "nodes: row 0 has a coordinate that is no number",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("points", "lines", "sentence"), REFUSED)
def test_a_table_that_cannot_be_one_is_refused(
    points: gpd.GeoDataFrame, lines: pd.DataFrame, sentence: str
) -> None:
    with pytest.raises(FrameRefusedError) as refused:
        Network.from_frames(points, lines)
    assert sentence in str(refused.value)


@pytest.mark.parametrize("crs", [None, "EPSG:4326", "EPSG:2263"])
def test_places_that_are_not_in_metres_are_refused(crs: str | None) -> None:
    table = gpd.GeoDataFrame({"key": ["a"]}, geometry=[Point(X, Y)], crs=crs)
    with pytest.raises(TransformFirstError, match="expected a metric CRS"):
        Network.from_frames(table, links())


def test_links_in_another_crs_are_refused() -> None:
    line = LineString([(X, Y), (X, Y + 1)])
    table = gpd.GeoDataFrame(links(), geometry=[line, line], crs="EPSG:4526")
    with pytest.raises(TransformFirstError, match="links in 'EPSG:4526': expected one"):
        Network.from_frames(nodes(), table)


def test_a_network_without_a_crs_has_no_tables() -> None:
    with pytest.raises(DeclareCrsError):
        drawn([("a", "b")]).to_frames()
    assert drawn([("a", "b")]).to_frames(CRS).nodes.crs == CRS


@settings(deadline=None, max_examples=30)
@given(
    st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from("abcdef")), max_size=12),
    st.dictionaries(st.sampled_from("abcdef"), st.tuples(*[st.floats(0, 1e6)] * 2)),
    st.booleans(),
)
def test_a_network_comes_back_from_its_tables(
    pipes: list[tuple[str, str]],
    places: dict[str, tuple[float, float]],
    directed: bool,  # noqa: FBT001 - hypothesis gives it
) -> None:
    network = drawn(pipes, places=places, directed=directed)

    back = Network.from_frames(*network.to_frames(CRS))

    for name in ("node_key", "link_key", "link_from", "link_to", "link_directed"):
        assert getattr(back, name).tolist() == getattr(network, name).tolist()
    for name in ("node_x", "node_y", "node_invert_m", "link_length_m", "link_travel_s"):
        assert np.array_equal(getattr(back, name), getattr(network, name), equal_nan=True)


def test_a_trace_is_a_table() -> None:
    graph = Graph.of(Network.from_frames(nodes(), links()))

    met = reach_table(graph, downstream(graph, 0))
    way = way_table(graph, trace(graph, 0, 1))

    assert met["key"].tolist() == ["a", "b", "o", "1", "2"]
    assert met["distance_m"].tolist()[:3] == [0, 50, 150]
    assert met.crs == CRS
    assert met.geom_type.tolist() == ["Point"] * 3 + ["LineString"] * 2
    assert way["key"].tolist() == ["a", "1", "b"]
    assert reach_table(graph, downstream(graph, 0), most=1)["key"].tolist() == ["a", "1"]
