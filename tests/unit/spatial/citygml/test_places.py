"""Where the numbers of a file lie: CRS, order of the axes, how many make a place."""

import math
from pathlib import Path

import pytest
from pyproj import Transformer

from spatial.models import inspect
from tests.unit.spatial.citygml.writing import (
    EAST,
    NORTH,
    box,
    building,
    document,
    elements,
    house,
    multi_surface,
    refused,
    solid,
    written,
)

CORNERS = [(EAST, NORTH), (EAST + 4, NORTH), (EAST + 4, NORTH + 3), (EAST, NORTH)]


def face(ring: str, on_polygon: str = "", on_ring: str = "") -> str:
    """Return a polygon of a ring, with attributes."""
    return (
        f"<gml:Polygon{on_polygon}><gml:exterior><gml:LinearRing{on_ring}>{ring}"
        "</gml:LinearRing></gml:exterior></gml:Polygon>"
    )


def pos_list(places: list[tuple[float, ...]], said: str = "") -> str:
    """Return the places as one list."""
    numbers = " ".join(repr(number) for place in places for number in place)
    return f"<gml:posList{said}>{numbers}</gml:posList>"


def footprint(*faces: str, said: str = "") -> str:
    """Return a building that is drawn as a footprint."""
    drawn = multi_surface(faces).replace("<gml:MultiSurface>", f"<gml:MultiSurface{said}>")
    return building(f"<bldg:lod0FootPrint>{drawn}</bldg:lod0FootPrint>")


def test_degrees_are_measured_in_metres(tmp_path: Path) -> None:
    east = 10 / (111_320 * math.cos(math.radians(35)))
    north = 8 / 110_941
    faces = box((35.0, 139.0, 5.0), (35.0 + north, 139.0 + east, 11.0))
    text = document(
        building(f"<bldg:lod1Solid>{solid(faces)}</bldg:lod1Solid>"),
        srs_name="http://www.opengis.net/def/crs/EPSG/0/6697",
        corner="35.0 139.0 5.0",
    )
    (element,) = elements(tmp_path, text)
    assert element.measures["volume_m3"] == pytest.approx(480.0, rel=0.002)
    assert element.shape is not None
    assert element.shape.bounds == pytest.approx((139.0, 35.0, 139.0 + east, 35.0 + north))
    assert "footprint_area_m2" not in element.measures


@pytest.mark.parametrize(
    ("srs_name", "corner", "places"),
    [
        ("urn:ogc:def:crs:EPSG::4547", "2510000 500000 0", (2_510_000.0, 500_000.0)),
        ("urn:ogc:def:crs:EPSG::4547", "500000 2510000 0", (500_000.0, 2_510_000.0)),
    ],
)
def test_the_order_of_axes_is_seen_from_where_a_file_lies(
    tmp_path: Path, srs_name: str, corner: str, places: tuple[float, float]
) -> None:
    x, y = places
    faces = box((x, y, 0.0), (x + 1, y + 1, 1.0))
    text = document(
        building(f"<bldg:lod1Solid>{solid(faces)}</bldg:lod1Solid>"),
        srs_name=srs_name,
        corner=corner,
    )
    (element,) = elements(tmp_path, text)
    assert element.shape is not None
    assert element.shape.bounds == (500_000, 2_510_000, 500_001, 2_510_001)


def test_an_extent_that_lies_does_not_turn_the_axes(tmp_path: Path) -> None:
    faces = box((35.0, 139.0, 0.0), (35.001, 139.001, 1.0))
    text = document(
        building(f"<bldg:lod1Solid>{solid(faces)}</bldg:lod1Solid>"),
        srs_name="urn:ogc:def:crs:EPSG::6697",
        corner="0 0 0",
    )
    (element,) = elements(tmp_path, text)
    assert element.shape is not None
    assert element.shape.bounds == pytest.approx((139.0, 35.0, 139.001, 35.001))


