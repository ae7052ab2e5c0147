"""Runs a long command with its output in a log and its progress told to the person."""

import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

from private_services.progress import Progress

# A process tree of its own: whatever happens to us, the kernel ends all of it with all its mounts.
ALONE = ("setpriv", "--pdeathsig", "KILL", "unshare", "--mount", "--pid", "--fork", "--kill-child")
_DEBOOTSTRAP_LINES = 400
_APT_SETTLE_SECONDS = 30


class BootstrapSteps:
    """Counts debootstrap's lines, of which a base system makes about four hundred."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._seen = 0

    def __call__(self, line: str) -> None:
        """Take one line."""
        self._seen += 1
        share = min(99, 100 * self._seen // _DEBOOTSTRAP_LINES)
        self._progress.tick(f"base system {share} %: {line.removeprefix('I: ')}")


class AptSteps:
    """Turns the lines of apt's status descriptor into shares."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress

    def __call__(self, line: str) -> None:
        """Take one line."""
        kind, _, rest = line.partition(":")
        if kind in ("dlstatus", "pmstatus"):
            share, _, words = rest.partition(":")[2].partition(":")
            doing = "downloading" if kind == "dlstatus" else "installing"
            self._progress.tick(f"{doing} packages {share.partition('.')[0]} %: {words}")


def run(command: list[str], log: Path, step: Callable[[str], None] | None = None) -> bool:
    """Whether the command succeeded; when we are interrupted it ends before us."""
    environment = (
        os.environ | proxies() | {"DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}
    )
    with (
        log.open("a", encoding="utf-8") as copy,
        subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=environment,
            text=True,
            errors="replace",
            start_new_session=True,
        ) as child,
    ):
        try:
            for line in child.stdout or ():
                copy.write(line)
                if step is not None:
                    step(line.rstrip())
        except BaseException:
            _end(child, at_once=command[0] == ALONE[0])
            raise
    return child.returncode == 0


def _end(child: "subprocess.Popen[str]", *, at_once: bool) -> None:
    """The machine's own apt may finish its package; a folder that is thrown away need not."""
    if not at_once:
        os.killpg(child.pid, signal.SIGINT)
        try:
            child.wait(_APT_SETTLE_SECONDS)
        except subprocess.TimeoutExpired:
            pass
        else:
            return
    os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def apt_dump() -> str:
    """All of the machine's apt settings."""
    return subprocess.run(["apt-config", "dump"], capture_output=True, text=True, check=True).stdout


def proxies() -> dict[str, str]:
    """Apt's proxies in the form that other programs read, where the environment names none."""
    found = {}
    for line in apt_dump().splitlines():
        key, _, value = line.rstrip(";").partition(" ")
        for scheme in ("http", "https"):
            name = f"{scheme}_proxy"
            if (
                key.lower() == f"acquire::{scheme}::proxy"
                and value.strip('"')
                and name not in os.environ
            ):
                found[name] = value.strip('"')
    return found
