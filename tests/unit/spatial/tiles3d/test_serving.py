"""A registered tileset serves the files of its closed list, as they were, and no others."""

import hashlib
from pathlib import Path

import pytest

from spatial.files import FileRefusedError
from spatial.models.tiles3d.errors import AskForServedFileError, RegisterAgainError
from spatial.models.tiles3d.tileset import Tileset, register
from tests.unit.spatial.tiles3d.written import BOUNDS, b3dm, glb, pack, tile, tileset, write


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    model = glb({"asset": {"version": "2.0"}, "images": [{"uri": "wall.png"}]})
    write(
        tmp_path / "city",
        tileset_json=tileset(tile(None, tile("data/a.b3dm"), tile("data/b.glb"), tile("c.b3dm"))),
        data__a_b3dm=b3dm(),
        data__b_glb=model,
        data__wall_png=b"\x89PNG",
        secret_txt=b"not for everybody",
    )
    return tmp_path / "city"


@pytest.fixture(params=["folder", "document", "archive"])
def registered(request: pytest.FixtureRequest, folder: Path) -> Tileset:
    if request.param == "archive":
        return register(pack(folder, folder.parent / "city.zip"))
    return register(folder if request.param == "folder" else folder / "tileset.json")


def test_what_the_tiles_need_is_on_the_list(registered: Tileset, folder: Path) -> None:
    assert set(registered.files) == {
        "tileset.json",
        "data/a.b3dm",
        "data/b.glb",
        "data/wall.png",
    }
    assert (registered.entry, registered.version) == ("tileset.json", "1.0")
    assert registered.bounds == pytest.approx(BOUNDS)
    assert registered.faults == ("'c.b3dm' of 'tileset.json' is not there",)
    sizes = [(folder / name).stat().st_size for name in registered.files]
    assert registered.total_bytes() == sum(sizes)


def test_a_file_has_its_size_its_sum_and_its_media_type(registered: Tileset, folder: Path) -> None:
    data = (folder / "data/a.b3dm").read_bytes()
    file = registered.files["data/a.b3dm"]
    assert (file.size, file.sha256) == (len(data), hashlib.sha256(data).hexdigest())
    types = {name: file.media_type for name, file in registered.files.items()}
    assert types == {
        "tileset.json": "application/json",
        "data/a.b3dm": "application/octet-stream",
        "data/b.glb": "model/gltf-binary",
        "data/wall.png": "image/png",
    }


def test_a_file_of_the_list_is_served_as_it_is(registered: Tileset, folder: Path) -> None:
    for name in registered.files:
        assert registered.read(name) == (folder / name).read_bytes()


@pytest.mark.parametrize(
    "name",
    [
        "secret.txt",
        "../city/tileset.json",
        "data/../tileset.json",
        "/etc/passwd",
        "./tileset.json",
        "TILESET.JSON",
        "data",
        "",
        "tileset.json\0",
        "c.b3dm",
    ],
)
def test_nothing_else_is_served(registered: Tileset, name: str) -> None:
    with pytest.raises(AskForServedFileError, match="expected one of the tileset"):
        registered.read(name)


def test_a_file_that_changed_is_not_served(folder: Path) -> None:
    registered = register(folder)
    path = folder / "data/a.b3dm"
    data = path.read_bytes()
    path.write_bytes(data[:-1] + b"x")
    with pytest.raises(RegisterAgainError, match="has changed since it was registered"):
        registered.read("data/a.b3dm")
    path.write_bytes(data + b"more")
    with pytest.raises(RegisterAgainError, match="has not the"):
        registered.read("data/a.b3dm")
    path.unlink()
    with pytest.raises(RegisterAgainError, match="has not the"):
        registered.read("data/a.b3dm")


def test_a_file_that_became_a_link_elsewhere_is_not_served(folder: Path) -> None:
    registered = register(folder)
    outside = folder.parent / "outside.b3dm"
    (folder / "data/a.b3dm").rename(outside)
    (folder / "data/a.b3dm").symlink_to(outside)
    with pytest.raises(RegisterAgainError):
        registered.read("data/a.b3dm")


def test_progress_tells_how_many_files_are_done(folder: Path) -> None:
    told: list[tuple[str, int, int]] = []
    register(folder, lambda *step: told.append(step))
    assert ("summing files", 3, 4) in told


def test_a_folder_without_a_tileset_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileRefusedError, match=r"'tileset.json' is not there"):
        register(tmp_path)


def test_a_real_tileset_is_registered_with_its_external_ones(shared: Path) -> None:
    registered = register(shared / "data/cim/3dtiles/TilesetOfTilesets")
    assert len(registered.files) == 8
    assert registered.total_bytes() == 76_823
    assert registered.read("tileset3/ll.b3dm").startswith(b"b3dm")
