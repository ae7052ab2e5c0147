"""The digest of a file is that of its bytes, whatever the file is called."""

import hashlib
from pathlib import Path

import pytest

from spatial.files import FileRefusedError
from twin.app.import_turns import check_file_name, digest_of


@pytest.mark.parametrize("stem", ["roads", "roads[1]", "road?", "*", "路"])
def test_a_shapefile_is_summed_over_its_parts(tmp_path: Path, stem: str) -> None:
    parts = {".prj": b"p", ".shp": b"s", ".dbf": b"d", ".shx": b"x"}
    for suffix, data in parts.items():
        (tmp_path / f"{stem}{suffix}").write_bytes(data)
    (tmp_path / "roads9.shp").write_bytes(b"another")

    found = digest_of(tmp_path / f"{stem}.shp")

    assert found == hashlib.sha256(b"sxdp").hexdigest()


def test_any_other_file_is_summed_alone(tmp_path: Path) -> None:
    path = tmp_path / "a[1].gpkg"
    path.write_bytes(b"bytes")

    assert digest_of(path) == hashlib.sha256(b"bytes").hexdigest()


def test_a_name_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileRefusedError, match="its name is not UTF-8: rename it"):
        check_file_name(tmp_path / "\udcff.shp")
