"""What a path means: a file, or a folder with a tileset; anything else has its sentence."""

import bz2
import gzip
import lzma
from pathlib import Path

import pytest

from spatial.files import FileRefusedError
from spatial.models import entry_of, inspect


@pytest.mark.parametrize("name", ["survey.gdb", "network.inp", "empty"])
def test_a_folder_without_a_tileset_is_said_to_be_one(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    folder.mkdir()

    with pytest.raises(FileRefusedError, match=f"file '{name}': is a folder without tileset.json"):
        entry_of(folder)
    assert "is a folder without tileset.json" in str(inspect(folder).error)


def test_a_folder_with_a_tileset_means_its_document(tmp_path: Path) -> None:
    (tmp_path / "tileset.json").write_text("{}", encoding="utf-8")

    assert entry_of(tmp_path) == tmp_path / "tileset.json"


@pytest.mark.parametrize("name", ["a" * 300, "a\0b", "absent.ifc"])
def test_a_name_that_no_file_can_have_is_refused(tmp_path: Path, name: str) -> None:
    assert inspect(tmp_path / name).error is not None


@pytest.mark.parametrize(
    ("data", "how"),
    [
        (gzip.compress(b"<osm/>"), "gzip"),
        (bz2.compress(b"<osm/>"), "bzip2"),
        (lzma.compress(b"<osm/>"), "xz"),
    ],
)
def test_a_packed_file_is_said_to_be_packed(tmp_path: Path, data: bytes, how: str) -> None:
    path = tmp_path / "city.osm.packed"
    path.write_bytes(data)

    assert str(inspect(path).error) == f"file '{path.name}': is packed with {how}: unpack it first"
