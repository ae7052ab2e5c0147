"""Real files of PLATEAU; what is expected of them is counted and computed by other means here."""

from collections import Counter
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
import shapely
from lxml import etree
from pyproj import Geod

from spatial.models import Element, inspect
from tests.unit.spatial.citygml.writing import read

_OBJECTS = (
    "//*[local-name()='cityObjectMember']/*"
    "|//*[local-name()='consistsOfBuildingPart']/*"
    "|//*[local-name()='outerBridgeConstruction']/*"
    "|//*[local-name()='outerBridgeInstallation']/*"
)
_GML = {"gml": "http://www.opengis.net/gml"}


class Case(NamedTuple):
    """A file, and what it is known to be."""

    name: str
    objects: int
    extension: str
    bounds: tuple[float, float, float, float]


# Bounds are the envelopes that the files declare, longitude first.
CASES = (
    Case(
        "52397519_bldg_6697_op.gml",
        15,
        "urf 2.0, uro 2.0",
        (139.73724371, 35.2582973, 139.7405549, 35.26154395),
    ),
    Case(
        "hodokyo_51324378_brid_6697.gml",
        19,
        "uro 3.0",
        (132.48421103, 34.39611941, 132.48448656, 34.39663782),
    ),
    Case(
        "sewer_53403039_unf_6697.gml",
        6,
        "uro 3.0",
        (140.11941159, 35.60953098, 140.11943921, 35.60971053),
    ),
    Case(
        "523857_lsld_6668_op.gml",
        81,
        "urf 2.0, uro 2.0",
        (138.87434889, 35.08239, 138.88919461, 35.13932867),
    ),
)
IDS = [case.name for case in CASES]


def objects_of(path: Path) -> list["etree._Element"]:
    found = etree.parse(path).xpath(_OBJECTS)
    assert isinstance(found, list)
    return [each for each in found if isinstance(each, etree._Element)]


def elements_of(path: Path) -> dict[str, Element]:
    """Return the elements of a file, of which none may be refused."""
    found = read(path)
    taken = {each.key: each for each in found if isinstance(each, Element)}
    assert len(taken) == len(found)
    return taken


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_a_file_is_told_as_it_is(shared: Path, case: Case) -> None:
    path = shared / "data" / "cim" / case.name
    found = inspect(path)
    counted = Counter(etree.QName(each).localname for each in objects_of(path))
    assert found.error is None
    assert found.counts == dict(counted)
    assert sum(found.counts.values()) == case.objects
    assert (found.schema, found.crs) == ("2.0", "EPSG:6697")
    assert found.bounds == pytest.approx(case.bounds, abs=2e-7)
    assert found.warnings == [f"is extended by i-UR: {case.extension}"]


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_every_object_is_an_element_under_its_own_key(shared: Path, case: Case) -> None:
    path = shared / "data" / "cim" / case.name
    elements = elements_of(path)
    named = {str(each.get(f"{{{_GML['gml']}}}id")): each for each in objects_of(path)}
    named.pop("None", None)
    assert named.keys() <= elements.keys()
    assert len(elements) == case.objects
    for key, node in named.items():
        assert elements[key].native_class == etree.QName(node).localname
        assert elements[key].name == (
            node.findtext("gml:name", namespaces=_GML) or node.findtext("{*}zoneName") or ""
        )
    keys = list(elements)
    for element in elements.values():
        if element.parent is not None:
            assert keys.index(element.parent) < keys.index(element.key)


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_shapes_lie_where_the_file_says_and_are_valid(shared: Path, case: Case) -> None:
    elements = elements_of(shared / "data" / "cim" / case.name)
    west, south, east, north = case.bounds
    for element in elements.values():
        assert element.shape is not None
        assert shapely.is_valid(element.shape)
        assert not shapely.has_z(element.shape)
        assert element.lods
    found = shapely.total_bounds([element.shape for element in elements.values()])
    assert (found >= np.array([west, south, west, south]) - 1e-7).all()
    assert (found <= np.array([east, north, east, north]) + 1e-7).all()


def test_lod_1_buildings_hold_their_footprint_times_their_height(shared: Path) -> None:
    path = shared / "data" / "cim" / "52397519_bldg_6697_op.gml"
    elements = elements_of(path)
    checked = 0
    for node in objects_of(path):
        element = elements[str(node.get(f"{{{_GML['gml']}}}id"))]
        if element.lods != ("0", "1"):
            continue
        numbers = node.xpath(
            "string(*[local-name()='lod0FootPrint']//gml:posList)", namespaces=_GML
        )
        places = np.array(str(numbers).split(), float).reshape(-1, 3)
        area = abs(Geod(ellps="GRS80").polygon_area_perimeter(places[:, 1], places[:, 0])[0])
        height = element.measures["height_m"]
        assert element.measures["volume_m3"] == pytest.approx(area * height, rel=1e-3)
        assert element.shape is not None
        checked += 1
    assert checked > 5


def test_lod_2_buildings_refer_to_their_surfaces(shared: Path) -> None:
    path = shared / "data" / "cim" / "52397519_bldg_6697_op.gml"
    elements = elements_of(path)
    checked = 0
    for node in objects_of(path):
        element = elements[str(node.get(f"{{{_GML['gml']}}}id"))]
        walls = node.xpath("count(*/*[local-name()='WallSurface']//gml:Polygon)", namespaces=_GML)
        if walls:
            assert element.measures["wall_surface_count"] == walls
            assert element.measures["ground_area_m2"] == pytest.approx(
                element.measures["roof_area_m2"], rel=0.01
            )
            assert element.measures["volume_m3"] > 0
            checked += 1
    assert checked == 3


def test_a_building_of_parts_is_what_its_parts_are(shared: Path) -> None:
    elements = elements_of(shared / "data" / "cim" / "52397519_bldg_6697_op.gml")
    parts = [each for each in elements.values() if each.native_class == "BuildingPart"]
    (whole,) = {part.parent for part in parts}
    assert whole is not None
    volume = sum(part.measures["volume_m3"] for part in parts)
    assert elements[whole].measures["volume_m3"] == pytest.approx(volume)
    assert elements[whole].top_m == max(part.top_m or 0 for part in parts)


def test_pipes_are_lines_with_their_diameters(shared: Path) -> None:
    elements = elements_of(shared / "data" / "cim" / "sewer_53403039_unf_6697.gml")
    pipes = [each for each in elements.values() if each.native_class == "SewerPipe"]
    covers = [each for each in elements.values() if each.native_class == "Manhole"]
    assert {each.shape.geom_type for each in pipes if each.shape} == {"LineString"}
    assert {each.klass for each in pipes} == {"8301"}
    assert sorted(str(each.properties.get("innerDiamiter")) for each in pipes) == [
        "286.0", "286.0", "None",
    ]  # fmt: skip
    assert {each.properties.get("innerDiamiter.uom") for each in pipes} == {"mm", None}
    assert "Point" in {each.shape.geom_type for each in covers if each.shape}


def test_danger_zones_are_areas_that_may_be_watched(shared: Path) -> None:
    elements = elements_of(shared / "data" / "cim" / "523857_lsld_6668_op.gml")
    assert {each.klass for each in elements.values()} == {"8802"}
    assert all(each.properties["zoneNumber"] for each in elements.values())
