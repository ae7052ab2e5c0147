"""Tagged objects become features of the kind that their tags say."""

from pathlib import Path
from typing import Any

import pytest
import shapely

from spatial.models import Element, RefusedElement, inspect, silent
from spatial.models.osm.format import OSM_PBF, OSM_XML
from tests.unit.spatial.osm.written import HOME, node, relation, ring, square, way, write


@pytest.fixture(params=["a.osm.pbf", "a.osm"])
def extract(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return tmp_path / str(request.param)


def read(path: Path) -> dict[str, Element | RefusedElement]:
    form = OSM_PBF if path.suffix == ".pbf" else OSM_XML
    assert form.open is not None
    return {each.key: each for each in form.open(path).elements(silent)}


def element(path: Path, key: str) -> Element:
    found = read(path)[key]
    assert isinstance(found, Element), found
    return found


def test_nodes_ways_and_areas_are_counted_by_kind(extract: Path) -> None:
    write(
        extract,
        node(1, natural="tree"),
        *square(10),
        *square(20, 2),
        way(1, [10, 11, 12], highway="residential"),
        way(2, ring(10), building="yes"),
        way(3, ring(20), highway="residential"),
    )
    found = inspect(extract)
    assert found.error is None
    assert found.counts == {"LineString": 2, "Point": 1, "Polygon": 1}
    assert (found.crs, found.warnings) == ("EPSG:4326", [])
    assert found.bounds == pytest.approx((113.936, 22.749, 113.939, 22.750))


def test_what_is_counted_is_what_is_handed_over(extract: Path) -> None:
    write(extract, node(1, natural="tree"), *square(10), way(2, ring(10), building="yes"))
    shapes = [each.shape for each in read(extract).values() if isinstance(each, Element)]
    assert sum(inspect(extract).counts.values()) == len(shapes) == 2


def test_untagged_nodes_and_ways_are_no_features(extract: Path) -> None:
    write(extract, *square(10), node(5, created_by="editor"), way(1, [10, 11]), way(2, ring(10)))
    found = inspect(extract)
    assert found.counts == {}
    assert found.warnings == ["holds no tagged object with a place"]


@pytest.mark.parametrize(
    ("tags", "kind"),
    [
        ({"building": "yes"}, "Polygon"),
        ({"highway": "residential"}, "LineString"),
        ({"highway": "pedestrian", "area": "yes"}, "Polygon"),
        ({"building": "yes", "area": "no"}, "LineString"),
        ({"natural": "water"}, "Polygon"),
        ({"natural": "coastline"}, "LineString"),
        ({"waterway": "riverbank"}, "Polygon"),
        ({"waterway": "river"}, "LineString"),
        ({"barrier": "fence"}, "LineString"),
        ({"man_made": "pipeline"}, "LineString"),
        ({"name": "nameless kind"}, "LineString"),
    ],
)
def test_a_closed_way_is_an_area_where_its_tags_say_so(
    extract: Path, tags: dict[str, str], kind: str
) -> None:
    write(extract, *square(10), way(1, ring(10), **tags))
    assert inspect(extract).counts == {kind: 1}


def test_a_multipolygon_has_its_hole(extract: Path) -> None:
    write(
        extract,
        *square(10, side=3.0),
        *square(20, 1.0, 1.0, 1.0),
        way(1, ring(10)),
        way(2, ring(20)),
        relation(5, [("w", 1, "outer"), ("w", 2, "inner")], type="multipolygon", natural="water"),
    )
    found = element(extract, "relation/5")
    assert isinstance(found.shape, shapely.Polygon)
    assert len(found.shape.interiors) == 1
    assert found.shape.area == pytest.approx(8e-6)
    assert inspect(extract).counts == {"Polygon": 1}


def test_a_multipolygon_of_two_rings_stays_one_thing(extract: Path) -> None:
    write(
        extract,
        *square(10),
        *square(20, 2.0),
        way(1, [10, 11, 12]),
        way(2, [12, 13, 10]),
        way(3, ring(20)),
        relation(5, [("w", n, "outer") for n in (1, 2, 3)], type="multipolygon", building="yes"),
    )
    assert inspect(extract).counts == {"MultiPolygon": 1}
    assert element(extract, "relation/5").klass == "8101"


@pytest.mark.parametrize(
    ("objects", "key", "reason"),
    [
        (
            [*square(10), way(1, [10, 12, 11, 13, 10], building="yes")],
            "way/1",
            "its rings cross themselves or do not close",
        ),
        (
            [*square(10), way(1, [10, 11, 10], building="yes")],
            "way/1",
            "its rings cross themselves or do not close",
        ),
        (
            [*square(10), way(1, [10, 11, 99, 10], building="yes")],
            "way/1",
            "some nodes of its ring are not in the file",
        ),
        (
            [node(10), way(1, [10, 98, 99], highway="path")],
            "way/1",
            "2 of its 3 nodes are not in the file",
        ),
        (
            [node(10), way(1, [98, 99], highway="path")],
            "way/1",
            "2 of its 2 nodes are not in the file",
        ),
        (
            [node(10), node(11), way(1, [10, 11], highway="path")],
            "way/1",
            "its 2 nodes are at one place",
        ),
        (
            [
                *square(10),
                way(1, [10, 11, 12]),
                relation(5, [("w", 1, "outer")], type="multipolygon", building="yes"),
            ],
            "relation/5",
            "its rings cross themselves or do not close",
        ),
        (
            [
                *square(10),
                way(1, [10, 11, 12]),
                relation(
                    5,
                    [("w", 1, "outer"), ("w", 8, "outer")],
                    type="multipolygon",
                    building="yes",
                ),
            ],
            "relation/5",
            "1 of its 2 ways are not in the file, e.g. 8",
        ),
        (
            [node(10), relation(5, [("n", 10, "label")], type="boundary", name="x")],
            "relation/5",
            "has no way among its members",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) and " " in value else None,
)
def test_what_cannot_be_drawn_is_refused_and_loses_nothing_around_it(
    extract: Path, objects: list[Any], key: str, reason: str
) -> None:
    tree = node(90, natural="tree")
    nodes = [each for each in objects if type(each) is type(tree)]
    write(extract, *nodes, tree, *(each for each in objects if each not in nodes))
    found = read(extract)
    refused = found[key]
    assert isinstance(refused, RefusedElement)
    assert refused.reason.startswith(reason)
    assert isinstance(found["node/90"], Element)
    assert any(key in warning for warning in inspect(extract).warnings)


def test_an_extract_of_nothing_but_refused_objects_is_told(extract: Path) -> None:
    write(extract, node(10), way(1, [10, 99], highway="path"))
    found = inspect(extract)
    assert (found.error, found.counts, found.bounds) == (None, {}, None)
    assert found.warnings[-1].startswith("way/1 will be refused: 1 of its 2 nodes")


def test_a_road_that_leaves_the_extract_keeps_the_stretch_inside(extract: Path) -> None:
    write(extract, *square(10), way(1, [10, 11, 99], highway="primary"))
    found = element(extract, "way/1")
    assert isinstance(found.shape, shapely.LineString)
    assert found.properties["@nodes"] == [[10, 11]]
    assert found.properties["@cut"] == 1
    assert inspect(extract).warnings == ["1 ways are cut where their nodes are not in the file"]


def test_a_road_that_starts_outside_is_cut_too(extract: Path) -> None:
    write(extract, *square(10), way(1, [99, 10, 11], highway="primary"))
    assert element(extract, "way/1").properties["@nodes"] == [[10, 11]]


def test_nothing_is_drawn_across_a_gap(extract: Path) -> None:
    write(extract, *square(10), way(1, [10, 11, 99, 12, 13], highway="primary"))
    found = element(extract, "way/1")
    assert isinstance(found.shape, shapely.MultiLineString)
    assert found.properties["@nodes"] == [[10, 11], [12, 13]]


def test_roads_that_share_a_node_can_be_joined(extract: Path) -> None:
    write(
        extract,
        *square(10),
        way(1, [10, 11], highway="primary", oneway="yes", maxspeed="60", bridge="yes", layer="1"),
        way(2, [11, 12], highway="service", tunnel="yes"),
        way(3, [12, 13], barrier="fence"),
    )
    one, two = element(extract, "way/1"), element(extract, "way/2")
    assert one.properties["@nodes"] == [[10, 11]]
    assert two.properties["@nodes"] == [[11, 12]]
    assert (one.native_class, one.klass) == ("highway", "8402")
    assert one.properties.items() >= {"oneway": "yes", "maxspeed": "60", "layer": "1"}.items()
    assert "@nodes" not in element(extract, "way/3").properties


def test_a_relation_without_a_shape_keeps_its_members(extract: Path) -> None:
    write(
        extract,
        *square(10),
        way(1, [10, 11], highway="primary"),
        relation(
            7, [("w", 1, "from"), ("n", 11, "via")], type="restriction", restriction="no_turn"
        ),
    )
    found = element(extract, "relation/7")
    assert found.shape is None
    assert found.properties["@members"] == [["way/1", "from"], ["node/11", "via"]]
    assert inspect(extract).counts == {"LineString": 1, "None": 1}


def test_names_heights_and_tags_are_kept(extract: Path) -> None:
    tags = {"building": "office", "name": "光明大厦", "name__en": "Guangming Tower"}
    write(extract, *square(10), way(1, ring(10), building__levels="12", min_height="3 m", **tags))
    found = element(extract, "way/1")
    assert (found.name, found.native_class, found.klass) == ("光明大厦", "building", "8101")
    assert found.measures == {"height_m": 36.0, "min_height_m": 3.0}
    assert found.properties["@height"] == "building:levels x 3 m, an estimate"
    assert found.properties["name:en"] == "Guangming Tower"


def test_a_height_that_is_said_is_no_estimate(extract: Path) -> None:
    write(extract, *square(10), way(1, ring(10), building="yes", height="99.5"))
    found = element(extract, "way/1")
    assert (found.measures, found.properties["@height"]) == ({"height_m": 99.5}, "height")


def test_the_place_of_a_node_is_its_longitude_and_latitude(extract: Path) -> None:
    write(extract, node(1, emergency="fire_hydrant"))
    assert element(extract, "node/1").shape == shapely.Point(HOME)


def test_the_program_that_wrote_it_is_told(extract: Path) -> None:
    write(extract, node(1, natural="tree"), program="osmium/1.16")
    schema = inspect(extract).schema
    assert schema is not None
    assert schema.endswith("; written by osmium/1.16")


def test_places_of_nodes_on_disk_give_the_same(
    extract: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(extract, *square(10), way(1, ring(10), building="yes"), way(2, [10, 11], highway="x"))
    in_memory = read(extract)
    monkeypatch.setattr("spatial.models.osm.reader._IN_MEMORY_BYTES", 0)
    assert read(extract) == in_memory
