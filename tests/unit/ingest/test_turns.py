"""Between two looks the collector is off; what is in a circle goes all the same."""

import gc
import sys
import weakref
from collections.abc import Iterator

import pytest

from ingest import turns
from ingest.turns import Turns


class Ring:
    """Refers to itself, so that only the collector can end it."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture(autouse=True)
def interpreter_as_before() -> Iterator[None]:
    """Whatever a test set, the next one finds the interpreter as it was."""
    interval = sys.getswitchinterval()
    yield
    sys.setswitchinterval(interval)
    gc.unfreeze()
    gc.enable()


@pytest.mark.parametrize("patience", ["_YOUNG_EVERY_S", "_ALL_EVERY_S"])
def test_circles_end_at_a_look_and_not_before(
    monkeypatch: pytest.MonkeyPatch, patience: str
) -> None:
    watched = Turns()
    watched.begin()
    assert not gc.isenabled()
    ring = Ring()
    ended = weakref.ref(ring)
    del ring
    watched.tick()
    assert ended() is not None

    monkeypatch.setattr(turns, "_YOUNG_EVERY_S", 0.0)
    monkeypatch.setattr(turns, patience, 0.0)
    due = Turns()
    due.begin()
    other = Ring()
    gone = weakref.ref(other)
    del other
    due.tick()
    assert gone() is None
