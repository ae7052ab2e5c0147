"""How full the disk and the memory are that this process sees."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Final

_PROC: Final = Path("/proc")
_CGROUP: Final = Path("/sys/fs/cgroup")
_KIBIBYTE: Final = 1024


def disk_used(folder: Path) -> float:
    """Return the share of the folder's file system that is in use, percent.

    Counted as ``df`` does: what only root may use belongs to nobody.

    Raises:
        OSError: there is no such folder.
    """
    usage = shutil.disk_usage(folder)
    return 100.0 * usage.used / (usage.used + usage.free)


def memory_used(proc: Path = _PROC, cgroup: Path = _CGROUP) -> float | None:
    """Return the share of memory in use, percent: the container's where it has a limit of its own.

    What can be given up at once, as of the page cache, counts as free.

    Returns:
        None where the system does not tell (``/proc/meminfo``, Linux).
    """
    total, available = _of_machine(proc)
    if not total:
        return None
    limit = _number(cgroup / "memory.max")
    if limit is not None and limit < total:
        cache = _fields(cgroup / "memory.stat").get("inactive_file", 0)
        used = (_number(cgroup / "memory.current") or 0) - cache
        return min(100.0, max(0.0, 100.0 * used / limit))
    return 100.0 * (total - available) / total


def _of_machine(proc: Path) -> tuple[int, int]:
    told = _fields(proc / "meminfo")
    return told.get("MemTotal:", 0) * _KIBIBYTE, told.get("MemAvailable:", 0) * _KIBIBYTE


def _fields(path: Path) -> Mapping[str, int]:
    """Return the numbers of a file with a name and a number on each line."""
    try:
        rows = [line.split() for line in path.read_text(encoding="ascii").splitlines()]
    except FileNotFoundError:
        return {}
    return {row[0]: int(row[1]) for row in rows if len(row) > 1 and row[1].isdigit()}


def _number(path: Path) -> int | None:
    """Return the number in a file, None where there is none, as with ``max`` for no limit."""
    try:
        text = path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return None
    return int(text) if text.isdigit() else None
