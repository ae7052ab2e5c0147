"""Fixtures of the tests that run the whole program."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.city.town import Town


@pytest.fixture
def town(tmp_path: Path, database_url: str) -> Iterator[Town]:
    """A small district on an empty store; its processes end with the test."""
    built = Town(tmp_path, database_url, free_port())
    yield built
    built.stop()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what the tests measured."""
    figures = [
        f"{report.nodeid.rsplit('::', 1)[-1]}: {name} = {value}"
        for report in terminalreporter.getreports("passed")
        for name, value in report.user_properties
    ]
    if figures:
        terminalreporter.section("measured")
        for figure in figures:
            terminalreporter.write_line(figure)


def free_port() -> int:
    """Return a TCP port that nobody uses at the moment."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
