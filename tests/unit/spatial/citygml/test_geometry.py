import math
from pathlib import Path

import pytest

from spatial.models import inspect
from tests.unit.spatial.citygml.writing import (
    EAST,
    NORTH,
    box,
    building,
    document,
    elements,
    house,
    members_of,
    multi_surface,
    polygon,
    refused,
    solid,
    written,
)

LOW, HIGH = (EAST, NORTH, 100.0), (EAST + 10, NORTH + 8, 106.0)


def semantic(faces: list[str], lod: int = 2) -> str:
    """Return a box whose bottom, top and walls are semantic surfaces."""
    named = {"GroundSurface": faces[:1], "RoofSurface": faces[1:2], "WallSurface": faces[2:]}
    return "".join(
        f"<bldg:boundedBy><bldg:{name}><bldg:lod{lod}MultiSurface>{multi_surface(mine)}"
        f"</bldg:lod{lod}MultiSurface></bldg:{name}></bldg:boundedBy>"
        for name, mine in named.items()
    )


def referred(count: int, prefix: str = "#f") -> str:
    """Return a solid whose faces stand elsewhere."""
    inside = "".join(f'<gml:surfaceMember xlink:href="{prefix}{n}"/>' for n in range(count))
    return (
        "<gml:Solid><gml:exterior><gml:CompositeSurface>"
        f"{inside}</gml:CompositeSurface></gml:exterior></gml:Solid>"
    )


def test_a_box_has_its_volume_height_and_outline(tmp_path: Path) -> None:
    inside = f"<bldg:lod1Solid>{solid(house())}</bldg:lod1Solid>"
    (element,) = elements(tmp_path, document(building(inside)))
    assert element.measures["volume_m3"] == pytest.approx(480.0)
    assert element.measures["height_m"] == pytest.approx(6.0)
    assert element.measures["surface_area_m2"] == pytest.approx(376.0)
    assert (element.base_m, element.top_m) == (100.0, 106.0)
    assert element.shape is not None
    assert element.shape.bounds == (EAST, NORTH, EAST + 10, NORTH + 8)
    assert element.measures["footprint_area_m2"] == pytest.approx(80.0)
    assert element.lods == ("1",)


def test_a_hollow_solid_holds_less(tmp_path: Path) -> None:
    inner = box((EAST + 1, NORTH + 1, 101.0), (EAST + 9, NORTH + 7, 105.0))
    inside = f"<bldg:lod1Solid>{solid(house(), inner)}</bldg:lod1Solid>"
    (element,) = elements(tmp_path, document(building(inside)))
    assert element.measures["volume_m3"] == pytest.approx(480.0 - 192.0)


def test_a_solid_is_measured_by_the_surfaces_that_it_refers_to(tmp_path: Path) -> None:
    faces = box(LOW, HIGH, key="f")
    inside = f"<bldg:lod2Solid>{referred(6)}</bldg:lod2Solid>{semantic(faces)}"
    (element,) = elements(tmp_path, document(building(inside)))
    assert element.measures["volume_m3"] == pytest.approx(480.0)
    assert element.measures["roof_area_m2"] == pytest.approx(80.0)
    assert element.measures["wall_surface_count"] == 4
    assert element.properties["measured.outline"] == "ground surfaces of Solid of LoD 2"


def test_semantic_surfaces_without_a_solid_are_measured_as_well(tmp_path: Path) -> None:
    (element,) = elements(tmp_path, document(building(semantic(house()))))
    assert element.measures["volume_m3"] == pytest.approx(480.0)
    assert element.measures["ground_surface_count"] == 1


def test_a_surface_turned_round_is_seen_from_behind(tmp_path: Path) -> None:
    faces = house()
    wrong = polygon(
        (EAST, NORTH, 106.0), (EAST, NORTH + 8, 106.0), (EAST + 10, NORTH + 8, 106.0),
        (EAST + 10, NORTH, 106.0),
    )  # fmt: skip
    turned = (
        '<gml:OrientableSurface orientation="-"><gml:baseSurface>'
        f"{wrong}</gml:baseSurface></gml:OrientableSurface>"
    )
    sound = solid([faces[0], turned, *faces[2:]])
    (element,) = elements(tmp_path, document(building(f"<bldg:lod1Solid>{sound}</bldg:lod1Solid>")))
    assert element.measures["volume_m3"] == pytest.approx(480.0)


def test_a_missing_surface_costs_the_volume_and_is_said(tmp_path: Path) -> None:
    faces = box(LOW, HIGH, key="f")
    inside = f"<bldg:lod2Solid>{referred(7)}</bldg:lod2Solid>{semantic(faces[:5])}"
    path = written(tmp_path, document(building(inside)))
    (element,) = elements(tmp_path, document(building(inside)))
    assert "volume_m3" not in element.measures
    expected = "2 of its surfaces are not in its member of the file, the first is '#f5'"
    assert element.properties["measured.notes"] == [expected]
    assert f"'b1': {expected}" in inspect(path).warnings


