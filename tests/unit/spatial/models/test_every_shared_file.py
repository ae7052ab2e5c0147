"""Every model and drawing of the recordings: taken with what is in it, or refused, and why."""

from pathlib import Path
from typing import Any

import pytest
from shapely.geometry import Point

from spatial.models import inspect
from tests.unit.spatial.models.facts import facts_of


class Refused(str):
    """The sentence, or the beginning of it."""

    __slots__ = ()


CONTENT = Refused("is a content of 3D Tiles or a glTF scene: expected the tileset.json")
FILES: dict[str, tuple[str, dict[str, int]] | Refused] = {
    "cim/3dtiles/BatchedWithBatchTable/batchedWithBatchTable.b3dm": CONTENT,
    "cim/3dtiles/BatchedWithBatchTable/tileset.json": ("3D Tiles", {"b3dm": 1, "tile": 1}),
    "cim/3dtiles/PointCloudRGB/pointCloudRGB.pnts": CONTENT,
    "cim/3dtiles/PointCloudRGB/tileset.json": ("3D Tiles", {"pnts": 1, "tile": 1}),
    "cim/3dtiles/Tileset/ll.b3dm": CONTENT,
    "cim/3dtiles/Tileset/lr.b3dm": CONTENT,
    "cim/3dtiles/Tileset/parent.b3dm": CONTENT,
    "cim/3dtiles/Tileset/tileset.json": ("3D Tiles", {"b3dm": 5, "tile": 5}),
    "cim/3dtiles/Tileset/ul.b3dm": CONTENT,
    "cim/3dtiles/Tileset/ur.b3dm": CONTENT,
    "cim/3dtiles/TilesetOfTilesets/lr.b3dm": CONTENT,
    "cim/3dtiles/TilesetOfTilesets/parent.b3dm": CONTENT,
    "cim/3dtiles/TilesetOfTilesets/tileset.json": (
        "3D Tiles",
        {"b3dm": 5, "external tileset": 2, "tile": 7},
    ),
    "cim/3dtiles/TilesetOfTilesets/tileset2.json": (
        "3D Tiles",
        {"b3dm": 5, "external tileset": 1, "tile": 6},
    ),
    "cim/3dtiles/TilesetOfTilesets/tileset3/ll.b3dm": CONTENT,
    "cim/3dtiles/TilesetOfTilesets/tileset3/tileset3.json": ("3D Tiles", {"b3dm": 1, "tile": 1}),
    "cim/3dtiles/TilesetOfTilesets/ul.b3dm": CONTENT,
    "cim/3dtiles/TilesetOfTilesets/ur.b3dm": CONTENT,
    "cim/3dtiles/TilesetWithFullMetadata/tileset.json": ("3D Tiles", {"tile": 1}),
    "cim/523857_lsld_6668_op.gml": ("CityGML", {"SedimentDisasterProneArea": 81}),
    "cim/52397519_bldg_6697_op.gml": ("CityGML", {"Building": 13, "BuildingPart": 2}),
    "cim/DH_01_subs.city.json": ("CityJSON", {"Building": 4, "BuildingPart": 8}),
    "cim/delft.json": (
        "CityJSON",
        {
            "Bridge": 3,
            "Building": 160,
            "GenericCityObject": 54,
            "LandUse": 81,
            "PlantCover": 126,
            "Road": 143,
            "WaterBody": 3,
        },
    ),
    "cim/dummy.json": ("CityJSON", {"Building": 1, "SolitaryVegetationObject": 1}),
    "cim/hodokyo_51324378_brid_6697.gml": (
        "CityGML",
        {"Bridge": 1, "BridgeConstructionElement": 14, "BridgeInstallation": 4},
    ),
    "cim/minimal.json": ("CityJSON", {}),
    "cim/multi_lod.json": ("CityJSON", {"Building": 10}),
    "cim/rotterdam_subset.json": ("CityJSON", {"Building": 16}),
    "cim/sewer_53403039_unf_6697.gml": ("CityGML", {"Manhole": 3, "SewerPipe": 3}),
    "cim/vienna.jsonl": ("CityJSONSeq", {"Building": 149, "BuildingPart": 443}),
    "cim/zurich_subset_lod2.json": ("CityJSON", {"Building": 49, "BuildingPart": 161}),
    "gis/440305_nanshan_gcj02.json": Refused(
        "is JSON of type None: expected a FeatureCollection with a list of "
    ),
    "gis/Helsinki.osm.pbf": (
        "OSM PBF",
        {"LineString": 3671, "MultiLineString": 1, "None": 403, "Point": 8045, "Polygon": 1102},
    ),
    "gis/areas.csv": ("CSV", {"None": 2978}),
    "gis/bubenec.gpkg": ("GeoPackage", {"LineString": 35, "Polygon": 695}),
    "gis/drainage/Example1.inp": (
        "SWMM",
        {"CONDUITS": 13, "JUNCTIONS": 13, "OUTFALLS": 1, "RAINGAGES": 1, "SUBCATCHMENTS": 8},
    ),
    "gis/drainage/Example1.rpt": Refused("starts with b'\\n  EPA STORM WAT': expected one of "),
    "gis/drainage/Example2-Post.inp": (
        "SWMM",
        {"CONDUITS": 11, "JUNCTIONS": 11, "OUTFALLS": 1, "RAINGAGES": 1, "SUBCATCHMENTS": 7},
    ),
    "gis/drainage/Example4.inp": (
        "SWMM",
        {"CONDUITS": 17, "JUNCTIONS": 17, "OUTFALLS": 1, "RAINGAGES": 2, "SUBCATCHMENTS": 24},
    ),
    "gis/drainage/Example6-Final.inp": (
        "SWMM",
        {
            "CONDUITS": 18,
            "JUNCTIONS": 18,
            "ORIFICES": 2,
            "OUTFALLS": 1,
            "RAINGAGES": 2,
            "STORAGE": 1,
            "SUBCATCHMENTS": 24,
            "WEIRS": 1,
        },
    ),
    "gis/drainage/Example7-Final.inp": (
        "SWMM",
        {"CONDUITS": 23, "JUNCTIONS": 15, "OUTFALLS": 1, "RAINGAGES": 1, "SUBCATCHMENTS": 7},
    ),
    "gis/drainage/Example8.inp": (
        "SWMM",
        {
            "CONDUITS": 29,
            "JUNCTIONS": 28,
            "ORIFICES": 1,
            "OUTFALLS": 2,
            "PUMPS": 1,
            "RAINGAGES": 1,
            "STORAGE": 1,
            "SUBCATCHMENTS": 7,
            "WEIRS": 4,
        },
    ),
    "gis/drainage/extran1.inp": ("SWMM", {"CONDUITS": 9, "JUNCTIONS": 9, "OUTFALLS": 1}),
    "gis/drainage/model_full_features_network_xy.inp": (
        "SWMM",
        {
            "CONDUITS": 7,
            "JUNCTIONS": 7,
            "OUTFALLS": 1,
            "PUMPS": 1,
            "RAINGAGES": 1,
            "STORAGE": 1,
            "SUBCATCHMENTS": 4,
            "WEIRS": 1,
        },
    ),
    "gis/drainage/user1.inp": (
        "SWMM",
        {"CONDUITS": 59, "JUNCTIONS": 59, "OUTFALLS": 1, "RAINGAGES": 1, "SUBCATCHMENTS": 58},
    ),
    "gis/drainage/user3.inp": (
        "SWMM",
        {
            "CONDUITS": 134,
            "JUNCTIONS": 5,
            "OUTFALLS": 6,
            "PUMPS": 5,
            "RAINGAGES": 1,
            "STORAGE": 130,
            "SUBCATCHMENTS": 168,
        },
    ),
    "gis/dutch_addresses_shape_28992.zip": ("Shapefile", {"Point": 2481}),
    "gis/sanhe_osm_streets.geojson": ("GeoJSON", {"LineString": 37}),
    "gis/shenzhen_districts_wgs84.geojson": ("GeoJSON", {"Polygon": 10}),
    "gis/station_list.csv": ("CSV", {"None": 79}),
    "gis/streets.csv": ("CSV", {"None": 41352}),
    "gis/water/Net1.inp": (
        "EPANET",
        {"JUNCTIONS": 9, "PIPES": 12, "PUMPS": 1, "RESERVOIRS": 1, "TANKS": 1},
    ),
    "gis/water/Net2.inp": ("EPANET", {"JUNCTIONS": 35, "PIPES": 40, "TANKS": 1}),
    "gis/water/Net3.inp": (
        "EPANET",
        {"JUNCTIONS": 92, "PIPES": 117, "PUMPS": 2, "RESERVOIRS": 2, "TANKS": 3},
    ),
    "gis/water/ky4.inp": (
        "EPANET",
        {"JUNCTIONS": 959, "PIPES": 1156, "PUMPS": 2, "RESERVOIRS": 1, "TANKS": 4},
    ),
    "gis/wuhan_osm_boundaries.geojson": ("GeoJSON", {"LineString": 1}),
    "gis/wuhan_osm_buildings.geojson": ("GeoJSON", {"Point": 89, "Polygon": 241}),
    "gis/wuhan_osm_roads.geojson": ("GeoJSON", {"LineString": 354, "MultiLineString": 20}),
    "gis/wuhan_osm_water.geojson": ("GeoJSON", {"LineString": 1, "Point": 1, "Polygon": 1}),
}