def test_a_crs_that_only_the_geometries_name_is_that_of_the_file(tmp_path: Path) -> None:
    inside = f"<bldg:lod1Solid>{solid(house())}</bldg:lod1Solid>".replace(
        "<gml:Solid>", '<gml:Solid srsName="EPSG:25832" srsDimension="3">'
    )
    path = written(tmp_path, document(building(inside), srs_name=None, corner=None))
    found = inspect(path)
    assert (found.crs, found.error) == ("EPSG:25832", None)
    assert found.bounds == pytest.approx((9.0, 48.7534, 9.0001, 48.7535), abs=1e-3)


def test_a_geometry_in_another_crs_is_moved(tmp_path: Path) -> None:
    degrees = box((48.7534, 9.0, 0.0), (48.7535, 9.0001, 3.0))
    other = solid(degrees).replace(
        "<gml:Solid>", '<gml:Solid srsName="urn:ogc:def:crs:EPSG::4258">'
    )
    first = building(f"<bldg:lod1Solid>{solid(house())}</bldg:lod1Solid>")
    second = building(f"<bldg:lod1Solid>{other}</bldg:lod1Solid>", key="b2")
    _, moved = elements(tmp_path, document(first, second))
    assert moved.shape is not None
    middle = Transformer.from_crs("EPSG:4258", "EPSG:25832").transform(48.75345, 9.00005)
    assert (moved.shape.centroid.x, moved.shape.centroid.y) == pytest.approx(middle, abs=0.01)


def test_places_without_heights_have_none(tmp_path: Path) -> None:
    ring = f"{EAST} {NORTH} {EAST + 4} {NORTH} {EAST + 4} {NORTH + 3} {EAST} {NORTH}"
    flat = face(f'<gml:posList srsDimension="2">{ring}</gml:posList>')
    (element,) = elements(tmp_path, document(footprint(flat)))
    assert (element.base_m, element.top_m) == (None, None)
    assert element.measures["footprint_area_m2"] == pytest.approx(6.0)


@pytest.mark.parametrize(
    "ring",
    [
        (
            "<gml:pos>{0} {1} 0</gml:pos><gml:pos>{2} {1} 0</gml:pos>"
            "<gml:pos>{2} {3} 0</gml:pos><gml:pos>{0} {1} 0</gml:pos>"
        ),
        "<gml:coordinates>{0},{1},0 {2},{1},0 {2},{3},0 {0},{1},0</gml:coordinates>",
        (
            "<gml:coord><gml:X>{0}</gml:X><gml:Y>{1}</gml:Y><gml:Z>0</gml:Z></gml:coord>"
            "<gml:coord><gml:X>{2}</gml:X><gml:Y>{1}</gml:Y><gml:Z>0</gml:Z></gml:coord>"
            "<gml:coord><gml:X>{2}</gml:X><gml:Y>{3}</gml:Y><gml:Z>0</gml:Z></gml:coord>"
        ),
    ],
)
def test_older_ways_to_write_places_are_read(tmp_path: Path, ring: str) -> None:
    places = ring.format(EAST, NORTH, EAST + 4, NORTH + 3)
    (element,) = elements(tmp_path, document(footprint(face(places))))
    assert element.measures["footprint_area_m2"] == pytest.approx(6.0)


def test_a_ring_of_curves_is_put_together(tmp_path: Path) -> None:
    def line(x: float, y: float, u: float, v: float) -> str:
        numbers = f"{EAST + x} {NORTH + y} 0 {EAST + u} {NORTH + v} 0"
        return (
            f"<gml:curveMember><gml:LineString><gml:posList>{numbers}</gml:posList>"
            "</gml:LineString></gml:curveMember>"
        )

    ring = f"<gml:Ring>{line(0, 0, 4, 0)}{line(4, 0, 4, 3)}{line(4, 3, 0, 0)}</gml:Ring>"
    polygon = f"<gml:Polygon><gml:exterior>{ring}</gml:exterior></gml:Polygon>"
    (element,) = elements(tmp_path, document(footprint(polygon)))
    assert element.measures["footprint_area_m2"] == pytest.approx(6.0)