def test_terrain_of_many_triangles_is_one_surface(tmp_path: Path) -> None:
    triangles = "".join(
        polygon(*corners).replace("gml:Polygon", "gml:Triangle")
        for x in range(20)
        for corners in (
            ((EAST + x, NORTH, 1.0), (EAST + x + 1, NORTH, 1.0), (EAST + x, NORTH + 1, 2.0)),
            (
                (EAST + x + 1, NORTH, 1.0),
                (EAST + x + 1, NORTH + 1, 2.0),
                (EAST + x, NORTH + 1, 2.0),
            ),
        )
    )
    relief = (
        '<dem:ReliefFeature gml:id="r"><dem:lod>1</dem:lod><dem:reliefComponent>'
        '<dem:TINRelief gml:id="t"><dem:lod>1</dem:lod><dem:tin><gml:TriangulatedSurface>'
        f"<gml:trianglePatches>{triangles}</gml:trianglePatches></gml:TriangulatedSurface>"
        "</dem:tin></dem:TINRelief></dem:reliefComponent></dem:ReliefFeature>"
    )
    whole, tin = elements(tmp_path, document(relief))
    assert (tin.parent, tin.native_class, tin.lods) == ("r", "TINRelief", ("1",))
    assert tin.measures["footprint_area_m2"] == pytest.approx(20.0)
    assert tin.measures["surface_area_m2"] == pytest.approx(20 * math.sqrt(2))
    assert (whole.base_m, whole.top_m) == (1.0, 2.0)
    assert whole.shape is not None
    assert whole.shape.area == pytest.approx(20.0)


def test_pipes_are_lines_and_manholes_points(tmp_path: Path) -> None:
    ends = f"{EAST} {NORTH} 3 {EAST + 3} {NORTH} 7"
    line = f"<gml:LineString><gml:posList>{ends}</gml:posList></gml:LineString>"
    point = f"<gml:Point><gml:pos>{EAST} {NORTH} 3</gml:pos></gml:Point>"
    around = f"<frn:lod1Geometry>{solid(house())}</frn:lod1Geometry>"

    def aside(geometry: str) -> str:
        return (
            "<uro:frnDmAttribute><uro:DmGeometricAttribute><uro:lod0Geometry>"
            f"{geometry}</uro:lod0Geometry></uro:DmGeometricAttribute></uro:frnDmAttribute>"
        )

    pipe = f'<uro:SewerPipe gml:id="p">{around}{aside(line)}</uro:SewerPipe>'
    manhole = f'<uro:Manhole gml:id="m">{around}{aside(point)}</uro:Manhole>'
    first, second = elements(tmp_path, document(pipe, manhole))
    assert first.shape is not None
    assert first.shape.wkt == "LINESTRING (500000 5400000, 500003 5400000)"
    assert first.measures["length_m"] == pytest.approx(5.0)
    assert (first.klass, first.lods) == ("8301", ("0", "1"))
    assert second.shape is not None
    assert second.shape.wkt == "POINT (500000 5400000)"
    assert second.measures["volume_m3"] == pytest.approx(480.0)


def test_several_lines_and_points_stay_several(tmp_path: Path) -> None:
    def line(y: float) -> str:
        return (
            f"<gml:curveMember><gml:LineString><gml:posList>{EAST} {NORTH + y} 0 {EAST + 1} "
            f"{NORTH + y} 0</gml:posList></gml:LineString></gml:curveMember>"
        )

    road = (
        '<tran:Road gml:id="r"><tran:lod0Network><gml:MultiCurve>'
        f"{line(0)}{line(5)}</gml:MultiCurve></tran:lod0Network></tran:Road>"
    )
    (element,) = elements(tmp_path, document(road))
    assert element.shape is not None
    assert element.shape.geom_type == "MultiLineString"
    assert element.measures["length_m"] == pytest.approx(2.0)


def test_a_shape_kept_elsewhere_is_the_point_where_it_stands(tmp_path: Path) -> None:
    tree = (
        '<veg:SolitaryVegetationObject gml:id="t"><veg:lod2ImplicitRepresentation>'
        "<core:ImplicitGeometry><core:relativeGMLGeometry>"
        f"{multi_surface([polygon((0, 0, 0), (1, 0, 0), (1, 1, 0))])}</core:relativeGMLGeometry>"
        f"<core:referencePoint><gml:Point><gml:pos>{EAST} {NORTH} 7</gml:pos></gml:Point>"
        "</core:referencePoint></core:ImplicitGeometry></veg:lod2ImplicitRepresentation>"
        "</veg:SolitaryVegetationObject>"
    )
    (element,) = elements(tmp_path, document(tree))
    assert element.shape is not None
    assert element.shape.wkt == "POINT (500000 5400000)"
    assert (element.base_m, element.lods) == (7.0, ("2",))