def test_every_file_of_the_recordings_stands_in_the_table(shared: Path) -> None:
    data = shared / "data"
    found = {
        path.relative_to(data).as_posix()
        for folder in ("cim", "gis")
        for path in (data / folder).rglob("*")
        if path.is_file()
    }
    assert found == set(FILES)


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_taken_with_what_is_in_it_or_refused_with_the_reason(
    shared: Path, name: str
) -> None:
    found, expected = inspect(shared / "data" / name), FILES[name]
    if isinstance(expected, Refused):
        assert found.error is not None
        assert found.error.startswith(f"file {Path(name).name!r}: {expected}")
        assert found.counts == {}
    else:
        assert found.error is None
        assert (found.format, found.counts) == expected


@pytest.mark.parametrize("name", facts_of("bim"))
def test_a_building_model_has_the_products_that_ifcopenshell_counts(
    shared: Path, name: str
) -> None:
    facts = facts_of("bim")[name]
    found = inspect(shared / "data" / name)
    assert found.error is None
    assert (found.format, found.schema) == ("IFC", facts["file_schema"])
    assert found.counts == facts["products_by_class"]


def place_of(facts: dict[str, Any]) -> tuple[float, float] | None:
    """Return longitude and latitude of a model's origin as the facts have it.

    None where the origin is that of the CRS itself: such a model is drawn far from it.
    """
    if facts.get("local_origin_to_map", [1.0])[:2] == [0.0, 0.0]:
        return None
    for name in ("local_origin_lonlat_wgs84_with_map_unit", "local_origin_lonlat_wgs84"):
        if place := facts.get(name):
            return float(place[0]), float(place[1])
    return None


PLACED = [name for name, facts in facts_of("bim").items() if place_of(facts)]


@pytest.mark.parametrize("name", PLACED)
def test_a_building_model_stands_where_its_georeferencing_says(shared: Path, name: str) -> None:
    found = inspect(shared / "data" / name)
    assert found.bounds is not None
    west, south, east, north = found.bounds
    middle = Point((west + east) / 2, (south + north) / 2)
    # Of the model's own size, a building or a stretch of railway, in degrees.
    assert middle.distance(Point(place_of(facts_of("bim")[name]) or (0, 0))) < 0.01


def test_a_file_of_no_format_is_told_which_ones_there_are(tmp_path: Path) -> None:
    path = tmp_path / "notes.xyz"
    path.write_bytes(bytes(range(1, 200)))
    found = inspect(path)
    assert found.error is not None
    for name in ("IFC", "CityGML", "SWMM", "GeoTIFF", "GeoPackage", "CSV"):
        assert name in found.error
