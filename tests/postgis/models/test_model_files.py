"""Tilesets, rasters and scenes of buildings: their files listed in the store, kept by digest."""

import errno
import hashlib
import json
import shutil
import threading
import zipfile
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from data.models import FileGoneError, ModelFile, keeping
from spatial.files import FileRefusedError
from tests.postgis.importing.importer import Importer, app
from tests.unit.spatial.rasters import written

TILESETS = "data/cim/3dtiles"


@pytest.fixture
def importer(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Importer:
    """The command in front of an empty store; the bytes go to ``models`` in its folder."""
    return Importer.before(database_url, tmp_path, monkeypatch)


@pytest.fixture
def city(shared: Path, tmp_path: Path) -> Path:
    """A copy of a real tileset of six files in the folder ``city``."""
    return Path(shutil.copytree(shared / TILESETS / "Tileset", tmp_path / "city"))


def run(file: Path, *options: str) -> Result:
    return CliRunner().invoke(app, [str(file), *options])


def imported(file: Path, *options: str, exit_code: int = 0) -> dict[str, Any]:
    done = run(file, "--json", *options)
    assert done.exit_code == exit_code, (done.output, done.exc_info)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def kept(importer: Importer) -> set[str]:
    """Return the names of all that lies in the folder of served files."""
    return {each.name for each in (importer.folder / "models").iterdir()} - {".turn"}


def listed(importer: Importer) -> dict[str, tuple[Any, ...]]:
    rows = importer.rows(
        "SELECT m.name || ':' || f.name, f.kind, f.media_type, f.size, f.digest, f.entry"
        " FROM model_file f JOIN model m ON m.id = f.model"
    )
    return {row[0]: row[1:] for row in rows}


def test_a_folder_is_registered_as_its_tileset_and_every_file_lies_under_its_digest(
    importer: Importer, city: Path
) -> None:
    report = imported(city)

    files = listed(importer)
    assert report["model"] == "city"
    assert report["files"] == {"created": 6, "changed": 0, "removed": 0, "unchanged": 0}
    assert set(files) == {f"city:{each.name}" for each in city.iterdir()}
    for name, (kind, _, size, digest, entry) in files.items():
        data = (importer.folder / "models" / digest).read_bytes()
        assert data == (city / name.partition(":")[2]).read_bytes()
        assert (kind, size) == ("tileset", len(data))
        assert hashlib.sha256(data).hexdigest() == digest
        assert entry == (name == "city:tileset.json")
    assert kept(importer) == {row[3] for row in files.values()}
    models = importer.rows("SELECT format, schema, crs FROM model")
    assert models == [("3D Tiles", "1.0", "EPSG:4978")]


def test_the_same_tileset_again_leaves_no_trace(importer: Importer, city: Path) -> None:
    imported(city)
    before = importer.state()

    report = imported(city / "tileset.json")

    assert report["change_set"] is None
    assert report["files"] == {"created": 0, "changed": 0, "removed": 0, "unchanged": 6}
    assert importer.state() == before


def test_what_changes_is_a_change_set_and_old_bytes_go_with_the_next_import(
    importer: Importer, city: Path
) -> None:
    first = imported(city)
    old = listed(importer)["city:ll.b3dm"][3]
    shutil.copy(city / "ur.b3dm", city / "ll.b3dm")

    report = imported(city)
    still_there = old in kept(importer)
    imported(city)

    assert report["files"] == {"created": 0, "changed": 1, "removed": 0, "unchanged": 5}
    assert report["change_set"] > first["change_set"]
    assert importer.rows("SELECT change_set_id FROM model") == [(report["change_set"],)]
    assert still_there, "who asked a moment ago is still reading it"
    assert old not in kept(importer)
    assert kept(importer) == {row[3] for row in listed(importer).values()}


def test_a_packed_tileset_has_the_files_of_the_loose_one(importer: Importer, city: Path) -> None:
    imported(city)
    packed = importer.folder / "town.3tz"
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for each in sorted(city.iterdir()):
            archive.write(each, each.name)
    before = kept(importer)

    report = imported(packed)

    files = listed(importer)
    assert (report["model"], report["files"]["created"]) == ("town", 6)
    assert report["digest"] == hashlib.sha256(packed.read_bytes()).hexdigest()
    assert {name: row for name, row in files.items() if name.startswith("town:")} == {
        name.replace("city:", "town:"): row
        for name, row in files.items()
        if name.startswith("city:")
    }
    assert kept(importer) == before, "the same bytes are kept once"


def test_a_dry_run_says_what_would_be_served_and_copies_nothing(
    importer: Importer, city: Path
) -> None:
    report = imported(city, "--dry-run")

    assert report["files"]["created"] == 6
    assert importer.rows("SELECT count(*) FROM model") == [(0,)]
    assert not (importer.folder / "models").exists()


def test_a_missing_tile_is_named_and_the_rest_served(importer: Importer, city: Path) -> None:
    (city / "ll.b3dm").unlink()

    report = imported(city, exit_code=1)

    assert report["files"]["created"] == 5
    assert ["ll.b3dm" in row["detail"] for row in report["rows"]] == [True]
    assert "city:ll.b3dm" not in listed(importer)


def test_strict_takes_nothing_of_a_tileset_with_a_missing_tile(
    importer: Importer, city: Path
) -> None:
    (city / "ll.b3dm").unlink()

    report = imported(city, "--strict", exit_code=2)

    assert "--strict" in report["refusal"]
    assert importer.rows("SELECT count(*) FROM model_file") == [(0,)]
    assert importer.rows("SELECT count(*) FROM change_set") == [(0,)]


def test_people_are_told_what_is_served(importer: Importer, city: Path) -> None:
    assert importer.store_url
    done = run(city)

    assert "tileset.json as a state of city: change set " in done.stdout
    assert "files to be served: 6 created, 0 changed, 0 removed, 0 unchanged" in done.stdout
    again = run(city)
    assert "nothing changed, all of it stands already" in again.stdout


def test_a_folder_is_inspected_as_its_tileset(city: Path) -> None:
    done = run(city, "--inspect", "--json")

    assert json.loads(done.stdout)["counts"] == {"b3dm": 5, "tile": 5}


def test_a_folder_without_a_tileset_is_refused(importer: Importer) -> None:
    done = run(importer.folder)

    assert done.exit_code == 2
    assert "tileset.json" in done.output


@pytest.mark.parametrize("name", ["BatchedWithBatchTable", "PointCloudRGB", "TilesetOfTilesets"])
def test_real_tilesets_are_registered(importer: Importer, shared: Path, name: str) -> None:
    report = imported(shared / TILESETS / name)

    assert report["model"] == name
    assert report["files"]["created"] == len(listed(importer)) > 1


def test_a_tileset_that_lies_nowhere_is_registered_with_a_warning(
    importer: Importer, shared: Path
) -> None:
    report = imported(shared / TILESETS / "TilesetWithFullMetadata")

    assert any("does not lie on the globe" in each for each in report["warnings"])
    assert importer.rows("SELECT crs, schema FROM model") == [("", "1.1")]


def test_what_a_crash_left_behind_is_removed(importer: Importer, city: Path) -> None:
    folder = importer.folder / "models"
    (folder / ".part-scenes").mkdir(parents=True)
    (folder / ".part-scenes" / "half.glb").write_bytes(b"glTF")
    (folder / ".part-x").write_bytes(b"half")
    (folder / ("0" * 64)).write_bytes(b"whole, but the store never knew")

    imported(city)

    assert kept(importer) == {row[3] for row in listed(importer).values()}


@pytest.mark.parametrize("damage", ["deleted", "cut off"])
def test_importing_again_mends_the_folder_without_a_change_set(
    importer: Importer, city: Path, damage: str
) -> None:
    imported(city)
    place = importer.folder / "models" / listed(importer)["city:ll.b3dm"][3]
    if damage == "deleted":
        place.unlink()
    else:
        place.write_bytes(place.read_bytes()[:-1])

    report = imported(city)

    assert report["change_set"] is None
    assert place.read_bytes() == (city / "ll.b3dm").read_bytes()


def test_a_file_that_changes_while_it_is_copied_is_refused_and_leaves_nothing(
    tmp_path: Path,
) -> None:
    source = tmp_path / "a.b3dm"
    source.write_bytes(b"other bytes")
    file = ModelFile("a.b3dm", "tileset", "application/octet-stream", 10, "0" * 64, entry=False)
    folder = tmp_path / "models"
    folder.mkdir()

    with source.open("rb") as bytes_, pytest.raises(FileRefusedError, match="changed while"):
        keeping.keep(folder, file, bytes_)

    assert list(folder.iterdir()) == []


def test_only_what_fits_is_copied(tmp_path: Path) -> None:
    with pytest.raises(FileRefusedError, match="expected at most 68,719,476,736"):
        keeping.check_room(tmp_path, "city", keeping.MAX_BYTES + 1, 0)
    free = shutil.disk_usage(tmp_path).free
    if free < keeping.MAX_BYTES:
        with pytest.raises(FileRefusedError, match="can be had"):
            keeping.check_room(tmp_path, "city", free + 1, free + 1)


def test_a_file_that_is_gone_says_what_helps(tmp_path: Path) -> None:
    file = ModelFile("a.b3dm", "tileset", "application/octet-stream", 3, "0" * 64, entry=False)

    with pytest.raises(FileGoneError, match=r"'a.b3dm' cannot be opened: .*: import its model"):
        keeping.opened(tmp_path, file)
    (tmp_path / ("0" * 64)).write_bytes(b"four")
    with pytest.raises(FileGoneError, match="has 4 bytes, expected 3"):
        keeping.opened(tmp_path, file)


@pytest.mark.usefixtures("importer")
def test_terrain_is_registered_with_its_datum(importer: Importer) -> None:
    dem = written.write(importer.folder / "dem.tif", written.plane(), crs="EPSG:4547+5737")

    report = imported(dem, "--source", "survey")

    ((name, row),) = listed(importer).items()
    assert (name, row[0], row[1], row[4]) == ("dem:dem.tif", "terrain", "image/tiff", True)
    assert row[3] == report["digest"] == hashlib.sha256(dem.read_bytes()).hexdigest()
    models = importer.rows("SELECT format, crs, height_datum, warnings FROM model")
    assert models[0][:3] == ("GeoTIFF", "EPSG:4547", "EPSG:5737")
    assert any("no number is said" in each for each in models[0][3])
    dem.unlink()
    assert (importer.folder / "models" / row[3]).stat().st_size == row[2]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"crs": None}, "its CRS is not said"),
        ({"unit": "fathom"}, "its heights are in 'fathom': expected metres or feet"),
        ({"bands": 2}, "has bands of float32, float32"),
    ],
)
def test_a_raster_that_could_not_be_shown_is_refused(
    importer: Importer, options: dict[str, Any], sentence: str
) -> None:
    pixels = written.plane(20, 20)
    if options.pop("bands", 1) == 2:
        pixels = pixels[None].repeat(2, axis=0)
    done = run(written.write(importer.folder / "dem.tif", pixels, **options))

    assert done.exit_code == 2
    assert sentence in done.output
    assert importer.rows("SELECT count(*) FROM model") == [(0,)]


