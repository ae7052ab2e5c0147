"""Which rollups have their turn, and how they leave the store to what arrives."""

import threading

import pytest

from data.rollups import DAY, HOUR, MINUTE
from ingest.upkeep import levels_due, pausing


def test_minutes_have_every_turn_hours_each_tenth_and_days_each_sixtieth() -> None:
    turns = [set(levels_due(run)) for run in range(121)]
    assert all(MINUTE in turn for turn in turns)
    assert [run for run, turn in enumerate(turns) if HOUR in turn] == list(range(0, 121, 10))
    assert [run for run, turn in enumerate(turns) if DAY in turn] == [0, 60, 120]


class Stopping(threading.Event):
    """Notes how long it was waited for, and does not wait."""

    def __init__(self) -> None:
        super().__init__()
        self.waits: list[float] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.waits.append(timeout or 0.0)
        return self.is_set()


def test_work_on_rollups_leaves_three_quarters_of_the_time_to_others() -> None:
    stopping = Stopping()
    assert pausing(stopping, lambda: False)(0.2)
    assert stopping.waits == pytest.approx([0.6])


def test_it_waits_while_messages_pile_up_but_not_for_ever() -> None:
    stopping, behind = Stopping(), iter([True, True, False])
    assert pausing(stopping, lambda: next(behind))(0.2)
    assert stopping.waits == pytest.approx([0.6, 0.1, 0.1])
    stopping = Stopping()
    assert pausing(stopping, lambda: True)(0.2)
    assert sum(stopping.waits) == pytest.approx(5.0, abs=0.1)


def test_it_ends_when_the_process_does() -> None:
    stopping = Stopping()
    stopping.set()
    assert not pausing(stopping, lambda: True)(0.2)
    assert len(stopping.waits) <= 2
