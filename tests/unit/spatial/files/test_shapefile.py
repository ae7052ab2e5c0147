"""Shapefiles loose and zipped, whole and in parts."""

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from spatial.files import FileRefusedError, Target, inspect, read, zip_file
from tests.unit.spatial.files.reports import outcome
from tests.unit.spatial.files.written import block, near, write

CHINESE: dict[str, list[Any]] = {"名称": ["光明街道", "公明", None], "count": [1, 2, 3]}
POINTS = [near(0), near(5), near(9)]


@pytest.fixture
def loose(tmp_path: Path) -> Path:
    return write(tmp_path / "places.shp", POINTS, CHINESE, encoding="UTF-8")


def zipped(loose: Path, name: str = "places", folder: str = "") -> Path:
    """The parts of a Shapefile in an archive beside them."""
    path = loose.with_suffix(".zip")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in sorted(loose.parent.glob(f"{loose.stem}.*")):
            if part != path:
                archive.write(part, f"{folder}{name}{part.suffix}")
    return path


def archive_of(path: Path, *members: tuple[str | zipfile.ZipInfo, bytes]) -> Path:
    """An archive of any members."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return path


@pytest.mark.parametrize("encoding", ["UTF-8", "GB18030", "GBK"])
@pytest.mark.parametrize("said", [True, False], ids=["said in .cpg", "not said"])
def test_chinese_names_and_values_survive(tmp_path: Path, encoding: str, *, said: bool) -> None:
    loose = write(tmp_path / "places.shp", POINTS, CHINESE, encoding=encoding)
    if not said:
        loose.with_suffix(".cpg").unlink()
    table = read(loose, to=Target(4547))
    assert table.columns["名称"].tolist() == CHINESE["名称"]
    assert table.columns["count"].tolist() == [1, 2, 3]
    assumed = "the text is not UTF-8 and says no encoding: read as GB18030"
    assert table.warnings == ([assumed] if not said and encoding != "UTF-8" else [])


def test_an_encoding_that_is_said_wins(tmp_path: Path) -> None:
    loose = write(tmp_path / "places.shp", POINTS, CHINESE, encoding="GBK")
    loose.with_suffix(".cpg").write_text("UTF-8", encoding="ascii")
    assert read(loose, encoding="GBK", to=Target(4547)).columns["名称"][0] == "光明街道"
    (line,) = outcome(loose)
    assert "is not in utf-8: say the encoding" in line


def test_whole_numbers_beside_missing_ones_stay_whole(tmp_path: Path) -> None:
    codes = [4403110103000127, 0, 7]
    missing = [np.array([False, True, False])]
    loose = write(tmp_path / "a.shp", POINTS, {"code": codes}, field_mask=missing)
    assert read(loose, to=Target(4547)).columns["code"].tolist() == [4403110103000127, None, 7]


def test_a_zipped_one_is_the_same_as_a_loose_one(loose: Path) -> None:
    archive = zipped(loose, folder="2024/")
    one, other = read(loose, to=Target(4547)), read(archive, to=Target(4547))
    assert (one.layer, other.layer) == ("places", "places")
    assert one.columns["名称"].tolist() == other.columns["名称"].tolist()
    assert one.geometry.tolist() == other.geometry.tolist()


def test_a_name_in_gbk_inside_an_archive_is_told_in_chinese(loose: Path) -> None:
    archive = zipped(loose, name="ABCD")
    # zipfile itself would mark the name as UTF-8, which Chinese programs do not.
    archive.write_bytes(archive.read_bytes().replace(b"ABCD", "光明".encode("gbk")))
    assert [layer.name for layer in inspect(archive).layers] == ["光明"]


@pytest.mark.parametrize("suffix", [".shx", ".dbf"])
def test_a_missing_part_is_named(loose: Path, suffix: str) -> None:
    loose.with_suffix(suffix).unlink()
    assert outcome(loose) == [f"refused: file 'places.shp': the Shapefile lacks its {suffix}"]
    assert outcome(zipped(loose)) == [
        f"refused: file 'places.zip': the Shapefile lacks its {suffix}"
    ]


def test_without_a_prj_the_crs_has_to_be_said(loose: Path) -> None:
    loose.with_suffix(".prj").unlink()
    assert outcome(loose) == [
        "refused: file 'places.shp': the Shapefile lacks its .prj: name one, e.g. 'EPSG:4547'"
    ]
    assert len(read(loose, crs="EPSG:4547", to=Target(4547)).rows) == 3
    assert inspect(loose).warnings == ["layer 'places': the Shapefile lacks its .prj"]


def test_a_prj_that_is_no_crs_is_refused(loose: Path) -> None:
    loose.with_suffix(".prj").write_text("Beijing 54, I believe", encoding="ascii")
    (line,) = outcome(loose)
    assert "its .prj is no CRS: 'Beijing 54, I believe'" in line


def test_a_crs_that_leads_nowhere_is_refused(loose: Path) -> None:
    drawn = 'LOCAL_CS["drawing board",UNIT["metre",1]]'
    loose.with_suffix(".prj").write_text(drawn, encoding="ascii")
    (line,) = outcome(loose)
    assert "CRS 'drawing board' leads nowhere: expected e.g. 'EPSG:4547'" in line
    assert inspect(loose).bounds is None


def test_a_prj_in_another_encoding_does_not_stop_the_reader(loose: Path) -> None:
    prj = loose.with_suffix(".prj")
    prj.write_bytes(prj.read_bytes().replace(b'PROJCS["', 'PROJCS["深圳'.encode("gbk"), 1))
    assert len(read(loose, to=Target(4547)).rows) == 3


@pytest.mark.parametrize("suffix", [".shp", ".shx", ".dbf"])
def test_a_part_that_is_cut_off_is_named(loose: Path, suffix: str) -> None:
    part = loose.with_suffix(suffix)
    part.write_bytes(part.read_bytes()[:-10])
    (line,) = outcome(loose)
    assert f"its {suffix} is cut off" in line or "rows" in line


def test_parts_of_two_shapefiles_do_not_mix(loose: Path, tmp_path: Path) -> None:
    other = write(tmp_path / "other.shp", POINTS[:2])
    loose.with_suffix(".dbf").write_bytes(other.with_suffix(".dbf").read_bytes())
    (line,) = outcome(loose)
    assert "its .dbf holds 2 rows and its .shx 3: expected as many" in line


def test_a_deleted_row_keeps_its_number_and_stays_out(loose: Path) -> None:
    table = loose.with_suffix(".dbf")
    data = bytearray(table.read_bytes())
    start, width = int.from_bytes(data[8:10], "little"), int.from_bytes(data[10:12], "little")
    data[start + width] = ord("*")
    table.write_bytes(data)
    assert read(loose, to=Target(4547)).rows.tolist() == [1, 3]


def test_parts_in_capitals_are_found(loose: Path) -> None:
    for part in list(loose.parent.iterdir()):
        part.rename(part.with_suffix(part.suffix.upper()))
    assert len(read(loose.with_suffix(".SHP"), to=Target(4547)).rows) == 3


def test_polygons_with_holes_come_as_they_were(tmp_path: Path) -> None:
    shapes = [block(0, 0, 30).difference(block(10, 10, 5)), block(50)]
    table = read(write(tmp_path / "rings.shp", shapes), to=Target(4547))
    assert shapely.equals(table.geometry, shapes).all()
    assert table.geometry[0].area == pytest.approx(875)


@pytest.mark.parametrize(
    ("members", "sentence"),
    [
        ((("a.txt", b"x"),), "holds 0 Shapefiles among ['a.txt']: expected one"),
        (((f"{n}.shp", b"x") for n in "ab"), "holds 2 Shapefiles among ['a.shp', 'b.shp']"),
        ((("../a.shp", b"x"),), "member '../a.shp' points outside the archive"),
        ((("/etc/a.shp", b"x"),), "member '/etc/a.shp' points outside the archive"),
        ((("c:\\a.shp", b"x"),), "points outside the archive"),
        (((f"{n}.txt", b"") for n in range(1_001)), "holds 1,001 files, expected at most 1,000"),
        ((("a.shp", b"x"), ("a.shx", b"x"), ("a.dbf", b"x")), "its .shp is cut off: 1 bytes"),
    ],
    ids=["none", "two", "parent", "root", "drive", "many", "short"],
)
def test_an_archive_that_is_not_one_shapefile_is_refused(
    tmp_path: Path, members: tuple[tuple[str, bytes], ...], sentence: str
) -> None:
    (line,) = outcome(archive_of(tmp_path / "a.zip", *members))
    assert sentence in line


def test_a_link_in_an_archive_is_refused(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("a.shp")
    link.external_attr = 0o120777 << 16
    (line,) = outcome(archive_of(tmp_path / "a.zip", (link, b"/etc/passwd")))
    assert "is a link: expected a file" in line


def test_a_bomb_is_refused_by_what_it_says(tmp_path: Path) -> None:
    bomb = archive_of(tmp_path / "a.zip", ("a.shp", bytes(80 * 1024**2)))
    assert bomb.stat().st_size < 200_000
    (line,) = outcome(bomb)
    assert "unpacks from" in line
    assert "83,886,080 bytes" in line


def test_a_bomb_that_lies_is_stopped_while_it_unpacks(
    loose: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = zipped(loose)
    monkeypatch.setattr(zip_file, "_SMALL_BYTES", 0)
    monkeypatch.setattr(zip_file, "_refuse_dishonest", lambda *_: None)
    monkeypatch.setattr(zip_file, "MAX_RATIO", 0.5)
    (line,) = outcome(archive)
    assert "unpacks to too much" in line


def test_a_damaged_member_is_refused(loose: Path) -> None:
    archive = zipped(loose)
    data = bytearray(archive.read_bytes())
    at = data.index(b"places.dbf") + 40
    data[at : at + 8] = b"\xff" * 8
    archive.write_bytes(data)
    (line,) = outcome(archive)
    assert "damaged member" in line


def test_what_a_mac_adds_to_an_archive_is_left_alone(loose: Path) -> None:
    archive = zipped(loose)
    with zipfile.ZipFile(archive, "a") as opened:
        opened.writestr("__MACOSX/._places.shp", b"resource fork")
    assert len(read(archive, to=Target(4547)).rows) == 3


def test_a_workbook_is_no_shapefile(tmp_path: Path) -> None:
    book = archive_of(tmp_path / "a.xlsx", ("xl/workbook.xml", b"<x/>"))
    with pytest.raises(FileRefusedError, match="holds 0 Shapefiles"):
        read(book, to=Target(4547))


def test_the_folder_is_left_as_it_was(loose: Path) -> None:
    before = sorted(loose.parent.iterdir())
    read(loose, to=Target(4547))
    inspect(loose)
    assert sorted(loose.parent.iterdir()) == before
