"""Observations in bulk: nothing twice, nothing lost, the first value stays."""

from datetime import UTC, datetime
from typing import Any

import numpy as np
import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data import observations
from data.observations import Rows, Writer
from tests.emptying import SharedStore
from tests.postgis.register import LEVEL_GAUGE, REACH, fill_register
from twin.model import to_us

Connection = psycopg.Connection[tuple[Any, ...]]

NOON_US = to_us(datetime(2026, 5, 21, 4, 0, tzinfo=UTC))


@pytest.fixture
def store(shared_store: SharedStore, connection: Connection) -> Connection:
    """A store with a gauge and its series 1 to 3."""
    shared_store.fill(fill_register)
    for channel in ("", "upper", "lower"):
        connection.execute(
            "INSERT INTO series (entity, quantity, device, channel) VALUES (%s, 'level', %s, %s)",
            (REACH, LEVEL_GAUGE, channel),
        )
    connection.commit()
    observations.prepare_connection(connection)
    return connection


def test_new_rows_are_stored_with_their_instants_and_values(store: Connection) -> None:
    new = write(store, [(1, 0, 1.5), (2, 60, -2.25)])

    rows = store.execute(
        "SELECT series_id, ts, value, quality, received_at FROM observation ORDER BY 1"
    ).fetchall()
    assert new == [True, True]
    assert rows == [
        (
            1,
            datetime(2026, 5, 21, 4, 0, tzinfo=UTC),
            1.5,
            0,
            datetime(2026, 5, 21, 4, 0, 1, tzinfo=UTC),
        ),
        (
            2,
            datetime(2026, 5, 21, 4, 1, tzinfo=UTC),
            -2.25,
            0,
            datetime(2026, 5, 21, 4, 0, 1, tzinfo=UTC),
        ),
    ]


def test_a_redelivered_row_is_known_and_no_conflict(store: Connection) -> None:
    write(store, [(1, 0, 1.5)])
    assert write(store, [(1, 0, 1.5), (1, 60, 1.6)]) == [False, True]
    assert count(store, "observation") == 2
    assert count(store, "observation_conflict") == 0


def test_another_value_at_the_same_instant_is_kept_apart_and_counted(store: Connection) -> None:
    write(store, [(1, 0, 1.5)])
    for _ in range(2):
        assert write(store, [(1, 0, 9.9)]) == [False]

    assert store.execute("SELECT value FROM observation").fetchall() == [(1.5,)]
    assert store.execute("SELECT value FROM observation_conflict").fetchall() == [(9.9,)]
    assert store.execute("SELECT device, conflicts FROM device_state").fetchall() == [
        (LEVEL_GAUGE, 1)
    ]


def test_two_values_at_one_instant_in_one_batch_conflict_too(store: Connection) -> None:
    assert write(store, [(1, 0, 1.5), (1, 0, 2.5), (1, 0, 1.5)]) == [True, False, False]
    assert store.execute("SELECT value FROM observation_conflict").fetchall() == [(2.5,)]


def test_the_latest_value_is_the_newest_observed_not_the_last_arrived(store: Connection) -> None:
    write(store, [(1, 120, 3.0), (1, 60, 2.0)])
    write(store, [(1, 0, 1.0)])
    assert store.execute("SELECT value FROM series_latest").fetchall() == [(3.0,)]


def test_a_retained_state_is_latest_and_no_observation(store: Connection) -> None:
    with store.cursor() as cursor:
        observations.keep_latest(cursor, rows_of([(1, 0, 1.0)]))
    store.commit()
    assert count(store, "observation") == 0
    assert store.execute("SELECT value FROM series_latest").fetchall() == [(1.0,)]


_BATCHES = st.lists(
    st.lists(
        st.tuples(st.integers(1, 3), st.integers(0, 5), st.sampled_from([0.0, 1.0, 2.0])),
        min_size=1,
        max_size=12,
    ),
    min_size=1,
    max_size=5,
)


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(batches=_BATCHES, always_short=st.booleans())
def test_any_batches_store_the_first_value_of_each_instant_once(
    store: Connection, batches: list[list[tuple[int, int, float]]], *, always_short: bool
) -> None:
    writer = Writer()
    store.execute("TRUNCATE observation, observation_conflict, series_latest")
    store.commit()
    expected: dict[tuple[int, int], float] = {}
    others: set[tuple[int, int, float]] = set()
    for batch in batches:
        new = write(store, batch, None if always_short else writer)
        for (series, second, value), is_new in zip(batch, new, strict=True):
            assert is_new == ((series, second) not in expected)
            first = expected.setdefault((series, second), value)
            if first != value:
                others.add((series, second, value))

    assert stored(store, "observation") == {(*key, value) for key, value in expected.items()}
    assert stored(store, "observation_conflict") == others
    newest: dict[int, tuple[int, int, float]] = {}
    for (series, second), value in sorted(expected.items()):
        newest[series] = (series, second, value)
    assert stored(store, "series_latest") == set(newest.values())


def rows_of(rows: list[tuple[int, int, float]]) -> Rows:
    series, seconds, values = zip(*rows, strict=True)
    count_of = len(rows)
    return Rows(
        np.array(series, dtype=np.int32),
        NOON_US + np.array(seconds, dtype=np.int64) * 1_000_000,
        np.array(values, dtype=np.float64),
        np.zeros(count_of, dtype=np.int16),
        np.full(count_of, NOON_US + 1_000_000, dtype=np.int64),
    )


def write(
    store: Connection, rows: list[tuple[int, int, float]], writer: Writer | None = None
) -> list[bool]:
    with store.transaction(), store.cursor() as cursor:
        new = (writer or Writer()).write(cursor, rows_of(rows))
    return [bool(is_new) for is_new in new]


def stored(store: Connection, table: str) -> set[tuple[int, int, float]]:
    rows = store.execute(f"SELECT series_id, ts, value FROM {table}").fetchall()  # noqa: S608
    return {(s, (to_us(ts) - NOON_US) // 1_000_000, value) for s, ts, value in rows}


def count(store: Connection, table: str) -> int:
    found = store.execute(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608
    assert found is not None
    return int(found[0])
