"""The files of other people, with the maps that stand in docs/examples/import."""

from pathlib import Path
from typing import NamedTuple

import psycopg
import pytest

from data.migrations import migrate
from data.registry.district import set_up
from tests.postgis.importing.importer import Importer, reasons

MAPS = Path(__file__).parents[3] / "docs" / "examples" / "import"


def counts(
    importer: Importer, file: Path, name: str, *options: str
) -> tuple[dict[str, int], dict[int, str]]:
    report = importer.report(file, MAPS / f"{name}.toml", *options)
    found = {name: count for name, count in report["counts"].items() if count}
    return found, reasons(report)


def test_the_districts_of_shenzhen_get_codes_of_their_own_counties(
    importer: Importer, shared: Path
) -> None:
    file = shared / "data/gis/shenzhen_districts_wgs84.geojson"
    found, refused = counts(importer, file, "shenzhen_districts")
    assert (found, refused) == ({"created": 10, "names": 10}, {})
    codes = dict(importer.rows("SELECT name, code / 10000000000 FROM entity"))
    assert (codes["光明区"], codes["龙华区"], codes["龙岗区"]) == (440311, 440309, 440307)


def test_buildings_elsewhere_are_refused_until_somebody_says_the_county(
    importer: Importer, shared: Path
) -> None:
    file = shared / "data/gis/wuhan_osm_buildings.geojson"
    found, refused = counts(importer, file, "wuhan_buildings")
    assert found == {"refused": 238, "left_out": 92}
    assert refused[1] == (
        "no county for its code: its place lies in none of county_boundaries.csv, expected --county"
    )
    found, refused = counts(importer, file, "wuhan_buildings", "--county", "420111")
    assert found == {"created": 234, "names": 234, "refused": 4, "left_out": 92}
    assert refused[210] == "key 'way/112666020' (osm): row 180 has it already"
    assert importer.rows("SELECT DISTINCT code / 10000000000 FROM entity") == [(420111,)]
    found, _ = counts(importer, file, "wuhan_buildings", "--county", "420111")
    assert found == {"unchanged": 234, "refused": 4, "left_out": 92}


def test_roads_that_tiles_have_cut_are_taken_once(importer: Importer, shared: Path) -> None:
    file = shared / "data/gis/wuhan_osm_roads.geojson"
    found, refused = counts(importer, file, "wuhan_roads", "--county", "420111")
    assert found == {"created": 210, "names": 210, "refused": 127, "left_out": 37}
    assert {reason.partition("(osm): row ")[1] for reason in refused.values()} == {"(osm): row "}


def test_a_lake_is_taken_without_its_label_and_shore(importer: Importer, shared: Path) -> None:
    file = shared / "data/gis/wuhan_osm_water.geojson"
    found, _ = counts(importer, file, "wuhan_water", "--county", "420111")
    assert found == {"created": 1, "names": 1, "left_out": 2}


class Foreign(NamedTuple):
    """A file of another region: its map, rows, the CRS of its store, and what that can take."""

    mapping: str
    file: str
    rows: int
    srid: int
    taken: int


FOREIGN = [
    Foreign("dutch_addresses", "dutch_addresses_shape_28992.zip", 2481, 28992, 2481),
    Foreign("bubenec_buildings", "bubenec.gpkg", 144, 5514, 144),
    Foreign("sanhe_streets", "sanhe_osm_streets.geojson", 37, 4548, 37),
    Foreign("station_list", "station_list.csv", 79, 32633, 19),
]


@pytest.mark.parametrize("case", FOREIGN, ids=lambda case: case.mapping)
def test_what_lies_outside_the_district_is_refused_row_by_row(
    importer: Importer, shared: Path, case: Foreign
) -> None:
    file = shared / "data/gis" / case.file
    found, refused = counts(importer, file, case.mapping, "--county", "440311")
    assert found == {"refused": case.rows}
    assert all("outside the area of use of EPSG:4547" in reason for reason in refused.values())


@pytest.mark.parametrize("case", FOREIGN, ids=lambda case: case.mapping)
def test_a_store_of_another_region_takes_its_own_files(
    foreign_importer: Importer, shared: Path, case: Foreign
) -> None:
    migrate(foreign_importer.store_url)
    with psycopg.connect(foreign_importer.store_url) as connection:
        set_up(connection, case.srid)
    order = (foreign_importer, shared / "data/gis" / case.file, case.mapping)
    found, refused = counts(*order, "--county", "131082")
    assert (found["created"], len(refused)) == (case.taken, case.rows - case.taken)
    again, _ = counts(*order, "--county", "131082")
    assert {name for name in again if name != "refused"} == {"unchanged"}
    assert foreign_importer.rows("SELECT DISTINCT ST_SRID(geom) FROM entity") == [(case.srid,)]


BROKEN = [
    ("440305_nanshan_gcj02.json", "is JSON of type None: expected a FeatureCollection"),
    ("Helsinki.osm.pbf", "--map: for files of features, and 'Helsinki.osm.pbf' is OSM PBF"),
]


@pytest.mark.parametrize(("file", "sentence"), BROKEN)
def test_a_file_of_another_kind_is_refused_as_a_whole(
    importer: Importer, shared: Path, file: str, sentence: str
) -> None:
    done = importer.run(shared / "data/gis" / file, MAPS / "wuhan_water.toml")
    assert done.exit_code == 2
    assert sentence in done.stderr
    assert importer.rows("SELECT count(*) FROM change_set") == [(0,)]
