"""However values arrive, late, again or unreliable, a bucket is what all its values come to."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import numpy as np
import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.sql import SQL, Identifier

from data import locks, observations, rollups
from data.observations import Rows, Writer
from ingest.upkeep import once
from tests.emptying import SharedStore
from tests.postgis.register import LEVEL_GAUGE, REACH, fill_register
from twin.model import to_us

Connection = psycopg.Connection[tuple[Any, ...]]
Value = tuple[int, int, int, bool]
Bucket = tuple[int, datetime]

START = datetime(2026, 5, 21, 15, 58, tzinfo=UTC)  # two minutes before midnight in Shenzhen
ALWAYS = datetime(2000, 1, 1, tzinfo=UTC)
LOCAL = timezone(timedelta(hours=8))
UNRELIABLE = 2


@pytest.fixture
def store(shared_store: SharedStore, connection: Connection) -> Connection:
    """A store with series 1 to 3."""
    shared_store.fill(fill_register)
    for channel in ("", "upper", "lower"):
        connection.execute(
            "INSERT INTO series (entity, quantity, device, channel) VALUES (%s, 'level', %s, %s)",
            (REACH, LEVEL_GAUGE, channel),
        )
    connection.commit()
    observations.prepare_connection(connection)
    return connection


def write(store: Connection, values: list[Value], arrived_s: int) -> None:
    """Store (series, second, value, unreliable) as one batch, as the pipeline does."""
    columns = list(zip(*values, strict=True))
    rows = Rows(
        np.array(columns[0], dtype=np.int32),
        to_us(START) + np.array(columns[1], dtype=np.int64) * 1_000_000,
        np.array(columns[2], dtype=np.float64),
        np.array(columns[3], dtype=np.int16) * UNRELIABLE,
        np.full(len(values), to_us(START) + arrived_s * 1_000_000, dtype=np.int64),
    )
    with store.transaction(), store.cursor() as cursor:
        rollups.note(cursor, rows.take(Writer().write(cursor, rows)))


def expected(batches: list[list[Value]]) -> dict[str, dict[Bucket, tuple[Any, ...]]]:
    first: dict[tuple[int, int], Value] = {}
    for batch in batches:
        for value in batch:
            first.setdefault(value[:2], value)
    members: dict[str, dict[Bucket, list[Value]]] = {
        level.table: defaultdict(list) for level in rollups.LEVELS
    }
    for value in sorted(first.values()):
        instant = START + timedelta(seconds=value[1])
        day = instant.astimezone(LOCAL).replace(hour=0, minute=0, second=0)
        members["rollup_minute"][value[0], instant.replace(second=0)].append(value)
        members["rollup_hour"][value[0], instant.replace(minute=0, second=0)].append(value)
        members["rollup_day"][value[0], day.astimezone(UTC)].append(value)
    return {
        table: {bucket: come_to(values) for bucket, values in buckets.items()}
        for table, buckets in members.items()
    }


def come_to(values: list[Value]) -> tuple[Any, ...]:
    kept = [value for _, _, value, unreliable in values if not unreliable]
    beside = len(values) - len(kept)
    if not kept:
        return (0, beside, None, None, None, None, None)
    return (len(kept), beside, min(kept), max(kept), sum(kept), kept[0], kept[-1])


def found(store: Connection) -> dict[str, dict[Bucket, tuple[Any, ...]]]:
    tables = {}
    for level in rollups.LEVELS:
        query = SQL("SELECT * FROM {}").format(Identifier(level.table))
        rows = store.execute(query).fetchall()
        tables[level.table] = {(row[0], row[1]): row[2:] for row in rows}
    store.commit()
    return tables


_values = st.tuples(st.integers(1, 3), st.integers(0, 3 * 3600), st.integers(-9, 9), st.booleans())
_batches = st.lists(
    st.tuples(st.lists(_values, min_size=1, max_size=8), st.booleans()), min_size=1, max_size=8
)


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(batches=_batches, in_turns=st.booleans(), small_portions=st.booleans())
def test_rollups_are_what_a_computation_from_all_values_gives(
    store: Connection,
    monkeypatch: pytest.MonkeyPatch,
    batches: list[tuple[list[Value], bool]],
    *,
    in_turns: bool,
    small_portions: bool,
) -> None:
    monkeypatch.setattr(rollups, "_MANY", 0 if in_turns else 20_000)
    monkeypatch.setattr(rollups, "_PORTION", 2 if small_portions else 4000)
    with store.transaction():
        tables = "observation, stored_batch, rollup_minute, rollup_hour, rollup_day"
        store.execute(f"TRUNCATE {tables}".encode())
        store.execute("TRUNCATE series_latest, observation_conflict")
    for number, (values, rolled_up) in enumerate(batches):
        # Ten batches a second, so that spans of arrival touch one another.
        write(store, values, number // 10)
        if rolled_up:
            rollups.roll_up(store, horizon=ALWAYS, due=[rollups.MINUTE])
    while rollups.roll_up(store, horizon=ALWAYS):
        pass
    assert found(store) == expected([values for values, _ in batches])


def test_nothing_new_takes_no_notes(store: Connection) -> None:
    write(store, [(1, 0, 5, False)], 0)
    assert rollups.roll_up(store, horizon=ALWAYS) == 1
    write(store, [(1, 0, 5, False)], 9)
    assert rollups.roll_up(store, horizon=ALWAYS) == 0


def test_notes_of_days_far_apart_are_taken_one_after_another(store: Connection) -> None:
    for number, second in enumerate((0, 9 * 86_400, 60)):
        write(store, [(1, second, 5, False)], number)
    assert [rollups.roll_up(store, horizon=ALWAYS) for _ in range(3)] == [2, 1, 0]
    assert len(found(store)["rollup_day"]) == 2


def test_hours_of_many_minutes_wait_for_their_turn(
    store: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rollups, "_MANY", 1)
    write(store, [(1, 0, 5, False), (1, 60, 7, False)], 0)
    assert rollups.roll_up(store, horizon=ALWAYS, due=[rollups.MINUTE]) == 1
    assert [len(rows) for rows in found(store).values()] == [2, 0, 0]
    assert rollups.roll_up(store, horizon=ALWAYS, due=[rollups.MINUTE]) == 0
    assert rollups.roll_up(store, horizon=ALWAYS) == 1
    assert found(store) == expected([[(1, 0, 5, False), (1, 60, 7, False)]])


def test_a_run_that_is_stopped_in_the_middle_is_done_again(
    store: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rollups, "_PORTION", 1)
    values = [(1, 0, 5, False), (2, 0, 7, False)]
    write(store, values, 0)
    answers = iter([True, False])
    assert rollups.roll_up(store, horizon=ALWAYS, pause=lambda _: next(answers)) == 0
    assert [len(rows) for rows in found(store).values()] == [1, 0, 0]
    assert rollups.roll_up(store, horizon=ALWAYS) == 1
    assert found(store) == expected([values])


def test_one_session_rolls_up_at_a_time(store: Connection, database_url: str) -> None:
    write(store, [(1, 0, 5, False)], 0)
    with psycopg.connect(database_url) as other:
        other.execute("SELECT pg_advisory_lock(%s)", (locks.ROLLUPS,))
        assert rollups.roll_up(store, horizon=ALWAYS) == 0
        other.execute("SELECT pg_advisory_unlock(%s)", (locks.ROLLUPS,))
    assert rollups.roll_up(store, horizon=ALWAYS) == 1


def test_a_failed_run_leaves_its_notes(store: Connection) -> None:
    write(store, [(1, 0, 5, False)], 0)
    store.execute("ALTER TABLE rollup_day ADD CONSTRAINT nothing CHECK (count < 0)")
    store.commit()
    with pytest.raises(psycopg.errors.CheckViolation):
        rollups.roll_up(store, horizon=ALWAYS)
    assert not found(store)["rollup_day"]
    store.execute("ALTER TABLE rollup_day DROP CONSTRAINT nothing")
    store.commit()
    assert rollups.roll_up(store, horizon=ALWAYS) == 1
    assert found(store) == expected([[(1, 0, 5, False)]])


def test_dropped_values_stay_in_the_rollups_and_late_ones_do_not_replace_them(
    store: Connection,
) -> None:
    write(store, [(1, 10, 5, False), (1, 20, 7, False), (1, 86_400 * 3, 1, False)], 0)
    rollups.roll_up(store, horizon=ALWAYS)
    before = START + timedelta(days=2)
    assert rollups.drop_observations(store, before=before) == 1
    write(store, [(1, 30, 900, False)], 9)
    assert rollups.roll_up(store, horizon=before) == 1
    minute = found(store)["rollup_minute"][1, START]
    assert minute == (2, 0, 5.0, 7.0, 12.0, 5.0, 7.0)


def test_history_filled_in_behind_the_horizon_is_rolled_up_before_it_is_dropped(
    store: Connection,
) -> None:
    write(store, [(1, 10, 5, False), (1, 20, 7, False)], 0)
    once(store, 3, START + timedelta(days=9))
    assert store.execute("SELECT count(*) FROM observation").fetchall() == [(0,)]
    rolled_up = found(store)
    assert rolled_up["rollup_minute"][1, START] == (2, 0, 5.0, 7.0, 12.0, 5.0, 7.0)
    assert [row[0] for row in rolled_up["rollup_day"].values()] == [2]


def test_upkeep_rolls_up_before_it_drops(store: Connection) -> None:
    write(store, [(1, 10, 5, False), (1, 86_400 * 9, 1, False)], 0)
    once(store, 3, START + timedelta(days=9))
    assert store.execute("SELECT count(*) FROM observation").fetchall() == [(1,)]
    assert len(found(store)["rollup_day"]) == 2
    write(store, [(2, 10, 5, False), (2, 86_400 * 8, 1, False)], 9)
    once(store, None, START + timedelta(days=9))
    assert store.execute("SELECT count(*) FROM observation").fetchall() == [(3,)]
