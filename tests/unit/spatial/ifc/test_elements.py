"""Elements say what they are part of, what is said of them and how high they reach."""

from pathlib import Path

import pytest
import shapely

from spatial.models import Element, RefusedElement, silent
from spatial.models.ifc.classes import Bound, bound
from spatial.models.ifc.format import IFC
from spatial.models.ifc.reading import open_model
from tests.unit.spatial.ifc.written import HOUSE, MILLIMETRE, file_of, model, placed

WALL = "#{at}=IFCWALL('{key}',$,'Wall',$,$,$,$,$,$);"
ONE, TWO = "0wa110000000000000000W1", "0wa110000000000000000W2"


def elements(path: Path, *, geometry: bool = False) -> dict[str, Element]:
    """Return the elements of a model by their name."""
    every = list(open_model(path, geometry=geometry).elements(silent))
    assert all(isinstance(each, Element) for each in every)
    return {each.name: each for each in every if isinstance(each, Element)}


@pytest.fixture
def house(tmp_path: Path) -> Path:
    return file_of(tmp_path, model(*HOUSE, schema="IFC4"))


def test_parts_name_their_wholes(house: Path) -> None:
    found = elements(house)
    names = {each.key: name for name, each in found.items()}
    assert {name: names.get(each.parent or "") for name, each in found.items()} == {
        "Site": None,
        "House": "Site",
        "Ground": "House",
        "101": "Ground",
        "Upper": "House",
        "Level": "Upper",
    }
    assert found["Site"].properties["project"] == {
        "key": "2X9wjf5oPB4PQjenCYrhHZ",
        "name": "Project",
    }


def test_a_sensor_says_what_it_is_and_what_it_belongs_to(house: Path) -> None:
    said = elements(house)["Level"].properties
    assert said["predefined_type"] == "LEVELSENSOR"
    assert said["type"] == {
        "key": "0sensortype00000000001",
        "name": "Radar",
        "class": "IfcSensorType",
    }
    assert said["systems"] == [
        {
            "key": "0system0000000000000S1",
            "name": "Rain",
            "class": "IfcDistributionSystem",
            "predefined_type": "STORMWATER",
        }
    ]
    assert said["classifications"] == [
        {"system": "Uniclass", "code": "Pr_80_51_51", "name": "Level sensor", "location": ""}
    ]


def test_what_a_thing_says_itself_counts_before_what_its_type_says(house: Path) -> None:
    said = elements(house)["Level"].properties
    assert said["Pset_Type.Maker"] == "its own says"
    assert said["Pset_Type.Range"] == {"value": 15.0, "unit": "m"}


def test_quantities_say_their_unit(house: Path) -> None:
    assert elements(house)["101"].properties["Qto_Space.NetVolume"] == {
        "value": 100.0,
        "unit": "m³",
    }


def test_a_room_is_drawn_and_its_storey_and_building_are_where_it_is(house: Path) -> None:
    found = elements(house, geometry=True)
    room, ground, building = found["101"], found["Ground"], found["House"]
    box = shapely.box(0, 0, 10, 4)
    for each in (room, ground, building):
        assert each.shape is not None
        assert each.shape.symmetric_difference(box).area < 1e-6
    assert (room.base_m, room.top_m) == pytest.approx((0, 2.5))
    assert room.measures["volume_m3"] == pytest.approx(100)
    assert (ground.base_m, ground.top_m) == pytest.approx((0, 3))
    assert (found["Upper"].base_m, found["Upper"].top_m) == (3, None)
    assert found["Upper"].properties["elevation_m"] == 3
    assert found["Site"].shape is None


def test_shapes_stand_in_the_crs_of_the_map(tmp_path: Path) -> None:
    text = placed(
        "EPSG:4547",
        "IFCMAPCONVERSION(#11,#21,497000.,2510000.,12.5,0.,1.,0.001)",
        "#14",
        MILLIMETRE,
        *HOUSE[1:],
    )
    path = file_of(
        tmp_path,
        text.replace("10.,4.);", "10000.,4000.);")
        .replace("#7,2.5)", "#7,2500.)")
        .replace("((5.,2.))", "((5000.,2000.))")
        .replace("((0.,0.,3.))", "((0.,0.,3000.))"),
    )
    model_of = open_model(path)
    assert model_of.crs == "EPSG:4547"
    room = elements(path, geometry=True)["101"]
    assert room.shape is not None
    expected = shapely.box(496996, 2510000, 497000, 2510010)
    assert room.shape.symmetric_difference(expected).area < 1e-3
    assert (room.base_m, room.top_m) == pytest.approx((12.5, 15))
    upper = elements(path, geometry=True)["Upper"]
    assert upper.base_m == pytest.approx(15.5)
    assert elements(path)["Upper"].shape == shapely.Point(497000, 2510000)


