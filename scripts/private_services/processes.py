"""Finds and ends our own processes; the process table is the only record."""

import errno
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from private_services.problems import CannotGoOnError
from private_services.progress import Progress

_PROC = Path("/proc")
_LISTEN = "0A"
_TAIL_LINES = 8


def in_folder(folder: Path) -> Iterator[tuple[int, list[str]]]:
    """Processes whose working folder is this very folder, whatever path they see it at."""
    try:
        wanted = folder.stat()
    except FileNotFoundError:
        return
    for entry in _PROC.iterdir():
        if not entry.name.isdigit():
            continue
        try:
            here = (entry / "cwd").stat()
            if (here.st_dev, here.st_ino) != (wanted.st_dev, wanted.st_ino):
                continue
            command = (entry / "cmdline").read_bytes().decode("utf-8", "replace")
        except OSError:
            continue
        yield int(entry.name), command.split("\0")


def main_process(folder: Path, program: str) -> int | None:
    """The process that was started as this program in this folder, if it runs."""
    for pid, command in in_folder(folder):
        if command[0].endswith(f"/{program}"):
            return pid
    return None


def wait_until(holds: Callable[[], bool], seconds: float) -> bool:
    """Whether it came to hold in time."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def stop(folder: Path, program: str, gentle: signal.Signals, seconds: float) -> bool:
    """Ask the program to end, wait, and use force when it does not; False when force was needed."""
    pid = main_process(folder, program)
    if pid is not None:
        os.kill(pid, gentle)
        wait_until(lambda: main_process(folder, program) != pid, seconds)
    return not end_leftovers(folder)


def end_leftovers(folder: Path, patience: float = 10.0) -> bool:
    """Wait for processes left in the folder, then kill them; True when that was needed."""
    if wait_until(lambda: not any(in_folder(folder)), patience):
        return False
    for pid, _ in in_folder(folder):
        os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not any(in_folder(folder)), patience)
    return True


def port_owner(port: int) -> str:
    """Who listens on a TCP port, as words: 'pid 12 (nginx)', or 'another program'."""
    inodes = set(_listening_inodes(port))
    for entry in _PROC.iterdir():
        if not entry.name.isdigit():
            continue
        if inodes & set(_open_files(entry)):
            with suppress(OSError):
                return f"pid {entry.name} ({(entry / 'comm').read_text('utf-8').strip()})"
    return "another program"


def _open_files(process: Path) -> Iterator[str]:
    try:
        links = list((process / "fd").iterdir())
    except OSError:
        return
    for link in links:
        with suppress(OSError):  # closed in the meantime
            yield str(link.readlink())


def _listening_inodes(port: int) -> Iterator[str]:
    for table in ("tcp", "tcp6"):
        try:
            lines = (_PROC / "net" / table).read_text("ascii").splitlines()[1:]
        except OSError:
            continue
        for line in lines:
            fields = line.split()
            if fields[3] == _LISTEN and int(fields[1].rpartition(":")[2], 16) == port:
                yield f"socket:[{fields[9]}]"


def tail(log: Path) -> str:
    """The last lines of a log, for an error message."""
    try:
        lines = log.read_text("utf-8", "replace").splitlines()
    except FileNotFoundError:
        return "(no log)"
    return "\n  ".join(lines[-_TAIL_LINES:])


def rotate(log: Path, limit: int) -> None:
    """Set a log aside that has grown beyond the limit; one old one is kept."""
    if log.exists() and log.stat().st_size > limit:
        log.replace(log.with_name(f"{log.name}.1"))


def port_free(address: str, port: int) -> bool:
    """Whether a server could listen there now."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return False
            raise
    return True


@dataclass(frozen=True, slots=True)
class Start:
    """A server that was just launched."""

    name: str
    server: subprocess.Popen[bytes]
    log: Path
    seconds: float

    def wait(self, ready: Callable[[], bool], progress: Progress) -> None:
        """Return when it is ready; say why it is not when it ended or took too long."""

        def settled() -> bool:
            progress.tick(f"waiting for {self.name}")
            return ready() or self.server.poll() is not None

        if not wait_until(settled, self.seconds) or self.server.poll() is not None:
            raise CannotGoOnError(
                f"{self.name} did not start, read {self.log}; its last words were:\n  "
                f"{tail(self.log)}"
            )


@contextmanager
def ended_on_failure(server: subprocess.Popen[bytes], end: Callable[[], object]) -> Iterator[None]:
    """Leave no half-started server behind."""
    try:
        yield
    except BaseException:
        server.terminate()
        end()
        raise
