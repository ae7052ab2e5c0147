"""The real models beside the checkout hold what their facts say."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from spatial.models import Element, inspect, silent
from spatial.models.ifc.format import IFC
from spatial.models.ifc.reading import open_model

NAMES = (
    "12d_Terrain_model",
    "AC20-FZK-Haus",
    "BC001_AL01_OpenDesignAlliance",
    "ISSUE_171_IfcSurfaceCurveSweptAreaSolid",
    "IfcOpenHouse_IFC4",
    "KIT-Simple-Road-Test-Web-IFC4x3_RC2",
    "Office_A_20110811",
    "Quadri_Railway_STN01",
    "building-architecture",
    "example",
    "geographic-referencing-gk",
    "geographic-referencing-utm",
    "linear-placement-of-signal",
    "test1",
    "wall-extruded-solid",
)
NOWHERE = "the model does not say where it stands"
SENTENCES = {
    "fail-grf001-ifcmapconversion_ifcmapconversion_non_identical": (
        "contexts are placed differently"
    ),
    "fail-grf001-ifcmapconversion_none": "but #23 has no IfcMapConversion",
    "fail-grf001-ifcmapconversionscaled_ifcmapconversionscaled_non_identical": (
        "contexts are placed differently"
    ),
    "fail-grf001-ifcrigidoperation_ifcrigidoperation_non_identical": (
        "contexts are placed differently"
    ),
    "fail-grf001-none_ifcmapconversion": "but #23 has no IfcMapConversion",
    "fail-grf002-invalid_epsg_code": "'EPSG:1234' is no CRS of the EPSG dataset",
    "fail-grf002-invalid_epsg_code_invalid_string": "name '3857' is read as 'EPSG:3857'",
    "fail-grf002-no_espg_code": "name '' is no CRS that can be found",
    "fail-grf003-scenario01-building_without_georeferencing": "of IfcSite alone",
    "fail-grf003-scenario02-facility_without_georeferencing": NOWHERE,
    "na-grf000-ifc4_no_georeferencing": NOWHERE,
    "na-grf000-no_georeferencing": NOWHERE,
    "na-grf001-none_none": "no IfcMapConversion says where in EPSG:3857",
    "na-grf003-correct_building_with_georeferencing": "says no Scale",
    "na-grf003-railway_with_georeferencing": None,
    "pass-grf000-correct_georeferencing": "says no Scale",
    "pass-grf000-ifc4_georeferencing": "no IfcMapConversion says where in EPSG:3857",
    "pass-grf001-ifcmapconversion_ifcmapconversion": None,
    "pass-grf001-ifcmapconversionscaled_ifcmapconversionscaled": None,
    "pass-grf001-ifcrigidoperation_ifcrigidoperation": None,
    "pass-grf002-valid_epsg_code": None,
    "pass-grf002-valid_epsg_code_alternative": "lies outside the area of use of EPSG:27215",
}
"""What a file of the rules of buildingSMART is told; None where there is nothing to tell."""
EVERY = (*NAMES, *(f"georef-rules/{name}" for name in SENTENCES))


@pytest.fixture(scope="module")
def facts(shared: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((shared / "data/FACTS.json").read_text(encoding="utf-8"))
    return {Path(name).stem: each for name, each in found["bim"].items()}


@pytest.fixture(scope="module")
def bim(shared: Path) -> Path:
    return shared / "data/bim"


def test_every_file_of_the_folder_is_in_the_table(bim: Path) -> None:
    found = {str(path.relative_to(bim).with_suffix("")) for path in bim.rglob("*.ifc")}
    assert found == set(EVERY)


@pytest.mark.parametrize("name", EVERY)
def test_a_real_model_is_counted_by_class(bim: Path, facts: dict[str, Any], name: str) -> None:
    fact = facts[Path(name).name]
    found = inspect(bim / f"{name}.ifc")
    assert found.error is None
    assert (found.format, found.schema) == ("IFC", fact["file_schema"])
    assert found.counts == fact["products_by_class"]
    json.dumps(found.as_dict())


@pytest.mark.parametrize(("name", "sentence"), SENTENCES.items())
def test_a_file_of_the_rules_gets_its_sentence(bim: Path, name: str, sentence: str | None) -> None:
    found = inspect(bim / f"georef-rules/{name}.ifc")
    if sentence is None:
        assert found.warnings == []
    else:
        assert sentence in " | ".join(found.warnings)


@pytest.mark.parametrize("name", EVERY)
def test_the_origin_lies_where_the_facts_say(bim: Path, facts: dict[str, Any], name: str) -> None:
    fact = facts[Path(name).name]
    place = fact.get("local_origin_lonlat_wgs84_with_map_unit") or fact.get(
        "local_origin_lonlat_wgs84"
    )
    if place is None or Path(name).name in {
        # Their coordinates are those of the map; nothing stands at its false origin.
        "linear-placement-of-signal",
        "na-grf003-railway_with_georeferencing",
    }:
        return
    bounds = inspect(bim / f"{name}.ifc").bounds
    assert bounds is not None
    west, south, east, north = bounds
    assert west - 1e-6 <= place[0] <= east + 1e-6
    assert south - 1e-6 <= place[1] <= north + 1e-6


@pytest.mark.parametrize(
    ("name", "crs", "longitude", "latitude"),
    [
        ("Quadri_Railway_STN01", "EPSG:5110", 10.479, 59.91),
        ("test1", "EPSG:32119", -80.91, 35.255),
        ("linear-placement-of-signal", "EPSG:3065", 14.438, 41.006),
        ("building-architecture", "EPSG:32760", 179.0801, -8.4622),
        ("AC20-FZK-Haus", None, 8.4365, 49.1005),
        ("Office_A_20110811", None, -71.0595, 42.3583),
        ("KIT-Simple-Road-Test-Web-IFC4x3_RC2", None, 54.417, 24.467),
    ],
)
def test_a_real_model_stands_where_it_was_built(
    bim: Path, name: str, crs: str | None, longitude: float, latitude: float
) -> None:
    found = inspect(bim / f"{name}.ifc")
    assert found.crs == crs
    assert found.bounds is not None
    west, south, east, north = found.bounds
    assert (west + east) / 2 == pytest.approx(longitude, abs=0.002)
    assert (south + north) / 2 == pytest.approx(latitude, abs=0.002)


def test_a_site_whose_latitude_and_longitude_are_swapped_is_told_so(bim: Path) -> None:
    warnings = inspect(bim / "Quadri_Railway_STN01.ifc").warnings
    assert any("6,833 km from the model: they look swapped" in each for each in warnings)


@pytest.mark.parametrize("name", EVERY)
def test_elements_are_as_many_as_the_library_has_products(
    bim: Path, facts: dict[str, Any], name: str
) -> None:
    model = open_model(bim / f"{name}.ifc", geometry=False)
    elements = list(model.elements(silent))
    assert all(isinstance(each, Element) for each in elements)
    counts = Counter(each.native_class for each in elements if isinstance(each, Element))
    assert counts == facts[Path(name).name]["products_by_class"]


@pytest.mark.parametrize("name", ["AC20-FZK-Haus", "building-architecture", "test1"])
def test_wholes_stand_before_their_parts(bim: Path, name: str) -> None:
    seen: set[str] = set()
    for each in open_model(bim / f"{name}.ifc", geometry=False).elements(silent):
        assert isinstance(each, Element)
        assert each.parent is None or each.parent in seen
        seen.add(each.key)


def test_a_real_house_has_its_size(bim: Path) -> None:
    assert IFC.open is not None
    model = IFC.open(bim / "AC20-FZK-Haus.ifc")
    found = {each.name: each for each in model.elements(silent) if isinstance(each, Element)}
    ground, roof, house = (found[name] for name in ("Erdgeschoss", "Dachgeschoss", "FZK-Haus"))
    assert ground.measures["footprint_area_m2"] == pytest.approx(120, abs=0.1)
    assert (ground.base_m, ground.top_m, roof.base_m) == pytest.approx((110.0, 112.7, 112.7))
    assert house.top_m == pytest.approx(116.32, abs=0.01)
    assert (model.height_datum, model.accuracy_m) == ("IfcSite.RefElevation", 100)
    assert sum(each.shape is not None for each in found.values()) > 80
