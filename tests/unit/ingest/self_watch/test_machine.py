"""How full disk and memory are, read as the system tells it."""

from pathlib import Path

import pytest

from ingest.self_watch.machine import disk_used, memory_used

MEMINFO = "MemTotal: 1000 kB\nMemFree: 100 kB\nMemAvailable: 400 kB\nHugePages_Total: 0\n"


def told(folder: Path, **files: str) -> Path:
    """Make a folder of files with dots for underscores."""
    folder.mkdir()
    for name, text in files.items():
        (folder / name.replace("_", ".")).write_text(text)
    return folder


def test_memory_that_can_be_had_is_free(tmp_path: Path) -> None:
    proc = told(tmp_path / "proc", meminfo=MEMINFO)
    assert memory_used(proc, tmp_path / "none") == pytest.approx(60)


def test_a_container_counts_by_its_own_limit(tmp_path: Path) -> None:
    proc = told(tmp_path / "proc", meminfo=MEMINFO)
    limits = {"memory_max": "512000\n", "memory_current": "400000\n"}
    cgroup = told(tmp_path / "own", **limits, memory_stat="anon 1\ninactive_file 144000\n")
    assert memory_used(proc, cgroup) == pytest.approx(50)


def test_a_container_without_a_limit_counts_as_the_machine(tmp_path: Path) -> None:
    proc = told(tmp_path / "proc", meminfo=MEMINFO)
    cgroup = told(tmp_path / "own", memory_max="max\n", memory_current="5\n")
    assert memory_used(proc, cgroup) == pytest.approx(60)


def test_a_system_that_does_not_tell_is_not_guessed_at(tmp_path: Path) -> None:
    assert memory_used(tmp_path, tmp_path) is None


def test_the_disk_of_a_folder_is_partly_used(tmp_path: Path) -> None:
    assert 0 < disk_used(tmp_path) < 100
    with pytest.raises(FileNotFoundError):
        disk_used(tmp_path / "none")
