from pathlib import Path

import pytest

from spatial.models import inspect
from tests.unit.spatial.citygml.writing import (
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

LOD1 = f"<bldg:lod1Solid>{solid(house())}</bldg:lod1Solid>"


def part(content: str, key: str) -> str:
    inside = building(content, key, "BuildingPart")
    return f"<bldg:consistsOfBuildingPart>{inside}</bldg:consistsOfBuildingPart>"


def test_parts_follow_their_whole_and_name_it(tmp_path: Path) -> None:
    whole, first, second = elements(tmp_path, document(building(part(LOD1, "p") + part("", "q"))))
    assert [each.native_class for each in (whole, first, second)] == [
        "Building", "BuildingPart", "BuildingPart",
    ]  # fmt: skip
    assert (whole.parent, first.parent, second.parent) == (None, "b1", "b1")
    assert (whole.klass, first.klass) == ("8101", "")


def test_a_whole_that_draws_nothing_is_the_sum_of_its_parts(tmp_path: Path) -> None:
    far = box((500_020.0, 5_400_000.0, 90.0), (500_030.0, 5_400_008.0, 96.0))
    other = f"<bldg:lod1Solid>{solid(far)}</bldg:lod1Solid>"
    whole, *_ = elements(tmp_path, document(building(part(LOD1, "p") + part(other, "q"))))
    assert whole.measures["volume_m3"] == pytest.approx(960.0)
    assert (whole.base_m, whole.top_m, whole.lods) == (90.0, 106.0, ("1",))
    assert whole.shape is not None
    assert whole.shape.area == pytest.approx(160.0)
    assert whole.measures["footprint_area_m2"] == pytest.approx(160.0)
    assert whole.properties["measured.outline"] == "its parts"


def test_rooms_do_not_add_up_to_a_building(tmp_path: Path) -> None:
    drawn = f"<bldg:lod4Solid>{solid(house())}</bldg:lod4Solid>"
    room = f"<bldg:interiorRoom>{building(drawn, 'r', 'Room')}</bldg:interiorRoom>"
    whole, inner = elements(tmp_path, document(building(room)))
    assert inner.measures["volume_m3"] == pytest.approx(480.0)
    assert whole.shape is not None
    assert whole.measures == {
        "height_m": 6.0,
        "footprint_area_m2": pytest.approx(80.0),
    }


def test_objects_without_an_identifier_get_one_from_their_place(tmp_path: Path) -> None:
    room = "<bldg:interiorRoom><bldg:Room/></bldg:interiorRoom>"
    found = elements(tmp_path, document(building(room * 2, key=""), building(room, key="")))
    assert [each.key for each in found] == [
        "Building[1]", "Building[1]/Room[1]", "Building[1]/Room[2]",
        "Building[2]", "Building[2]/Room[1]",
    ]  # fmt: skip
    assert found[4].parent == "Building[2]"


def test_the_second_object_of_an_identifier_is_refused(tmp_path: Path) -> None:
    text = document(building(LOD1), building(LOD1), building(LOD1, key="b2"))
    reason = "has the gml:id of an object before it: the first one keeps it"
    assert refused(tmp_path, text) == {"b1": reason}
    found = inspect(written(tmp_path, text))
    assert found.counts == {"Building": 3}
    assert f"'b1' will be refused: {reason}" in found.warnings


def test_parts_of_a_refused_whole_stay(tmp_path: Path) -> None:
    bad = f"<bldg:lod1MultiSurface>{multi_surface(['<gml:Polygon/>'])}</bldg:lod1MultiSurface>"
    path = written(tmp_path, document(building(bad + part(LOD1, "p"))))
    assert refused(tmp_path, path.read_bytes()) == {
        "b1": "a surface, line or point has no coordinates"
    }
    assert inspect(path).counts == {"Building": 1, "BuildingPart": 1}


def test_semantic_surfaces_data_and_addresses_are_no_objects(tmp_path: Path) -> None:
    inside = (
        "<bldg:boundedBy><bldg:WallSurface gml:id='w'><bldg:opening><bldg:Window gml:id='o'/>"
        "</bldg:opening></bldg:WallSurface></bldg:boundedBy>"
        "<bldg:boundedBy><uro:PaintedSurface gml:id='s'/></bldg:boundedBy>"
        "<uro:buildingIDAttribute><uro:BuildingIDAttribute gml:id='d'/></uro:buildingIDAttribute>"
        "<bldg:address><core:Address gml:id='a'/></bldg:address>"
        "<app:appearance><app:Appearance gml:id='x'/></app:appearance>"
    )
    assert inspect(written(tmp_path, document(building(inside)))).counts == {"Building": 1}


def test_an_extension_nobody_knows_is_an_object_if_it_can_be_referred_to(tmp_path: Path) -> None:
    inside = (
        "<uro:hasHeatPump><uro:HeatPump gml:id='h'/></uro:hasHeatPump>"
        "<uro:hasPaint><uro:Paint><uro:colour>red</uro:colour></uro:Paint></uro:hasPaint>"
    )
    whole, pump = elements(tmp_path, document(building(inside), "<uro:Lighthouse gml:id='l'/>"))[:2]
    assert (pump.native_class, pump.parent) == ("HeatPump", "b1")
    assert whole.properties["Paint.colour"] == "red"


@pytest.mark.parametrize("version", ["1.0", "2.0", "3.0"])
def test_every_version_is_told_and_read(tmp_path: Path, version: str) -> None:
    path = written(tmp_path, document(building(LOD1), version=version))
    found = inspect(path)
    assert (found.format, found.schema, found.error) == ("CityGML", version, None)
    assert found.counts == {"Building": 1}
    assert "is extended by i-UR: uro 3.1" in found.warnings


def test_objects_of_citygml_3_are_read(tmp_path: Path) -> None:
    faces = house()
    inside = (
        "<core:boundary><con:RoofSurface><core:lod2MultiSurface>"
        f"{multi_surface(faces[1:2])}</core:lod2MultiSurface></con:RoofSurface></core:boundary>"
        f"<core:lod2Solid>{solid(faces)}</core:lod2Solid>"
        "<con:height><con:Height><con:value uom='m'>6</con:value></con:Height></con:height>"
        "<core:genericAttribute><gen:IntAttribute><gen:name>doors</gen:name><gen:value>2"
        "</gen:value></gen:IntAttribute></core:genericAttribute>"
        "<bldg:buildingSubdivision><bldg:Storey gml:id='s'><bldg:buildingRoom xlink:href='#r'/>"
        "</bldg:Storey></bldg:buildingSubdivision>"
        "<bldg:buildingRoom><bldg:BuildingRoom gml:id='r'/></bldg:buildingRoom>"
    )
    whole, storey, room = elements(tmp_path, document(building(inside), version="3.0"))
    assert whole.measures["volume_m3"] == pytest.approx(480.0)
    assert whole.measures["roof_area_m2"] == pytest.approx(80.0)
    assert whole.properties["Height.value"] == 6.0
    assert whole.properties["doors"] == 2
    assert (storey.klass, room.klass) == ("8102", "8103")
    assert storey.properties["buildingRoom"] == "r"


def test_members_of_a_feature_collection_are_objects(tmp_path: Path) -> None:
    text = document().replace("core:CityModel", "gml:FeatureCollection")
    many = f"<gml:featureMembers>{building(LOD1, 'a')}{building(LOD1, 'b')}</gml:featureMembers>"
    text = text.replace("</gml:FeatureCollection>", f"{many}</gml:FeatureCollection>")
    assert [each.key for each in elements(tmp_path, text)] == ["a", "b"]


def test_links_of_a_network_keep_the_keys_that_they_join(tmp_path: Path) -> None:
    network = (
        "<uro:Network gml:id='n'><uro:topologyGraph><uro:NetworkGraph gml:id='g'>"
        "<uro:linkMember><uro:InterFeatureLink gml:id='l'><uro:start xlink:href='#a'/>"
        "<uro:end xlink:href='#b'/></uro:InterFeatureLink></uro:linkMember>"
        "</uro:NetworkGraph></uro:topologyGraph></uro:Network>"
    )
    *_, link = elements(tmp_path, document(network))
    assert (link.native_class, link.parent) == ("InterFeatureLink", "g")
    assert link.properties == {"start": "a", "end": "b"}


def test_a_file_without_objects_says_so(tmp_path: Path) -> None:
    found = inspect(written(tmp_path, document()))
    assert (found.error, found.counts) == (None, {})
    assert "holds no object of the city" in found.warnings


def test_a_file_without_a_crs_says_so(tmp_path: Path) -> None:
    path = written(tmp_path, document(building(LOD1), srs_name=None))
    found = inspect(path)
    assert (found.crs, found.bounds) == (None, None)
    assert found.warnings[1].startswith("its CRS is not said")
    path = written(tmp_path, document(building(LOD1), srs_name="urn:local:grid"))
    assert "unknown srsName 'urn:local:grid'" in inspect(path).warnings[1]
