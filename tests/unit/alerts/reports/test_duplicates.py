"""Alerts that tell what another one has told."""

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from alerts.backtesting import Occurrence
from alerts.reports.duplicates import duplicates
from tests.unit.alerts.reports.raised import ALERTS, alert
from tests.unit.alerts.ruling import MINUTE, REACH


def test_what_comes_back_soon_is_told_again() -> None:
    first, soon, late = alert(0, 5), alert(12, 20), alert(31, 40)
    found = duplicates([late, first, soon], 10 * MINUTE)
    assert [found[one].again for one in (first, soon, late)] == [None, first, None]


def test_what_another_rule_tells_at_the_same_thing_is_told_beside() -> None:
    first, during, after = alert(0, 9), alert(3, 20, "rain"), alert(30, 40, "pump")
    elsewhere = alert(4, 5, "pump", entity=REACH)
    found = duplicates([first, during, after, elsewhere])
    told = [found[one].beside for one in (first, during, after, elsewhere)]
    assert told == [None, first, None, None]


def test_one_that_stands_for_ever_has_company_for_ever() -> None:
    open_end, later = alert(0, None), alert(9000, 9001, "rain")
    assert duplicates([open_end, later])[later].beside == open_end


@given(ALERTS, st.integers(0, 60))
def test_counts_are_those_of_comparing_each_with_each(
    alerts: list[Occurrence], minutes: int
) -> None:
    found = duplicates(alerts, minutes * MINUTE)
    again, beside = set(), set()
    for one, other in combinations(sorted(alerts, key=lambda a: (a.from_us, a.group)), 2):
        if one.group == other.group and other.from_us - (one.to_us or 0) <= minutes * MINUTE:
            again.add(other)
        if one.group != other.group and other.from_us < (one.to_us or 0):
            beside.add(other)
    assert {one for one in alerts if found[one].again} == again
    assert {one for one in alerts if found[one].beside} == beside