def test_of_two_products_with_one_name_the_second_stays_out(tmp_path: Path) -> None:
    lines = [WALL.format(at=at, key=ONE) for at in (90, 91)] + [WALL.format(at=92, key=TWO)]
    found = list(open_model(file_of(tmp_path, model(*lines)), geometry=False).elements(silent))
    assert [each.key for each in found if isinstance(each, Element)] == [ONE, TWO]
    assert [each for each in found if isinstance(each, RefusedElement)] == [
        RefusedElement(ONE, f"GlobalId {ONE!r} of #91 is that of #90 too: 2 products share it")
    ]


def test_a_product_without_a_name_stays_out(tmp_path: Path) -> None:
    text = model("#90=IFCWALL($,$,$,$,$,$,$,$,$);")
    found = list(open_model(file_of(tmp_path, text), geometry=False).elements(silent))
    assert found == [RefusedElement("#90", "IfcWall #90 has no GlobalId")]


def test_a_circle_of_parts_is_cut(tmp_path: Path) -> None:
    lines = [
        WALL.format(at=90, key=ONE),
        WALL.format(at=91, key=TWO),
        "#92=IFCRELAGGREGATES('0re1000000000000000R01',$,$,$,#90,(#91));",
        "#93=IFCRELAGGREGATES('0re1000000000000000R02',$,$,$,#91,(#90));",
        "#94=IFCRELAGGREGATES('0re1000000000000000R03',$,$,$,#90,(#90));",
    ]
    opened = open_model(file_of(tmp_path, model(*lines)), geometry=False)
    found = [each for each in opened.elements(silent) if isinstance(each, Element)]
    assert len(found) == 2
    assert sum(each.parent is None for each in found) == 1
    assert "is part of itself: it stands alone now" in " ".join(opened.warnings)


def test_a_circle_of_placements_ends_at_the_origin(tmp_path: Path) -> None:
    lines = [
        "#90=IFCLOCALPLACEMENT(#91,#9);",
        "#91=IFCLOCALPLACEMENT(#90,#9);",
        f"#92=IFCWALL('{ONE}',$,'Wall',$,$,#90,$,$,$);",
    ]
    assert elements(file_of(tmp_path, model(*lines)))["Wall"].shape == shapely.Point(0, 0)


def test_a_model_may_be_read_twice(house: Path) -> None:
    model_of = open_model(house)
    assert list(model_of.elements(silent)) == list(model_of.elements(silent))


def test_progress_ends_at_the_number_of_products(house: Path) -> None:
    told: list[tuple[str, int, int]] = []
    list(open_model(house).elements(lambda *report: told.append(report)))
    assert ("geometry", 1, 1) in told
    assert told[-1] == ("elements", 6, 6)


def test_elements_are_of_our_classes(house: Path) -> None:
    assert {name: each.klass for name, each in elements(house).items()} == {
        "Site": "",
        "House": "8101",
        "Ground": "8102",
        "101": "8103",
        "Upper": "8102",
        "Level": "8501",
    }
    assert IFC.scheme == "ifc"


@pytest.mark.parametrize(
    ("native_class", "predefined_type", "indoors", "expected"),
    [
        ("IfcBuilding", "", False, Bound("8101", "coded")),
        ("IfcSpace", "", True, Bound("8103", "address")),
        ("IfcSensor", "LEVELSENSOR", False, Bound("8501", "address")),
        ("IfcSensor", "SOUNDSENSOR", True, Bound("8599", "address")),
        ("IfcPipeSegment", "RIGIDSEGMENT", False, Bound("8301", "coded")),
        ("IfcPipeSegment", "RIGIDSEGMENT", True, Bound("", "address")),
        ("IfcWall", "", False, Bound("", "address")),
        ("IfcNothing", "X", False, Bound("", "address")),
    ],
)
def test_a_class_is_bound_by_its_row_or_that_of_every_class(
    native_class: str, predefined_type: str, *, indoors: bool, expected: Bound
) -> None:
    assert bound(native_class, predefined_type, indoors=indoors) == expected
