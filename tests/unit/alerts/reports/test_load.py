"""The load on people against counting by hand."""

import pytest
from hypothesis import given

from alerts.backtesting import Occurrence
from alerts.memory import Group
from alerts.reports.chatter import chatter
from alerts.reports.load import load
from tests.unit.alerts.reports.raised import ALERTS, alert
from tests.unit.alerts.ruling import REACH, ROAD, at
from twin.model import Mode

SECOND = 1_000_000


@given(ALERTS)
def test_figures_agree_with_counting_minute_by_minute(alerts: list[Occurrence]) -> None:
    end = 4000
    found = load(alerts, (at(0), at(end)))
    raised = [one for one in alerts if one.from_us < at(end)]
    counts = [
        sum(at(minute) <= one.from_us < at(minute + 10) for one in raised)
        for minute in range(0, end, 10)
    ]
    standing = [
        sum(one.from_us <= at(minute) < (one.to_us or 0) for one in raised)
        for minute in range(end + 1)
    ]
    assert list(found.counts) == counts
    assert found.alerts == len(raised) == sum(found.by_level.values())
    assert found.average == pytest.approx(len(raised) / (end / 10))
    assert (found.peak, found.standing.most) == (max(counts), max(standing))
    assert found.standing.at_end == sum((one.to_us or 0) > at(end) for one in raised)
    assert found.standing.average == pytest.approx(sum(standing[:-1]) / end)
    stale = [one for one in raised if min(one.to_us or 0, at(end)) - one.from_us > at(1440) - at(0)]
    assert found.standing.stale == len(stale)
    assert sum(often.share for often in found.top) == pytest.approx(1 if raised else 0)


def test_a_flood_begins_above_ten_and_ends_below_five() -> None:
    per_interval = [2, 11, 14, 5, 4, 10, 12]
    alerts = [
        alert(place * 10 + number / 10, place * 10 + 9, entity=ROAD + number)
        for place, count in enumerate(per_interval)
        for number in range(count)
    ]
    found = load(alerts, (at(0), at(70)))
    told = [(flood.from_us, flood.to_us, flood.alerts, flood.peak) for flood in found.floods]
    assert told == [(at(10), at(40), 30, 14.0), (at(60), at(70), 12, 12.0)]
    assert found.flood_share == pytest.approx(40 / 70)
    assert found.share_over_10 == pytest.approx(3 / 7)
    assert load(alerts, (at(0), at(70)), operators=2).floods == []


def test_what_began_before_the_period_stands_in_it_and_is_not_counted_as_raised() -> None:
    found = load([alert(-3000, None), alert(-10, -5)], (at(0), at(60)))
    assert found.alerts == 0
    assert found.standing._asdict() == {
        "at_end": 1,
        "most": 1,
        "average": 1.0,
        "stale": 1,
        "stale_at_end": 1,
    }


def test_top_rules_come_with_their_share() -> None:
    alerts = [alert(n, n + 0.5) for n in range(3)] + [alert(5, 6, "rain", "red", REACH)]
    found = load(alerts, (at(0), at(60)))
    assert [(one.rule, one.alerts, one.share) for one in found.top] == [
        ("road", 3, 0.75),
        ("rain", 1, 0.25),
    ]
    assert found.by_level == {"blue": 0, "yellow": 3, "orange": 0, "red": 1}


def test_a_period_without_length_or_without_people_is_refused() -> None:
    with pytest.raises(ValueError, match="expected one, and a time"):
        load([], (at(0), at(0)))
    with pytest.raises(ValueError, match="0 operators"):
        load([], (at(0), at(1)), operators=0)


def test_three_in_a_minute_chatter_and_their_index_is_that_of_the_paper() -> None:
    group, slow = Group("road", ROAD, Mode.ACTUAL), Group("rain", ROAD, Mode.ACTUAL)
    begins = [0, 20 * SECOND, 40 * SECOND, 3600 * SECOND]
    (found,) = chatter({group: begins, slow: [0, 3600 * SECOND, 7200 * SECOND]})
    assert (found.group, found.alerts, found.most_per_minute) == (group, 4, 3)
    assert found.run_index == pytest.approx((1 / 20 + 1 / 20 + 1 / 3560) / 3)


def test_one_alert_does_not_chatter() -> None:
    assert chatter({Group("road", ROAD, Mode.ACTUAL): [0]}) == []
