"""Quiet hours, repeats, the bound of a minute, and what counts as news."""

from datetime import datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.subscriptions.judging import Member, judge
from alerts.subscriptions.subscription import LEVELS
from alerts.subscriptions.timing import LOCAL, portions, quiet_until
from tests.unit.subscriptions.letters import NOON, subscription

NIGHT = subscription(quiet_from=time(22), quiet_to=time(7), quiet_level="red")

MEMBERS = st.lists(
    st.builds(
        Member,
        st.integers(1, 6),
        st.sampled_from(LEVELS),
        st.sampled_from(["raised", "acknowledged", "on_site", "cleared", "closed"]),
        st.booleans(),
    ),
    unique_by=lambda one: one.alert,
    max_size=6,
)


def local(hour: int, minute: int = 0, day: int = 1) -> datetime:
    return datetime(2026, 5, day, hour, minute, tzinfo=LOCAL)


@pytest.mark.parametrize(
    ("now", "until"),
    [
        (local(21, 59), None),
        (local(22), local(7, day=2)),
        (local(0, day=2), local(7, day=2)),
        (local(6, 59), local(7)),
        (local(7), None),
    ],
)
def test_a_night_passes_midnight(now: datetime, until: datetime | None) -> None:
    assert quiet_until(NIGHT, 3, now) == until
    assert quiet_until(NIGHT, 4, now) is None
    assert quiet_until(subscription(), 1, now) is None


def test_without_a_level_nothing_breaks_through() -> None:
    silent = NIGHT._replace(quiet_level=None)
    assert quiet_until(silent, 4, local(23)) == local(7, day=2)


@given(st.times(), st.times(), st.integers(0, 4), st.integers(0, 100_000))
def test_quiet_hours_end_within_a_day_and_do_not_begin_again_at_once(
    start: time, end: time, level: int, minutes: int
) -> None:
    held = subscription(quiet_from=start, quiet_to=end)
    now = NOON + timedelta(minutes=minutes)
    until = quiet_until(held, level, now)
    if until is not None:
        assert now < until <= now + timedelta(days=1)
        assert quiet_until(held, level, until) is None


@given(st.integers(0, 500), st.integers(-5, 50))
def test_a_minute_has_its_bound_and_tells_everything_or_waits(groups: int, room: int) -> None:
    single, joined = portions(groups, room)
    assert single + (joined > 0) <= max(room, 0)
    assert single + joined == (groups if room > 0 else 0)


@given(MEMBERS)
def test_what_was_told_is_no_news(members: list[Member]) -> None:
    first = judge(members, {}, repeat=False)
    again = judge(members, first.told, repeat=False)
    assert again.reason is None
    assert again.told == first.told


@given(MEMBERS)
def test_what_is_muted_and_open_is_never_told_first(members: list[Member]) -> None:
    told = judge([one._replace(muted=True) for one in members], {}, repeat=True)
    assert told.reason is None
    assert told.has_muted == any(one.is_open for one in members)


def test_the_end_is_told_though_it_was_shelved_meanwhile() -> None:
    told = judge([Member(1, "red", "raised", muted=False)], {}, repeat=False).told
    shelved = judge([Member(1, "red", "raised", muted=True)], told, repeat=False)
    assert (shelved.reason, shelved.over) == (None, False)
    assert judge([Member(1, "red", "cleared", muted=True)], told, repeat=False).reason == "ended"
