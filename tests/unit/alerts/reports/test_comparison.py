"""Two sets of alerts beside each other."""

from hypothesis import given

from alerts.backtesting import Occurrence
from alerts.reports.comparison import compare
from tests.unit.alerts.reports.raised import ALERTS, alert


@given(ALERTS)
def test_a_set_compared_with_itself_shows_no_difference(alerts: list[Occurrence]) -> None:
    found = compare(alerts, list(alerts))
    assert found.is_same
    assert [pair.first for pair in found.both] == sorted(
        alerts, key=lambda one: (one.from_us, one.group)
    )
    assert {pair[:] for pair in found.both} == {(one, one) for one in alerts}


@given(ALERTS, ALERTS)
def test_each_alert_is_told_once_and_pairs_stood_together(
    first: list[Occurrence], second: list[Occurrence]
) -> None:
    found = compare(first, second)
    assert sorted([*found.only_first, *(p.first for p in found.both)]) == sorted(first)
    assert sorted([*found.only_second, *(p.second for p in found.both)]) == sorted(second)
    for one, other in found.both:
        assert one.group == other.group
        assert one.from_us == other.from_us or (
            one.from_us < (other.to_us or 0) and other.from_us < (one.to_us or 0)
        )


@given(ALERTS, ALERTS)
def test_the_other_way_round_it_is_the_mirror_image(
    first: list[Occurrence], second: list[Occurrence]
) -> None:
    there, back = compare(first, second), compare(second, first)
    assert (there.only_first, there.only_second) == (back.only_second, back.only_first)
    assert {pair[:] for pair in there.both} == {pair[::-1] for pair in back.both}


def test_a_pair_tells_how_begin_end_and_level_differ() -> None:
    found = compare([alert(0, 10)], [alert(2, 30, level="red"), alert(40, None)])
    (pair,) = found.both
    assert (pair.begins_later_s, pair.ends_later_s, pair.levels_higher) == (120.0, 1200.0, 2)
    assert found.only_second == [alert(40, None)]
    (open_end,) = compare([alert(0, 5)], [alert(0, None)]).both
    assert open_end.ends_later_s is None


def test_rules_of_other_names_are_compared_only_where_asked_for() -> None:
    old, new = [alert(0, 10, "road")], [alert(1, 10, "road-2")]
    assert not compare(old, new).both
    assert len(compare(old, new, across_rules=True).both) == 1
