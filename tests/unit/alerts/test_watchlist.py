"""The look at whole columns: it may skip only what cannot change anything."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from alerts.ladders import Ladders
from alerts.rules import LadderRule, Reason
from alerts.watchlist import Sifted, Watchlist
from tests.unit.alerts.ladder_desk import LadderDesk
from tests.unit.alerts.ruling import (
    Row,
    at,
    batch_of,
    laddered,
    level_rule,
    level_text,
    rules_of,
    series_of,
)
from twin.model import JudgedBatch, SeriesInfo


def watching(batch: JudgedBatch, *rules: LadderRule) -> Watchlist:
    ladders = Ladders(rules or [level_rule()], {}, {})
    watchlist = ladders.book.watchlist
    unknown = watchlist.unknown(batch.series_id)
    ladders.book.bind([batch.series[series_id] for series_id in unknown])
    return watchlist


def sift(watchlist: Watchlist, batch: JudgedBatch) -> Sifted:
    return watchlist.sift(batch, lambda _: {})


def sifted(rows: list[Row], *rules: LadderRule) -> Sifted:
    batch = batch_of(rows)
    return sift(watching(batch, *rules), batch)


def told(found: Sifted) -> list[tuple[int, float]]:
    loud = found.loud
    return list(zip(loud.ts_us.tolist(), loud.value.tolist(), strict=True))


def refused(rule: LadderRule, *infos: SeriesInfo) -> Sequence[Reason]:
    return Ladders([rule], {}, {}).book.bind(infos)


def test_quiet_rows_are_skipped_and_count_as_judged() -> None:
    found = sifted([Row(0, 0.1), Row(1, 0.14), Row(1, 0.0, series_id=2)])
    assert told(found) == []
    assert len(found.series) == 3


def test_all_rows_of_a_series_are_looked_at_once_one_reaches_a_limit() -> None:
    rows = [Row(0, 0.1), Row(1, 0.15), Row(2, 0.1), Row(1, 0.1, series_id=2)]
    assert told(sifted(rows)) == [(at(0), 0.1), (at(1), 0.15), (at(2), 0.1)]


def test_a_rule_below_looks_at_low_values() -> None:
    below = laddered("{ red = 0.1 }", direction="below")
    assert told(sifted([Row(0, 0.2), Row(1, 0.1, series_id=2)], below)) == [(at(1), 0.1)]


def test_series_without_rules_are_left_out() -> None:
    batch = batch_of(
        [Row(0, 9.0), Row(1, 9.0, series_id=5)], [series_of(1, quantity="noise"), series_of(5)]
    )
    found = sift(watching(batch), batch)
    assert told(found) == [(at(1), 9.0)]
    assert found.series.tolist() == [5]


def test_rows_not_newer_than_what_was_judged_are_late() -> None:
    first = batch_of([Row(5, 0.1)])
    watchlist = watching(first)
    watchlist.adopt(sift(watchlist, first))
    found = sift(watchlist, batch_of([Row(4, 0.9), Row(5, 0.9), Row(6, 0.1)]))
    assert (told(found), found.late.tolist()) == ([], [0, 1])


def test_a_time_ahead_of_our_clock_does_not_make_the_next_reading_late() -> None:
    first = batch_of([Row(600, 0.1)], now_us=at(1))
    watchlist = watching(first)
    watchlist.adopt(sift(watchlist, first))
    assert told(sift(watchlist, batch_of([Row(2, 0.9)], now_us=at(2)))) == [(at(2), 0.9)]


def test_why_a_rule_does_not_judge_a_series_is_told() -> None:
    own = laddered('{ yellow = { property = "a_m" }, red = { property = "b_m" } }', 'datum = "85"')
    assert refused(own, series_of(1)) == [Reason.DATUM_DIFFERS]
    one = series_of(2, datum="85", properties={"a_m": 1})
    assert refused(own, one) == [Reason.NO_LIMIT]
    unfit = {"a_m": True, "b_m": "high"}
    assert refused(own, series_of(3, datum="85", properties=unfit)) == [Reason.NO_LIMIT] * 2


def test_new_limits_of_an_entity_are_taken_up() -> None:
    rule = laddered('{ red = { property = "a_m" } }')
    desk = LadderDesk(rule, infos=[series_of(properties={"a_m": 2.0})])
    assert desk.take(Row(0, 1.0)) == []
    desk.ladders.forget_bindings()
    desk.infos = [series_of(properties={"a_m": 0.5})]
    (change,) = desk.take(Row(1, 1.0))
    assert change.cause.limit == 0.5


def test_a_series_without_a_rule_is_asked_for_once() -> None:
    batch = batch_of([Row(0, 9.0)], [series_of(1, quantity="noise")])
    assert watching(batch).unknown(batch.series_id) == []


@given(
    st.lists(
        st.builds(
            Row,
            st.integers(0, 20),
            st.sampled_from([0.0, 0.15, 0.3]),
            st.integers(1, 4),
            st.just(0),
        ),
        unique_by=lambda row: (row.minute, row.series_id),
    )
)
def test_no_row_of_a_loud_series_is_ever_skipped(rows: list[Row]) -> None:
    loud = {row.series_id for row in rows if row.value >= 0.15}
    wanted = sorted((at(row.minute), row.value) for row in rows if row.series_id in loud)
    assert sorted(told(sifted(rows))) == wanted


def test_a_clock_that_ran_ahead_does_not_mislead_what_looks_back() -> None:
    rate = rules_of(
        level_text('over = "1h"').replace('kind = "level"', 'kind = "rate"'),
    )[0].rule
    assert isinstance(rate, LadderRule)
    desk = LadderDesk(rate)
    desk.take(Row(600, 0.0), now_us=at(0))
    assert desk.take(Row(1, 0.0), Row(50, 0.5), now_us=at(50))
