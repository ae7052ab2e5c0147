"""A web process for benchmarks, started as operators do."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

from twin.app.settings import Settings

_PATIENCE_S = 60.0


@contextmanager
def serving(settings: Settings) -> Iterator[int]:
    """Run ``twin serve`` and give the number of its process."""
    process = subprocess.Popen([sys.executable, "-m", "twin.cli", "serve"])
    try:
        _wait_for(f"{settings.http_url}/readyz", process)
        yield process.pid
    finally:
        process.terminate()
        process.wait(_PATIENCE_S)


def peak_mb(process: int) -> float:
    """Return the most memory that a process has had, in MB."""
    lines = Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines()
    (peak,) = (line.split()[1] for line in lines if line.startswith("VmHWM"))
    return int(peak) / 1024


def _wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            urlopen(address, timeout=2).close()  # noqa: S310 - our own address
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError(f"{address} did not answer in {_PATIENCE_S:g} s")