@pytest.mark.parametrize("where", ["MultiSurface", "Polygon", "LinearRing", "posList"])
def test_how_many_numbers_make_a_place_is_said_anywhere(tmp_path: Path, where: str) -> None:
    ring = [*CORNERS[:3], (EAST + 2, NORTH + 3), (EAST + 1, NORTH + 1), CORNERS[0]]
    text = document(footprint(face(pos_list(list(ring)))))
    text = text.replace(f"<gml:{where}>", f'<gml:{where} srsDimension="2">')
    (element,) = elements(tmp_path, text)
    assert element.shape is not None
    assert element.shape.bounds == (EAST, NORTH, EAST + 4, NORTH + 3)
    assert (element.base_m, element.top_m) == (None, None)


@pytest.mark.parametrize("said", ["", ' srsDimension="2"'])
def test_an_extent_of_two_numbers_makes_no_city_flat(tmp_path: Path, said: str) -> None:
    inside = f"<bldg:lod1Solid>{solid(house())}</bldg:lod1Solid>"
    text = document(building(inside), corner=f"{EAST} {NORTH}")
    (element,) = elements(tmp_path, text.replace(' srsDimension="3"', said))
    assert element.measures["volume_m3"] == pytest.approx(480.0)
    assert (element.base_m, element.top_m) == (100.0, 106.0)


def test_a_footprint_of_two_numbers_stands_in_a_city_of_three(tmp_path: Path) -> None:
    ring = [*CORNERS[:3], (EAST + 2, NORTH + 3), (EAST + 1, NORTH + 1), CORNERS[0]]
    (element,) = elements(tmp_path, document(footprint(face(pos_list(list(ring))))))
    assert element.shape is not None
    assert element.shape.bounds == (EAST, NORTH, EAST + 4, NORTH + 3)


def test_points_of_a_ring_say_how_many_numbers_they_have(tmp_path: Path) -> None:
    points = "".join(
        f"<gml:pointProperty><gml:Point><gml:pos>{x} {y}</gml:pos></gml:Point></gml:pointProperty>"
        for x, y in [*CORNERS[:3], (EAST + 2, NORTH + 3), (EAST, NORTH + 1), CORNERS[0]]
    )
    (element,) = elements(tmp_path, document(footprint(face(points))))
    assert element.shape is not None
    assert element.shape.bounds == (EAST, NORTH, EAST + 4, NORTH + 3)


def test_coordinates_may_be_written_with_other_signs(tmp_path: Path) -> None:
    text = ";".join(f"{x:.1f}|{y:.1f}|5.0".replace(".", ",") for x, y in CORNERS)
    ring = f'<gml:coordinates decimal="," cs="|" ts=";">{text}</gml:coordinates>'
    (element,) = elements(tmp_path, document(footprint(face(ring))))
    assert element.measures["footprint_area_m2"] == pytest.approx(6.0)
    assert element.base_m == 5.0


@pytest.mark.parametrize(
    ("ring", "reason"),
    [
        (
            "<gml:pos>1 2 3 4</gml:pos>" * 4,
            "place '1 2 3 4': expected 2 or 3 numbers, of all alike",
        ),
        (
            "<gml:coordinates>1,2 1,2,3 1,2</gml:coordinates>",
            "place '1,2 1,2,3 1,2': expected 2 or",
        ),
        ("<gml:posList>1_0 2 3 1_0 2 3</gml:posList>", "coordinates '1_0 2 3 1_0 2 3' are no numb"),
        ("<gml:pos>１ ２ ３</gml:pos>", "coordinates '１ ２ ３' are no numbers"),
    ],
)
def test_what_is_no_place_is_refused_in_words(tmp_path: Path, ring: str, reason: str) -> None:
    assert refused(tmp_path, document(footprint(face(ring))))["b1"].startswith(reason)


@pytest.mark.parametrize("where", ["MultiSurface", "Polygon", "LinearRing", "posList"])
def test_a_crs_may_be_named_anywhere(tmp_path: Path, where: str) -> None:
    to_degrees = Transformer.from_crs("EPSG:25832", "EPSG:4258")
    places = [(*to_degrees.transform(x, y), 7.0) for x, y in CORNERS]
    text = document(footprint(face(pos_list(list(places)))))
    text = text.replace(f"<gml:{where}>", f'<gml:{where} srsName="urn:ogc:def:crs:EPSG::4258">')
    (element,) = elements(tmp_path, text)
    assert element.shape is not None
    assert element.shape.bounds == pytest.approx((EAST, NORTH, EAST + 4, NORTH + 3), abs=1e-4)
    assert element.base_m == 7.0