def test_what_is_beside_an_object_is_not_measured_as_a_part_of_it(tmp_path: Path) -> None:
    lines = (
        f"<gml:MultiCurve><gml:curveMember><gml:LineString><gml:posList>{EAST} {NORTH} 0 "
        f"{EAST + 5} {NORTH} 0</gml:posList></gml:LineString></gml:curveMember></gml:MultiCurve>"
    )
    far = multi_surface([polygon((0.0, 0.0, 0.0), (9.0, 0.0, 0.0), (9.0, 9.0, 0.0))])
    where = f"<gml:Point><gml:pos>{EAST} {NORTH} 0</gml:pos></gml:Point>"
    inside = (
        f"<bldg:lod1Solid>{solid(house())}</bldg:lod1Solid>"
        f"<bldg:lod1TerrainIntersection>{lines}</bldg:lod1TerrainIntersection>"
        f"<dem:extent>{far}</dem:extent>"
        f"<bldg:address><core:Address><core:multiPoint>{where}</core:multiPoint></core:Address>"
        "</bldg:address>"
    )
    (element,) = elements(tmp_path, document(building(inside)))
    assert element.measures["surface_area_m2"] == pytest.approx(376.0)
    assert "length_m" not in element.measures
    assert element.shape is not None
    assert element.shape.bounds == (EAST, NORTH, EAST + 10, NORTH + 8)


def test_a_bridge_covers_more_than_its_piers(tmp_path: Path) -> None:
    faces = house()
    pier = polygon((EAST, NORTH, 100.0), (EAST, NORTH + 1, 100.0), (EAST + 1, NORTH + 1, 100.0))
    inside = (
        f"<brid:lod2MultiSurface>{multi_surface(faces)}</brid:lod2MultiSurface>"
        "<brid:boundedBy><brid:GroundSurface><brid:lod2MultiSurface>"
        f"{multi_surface([pier])}</brid:lod2MultiSurface></brid:GroundSurface></brid:boundedBy>"
    )
    (element,) = elements(tmp_path, document(f'<brid:Bridge gml:id="b">{inside}</brid:Bridge>'))
    assert element.measures["footprint_area_m2"] == pytest.approx(80.0)


@pytest.mark.parametrize(
    ("numbers", "reason"),
    [
        ("1 2 x 4 5 6 7 8 9", "coordinates '1 2 x 4 5 6 7 8 9' are no numbers"),
        ("", "a surface, line or point has no coordinates"),
        ("1 2 3 4", "a ring of 4 numbers, expected three for each place"),
        ("1 2 nan 4 5 6 7 8 9", "place (1.0, 2.0, nan) is nowhere in the CRS"),
        ("1 2 inf 4 5 6 7 8 9", "place (1.0, 2.0, inf) is nowhere in the CRS"),
    ],
)
def test_an_object_with_bad_coordinates_is_refused_alone(
    tmp_path: Path, numbers: str, reason: str
) -> None:
    bad = (
        "<gml:Polygon><gml:exterior><gml:LinearRing>"
        f"<gml:posList>{numbers}</gml:posList></gml:LinearRing></gml:exterior></gml:Polygon>"
    )
    first = building(
        f"<bldg:lod1MultiSurface>{multi_surface([bad])}</bldg:lod1MultiSurface>", "bad"
    )
    good = building(f"<bldg:lod1Solid>{solid(house())}</bldg:lod1Solid>", "good")
    text = document(first, good)
    assert refused(tmp_path, text) == {"bad": reason}
    found = inspect(written(tmp_path, text))
    assert found.counts == {"Building": 2}
    assert f"'bad' will be refused: {reason}" in found.warnings
    assert found.bounds == pytest.approx((9.0, 48.7534, 9.0001, 48.7535), abs=1e-3)


def test_references_in_a_circle_are_refused(tmp_path: Path) -> None:
    inside = (
        '<bldg:lod2MultiSurface><gml:MultiSurface gml:id="a">'
        '<gml:surfaceMember xlink:href="#a"/></gml:MultiSurface></bldg:lod2MultiSurface>'
    )
    reasons = refused(tmp_path, document(building(inside)))
    assert reasons == {"b1": "surfaces refer to one another in a circle by '#a'"}


def test_references_that_multiply_are_refused(tmp_path: Path) -> None:
    levels = "".join(
        f'<gml:surfaceMember><gml:CompositeSurface gml:id="l{level}">'
        f"{f'<gml:surfaceMember xlink:href={chr(34)}#l{level + 1}{chr(34)}/>' * 10}"
        "</gml:CompositeSurface></gml:surfaceMember>"
        for level in range(12)
    )
    last = members_of(
        [polygon((EAST, NORTH, 0), (EAST + 1, NORTH, 0), (EAST, NORTH + 1, 0), key="l12")]
    )
    surfaces = f"<gml:MultiSurface>{levels}{last}</gml:MultiSurface>"
    inside = f"<bldg:lod2MultiSurface>{surfaces}</bldg:lod2MultiSurface>"
    reasons = refused(tmp_path, document(building(inside)))
    assert list(reasons) == ["b1"]
    assert "in a circle" in reasons["b1"]
