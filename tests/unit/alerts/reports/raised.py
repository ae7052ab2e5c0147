"""Short ways to alerts for tests of reports."""

from hypothesis import strategies as st

from alerts.backtesting import Occurrence, Stage
from alerts.memory import Group
from alerts.rules import AlertLevel
from tests.unit.alerts.ruling import ROAD, at
from twin.model import Mode


def alert(
    begin: float, end: float | None, rule: str = "road", level: str = "yellow", entity: int = ROAD
) -> Occurrence:
    """An alert from a minute after noon to another."""
    to_us = None if end is None else at(end)
    stages = (Stage(at(begin), AlertLevel.named(level)),)
    return Occurrence(Group(rule, entity, Mode.ACTUAL), at(begin), to_us, stages)


def _lives(entries: list[tuple[int, int, str]], rule: str, entity: int) -> list[Occurrence]:
    """Alerts of one rule and thing, one after the other."""
    found, minute = [], 0
    for pause, length, level in entries:
        begin = minute + pause
        minute = begin + length
        found.append(alert(begin, minute, rule, level, entity))
    return found


ENTRIES = st.lists(
    st.tuples(
        st.integers(1, 40), st.integers(1, 3000), st.sampled_from(["yellow", "orange", "red"])
    ),
    max_size=6,
)
ALERTS = st.lists(
    st.builds(_lives, ENTRIES, st.sampled_from(["road", "rain", "pump"]), st.just(ROAD)), max_size=3
).map(lambda lists: [one for lives in _of_distinct_rules(lists) for one in lives])
"""Alerts of some rules at one thing."""


def _of_distinct_rules(lists: list[list[Occurrence]]) -> list[list[Occurrence]]:
    return list({lives[0].group.rule: lives for lives in lists if lives}.values())
