"""Roads of the register become edges between nodes, and do so once."""

import pytest
from shapely.geometry import LineString, MultiLineString, box

from data.registry import EntityChange, NewRelation
from data.roads import ready
from tests.postgis.register import X, Y
from tests.postgis.roads.town import (
    DRIVEN,
    SIDE_M,
    SIDE_S,
    Connection,
    at,
    code,
    edges,
    grid,
    line,
    road,
    say,
)

ROAD = code("8401", 1)


def test_sides_that_meet_at_junctions_become_edges_between_nodes(connection: Connection) -> None:
    say(connection, *grid())
    network = ready(connection)

    assert (network.nodes, network.edges, network.parts) == (9, 12, 1)
    assert network.length_km == pytest.approx(12 * SIDE_M / 1000)
    for edge in edges(connection):
        assert edge.length_m == pytest.approx(SIDE_M)
        assert edge.seconds == edge.back_s == pytest.approx(SIDE_S, rel=1e-3)
        assert edge.road is None
    assert {edge.section for edge in edges(connection)} == {one.code for one in grid()}


def test_the_network_is_made_again_only_when_roads_changed(connection: Connection) -> None:
    say(connection, *grid())
    first = ready(connection)
    assert first.built
    assert not ready(connection).built

    say(connection, EntityChange(code("8101", 1), "house", at(5, 5).buffer(3)))
    second = ready(connection)
    assert (second.built, second.revision, second.built_at) == (
        False,
        first.revision + 1,
        first.built_at,
    )
    say(connection, road(50, line((720, 720), (900, 720))))
    assert ready(connection).edges == first.edges + 1
    assert ready(connection, anew=True).built


def test_a_retired_road_is_no_edge_any_more(connection: Connection) -> None:
    say(connection, *grid())
    ready(connection)
    say(connection, EntityChange(grid()[0].code, retired=True))
    assert ready(connection).edges == 11


@pytest.mark.parametrize(
    ("properties", "there", "back"),
    [
        ({}, 36.0, 36.0),
        ({"x_oneway": "yes"}, 36.0, -1.0),
        ({"x_oneway": True}, 36.0, -1.0),
        ({"x_oneway": "-1"}, -1.0, 36.0),
        ({"x_oneway": "no", "x_junction": "roundabout"}, 36.0, 36.0),
        ({"x_junction": "roundabout"}, 36.0, -1.0),
        ({"x_maxspeed": 30}, 360 / (30 * 0.7 / 3.6), 360 / (30 * 0.7 / 3.6)),
        ({"x_maxspeed": "30 mph"}, 360 / (30 * 1.609344 * 0.7 / 3.6), None),
        ({"x_maxspeed": "none"}, 360 / (30 / 3.6), None),
        ({"x_maxspeed": "none", "x_highway": "trunk"}, 360 / (50 / 3.6), None),
        ({"x_maxspeed": "none", "x_highway": "unheard-of"}, 360 / (30 / 3.6), None),
    ],
)
def test_tags_say_which_way_and_how_fast(
    connection: Connection, properties: dict[str, object], there: float, back: float | None
) -> None:
    say(connection, road(1, line((0, 0), (360, 0)), **properties))
    ready(connection)
    (edge,) = edges(connection)
    assert edge.seconds == pytest.approx(there, rel=1e-3)
    assert edge.back_s == pytest.approx(there if back is None else back, rel=1e-3)


def test_where_no_vehicle_drives_there_is_no_edge_and_it_is_said(connection: Connection) -> None:
    say(
        connection,
        road(1, line((0, 0), (360, 0)), x_highway="steps"),
        EntityChange(code("8402", 2), "planned", line((0, 0), (0, 9)), stage="planned"),
        EntityChange(code("8401", 2), "a point", at(0, 0)),
    )
    network = ready(connection)
    assert network.edges == 0
    assert network.left_out == {
        "no vehicle drives there": 1,
        "drawn neither by lines nor areas": 1,
    }


@pytest.mark.parametrize(
    ("properties", "nodes", "parts"),
    [
        ({}, 5, 1),
        ({"x_bridge": "yes"}, 4, 2),
        ({"x_tunnel": "yes"}, 4, 2),
        ({"underpass": True}, 4, 2),
        ({"x_layer": "1"}, 4, 2),
        ({"x_bridge": "yes", "x_layer": "0"}, 5, 1),
        ({"x_bridge": "no"}, 5, 1),
    ],
)
def test_crossings_join_at_the_same_level_only(
    connection: Connection, properties: dict[str, object], nodes: int, parts: int
) -> None:
    say(
        connection,
        road(1, line((0, 0), (200, 0))),
        road(2, line((100, -100), (100, 100)), **properties),
    )
    network = ready(connection)
    assert (network.nodes, network.parts) == (nodes, parts)


