"""Nothing but a plain local file is opened, whatever its name or content points at."""

import os
import socket
from pathlib import Path

import pytest

from spatial.files import inspect, local_file
from tests.unit.spatial.files.reports import outcome
from tests.unit.spatial.files.written import block, near, write


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        pytest.fail("a connection was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.mark.usefixtures("no_network")
@pytest.mark.parametrize(
    "path",
    [
        "/vsicurl/http://192.0.2.1/a.gpkg",
        "/vsizip//tmp/a.zip/a.shp",
        "/vsimem/a.gpkg",
        "http://192.0.2.1/a.geojson",
        "zip:///tmp/a.zip!a.shp",
        "GPKG:/tmp/a.gpkg:layer",
        "s3://bucket/a.shp",
    ],
)
def test_a_virtual_path_is_refused(path: str) -> None:
    (line,) = outcome(Path(path))
    assert "is not a plain local path" in line
    assert inspect(Path(path)).error is not None


def test_a_name_with_a_nul_character_is_refused() -> None:
    (line,) = outcome(Path("a\0.csv"))
    assert "the name holds a NUL character" in line


def test_a_missing_file_and_a_folder_are_told_apart(tmp_path: Path) -> None:
    assert "there is no" in outcome(tmp_path / "a.csv")[0]
    assert "is not a file" in outcome(tmp_path)[0]


def test_a_name_too_long_is_refused() -> None:
    (line,) = outcome(Path("a" * 5000))
    assert "cannot be looked up" in line


def test_a_pipe_is_refused_without_waiting_for_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.csv")
    assert "is not a file" in outcome(tmp_path / "a.csv")[0]


@pytest.mark.parametrize(
    "name", ["a!b.gpkg", "a?b.gpkg", "a#b%41.gpkg", "光明 1.gpkg", "a.zip.gpkg"]
)
def test_a_strange_name_is_only_a_name(tmp_path: Path, name: str) -> None:
    write(tmp_path / "plain.gpkg", [block(), near(0)]).rename(tmp_path / name)
    assert len(outcome(tmp_path / name)) == 2


def test_a_strange_name_of_a_shapefile_is_only_a_name(tmp_path: Path) -> None:
    write(tmp_path / "plain.shp", [near(0)])
    for part in list(tmp_path.iterdir()):
        part.rename(tmp_path / f"zip!a.gpkg{part.suffix}")
    assert len(outcome(tmp_path / "zip!a.gpkg.shp")) == 1


@pytest.mark.parametrize("suffix", ["csv", "geojson", "gpkg", "shp", "zip"])
def test_two_gigabytes_of_nothing_are_refused_at_once(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a.{suffix}"
    with path.open("wb") as file:
        file.truncate(2 * 1024**3)
    assert "2,147,483,648 bytes that start with nothing" in outcome(path)[0]


@pytest.mark.parametrize("suffix", ["csv", "geojson"])
def test_more_text_than_fits_in_memory_is_refused(
    tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local_file, "TEXT_LIMIT_BYTES", 10)
    path = tmp_path / f"a.{suffix}"
    path.write_text('{"type": "FeatureCollection"}', encoding="ascii")
    assert "29 bytes of text, expected at most 10; use a GeoPackage" in outcome(path)[0]
