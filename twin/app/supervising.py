"""``twin up``: starts the processes, watches them, and stops all of them together."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from twin.app.checking import find_problems
from twin.app.settings import Settings

_END_SECONDS = 20.0
_START_SECONDS = 120.0


class ProcessEndedError(Exception):
    """A process of the system ended by itself. Read its log, mend the cause and start again."""


class Started(NamedTuple):
    """A child process and where it logs."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path


class Family:
    """Child processes that live and end together."""

    def __init__(self, log_folder: Path) -> None:
        self._log_folder = log_folder
        self._children: list[Started] = []

    def start(self, name: str, arguments: Sequence[str]) -> None:
        """Start ``twin ARGUMENTS`` with its output in a log file of its own."""
        self._log_folder.mkdir(parents=True, exist_ok=True)
        log = self._log_folder / f"{name}.log"
        with log.open("ab") as output:
            # A session of its own: Ctrl-C reaches us, and we end the children in order.
            process = subprocess.Popen(  # noqa: S603 - our own command
                [sys.executable, "-m", "twin.cli", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                env=os.environ | {"CITYTWIN_STATE_DIR": str(self._log_folder.parent)},
            )
        self._children.append(Started(name, process, log))

    def check(self) -> None:
        """Raise if one of them has ended.

        Raises:
            ProcessEndedError: with the name, the exit code and the last lines of its log.
        """
        for child in self._children:
            if (code := child.process.poll()) is not None:
                tail = child.log.read_text(errors="replace").splitlines()[-5:]
                raise ProcessEndedError(
                    f"{child.name} ended with exit code {code}; {str(child.log)!r} ends with: "
                    + " | ".join(tail)
                )

    def stop(self) -> None:
        """End all of them, the last started first, and wait until they are gone."""
        for child in reversed(self._children):
            if child.process.poll() is None:
                child.process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + _END_SECONDS
        for child in self._children:
            try:
                child.process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.process.kill()
                child.process.wait()
        self._children.clear()


def wait_until_healthy(settings: Settings, family: Family, say: Callable[[str], None]) -> None:
    """Return once nothing is wrong any more.

    Raises:
        ProcessEndedError: a process ended, or something is still wrong after two minutes.
    """
    deadline = time.monotonic() + _START_SECONDS
    said: list[str] = []
    while problems := list(find_problems(settings)):
        family.check()
        if time.monotonic() > deadline:
            raise ProcessEndedError(
                f"not healthy after {_START_SECONDS:g} s: {'; '.join(problems)}"
            )
        if problems != said:
            say(f"waiting: {problems[0]}")
            said = problems
        time.sleep(0.3)