def test_a_bridge_joins_the_roads_at_its_ends(connection: Connection) -> None:
    say(
        connection,
        road(1, line((0, 0), (200, 0))),
        road(2, line((100, -300), (100, -50))),
        road(3, line((100, -50), (100, 50)), x_bridge="yes"),
        road(4, line((0, 50), (100, 50), (200, 50))),
    )
    network = ready(connection)
    assert (network.edges, network.parts) == (5, 2)


@pytest.mark.parametrize(
    ("gap", "parts"), [(0.0, 1), (0.4, 1), (-0.4, 1), (0.99, 1), (1.01, 2), (3.0, 2)]
)
def test_an_end_that_misses_a_road_by_up_to_a_metre_meets_it(
    connection: Connection, gap: float, parts: int
) -> None:
    say(
        connection,
        road(1, line((0, 0), (200, 0))),
        road(2, line((100, gap), (100, 100))),
    )
    network = ready(connection)
    assert network.parts == parts
    assert network.nodes == 4 if parts == 1 else 5
    assert all(edge.length_m > 90 for edge in edges(connection))


def test_a_ring_and_a_lollipop_have_no_edge_from_a_node_to_itself(connection: Connection) -> None:
    ring = [(500.0, 0.0), (600.0, 0.0), (600.0, 100.0), (500.0, 100.0), (500.0, 0.0)]
    say(
        connection,
        road(1, line(*ring)),
        road(2, line((0, 0), (100, 0), (200, 50), (200, -50), (100, 0))),
    )
    network = ready(connection)
    assert all(edge.source != edge.target for edge in edges(connection))
    assert network.length_km == pytest.approx((400 + 100 + 2 * 111.803 + 100) / 1000, abs=1e-3)
    assert network.parts == 2


def test_a_road_with_areas_as_sections_has_edges_of_these_sections(connection: Connection) -> None:
    parts = [line((0, 0), (360, 0)), line((360, 0), (720, 0))]
    west, east, beyond = (code("8402", serial) for serial in (1, 2, 3))
    say(
        connection,
        EntityChange(ROAD, "路", MultiLineString(parts), properties=DRIVEN),
        EntityChange(code("8401", 2), "支路", line((360, 0), (360, 300)), properties=DRIVEN),
        EntityChange(west, "西段", box(X + 10, Y - 8, X + 350, Y + 8)),
        EntityChange(east, "东段", box(X + 370, Y - 8, X + 550, Y + 8)),
        EntityChange(beyond, "东二段", box(X + 550, Y - 8, X + 710, Y + 8)),
        relations=tuple(
            NewRelation(one, "part_of", ROAD, "declared") for one in (west, east, beyond)
        ),
    )
    ready(connection)
    assert sorted((edge.section or 0, round(edge.length_m)) for edge in edges(connection)) == [
        (0, 300),
        (west, 360),
        (east, 190),
        (beyond, 170),
    ]


def test_lines_of_sections_stand_for_the_line_of_their_road(connection: Connection) -> None:
    whole = LineString([(X, Y), (X + 360, Y), (X + 720, Y)])
    sections = [road(1, line((0, 0), (360, 0))), road(2, line((360, 0), (720, 0)))]
    say(
        connection,
        EntityChange(ROAD, "路", whole),
        *sections,
        relations=tuple(NewRelation(one.code, "part_of", ROAD, "declared") for one in sections),
    )
    network = ready(connection)
    assert (network.edges, network.left_out) == (2, {"its sections stand for it": 1})
    assert {edge.road for edge in edges(connection)} == {ROAD}


def test_a_register_without_roads_has_a_network_of_nothing(connection: Connection) -> None:
    network = ready(connection)
    assert (network.nodes, network.edges, network.parts) == (0, 0, 0)


def test_tags_that_only_the_model_has_count_too(connection: Connection) -> None:
    one = EntityChange(code("8402", 1), "路", line((0, 0), (360, 0)))
    say(connection, one)
    before = ready(connection)
    connection.execute(
        "INSERT INTO model (name, format, schema, crs, height_datum, file, digest, change_set_id)"
        " VALUES ('town', 'OSM PBF', '', '', '', '', '', 1)"
    )
    connection.execute(
        "INSERT INTO model_element (model, key, native_class, name, lods, measures, properties,"
        " code, change_set_id) VALUES (1, 'way/1', 'highway=trunk', '', '[]', '{}',"
        """ '{"highway": "trunk", "oneway": "yes"}', %s, 1)""",
        (one.code,),
    )
    connection.execute("UPDATE registry_state SET revision = revision + 1")
    after = ready(connection)
    (edge,) = edges(connection)

    assert (before.built, after.built) == (True, True)
    assert edge.seconds == pytest.approx(360 / (50 / 3.6))
    assert edge.back_s == -1.0
