"""The pipeline on a real store: one transaction a batch, the culprit found, nothing twice."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

import psycopg
import pytest

from alerts.rule_files import shipped_rules
from alerts.rulebook import enforce
from alerts.rules import RuleSet, RuleText, read_rules
from data.connection import StoreUnavailableError
from data.registry import ChangeSet, EntityChange, NewName, record
from data.registry.lifecycle import Author, retire
from ingest.batch import Parcel
from ingest.decoders import DECODERS
from ingest.decoders.hj212.frame import build
from ingest.pipeline import Ahead, Pipeline, Taken
from tests.emptying import SharedStore
from tests.postgis.register import CAMERA, LEVEL_GAUGE, REACH, ROAD_GAUGE, fill_register
from twin.model import Decoded, FaultReason, Message, Mode

NOON_US = 1_779_336_000_000_000
TOPIC = f"citytwin/v1/{LEVEL_GAUGE}/telemetry"
ROAD_TOPIC = f"citytwin/v1/{ROAD_GAUGE}/telemetry"

Connection = psycopg.Connection[tuple[Any, ...]]


class Desk:
    """A pipeline, and questions to its store."""

    def __init__(self, store_url: str, portion: int | None = None) -> None:
        self.store_url = store_url
        self.portion = portion
        self.pipeline = Pipeline(store_url, DECODERS, lambda: NOON_US)

    def take(self, *messages: Message) -> Taken:
        """Give messages to the pipeline as one batch."""
        named = [("onvif" if "onvif" in m.topic else "json", m) for m in messages]
        parcels = self.pipeline.decode(named)
        return self.pipeline.take(parcels, self.resolve_ahead(parcels))

    def resolve_ahead(self, parcels: Sequence[Parcel]) -> list[Ahead]:
        """Resolve a batch in portions, before its turn."""
        if self.portion is None:
            return []
        begins = range(0, len(parcels), self.portion)
        portions = [parcels[begin : begin + self.portion] for begin in begins]
        return [self.pipeline.resolve_ahead(portion) for portion in portions]

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""
        with psycopg.connect(self.store_url) as connection:
            return connection.execute(query.encode()).fetchall()


@pytest.fixture(
    params=[pytest.param(None, id="in-their-turn"), pytest.param(3, id="resolved-ahead")]
)
def desk(
    shared_store: SharedStore,
    connection: Connection,
    database_url: str,
    request: pytest.FixtureRequest,
) -> Iterator[Desk]:
    """A desk over the small register, with the shipped rules in force."""
    shared_store.fill(fill_register)
    enforce(connection, shipped_rules(), actor="test")
    connection.commit()
    opened = Desk(database_url, request.param)
    yield opened
    opened.pipeline.close()


def reading(second: int, mode: Mode = Mode.ACTUAL, **values: float) -> Message:
    """A telemetry message observed ``second`` seconds after noon."""
    payload = {"ts": NOON_US // 1000 + second * 1000, **values}
    return message(json.dumps(payload), mode)


def message(
    payload: str, mode: Mode = Mode.ACTUAL, *, packet_id: int = 1, duplicate: bool = False
) -> Message:
    return Message(
        "telemetry", mode, TOPIC, payload.encode(), NOON_US + 5, packet_id, duplicate=duplicate
    )


def test_a_row_that_the_store_refuses_is_found_and_parked_alone(desk: Desk) -> None:
    with psycopg.connect(desk.store_url) as connection:
        connection.execute("ALTER TABLE observation ADD CHECK (value <> 6.66)")
    try:
        taken = desk.take(*(reading(n, level=6.66 if n == 37 else n / 100) for n in range(100)))
    finally:
        with psycopg.connect(desk.store_url) as connection:
            connection.execute("ALTER TABLE observation DROP CONSTRAINT observation_value_check")

    assert (taken.stored, taken.parked) == (99, 1)
    assert desk.ask("SELECT count(*) FROM observation") == [(99,)]
    reasons = desk.ask("SELECT reason, sentence FROM parked_message")
    assert reasons[0][0] == "refused by the store"
    assert "observation_value_check" in reasons[0][1]


def test_a_batch_is_stored_and_judged_or_nothing_of_it_is(desk: Desk) -> None:
    desk.take(reading(0, level=1.0))
    with psycopg.connect(desk.store_url) as connection:
        connection.execute("ALTER TABLE outbox ADD CONSTRAINT no_notice CHECK (created_at IS NULL)")
    try:
        taken = desk.take(reading(60, level=3.2))
    finally:
        with psycopg.connect(desk.store_url) as connection:
            connection.execute("ALTER TABLE outbox DROP CONSTRAINT no_notice")
    assert taken.stored == 0
    assert desk.ask("SELECT count(*) FROM observation") == [(1,)]
    assert desk.ask("SELECT value FROM series_latest") == [(1.0,)]
    assert desk.ask("SELECT count(*) FROM alert") == [(0,)]

    desk.take(reading(120, level=3.2))
    assert desk.ask("SELECT level, entity FROM alert") == [("yellow", REACH)]
    assert desk.ask("SELECT count(*) FROM outbox") == [(1,)]


def test_a_lost_connection_asks_for_the_same_batch_and_stores_it_once(desk: Desk) -> None:
    desk.take(reading(0, level=1.0))
    with psycopg.connect(desk.store_url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name = 'citytwin ingest' AND datname = current_database()"
        )
    with pytest.raises(StoreUnavailableError):
        desk.take(reading(60, level=2.0))
    assert desk.take(reading(60, level=2.0)).stored == 1
    assert desk.take(reading(60, level=2.0)).stored == 0
    assert desk.ask("SELECT count(*) FROM observation") == [(2,)]


def test_only_one_process_writes(desk: Desk) -> None:
    assert desk.pipeline.ready()
    second = Pipeline(desk.store_url, DECODERS, lambda: NOON_US)
    assert not second.ready()
    desk.pipeline.close()
    assert second.ready()
    second.close()


def test_a_redelivered_message_without_its_own_time_is_only_acknowledged(desk: Desk) -> None:
    desk.take(message('{"level": 1.5}', packet_id=7))
    again = desk.take(
        message('{"level": 1.5}', packet_id=7, duplicate=True)._replace(
            received_us=NOON_US + 9_000_000
        )
    )
    other = desk.take(
        message('{"level": 1.5}', packet_id=8, duplicate=True)._replace(
            received_us=NOON_US + 12_000_000
        )
    )
    assert (again.stored, other.stored) == (0, 1)


def test_both_copies_of_a_message_in_one_batch_are_one_reading(desk: Desk) -> None:
    first = message('{"level": 1.5}', packet_id=7)
    copy = first._replace(duplicate=True, received_us=NOON_US + 9_000_000)
    assert desk.take(first, copy).stored == 1
    assert desk.take(copy).stored == 0


def test_a_tick_that_the_store_refuses_does_not_stop_readings(desk: Desk) -> None:
    road = f"citytwin/v1/{ROAD_GAUGE}/telemetry"
    desk.take(reading(-300, depth=0.2)._replace(topic=road))
    with psycopg.connect(desk.store_url) as connection:
        connection.execute("ALTER TABLE outbox ADD CONSTRAINT no_notice CHECK (created_at IS NULL)")
    try:
        desk.pipeline.tick()
    finally:
        with psycopg.connect(desk.store_url) as connection:
            connection.execute("ALTER TABLE outbox DROP CONSTRAINT no_notice")
    assert desk.ask("SELECT count(*) FROM alert") == [(0,)]
    assert desk.take(reading(0, level=1.0)).stored == 1
    desk.pipeline.tick()
    assert desk.ask("SELECT level FROM alert") == [("yellow",)]


def test_a_retained_message_sets_the_last_known_state_and_is_no_reading(desk: Desk) -> None:
    desk.take(reading(0, level=9.0)._replace(retained=True))
    assert desk.ask("SELECT value FROM series_latest") == [(9.0,)]
    assert desk.ask("SELECT count(*) FROM observation") == [(0,)]
    assert desk.ask("SELECT count(*) FROM alert") == [(0,)]


def test_backfilled_history_is_stored_as_actual_and_not_judged(desk: Desk) -> None:
    desk.take(reading(0, Mode.BACKFILL, level=3.3))
    assert desk.ask("SELECT mode FROM series") == [("actual",)]
    assert desk.ask("SELECT count(*) FROM alert") == [(0,)]


def test_an_exercise_has_series_of_its_own(desk: Desk) -> None:
    desk.take(reading(0, level=1.0), reading(0, Mode.EXERCISE, level=2.0))
    assert desk.ask("SELECT mode FROM series ORDER BY mode") == [("actual",), ("exercise",)]
    assert desk.ask("SELECT count(*) FROM observation_conflict") == [(0,)]


def test_an_impossible_value_is_stored_as_unreliable_and_raises_nothing(desk: Desk) -> None:
    desk.take(reading(0, level=99_999.0))
    assert desk.ask("SELECT quality & 3 FROM observation") == [(2,)]
    assert desk.ask("SELECT count(*) FROM alert") == [(0,)]


def test_a_device_that_is_registered_now_is_resolved_in_the_next_batch(desk: Desk) -> None:
    newcomer = 4403118501000009
    topic = f"citytwin/v1/{newcomer}/telemetry"
    assert desk.take(reading(0, level=1.0)._replace(topic=topic)).parked == 1
    with psycopg.connect(desk.store_url) as connection:
        register(connection, newcomer)
    assert desk.take(reading(1, level=1.0)._replace(topic=topic)).stored == 1


def test_what_was_resolved_before_a_device_retired_is_resolved_again(
    connection: Connection, database_url: str
) -> None:
    fill_register(connection)
    connection.commit()
    desk = Desk(database_url, portion=2)
    desk.take(reading(0, level=1.0), reading(0, depth=0.1)._replace(topic=ROAD_TOPIC))
    parcels = desk.pipeline.decode(
        [
            ("json", reading(1, level=1.0)),
            ("json", reading(1, depth=0.1)._replace(topic=ROAD_TOPIC)),
            ("json", reading(2, level=1.0)),
        ]
    )
    ahead = desk.resolve_ahead(parcels)
    assert [part.batch is not None for part in ahead] == [True, True]
    retire(connection, Author("li", "test", "test"), [LEVEL_GAUGE])
    connection.commit()
    taken = desk.pipeline.take(parcels, ahead)
    desk.pipeline.close()
    assert (taken.stored, taken.parked) == (1, 2)
    assert [len(taken.fates.of(place).faults) for place in range(3)] == [1, 0, 1]


def test_parts_that_memory_knows_are_joined_with_those_that_it_does_not(
    connection: Connection, database_url: str
) -> None:
    fill_register(connection)
    connection.commit()
    desk = Desk(database_url, portion=2)
    desk.take(reading(0, level=1.0))
    unknown = reading(5, level=1.0)._replace(topic="citytwin/v1/4403118501000077/telemetry")
    messages = [
        reading(1, level=1.0),
        reading(2, level=2.0),
        unknown,
        reading(3, level=3.0),
        message("{"),
        reading(4, level=4.0),
    ]
    parcels = desk.pipeline.decode([("json", one) for one in messages])
    ahead = desk.resolve_ahead(parcels)
    assert [part.batch is not None for part in ahead] == [True, False, True]
    taken = desk.pipeline.take(parcels, ahead)
    desk.pipeline.close()
    fates = [taken.fates.of(place) for place in range(6)]
    assert [fate.stored for fate in fates] == [1, 1, 0, 1, 0, 1]
    assert [[fault.reason for fault in fate.faults] for fate in fates] == [
        [],
        [],
        [FaultReason.UNKNOWN_DEVICE],
        [],
        [FaultReason.UNDECODABLE],
        [],
    ]
    assert desk.ask("SELECT value FROM observation ORDER BY ts") == [
        (1.0,),
        (1.0,),
        (2.0,),
        (3.0,),
        (4.0,),
    ]


def test_a_rule_that_is_put_into_force_now_judges_the_next_batch(desk: Desk) -> None:
    desk.take(reading(0, level=2.0))
    with psycopg.connect(desk.store_url) as connection:
        enforce(connection, only_rule("test-level", 1, 1.9), actor="test")
    desk.take(reading(1, level=2.0))
    assert desk.ask("SELECT rule, version FROM rule WHERE rule = 'test-level'") == [
        ("test-level", 1)
    ]
    assert desk.ask("SELECT rule, limit_value FROM alert") == [("test-level", 1.9)]


def test_an_event_tells_what_the_rules_made_of_it(desk: Desk) -> None:
    topic = f"citytwin/v1/{CAMERA}/onvif-ej/RuleEngine/FieldDetector/ObjectsInside/&1/1/Zone1"
    payload = {"UtcTime": "2026-05-21T04:00:00Z", "Source": {}, "Data": {"IsInside": "true"}}
    desk.take(message(json.dumps(payload))._replace(topic=topic))
    desk.take(message(json.dumps(payload))._replace(topic=topic))
    assert desk.ask("SELECT verdict <> '', active FROM video_event") == [(True, True)]
    assert desk.ask("SELECT count(*) FROM alert") == [(1,)]


def test_two_devices_in_one_message_batch_keep_their_own_series(desk: Desk) -> None:
    road = reading(0, depth=0.1)._replace(topic=ROAD_TOPIC)
    taken = desk.take(reading(0, level=1.0, velocity=0.5), road)
    assert taken.stored == 3
    assert desk.ask("SELECT count(*), count(DISTINCT device) FROM series") == [(3, 2)]


def register(connection: Connection, code: int) -> None:
    record(connection, ChangeSet("test", "new", "test", entities=[EntityChange(code, "新水位计")]))


def only_rule(name: str, version: int, limit: float) -> RuleSet:
    text = f"""
        [[rule]]
        id = "{name}"
        version = {version}
        kind = "level"
        domain = "flood"
        quantity = "level"
        direction = "above"
        levels = {{ yellow = {limit} }}
        title_zh = "测试"
        title_en = "test"
        source = "test"
        standing = "project default"
    """
    return read_rules([RuleText("test.toml", text)])


def test_a_device_of_another_protocol_speaks_in_its_own_names_and_units(desk: Desk) -> None:
    with psycopg.connect(desk.store_url) as connection:
        names = [NewName(LEVEL_GAUGE, "hj212", "zldsz20210127")]
        record(connection, ChangeSet("test", "an MN", "test", names=names))
    text = (
        "QN=20260521115900000;ST=21;CN=2011;PW=123456;MN=ZLDSZ20210127;Flag=4;"
        "CP=&&DataTime=20260521115900;w01001-Rtd=7.1,w01001-Flag=N;w00000-Rtd=2500;zz1-Rtd=5&&"
    )
    sent = Message("loggers", Mode.ACTUAL, "loggers/7", build(text), NOON_US, 1)
    taken = desk.pipeline.take(desk.pipeline.decode([("hj212", sent)]))
    assert (taken.stored, taken.parked) == (2, 1)
    query = "SELECT quantity, value FROM observation o JOIN series s ON s.id = series_id ORDER BY 1"
    assert desk.ask(query) == [("discharge", 2.5), ("ph", 7.1)]
    (row,) = desk.ask("SELECT reason, sentence FROM parked_message")
    assert row == ("unknown quantity", "zz1: expected names of hj212.csv or of the device's type")


def test_a_message_that_its_decoder_cannot_bear_is_parked_and_stops_nobody(desk: Desk) -> None:
    class Broken:
        def decode(self, _message: Message) -> Decoded:
            raise RecursionError("too deep")

    pipeline = Pipeline(desk.store_url, {**DECODERS, "broken": Broken()}, lambda: NOON_US)
    desk.pipeline.close()
    sent = [("broken", reading(0, level=1.0)), ("json", reading(1, level=1.0))]
    taken = pipeline.take(pipeline.decode(sent))
    pipeline.close()
    assert (taken.stored, taken.parked) == (1, 1)
    ((sentence,),) = desk.ask("SELECT sentence FROM parked_message")
    assert sentence == "decoder 'broken' failed with RecursionError: a mistake of the program"
