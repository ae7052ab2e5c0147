"""A correction, a conflict and a redelivery are three different things."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alerts.rule_files import shipped_rules
from alerts.rulebook import enforce
from data import rollups
from ingest.decoders import DECODERS
from ingest.handed_in import BodyKind, topic_of
from ingest.pipeline import Pipeline, Taken
from tests.emptying import SharedStore
from tests.postgis.register import LEVEL_GAUGE, fill_register
from twin.model import Message, Mode, from_us

NOON_US = 1_779_336_000_000_000
ALWAYS = datetime(2000, 1, 1, tzinfo=UTC)
ACTOR = "key surveyors"
REASON = "gauge zero was 0.5 m off"

Connection = psycopg.Connection[tuple[Any, ...]]
Step = tuple[bool, int, int]
"""Whether it is a correction, the second after noon, and the level."""


class Desk:
    """A pipeline that gets one body after the other, and questions to its store."""

    def __init__(self, store_url: str) -> None:
        self.store_url = store_url
        self.pipeline = Pipeline(store_url, DECODERS, lambda: NOON_US)
        self.arrived_us = NOON_US

    def take(self, *steps: Step) -> Taken:
        """Give readings, each in a message of its own, as one batch."""
        messages = [self._message(*step) for step in steps]
        return self.pipeline.take(self.pipeline.decode([("handed_in", m) for m in messages]))

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""
        with psycopg.connect(self.store_url) as connection:
            return connection.execute(query.encode()).fetchall()

    def roll_up(self) -> None:
        """Bring the rollups up to what is stored."""
        with psycopg.connect(self.store_url) as connection:
            while rollups.roll_up(connection, horizon=ALWAYS):
                pass

    def _message(self, correction: bool, second: int, level: int) -> Message:  # noqa: FBT001
        self.arrived_us += 1_000
        body = {
            "device": str(LEVEL_GAUGE),
            "ts": NOON_US // 1000 + second * 1000,
            "level": level,
        }
        topic = topic_of(Mode.ACTUAL, BodyKind.JSON, ACTOR, REASON if correction else None)
        payload = json.dumps(body).encode()
        return Message("http-json-actual", Mode.ACTUAL, topic, payload, self.arrived_us)


@pytest.fixture
def desk(shared_store: SharedStore, connection: Connection, database_url: str) -> Iterator[Desk]:
    shared_store.fill(fill_register)
    enforce(connection, shipped_rules(), actor="test")
    connection.commit()
    opened = Desk(database_url)
    yield opened
    opened.pipeline.close()


def plain(second: int, level: int) -> Step:
    return (False, second, level)


def correction(second: int, level: int) -> Step:
    return (True, second, level)


def counts(taken: Taken) -> tuple[int, int]:
    return (taken.stored, taken.known)


def test_a_correction_replaces_and_keeps_what_stood_with_who_and_why(desk: Desk) -> None:
    desk.take(plain(0, 1), plain(60, 2))
    assert counts(desk.take(correction(0, 5))) == (1, 0)
    assert desk.ask("SELECT value FROM observation ORDER BY ts") == [(5.0,), (2.0,)]
    assert desk.ask(
        "SELECT old_value, new_value, old_quality & 3, actor, reason FROM observation_revision"
    ) == [(1.0, 5.0, 0, ACTOR, REASON)]
    assert desk.ask("SELECT count(*) FROM observation_conflict") == [(0,)]
    assert desk.ask("SELECT value FROM series_latest") == [(2.0,)]


def test_corrections_of_many_days_replace_in_one_batch(desk: Desk) -> None:
    days = [-86_400 * day for day in (0, 400, 1, 30)]
    desk.take(*(plain(day, 1) for day in days))
    taken = desk.take(*(correction(day, 2 + at) for at, day in enumerate(days)), plain(-86_400, 9))
    assert counts(taken) == (4, 1)
    stored = desk.ask("SELECT value FROM observation ORDER BY ts DESC")
    assert stored == [(2.0,), (4.0,), (5.0,), (3.0,)]
    revised = desk.ask("SELECT old_value, new_value FROM observation_revision ORDER BY new_value")
    assert revised == [(1.0, 2.0), (1.0, 3.0), (1.0, 4.0), (1.0, 5.0)]


def test_a_conflict_changes_nothing_and_is_kept_and_counted(desk: Desk) -> None:
    desk.take(plain(0, 1))
    assert counts(desk.take(plain(0, 5))) == (0, 1)
    assert desk.ask("SELECT value FROM observation") == [(1.0,)]
    assert desk.ask("SELECT value FROM observation_conflict") == [(5.0,)]
    assert desk.ask("SELECT device, conflicts FROM device_state") == [(LEVEL_GAUGE, 1)]
    assert desk.ask("SELECT count(*) FROM observation_revision") == [(0,)]


@pytest.mark.parametrize("again", [plain(0, 1), correction(0, 1)])
def test_a_redelivery_leaves_no_trace(desk: Desk, again: Step) -> None:
    desk.take(plain(0, 1))
    assert counts(desk.take(again)) == (0, 1)
    assert desk.ask("SELECT value FROM observation") == [(1.0,)]
    assert desk.ask("SELECT count(*) FROM observation_conflict") == [(0,)]
    assert desk.ask("SELECT count(*) FROM observation_revision") == [(0,)]


def test_a_correction_of_what_does_not_stand_is_a_plain_reading(desk: Desk) -> None:
    assert counts(desk.take(correction(0, 4))) == (1, 0)
    assert desk.ask("SELECT value FROM series_latest") == [(4.0,)]
    assert desk.ask("SELECT count(*) FROM observation_revision") == [(0,)]
    assert desk.ask("SELECT count(*) FROM alert") == [(1,)]


def test_the_newest_value_is_corrected_too_and_told_to_viewers(desk: Desk) -> None:
    desk.take(plain(0, 1))
    taken = desk.take(correction(0, 2))
    assert desk.ask("SELECT value FROM series_latest") == [(2.0,)]
    assert taken.rows.value.tolist() == [2.0]


def test_a_corrected_value_is_not_judged_as_a_new_reading(desk: Desk) -> None:
    desk.take(plain(0, 1))
    desk.take(correction(0, 4))
    assert desk.ask("SELECT count(*) FROM alert") == [(0,)]


def test_a_conflict_is_settled_by_the_correction_that_says_the_same(desk: Desk) -> None:
    desk.take(plain(0, 1), plain(0, 2), plain(0, 3))
    desk.take(correction(0, 2))
    assert desk.ask("SELECT value FROM observation_conflict") == [(3.0,)]
    assert desk.ask("SELECT conflicts FROM device_state") == [(2,)]


def test_a_value_that_was_corrected_away_may_come_again_and_is_no_conflict(desk: Desk) -> None:
    desk.take(plain(0, 1), correction(0, 2))
    assert counts(desk.take(plain(0, 1))) == (0, 1)
    assert desk.ask("SELECT count(*) FROM observation_conflict") == [(0,)]
    assert desk.ask("SELECT value FROM observation") == [(2.0,)]


def test_in_one_batch_the_order_of_arrival_decides(desk: Desk) -> None:
    taken = desk.take(plain(0, 1), correction(0, 2), plain(0, 3), correction(0, 4), plain(0, 4))
    assert counts(taken) == (3, 2)
    assert desk.ask("SELECT value FROM observation") == [(4.0,)]
    assert desk.ask("SELECT value FROM observation_conflict") == [(3.0,)]
    revised = "SELECT old_value, new_value FROM observation_revision ORDER BY id"
    assert desk.ask(revised) == [(1.0, 2.0), (2.0, 4.0)]
    assert [taken.fates.of(place)[:2] for place in range(5)] == [
        (1, 0),
        (1, 0),
        (0, 1),
        (1, 0),
        (0, 1),
    ]


class Model:
    """A plain dictionary that says what must stand."""

    def __init__(self) -> None:
        self.stands: dict[int, int] = {}
        self.past: dict[int, set[int]] = {}
        self.conflicts: set[tuple[int, int]] = set()
        self.revisions: list[tuple[int, int, int]] = []

    def take(self, step: Step) -> bool:
        """Take one reading and return whether it stands now because of it."""
        is_correction, second, level = step
        before = self.stands.setdefault(second, level)
        if second not in self.past:
            self.past[second] = set()
            return True
        if before == level:
            return False
        if is_correction:
            self.stands[second] = level
            self.past[second].add(before)
            self.conflicts.discard((second, level))
            self.revisions.append((second, before, level))
            return True
        if level not in self.past[second]:
            self.conflicts.add((second, level))
        return False

    def minutes(self) -> dict[int, tuple[int, int, int, int]]:
        """Return count, min, max and sum by minute."""
        members: dict[int, list[int]] = {}
        for second, level in self.stands.items():
            members.setdefault(second // 60, []).append(level)
        return {at: (len(m), min(m), max(m), sum(m)) for at, m in members.items()}


_STEPS = st.tuples(st.booleans(), st.sampled_from([0, 1, 59, 60, 3600]), st.integers(0, 2))
_BATCHES = st.lists(
    st.tuples(st.lists(_STEPS, min_size=1, max_size=8), st.booleans()), min_size=1, max_size=6
)


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(_BATCHES)
def test_any_sequence_comes_to_what_a_plain_dictionary_says(
    desk: Desk, batches: list[tuple[list[Step], bool]]
) -> None:
    forget(desk)
    model = Model()
    for steps, rolled_up in batches:
        expected = [model.take(step) for step in steps]
        taken = desk.take(*steps)
        assert [taken.fates.of(place).stored == 1 for place in range(len(steps))] == expected
        if rolled_up:
            desk.roll_up()
    desk.roll_up()

    assert by_second(desk, "observation", "ts, value") == sorted(model.stands.items())
    assert by_second(desk, "observation_conflict", "ts, value") == sorted(model.conflicts)
    revised = "ts, old_value, new_value"
    assert by_second(desk, "observation_revision", revised) == sorted(model.revisions)
    newest = max(model.stands)
    assert by_second(desk, "series_latest", "ts, value") == [(newest, model.stands[newest])]
    minutes = by_second(desk, "rollup_minute", "bucket, count, min, max, sum")
    assert minutes == [(at * 60, *told) for at, told in sorted(model.minutes().items())]
    for table in ("rollup_hour", "rollup_day"):
        sums = desk.ask(f"SELECT sum(count), sum(sum) FROM {table}")  # noqa: S608
        assert sums == [(len(model.stands), sum(model.stands.values()))]


def forget(desk: Desk) -> None:
    """Empty the store of what was measured; the pipeline reads its memory again."""
    desk.pipeline.close()
    with psycopg.connect(desk.store_url) as connection:
        connection.execute(
            "TRUNCATE observation, observation_conflict, observation_revision, series_latest,"
            " stored_batch, rollup_minute, rollup_hour, rollup_day, alert, alert_transition,"
            " rule_state, outbox CASCADE"
        )


def by_second(desk: Desk, table: str, columns: str) -> list[tuple[Any, ...]]:
    rows = desk.ask(f"SELECT {columns} FROM {table}")  # noqa: S608
    noon = from_us(NOON_US)
    return sorted((int((ts - noon).total_seconds()), *rest) for ts, *rest in rows)
