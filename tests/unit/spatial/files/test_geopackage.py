"""GeoPackages as they come, and as nobody should write them."""

import sqlite3
import struct
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import shapely

from spatial.files import FileRefusedError, Target, inspect, read
from tests.unit.spatial.files.reports import outcome
from tests.unit.spatial.files.written import HOME, block, change, near, write

HEADER = b"GP\x00\x01" + struct.pack("<i", 4547)
CIRCLE = struct.pack("<BII6d", 1, 8, 3, 0, 0, 1, 1, 2, 0)
SURFACE = struct.pack("<BII", 1, 15, 0)
OPEN_RING = struct.pack(
    "<BIII8d", 1, 3, 1, 4, *(HOME.x, HOME.y, HOME.x + 9, HOME.y), *(HOME.x + 9, HOME.y + 9) * 2
)

ENDLESS = (
    "CREATE VIEW blocks AS WITH RECURSIVE n(fid) AS"
    " (SELECT 1 UNION ALL SELECT fid + 1 FROM n) SELECT fid, NULL AS geom FROM n"
)


@pytest.fixture
def blocks(tmp_path: Path) -> Path:
    columns: dict[str, list[Any]] = {
        "name": ["光明", None, "龙华"],
        "storeys": [3, 4, 5],
        "height_m": [9.5, float("nan"), 12.0],
    }
    return write(tmp_path / "blocks.gpkg", [block(), block(20), block(40)], columns)


def insert(blob: bytes | str | None) -> tuple[str, tuple[object, ...]]:
    """A row with this in its geometry column."""
    return "INSERT INTO blocks (geom, storeys) VALUES (?, 9)", (blob,)


def test_rows_come_in_the_order_of_their_key_with_the_types_of_the_file(blocks: Path) -> None:
    change(blocks, "UPDATE blocks SET fid = 40 WHERE fid = 1")
    table = read(blocks, to=Target(4547))
    assert table.rows.tolist() == [1, 2, 3]
    assert table.columns["fid"].tolist() == [2, 3, 40]
    assert table.columns["name"].tolist() == [None, "龙华", "光明"]
    assert table.columns["storeys"].dtype == int
    assert table.columns["height_m"].tolist() == [None, 12.0, 9.5]
    assert table.geometry[2].equals(block())


def test_whole_numbers_beside_missing_ones_stay_exact(blocks: Path) -> None:
    change(blocks, ("UPDATE blocks SET storeys = ? WHERE fid = 1", (2**60 + 1,)))
    change(blocks, "UPDATE blocks SET storeys = NULL WHERE fid = 2")
    assert read(blocks, to=Target(4547)).columns["storeys"].tolist() == [2**60 + 1, None, 5]


def test_rows_that_the_cached_count_does_not_know_are_read(blocks: Path) -> None:
    change(blocks, insert(HEADER + shapely.to_wkb(near(60))))
    assert read(blocks, to=Target(4547)).rows.tolist() == [1, 2, 3, 4]
    assert inspect(blocks).counts == {"Point": 1, "Polygon": 3}


@pytest.mark.parametrize(
    ("blob", "reason"),
    [
        (HEADER + CIRCLE, "shape is a CircularString"),
        (HEADER + SURFACE, "shape is a PolyhedralSurface"),
        (b"rubbish", "shape starts with b'rubbish'"),
        (HEADER, "shape starts with b''"),
        (HEADER + shapely.to_wkb(near(0))[:-3], "shape cannot be read"),
        ("a text", "shape starts with b\"'a text'\""),
        (HEADER + shapely.to_wkb(shapely.Point(float("inf"), 5.0)), "point (inf, 5.0)"),
        (HEADER + shapely.to_wkb(shapely.Point(2_516_742.0, 493_426.0)), "x and y are swapped"),
    ],
    ids=["curve", "surface", "rubbish", "no shape", "cut off", "text", "infinite", "north first"],
)
def test_a_bad_shape_is_refused_alone(blocks: Path, blob: bytes | str, reason: str) -> None:
    change(blocks, insert(blob))
    table = read(blocks, to=Target(4547))
    assert table.rows.tolist() == [1, 2, 3]
    ((row, sentence),) = table.refused
    assert row == 4
    assert reason in sentence
    assert any(reason in warning for warning in inspect(blocks).warnings) or "point" in sentence


