"""Extracts in any order, numbered in any way, are the same extract; a history is none."""

import resource
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spatial.models import Element, inspect, silent
from spatial.models.model import RefusedElement
from spatial.models.osm.format import OSM_XML

NODES = tuple(
    f"<node id='{number}' version='1' lat='{22 + (number - 1) // 2 / 100}' "
    f"lon='{114 + (number in (2, 3)) / 100}'/>"
    for number in (1, 2, 3, 4)
)
OBJECTS = (
    *NODES,
    "<node id='7' version='1' lat='22' lon='114'><tag k='natural' v='tree'/></node>",
    "<way id='1' version='1'><nd ref='1'/><nd ref='2'/><tag k='highway' v='path'/></way>",
    (
        "<way id='2' version='1'><nd ref='1'/><nd ref='2'/><nd ref='3'/><nd ref='4'/><nd ref='1'/>"
        "</way>"
    ),
    (
        "<relation id='1' version='1'><member type='way' ref='2' role='outer'/>"
        "<tag k='type' v='multipolygon'/><tag k='building' v='yes'/></relation>"
    ),
    (
        "<relation id='2' version='1'><member type='node' ref='7' role='stop'/>"
        "<tag k='type' v='route'/><tag k='ref' v='7'/></relation>"
    ),
)


def xml(*objects: str) -> bytes:
    """An extract of these objects."""
    return f"<osm version='0.6'>{''.join(objects)}</osm>".encode()


def features(path: Path) -> dict[str, str | None]:
    """Shapes of the features of a file by key; all of them are taken."""
    assert OSM_XML.open is not None
    found = list(OSM_XML.open(path).elements(silent))
    assert not [each for each in found if isinstance(each, RefusedElement)]
    taken = [each for each in found if isinstance(each, Element)]
    return {each.key: None if each.shape is None else each.shape.wkt for each in taken}


def written(folder: Path, data: bytes) -> Path:
    """A file of these bytes."""
    path = folder / "a.osm"
    path.write_bytes(data)
    return path


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.permutations(OBJECTS))
def test_objects_may_stand_in_any_order(tmp_path: Path, objects: list[str]) -> None:
    expected = features(written(tmp_path, xml(*OBJECTS)))
    assert expected.keys() == {"node/7", "way/1", "relation/1", "relation/2"}

    assert features(written(tmp_path, xml(*objects))) == expected


def test_numbers_may_be_below_zero(tmp_path: Path) -> None:
    expected = features(written(tmp_path, xml(*OBJECTS)))
    below = xml(*OBJECTS).replace(b"id='", b"id='-").replace(b"ref='", b"ref='-")

    found = features(written(tmp_path, below))

    assert found == {key.replace("/", "/-"): shape for key, shape in expected.items()}


def test_numbers_below_zero_are_told_as_the_file_has_them(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        xml(
            "<node id='-1' lat='22' lon='114'/><node id='2' lat='22.1' lon='114'/>",
            "<way id='-5'><nd ref='-1'/><nd ref='2'/><tag k='highway' v='path'/></way>",
            "<way id='-6'><nd ref='-1'/><nd ref='-9'/><tag k='highway' v='path'/></way>",
            "<relation id='-3'><member type='way' ref='-8' role='outer'/>"
            "<tag k='type' v='multipolygon'/><tag k='building' v='yes'/></relation>",
            "<relation id='4'><member type='way' ref='-5' role=''/>"
            "<tag k='type' v='route'/><tag k='ref' v='1'/></relation>",
        ),
    )
    assert OSM_XML.open is not None

    found = {each.key: each for each in OSM_XML.open(path).elements(silent)}

    road, route = found["way/-5"], found["relation/4"]
    assert isinstance(road, Element)
    assert road.properties["@nodes"] == [[-1, 2]]
    assert isinstance(route, Element)
    assert route.properties["@members"] == [["way/-5", ""]]
    assert found["way/-6"] == RefusedElement(
        "way/-6", "1 of its 2 nodes are not in the file: too few are left for a line"
    )
    assert found["relation/-3"] == RefusedElement(
        "relation/-3", "1 of its 1 ways are not in the file, e.g. -8"
    )


def test_an_object_in_two_states_is_a_history(tmp_path: Path) -> None:
    later = NODES[0].replace("version='1'", "version='2'")

    found = inspect(written(tmp_path, xml(NODES[0], later)))

    assert found.error is not None
    assert "holds node/1 in several states: expected an extract of one moment" in found.error


def test_what_was_deleted_is_not_counted(tmp_path: Path) -> None:
    gone = "<node id='9' version='3' visible='false'/>"
    tree = "<node id='8' version='1' visible='false' lat='22' lon='114'><tag k='natural' v='tree'/>"

    found = inspect(written(tmp_path, xml(*NODES, f"{tree}</node>", gone, *OBJECTS[5:])))

    assert found.error is None
    assert found.counts == {"LineString": 1, "None": 1, "Polygon": 1}


@pytest.mark.parametrize("number", [2**45, 2**60 + 5, 2**62])
def test_a_number_may_be_as_large_as_there_are(tmp_path: Path, number: int) -> None:
    way = OBJECTS[5].replace("id='1'", f"id='{number}'")

    assert features(written(tmp_path, xml(*NODES, way))).keys() == {f"way/{number}"}


def test_numbers_far_apart_take_no_memory(tmp_path: Path) -> None:
    ways = [OBJECTS[5].replace("id='1'", f"id='{at << 25}'") for at in range(1, 400)]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    found = inspect(written(tmp_path, xml(*NODES, *ways)))

    assert found.counts == {"LineString": 399}
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200 * 1024
