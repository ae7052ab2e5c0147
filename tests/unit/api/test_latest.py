"""The newest values: late ones change nothing, and every change is told once."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.api.latest import ImpossibleSeriesError, LatestValues, Values
from twin.model.frame import Frame, FrameKind

S = 1_000_000


def values(*rows: tuple[int, int, float, int]) -> Values:
    """Rows of series, second, value and grade as columns."""
    columns = list(zip(*rows, strict=True)) or [(), (), (), ()]
    return Values(
        np.array(columns[0], dtype=np.uint32),
        np.array(columns[1], dtype=np.int64) * S,
        np.array(columns[2], dtype=np.float32),
        np.array(columns[3], dtype=np.uint8),
    )


def rows_of(frame: Frame | None) -> dict[int, tuple[int, float, int]]:
    if frame is None:
        return {}
    columns = (frame.series_id, frame.ts_us // S, frame.value, frame.grade)
    return {int(i): (int(t), float(v), int(g)) for i, t, v, g in zip(*columns, strict=True)}


def test_an_older_value_changes_nothing() -> None:
    latest = LatestValues()
    latest.merge(values((7, 100, 1.5, 0)))
    assert rows_of(latest.take_changed(1)) == {7: (100, 1.5, 0)}
    latest.merge(values((7, 99, 9.0, 2)))
    assert latest.take_changed(2) is None
    assert rows_of(latest.snapshot(2)) == {7: (100, 1.5, 0)}


def test_the_same_value_again_is_no_change() -> None:
    latest = LatestValues()
    latest.merge(values((7, 100, 1.5, 0)))
    latest.take_changed(1)
    latest.merge(values((7, 100, 1.5, 0)))
    assert latest.take_changed(2) is None


def test_a_newer_value_within_the_same_second_counts() -> None:
    latest = LatestValues()
    latest.merge(values((7, 100, 1.5, 0)))
    latest.merge(values((7, 100, 2.5, 1)))
    assert rows_of(latest.take_changed(1)) == {7: (100, 2.5, 1)}


def test_a_time_before_1970_is_a_time() -> None:
    latest = LatestValues()
    latest.merge(values((1, -5, 1.0, 0)))
    assert rows_of(latest.snapshot(1)) == {1: (-5, 1.0, 0)}


def test_a_number_that_no_store_gives_is_refused_before_memory_is_taken() -> None:
    with pytest.raises(ImpossibleSeriesError, match="4294967295"):
        LatestValues().merge(values((2**32 - 1, 100, 1.0, 0)))


ROWS = st.lists(
    st.tuples(
        st.integers(0, 5000), st.integers(0, 20), st.floats(-9, 9, width=32), st.integers(0, 2)
    ),
    max_size=6,
    unique_by=lambda row: row[0],
)


@given(st.lists(ROWS, max_size=8))
def test_changes_add_up_to_the_snapshot(batches: list[list[tuple[int, int, float, int]]]) -> None:
    latest = LatestValues()
    told: dict[int, tuple[int, float, int]] = {}
    expected: dict[int, tuple[int, float, int]] = {}
    for seq, batch in enumerate(batches):
        latest.merge(values(*batch))
        told |= rows_of(latest.take_changed(seq))
        for series, second, value, grade in batch:
            if series not in expected or expected[series][0] <= second:
                expected[series] = (second, value, grade)
    snapshot = latest.snapshot(99)
    assert (snapshot.kind, snapshot.seq) == (FrameKind.SNAPSHOT, 99)
    assert rows_of(snapshot) == told == expected
