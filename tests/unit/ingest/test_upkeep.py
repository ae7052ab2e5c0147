"""Which rollups have their turn."""

from data.rollups import DAY, HOUR, MINUTE
from ingest.upkeep import levels_due


def test_minutes_have_every_turn_hours_each_tenth_and_days_each_sixtieth() -> None:
    turns = [set(levels_due(run)) for run in range(121)]
    assert all(MINUTE in turn for turn in turns)
    assert [run for run, turn in enumerate(turns) if HOUR in turn] == list(range(0, 121, 10))
    assert [run for run, turn in enumerate(turns) if DAY in turn] == [0, 60, 120]