def test_a_crs_cannot_be_said_of_what_is_served_as_it_is(importer: Importer, city: Path) -> None:
    done = run(city, "--crs", "EPSG:4547")

    assert done.exit_code == 2
    assert "--crs cannot be written into it" in done.output
    assert importer.rows("SELECT count(*) FROM model") == [(0,)]


def test_a_name_that_no_address_could_have_is_refused(importer: Importer, city: Path) -> None:
    done = run(city, "--model", "north/tiles/city")

    assert done.exit_code == 2
    assert "expected one without the part 'tiles'" in done.output
    assert importer.rows("SELECT count(*) FROM model") == [(0,)]


def test_a_model_of_another_format_takes_the_place_of_a_tileset(
    importer: Importer, city: Path
) -> None:
    imported(city, "--model", "north")
    dem = written.write(importer.folder / "dem.tif", written.plane(20, 20))

    report = imported(dem, "--model", "north")

    assert report["files"] == {"created": 1, "changed": 0, "removed": 6, "unchanged": 0}
    assert importer.rows("SELECT format FROM model") == [("GeoTIFF",)]


def test_a_building_of_ifc_is_a_scene_that_is_made_once(
    importer: Importer, shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = shared / "data/bim/IfcOpenHouse_IFC4.ifc"
    said = ("--crs", "EPSG:4547", "--county", "440311")
    # It stands at 0, 0, which is refused of its elements; seen by itself it is whole.
    report = imported(house, *said, exit_code=1)

    files = listed(importer)
    for kind, media_type, _, digest, _ in files.values():
        assert (kind, media_type) == ("scene", "model/gltf-binary")
        assert (importer.folder / "models" / digest).read_bytes()[:4] == b"glTF"
    assert report["files"]["created"] == len(files)
    keys = {name.removeprefix("IfcOpenHouse_IFC4:") for name in files}
    assert [len(key) for key in keys - {"rest"}] == [22]

    monkeypatch.setattr("spatial.models.ifc.buildings.write_buildings", None)
    again = imported(house, *said, exit_code=1)
    assert (again["change_set"], again["files"]) == (None, None)
    assert kept(importer) == {row[3] for row in files.values()}


def test_a_tile_with_a_name_that_no_index_holds_is_refused(importer: Importer, city: Path) -> None:
    packed = importer.folder / "town.zip"
    name = "a" * 1_100 + ".b3dm"
    with zipfile.ZipFile(packed, "w") as archive:
        for each in sorted(city.glob("*.b3dm")):
            archive.write(each, name if each.name == "ll.b3dm" else each.name)
        document = (city / "tileset.json").read_text().replace("ll.b3dm", name)
        archive.writestr("tileset.json", document)

    report = imported(packed, exit_code=1)

    assert report["files"]["created"] == 5
    assert "expected a name of at most 1000 bytes" in report["rows"][0]["detail"]


def test_who_adds_files_waits_for_who_is_at_it(tmp_path: Path) -> None:
    folder = tmp_path / "models"
    said = threading.Event()
    order: list[str] = []

    def second() -> None:
        with keeping.turn_of(folder, lambda _: said.set()):
            order.append("second")

    with keeping.turn_of(folder, order.append):
        thread = threading.Thread(target=second)
        thread.start()
        assert said.wait(10)
        order.append("first")
    thread.join(10)

    assert order == ["first", "second"]


def test_a_full_disk_is_said_and_leaves_nothing(
    importer: Importer, city: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_args: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(keeping, "_copy", full)

    done = run(city)

    assert done.exit_code == 2
    assert f"cannot be copied to {str(importer.folder / 'models')!r}: No space" in done.output
    assert kept(importer) == set()
    assert listed(importer) == {}
