"""The real files beside the checkout are taken whole, with the counts that their text has."""

import json
import re
from collections import Counter
from pathlib import Path

import pytest
import shapely

from spatial.models import Element, inspect, silent
from tests.unit.spatial.cityjson.documents import opened

NO_CRS = "its CRS is not said: expected metadata.referenceSystem"
FILES = {
    "DH_01_subs.city.json": ("1.1", {"Building": 4, "BuildingPart": 8}, 12),
    "delft.json": (
        "2.0",
        {"Bridge": 3, "Building": 160, "GenericCityObject": 54, "LandUse": 81, "PlantCover": 126,
         "Road": 143, "WaterBody": 3},
        0,
    ),
    "dummy.json": ("2.0", {"Building": 1, "SolitaryVegetationObject": 1}, 0),
    "minimal.json": ("1.1", {}, 0),
    "multi_lod.json": ("2.0", {"Building": 10}, 10),
    "rotterdam_subset.json": ("2.0", {"Building": 16}, 0),
    "vienna.jsonl": ("1.1", {"Building": 149, "BuildingPart": 443}, 577),
    "zurich_subset_lod2.json": ("1.1", {"Building": 49, "BuildingPart": 161}, 10),
}  # fmt: skip
"""Version, CityObjects by type, and how many of them have a volume."""


@pytest.fixture(scope="module")
def cim(shared: Path) -> Path:
    return shared / "data/cim"


def elements(path: Path) -> list[Element]:
    found = list(opened(path).elements(silent))
    taken = [each for each in found if isinstance(each, Element)]
    assert len(taken) == len(found)
    return taken


@pytest.mark.parametrize("name", FILES)
def test_a_real_file_is_counted_by_type(cim: Path, name: str) -> None:
    version, counts, _ = FILES[name]
    found = inspect(cim / name)
    assert (found.error, found.schema, found.counts) == (None, version, counts)
    assert found.format == ("CityJSONSeq" if name.endswith("l") else "CityJSON")
    json.dumps(found.as_dict(), allow_nan=False)


@pytest.mark.parametrize("name", FILES)
def test_every_cityobject_of_a_real_file_is_taken(cim: Path, name: str) -> None:
    _, counts, volumes = FILES[name]
    taken = elements(cim / name)
    assert Counter(each.native_class for each in taken) == counts
    assert all(each.shape is not None and shapely.is_valid(each.shape) for each in taken)
    assert sum("volume_m3" in each.measures for each in taken) == volumes
    stored: set[str] = set()
    for each in taken:
        assert each.parent is None or each.parent in stored
        stored.add(each.key)


@pytest.mark.parametrize(
    ("name", "crs", "bounds"),
    [
        ("delft.json", "EPSG:7415", (4.36194, 52.0107, 4.36965, 52.01371)),
        ("zurich_subset_lod2.json", "EPSG:2056", (8.47353, 47.33278, 8.597, 47.4235)),
        ("vienna.jsonl", None, None),
    ],
)
def test_a_real_file_lies_where_its_city_is(
    cim: Path, name: str, crs: str | None, bounds: tuple[float, ...] | None
) -> None:
    found = inspect(cim / name)
    assert found.crs == crs
    assert found.warnings == ([] if crs else [NO_CRS])
    assert found.bounds == (None if bounds is None else pytest.approx(bounds, abs=1e-4))


@pytest.mark.parametrize("name", ["vienna.jsonl", "DH_01_subs.city.json"])
def test_semantic_surfaces_are_counted_as_the_text_has_them(cim: Path, name: str) -> None:
    text = (cim / name).read_text(encoding="utf-8")
    said = {
        kind: len(re.findall(rf'"type":\s*"{kind}Surface"', text))
        for kind in ("Roof", "Ground", "Wall")
    }
    # In these files each polygon has a semantic surface of its own.
    counted = {
        kind: sum(
            each.measures.get(f"{kind.lower()}_surface_count", 0)
            for each in elements(cim / name)
            if each.properties["measured.geometry"] != "its parts"
        )
        for kind in said
    }
    assert counted == said


def test_heights_agree_with_what_vienna_says(cim: Path) -> None:
    said = [
        (each.measures["height_m"], float(str(each.properties["measuredHeight"])))
        for each in elements(cim / "vienna.jsonl")
        if "measuredHeight" in each.properties and "height_m" in each.measures
    ]
    assert len(said) > 400
    assert sum(abs(ours - theirs) < 0.5 for ours, theirs in said) > 0.9 * len(said)


def test_areas_agree_with_what_vienna_says(cim: Path) -> None:
    lines = (cim / "vienna.jsonl").read_text(encoding="utf-8").splitlines()[1:]
    said = {
        key: sum(
            float(surface["Flaeche"])
            for surface in thing["geometry"][0]["semantics"]["surfaces"]
            if surface["type"] == "GroundSurface"
        )
        for line in lines
        for key, thing in json.loads(line)["CityObjects"].items()
        if thing.get("geometry")
    }
    ours = {each.key: each.measures for each in elements(cim / "vienna.jsonl")}
    close = [
        abs(ours[key]["ground_area_m2"] - area) < 0.01 + area / 1000 for key, area in said.items()
    ]
    assert sum(close) > 0.98 * len(said)


def test_a_prism_holds_its_ground_times_its_height(cim: Path) -> None:
    flat = [
        each.measures
        for each in elements(cim / "vienna.jsonl")
        if each.properties.get("roofType") == "FLACHDACH"
        and each.measures.get("roof_surface_count") == 1
    ]
    assert len(flat) > 100
    for measures in flat:
        if "volume_m3" in measures:
            assert measures["volume_m3"] <= measures["ground_area_m2"] * measures["height_m"] * 1.01