def test_an_open_ring_is_closed_and_counted(blocks: Path) -> None:
    change(blocks, insert(HEADER + OPEN_RING))
    table = read(blocks, to=Target(4547))
    assert table.warnings == ["open rings closed: 1 (row 4)"]
    assert table.geometry[3].is_valid


def test_every_kind_of_envelope_is_skipped(blocks: Path) -> None:
    for indicator, size in enumerate((0, 32, 48, 48, 64)):
        header = b"GP\x00" + bytes([1 | indicator << 1]) + struct.pack("<i", 4547) + bytes(size)
        change(blocks, insert(header + shapely.to_wkb(near(100 + indicator))))
    table = read(blocks, to=Target(4547))
    assert [shape.x - HOME.x for shape in table.geometry[3:]] == [100, 101, 102, 103, 104]


def test_a_row_without_shape_stays(blocks: Path) -> None:
    change(blocks, insert(None))
    table = read(blocks, to=Target(4547))
    assert table.geometry[3] is None
    assert table.refused == []
    assert inspect(blocks).counts == {"None": 1, "Polygon": 3}


def test_columns_of_every_declared_type_are_read_as_they_stand(blocks: Path) -> None:
    change(
        blocks,
        *(
            f"ALTER TABLE blocks ADD COLUMN {name} {kind}"
            for name, kind in [
                ("lit", "BOOLEAN"),
                ("built", "DATE"),
                ("seen", "DATETIME"),
                ("tags", "JSON"),
                ("photo", "BLOB"),
                ("width", "DOUBLE"),
            ]
        ),
        "UPDATE blocks SET lit = fid % 2, built = '2024-05-01', width = 'wide',"
        " seen = '2024-05-01T12:00:00.000+08:00', tags = '{}', photo = X'00'",
    )
    table = read(blocks, to=Target(4547))
    assert table.columns["lit"].tolist() == [True, False, True]
    assert table.columns["built"][0] == "2024-05-01"
    assert table.columns["seen"][0] == "2024-05-01T12:00:00.000+08:00"
    assert table.columns["tags"][0] == "{}"
    assert table.columns["width"][0] == "wide"
    assert "photo" not in table.columns
    assert table.warnings == ["column 'photo' holds bytes and is left out"]


def test_text_that_is_not_utf_8_refuses_its_row(blocks: Path) -> None:
    change(blocks, "UPDATE blocks SET name = CAST(X'C3FB' AS TEXT) WHERE fid = 2")
    change(blocks, "UPDATE blocks SET name = 'a' || char(0) || 'b' WHERE fid = 3")
    table = read(blocks, to=Target(4547))
    assert table.rows.tolist() == [1]
    assert [row for row, _ in table.refused] == [2, 3]


def test_a_file_that_is_cut_off_says_by_how_much(blocks: Path) -> None:
    whole = blocks.read_bytes()
    blocks.write_bytes(whole[:-4096])
    (line,) = outcome(blocks)
    assert f"{len(whole) - 4096:,} bytes, expected {len(whole):,}" in line


@pytest.mark.parametrize(
    ("statements", "sentence"),
    [
        (("DELETE FROM gpkg_contents",), "without a layer of features"),
        (("DROP TABLE gpkg_contents",), "no GeoPackage"),
        (("DROP TABLE blocks",), "layer 'blocks' is a absent"),
        (
            ("UPDATE gpkg_geometry_columns SET column_name = 'shape'",),
            "expected at most 2000 and among them 'shape'",
        ),
        (
            (
                "ALTER TABLE blocks RENAME TO plain",
                ENDLESS,
                "UPDATE gpkg_contents SET table_name = 'blocks'",
                "UPDATE gpkg_geometry_columns SET table_name = 'blocks'",
            ),
            "layer 'blocks' is a view",
        ),
    ],
    ids=["no layer", "no contents", "no table", "no geometry", "endless view"],
)
def test_a_package_without_a_plain_table_of_features_is_refused(
    blocks: Path, statements: tuple[str, ...], sentence: str
) -> None:
    change(blocks, "PRAGMA foreign_keys = OFF", *statements)
    (line,) = outcome(blocks)
    assert sentence in line
    assert inspect(blocks).error is not None