def test_surfaces_of_one_object_may_be_in_several_crss(tmp_path: Path) -> None:
    to_degrees = Transformer.from_crs("EPSG:25832", "EPSG:4258")
    faces = house()
    roof = box((EAST, NORTH, 100.0), (EAST + 10, NORTH + 8, 106.0))[1]
    ring = [(EAST, NORTH), (EAST + 10, NORTH), (EAST + 10, NORTH + 8), (EAST, NORTH + 8)]
    degrees = [(*to_degrees.transform(x, y), 106.0) for x, y in [*ring, ring[0]]]
    other = face(pos_list(list(degrees)), ' srsName="urn:ogc:def:crs:EPSG::4258"')
    assert roof in faces
    inside = solid([other if each == roof else each for each in faces])
    (element,) = elements(
        tmp_path, document(building(f"<bldg:lod1Solid>{inside}</bldg:lod1Solid>"))
    )
    assert element.measures["surface_area_m2"] == pytest.approx(376.0)
    assert element.measures["volume_m3"] == pytest.approx(480.0)


@pytest.mark.parametrize(
    ("name", "east", "north", "order"),
    [
        ("urn:ogc:def:crs:EPSG::6677", -5_000, -35_000, "north before east"),
        ("http://www.opengis.net/def/crs/EPSG/0/6677", -5_000, -35_000, "north before east"),
        ("EPSG:6677", -35_000, -5_000, "east before north"),
    ],
)
def test_where_both_orders_lie_in_the_area_the_name_decides(
    tmp_path: Path, name: str, east: int, north: int, order: str
) -> None:
    faces = box((-35_000.0, -5_000.0, 0.0), (-34_999.0, -4_999.0, 1.0))
    text = document(
        building(f"<bldg:lod1Solid>{solid(faces)}</bldg:lod1Solid>"),
        srs_name=name,
        corner="-35000 -5000 0",
    )
    (element,) = elements(tmp_path, text)
    assert element.shape is not None
    assert element.shape.bounds == (east, north, east + 1, north + 1)
    said = f"coordinates in EPSG:6677 lie in its area of use in either order: read {order}"
    assert said in inspect(tmp_path / "file.gml").warnings


@pytest.mark.parametrize(
    ("name", "crs"),
    [
        ("EPSG:25832", "EPSG:25832"),
        ("25832", "EPSG:25832"),
        ("http://www.opengis.net/gml/srs/epsg.xml#25832", "EPSG:25832"),
        ("urn:x-ogc:def:crs:EPSG:6.12:25832", "EPSG:25832"),
        ("urn:ogc:def:crs,crs:EPSG::25832,crs:EPSG::5783", "EPSG:5555"),
        ("EPSG:25832+5783", "EPSG:5555"),
        ("urn:adv:crs:ETRS89_UTM32*DE_DHHN92_NH*GCG2005", "EPSG:5555"),
    ],
)
def test_a_crs_has_many_names(tmp_path: Path, name: str, crs: str) -> None:
    inside = f"<bldg:lod1Solid>{solid(house())}</bldg:lod1Solid>"
    found = inspect(written(tmp_path, document(building(inside), srs_name=name)))
    assert found.crs == crs
    assert found.bounds == pytest.approx((9.0, 48.753, 9.0001, 48.7531), abs=1e-3)


def test_metres_in_a_crs_of_degrees_are_nowhere(tmp_path: Path) -> None:
    inside = f"<bldg:lod1Solid>{solid(house())}</bldg:lod1Solid>"
    found = inspect(written(tmp_path, document(building(inside), srs_name="EPSG:4326")))
    assert (found.bounds, found.error) == (None, None)
    assert any("is nowhere in the CRS" in warning for warning in found.warnings)
