"""Alerts against what people had marked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.backtesting import Occurrence
from alerts.reports.detection import Margins, detect
from alerts.reports.labels import Label
from tests.unit.alerts.reports.raised import ALERTS, alert
from tests.unit.alerts.ruling import MINUTE, at

DAY = 24 * 60


def label(begin: float, end: float | None = None) -> Label:
    return Label(at(begin), at(begin if end is None else end))


def test_hits_misses_false_alarms_and_lead_times() -> None:
    labels = [label(100, 200), label(500, 600), label(900, 950)]
    alerts = [alert(95, 99), alert(120, 130), alert(300, 310), alert(480, 700)]
    found = detect(alerts, labels, (at(0), at(DAY)), Margins(10 * MINUTE, 0))
    assert [(hit.is_hit, hit.lead_s) for hit in found.hits] == [
        (True, 300.0),
        (True, 1200.0),
        (False, None),
    ]
    assert (found.alerts, found.false_alarms) == (4, 1)
    assert found.precision == 0.75
    assert found.recall == pytest.approx(2 / 3)
    outside = DAY - 110 - 110 - 60
    assert found.false_per_day == pytest.approx(1 / (outside / DAY))
    assert found.false_share == pytest.approx((10 + 10 + 100) / outside)


def test_an_alert_after_a_marked_instant_has_a_negative_lead() -> None:
    margins = Margins(60 * MINUTE, 60 * MINUTE)
    found = detect([alert(110, 120)], [label(100)], (at(0), at(DAY)), margins)
    assert (found.hits[0].lead_s, found.median_lead_s) == (-600.0, -600.0)


def test_without_alerts_or_labels_there_is_no_share() -> None:
    found = detect([], [], (at(0), at(DAY)))
    assert (found.precision, found.recall, found.false_per_day) == (None, None, 0.0)
    covered = detect([], [label(-1, DAY + 1)], (at(0), at(DAY)))
    assert (covered.false_per_day, covered.false_share, covered.recall) == (None, None, 0.0)


def test_labels_outside_of_what_was_judged_are_no_misses() -> None:
    assert detect([], [label(-50, -20), label(2 * DAY)], (at(0), at(DAY))).hits == []


@given(ALERTS, st.lists(st.tuples(st.integers(0, 4000), st.integers(0, 500)), max_size=4))
def test_figures_agree_with_looking_at_every_minute(
    alerts: list[Occurrence], marks: list[tuple[int, int]]
) -> None:
    labels = [label(begin, begin + length) for begin, length in marks]
    found = detect(alerts, labels, (at(0), at(5000)))
    standing = [a for a in alerts if a.from_us <= at(5000)]
    for hit in found.hits:
        minutes = range(hit.label.begin_us, hit.label.end_us + 1, MINUTE)
        stood = any(a.from_us <= m <= (a.to_us or 0) for a in standing for m in minutes)
        assert hit.is_hit == stood
    false = [
        a
        for a in standing
        if not any(one.begin_us <= (a.to_us or 0) and one.end_us >= a.from_us for one in labels)
    ]
    assert found.false_alarms == len(false)
