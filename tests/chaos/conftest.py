"""How many faults, and which."""

import pytest

from tests.city.conftest import pytest_terminal_summary, town

__all__ = ["pytest_terminal_summary", "town"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Take the options of scripts/chaos."""
    parser.addoption("--rounds", type=int, default=10, help="faults (default 10, some 5 minutes)")
    parser.addoption("--seed", type=int, default=1, help="of the random choice (default 1)")
    parser.addoption("--outage", type=int, default=60, help="longest time without the store, s")