@pytest.mark.parametrize("srs_id", [0, -1])
def test_an_undefined_crs_has_to_be_said(blocks: Path, srs_id: int) -> None:
    change(blocks, ("UPDATE gpkg_geometry_columns SET srs_id = ?", (srs_id,)))
    with pytest.raises(FileRefusedError, match="its CRS is not said: name one"):
        read(blocks, to=Target(4547))
    table = read(blocks, crs="EPSG:4547", to=Target(4547))
    assert (len(table.rows), table.warnings) == (3, [])


def test_a_crs_without_number_goes_by_its_name(blocks: Path) -> None:
    local = (
        'PROJCS["Guangming local",GEOGCS["CGCS2000",DATUM["China_2000",SPHEROID["CGCS2000",'
        '6378137,298.257222101]],PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433]],'
        'PROJECTION["Transverse_Mercator"],PARAMETER["latitude_of_origin",0],'
        'PARAMETER["central_meridian",114.1],PARAMETER["scale_factor",1],'
        'PARAMETER["false_easting",500000],PARAMETER["false_northing",0],UNIT["metre",1]]'
    )
    change(
        blocks,
        (
            "INSERT INTO gpkg_spatial_ref_sys VALUES ('local', 100000, 'NONE', 100000, ?, NULL)",
            (local,),
        ),
        "UPDATE gpkg_geometry_columns SET srs_id = 100000",
    )
    assert inspect(blocks).crs == "Guangming local"
    table = read(blocks, to=Target(4547))
    assert table.crs == "Guangming local"
    # 0.1 degrees farther east at this latitude.
    assert table.geometry[0].bounds[0] - HOME.x == pytest.approx(10_270, abs=30)


def test_a_package_under_another_name_is_known_by_what_is_in_it(blocks: Path) -> None:
    named = blocks.rename(blocks.with_name("zip!a.shp"))
    table = read(named, to=Target(4547))
    assert table.warnings == ["named 'zip!a.shp', but what is in it is GeoPackage"]
    assert inspect(named).format == "GeoPackage"


def test_the_version_of_the_format_is_told(blocks: Path) -> None:
    assert inspect(blocks).schema in {"1.2.0", "1.3.0", "1.4.0"}


def test_reading_leaves_the_file_and_its_folder_as_they_were(blocks: Path) -> None:
    before = blocks.read_bytes()
    read(blocks, to=Target(4547))
    assert blocks.read_bytes() == before
    assert list(blocks.parent.iterdir()) == [blocks]


def test_a_package_that_keeps_a_log_is_read_with_it_and_leaves_nothing(blocks: Path) -> None:
    with closing(sqlite3.connect(change(blocks))) as writer:
        writer.execute("PRAGMA journal_mode = WAL")
        writer.execute("UPDATE blocks SET storeys = 77 WHERE fid = 1")
        writer.commit()
        assert blocks.with_name("blocks.gpkg-wal").exists()
        assert read(blocks, to=Target(4547)).columns["storeys"][0] == 77
    assert read(blocks, to=Target(4547)).columns["storeys"][0] == 77
    assert list(blocks.parent.iterdir()) == [blocks]


@pytest.mark.parametrize(
    "table", ["gpkg_contents", "gpkg_geometry_columns", "gpkg_spatial_ref_sys"]
)
def test_a_register_that_computes_for_ever_is_not_asked(blocks: Path, table: str) -> None:
    change(blocks, f"ALTER TABLE {table} RENAME TO kept")
    change(
        blocks,
        f"CREATE VIEW {table} AS WITH RECURSIVE n(x) AS"  # noqa: S608 - a test's own name
        " (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT kept.* FROM kept, n",
    )

    with pytest.raises(FileRefusedError, match="no GeoPackage"):
        read(blocks, to=Target(4547))


def test_a_view_beside_a_layer_does_not_hide_it(blocks: Path) -> None:
    change(blocks, "CREATE VIEW seen AS SELECT * FROM blocks")
    change(
        blocks,
        "INSERT INTO gpkg_contents (table_name, data_type, srs_id)"
        " VALUES ('seen', 'features', 4547)",
    )
    change(
        blocks, "INSERT INTO gpkg_geometry_columns VALUES ('seen', 'geom', 'POLYGON', 4547, 0, 0)"
    )

    found = inspect(blocks)

    assert found.error is None
    assert found.counts == {"Polygon": 3}
    assert any("layer 'seen' is a view, expected a plain table" in each for each in found.warnings)
