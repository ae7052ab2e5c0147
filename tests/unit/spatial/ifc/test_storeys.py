"""Storeys stand where their places or their elevations put them, and end at the next floor."""

from pathlib import Path

import pytest

from spatial.models import Element, silent
from spatial.models.ifc.reading import open_model
from tests.unit.spatial.ifc.written import FOOT, HOUSE, file_of, model, placed

UPPER = "#36=IFCBUILDINGSTOREY('0storey00000000000S002',$,'Upper',$,$,#35,$,$,.ELEMENT.,3.);"


def elements(path: Path) -> dict[str, Element]:
    """Return the elements of a model by their name."""
    found = open_model(path).elements(silent)
    return {each.name: each for each in found if isinstance(each, Element)}


def test_floors_at_one_place_are_told_apart_by_their_elevations(tmp_path: Path) -> None:
    text = model(*HOUSE).replace(UPPER, UPPER.replace("#35", "#10"))
    found = elements(file_of(tmp_path, text.replace("(0.,0.,0.)", "(0.,0.,50.)")))
    assert (found["Ground"].base_m, found["Ground"].top_m) == (50.0, 53.0)
    assert found["Upper"].base_m == 53.0


def test_a_storey_without_a_place_stands_at_its_elevation(tmp_path: Path) -> None:
    text = model(*HOUSE).replace(UPPER, UPPER.replace("#35", "$").replace(",3.)", ",4.)"))
    found = elements(file_of(tmp_path, text))
    assert (found["Ground"].top_m, found["Upper"].base_m) == (4.0, 4.0)


def test_a_place_counts_before_an_elevation(tmp_path: Path) -> None:
    text = model(*HOUSE).replace(".ELEMENT.,0.)", ".ELEMENT.,45.2)")
    found = elements(file_of(tmp_path, text))
    assert (found["Ground"].base_m, found["Ground"].top_m) == (0.0, 3.0)


def test_two_storeys_on_one_level_end_at_the_same_next_one(tmp_path: Path) -> None:
    annexe = "#200=IFCBUILDINGSTOREY('0storey00000000000S003',$,'Annexe',$,$,#10,$,$,.ELEMENT.,0.);"
    text = model(*HOUSE, annexe).replace("(#32,#36)", "(#32,#36,#200)")
    found = elements(file_of(tmp_path, text))
    assert {found[name].top_m for name in ("Ground", "Annexe")} == {3.0}


def test_measures_are_metres_on_a_map_of_feet(tmp_path: Path) -> None:
    conversion = "IFCMAPCONVERSION(#11,#21,985000.,200000.,10.,1.,0.,1.)"
    text = placed("EPSG:2263", conversion, "$", FOOT, *HOUSE[1:])
    room = elements(file_of(tmp_path, text))["101"]
    assert room.shape is not None
    assert room.shape.area == pytest.approx(40.0, rel=1e-4)  # square feet of the map
    assert room.measures["footprint_area_m2"] == pytest.approx(40 * 0.3048**2, rel=1e-4)
    assert room.measures["volume_m3"] == pytest.approx(100 * 0.3048**3, rel=1e-6)
    assert room.base_m == pytest.approx(10 * 1200 / 3937)
