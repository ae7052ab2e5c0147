"""The look at whole columns: it may skip only what cannot change anything."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from alerts.rules import LevelRule, Reason
from alerts.watchlist import Sifted, Watchlist
from tests.unit.alerts.ruling import Row, at, batch_of, laddered, level_rule, series_of
from twin.model import JudgedBatch


def watching(batch: JudgedBatch, *rules: LevelRule) -> Watchlist:
    watchlist = Watchlist(rules or [level_rule()])
    for series_id in watchlist.uncompiled(batch):
        watchlist.compile(batch.series[series_id])
    return watchlist


def sifted(rows: list[Row], *rules: LevelRule) -> Sifted:
    batch = batch_of(rows)
    return watching(batch, *rules).sift(batch)


def test_quiet_rows_are_skipped_and_count_as_judged() -> None:
    found = sifted([Row(0, 0.1), Row(1, 0.14), Row(1, 0.0, series_id=2)])
    assert found.rows.tolist() == []
    assert len(found.slots) == 3


def test_all_rows_of_a_series_are_looked_at_once_one_reaches_a_limit() -> None:
    rows = [Row(0, 0.1), Row(1, 0.15), Row(2, 0.1), Row(1, 0.1, series_id=2)]
    assert sifted(rows).rows.tolist() == [0, 1, 3]


def test_a_rule_below_looks_at_low_values() -> None:
    below = laddered("{ red = 0.1 }", direction="below")
    assert sifted([Row(0, 0.2), Row(1, 0.1, series_id=2)], below).rows.tolist() == [1]


def test_series_without_rules_are_left_out() -> None:
    batch = batch_of(
        [Row(0, 9.0), Row(1, 9.0, series_id=5)], [series_of(1, quantity="noise"), series_of(5)]
    )
    found = watching(batch).sift(batch)
    assert found.rows.tolist() == [1]
    assert len(found.slots) == 1


def test_rows_not_newer_than_what_was_judged_are_late() -> None:
    first = batch_of([Row(5, 0.1)])
    watchlist = watching(first)
    watchlist.adopt(watchlist.sift(first))
    found = watchlist.sift(batch_of([Row(4, 0.9), Row(5, 0.9), Row(6, 0.1)]))
    assert (found.rows.tolist(), found.late) == ([], 2)


def test_a_time_ahead_of_our_clock_does_not_make_the_next_reading_late() -> None:
    first = batch_of([Row(600, 0.1)], now_us=at(1))
    watchlist = watching(first)
    watchlist.adopt(watchlist.sift(first))
    assert watchlist.sift(batch_of([Row(2, 0.9)], now_us=at(2))).rows.tolist() == [0]


def test_why_a_rule_does_not_judge_a_series_is_told() -> None:
    own = laddered('{ yellow = { property = "a_m" }, red = { property = "b_m" } }', 'datum = "85"')
    watchlist = Watchlist([own])
    watchlist._make_room(10)
    assert watchlist.compile(series_of(1)) == [Reason.DATUM_DIFFERS]
    assert watchlist.compile(series_of(2, datum="85", properties={"a_m": 1})) == [Reason.NO_LIMIT]
    assert [limit for _, _, limit in watchlist.bindings(2)[0].limits] == [1.0]
    unfit = {"a_m": True, "b_m": "high"}
    assert watchlist.compile(series_of(3, datum="85", properties=unfit)) == [Reason.NO_LIMIT] * 2
    assert watchlist.bindings(3) == ()


def test_new_limits_of_an_entity_are_taken_up() -> None:
    rule = laddered('{ red = { property = "a_m" } }')
    batch = batch_of([Row(0, 1.0)], [series_of(properties={"a_m": 2.0})])
    watchlist = watching(batch, rule)
    assert watchlist.sift(batch).rows.tolist() == []
    watchlist.forget_bindings()
    assert watchlist.uncompiled(batch) == [1]
    watchlist.compile(series_of(properties={"a_m": 0.5}))
    assert watchlist.sift(batch).rows.tolist() == [0]


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
    batch = batch_of(rows)
    found = watching(batch).sift(batch)
    loud = {int(s) for s, v in zip(batch.series_id, batch.value, strict=True) if v >= 0.15}
    assert found.rows.tolist() == np.flatnonzero(np.isin(batch.series_id, list(loud))).tolist()
