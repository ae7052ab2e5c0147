"""States of devices on a real store: through restarts, without loss, and with what was refused."""

import json
import threading
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import psycopg
import pytest
from typer.testing import CliRunner

from data.device_states import drop_history
from data.registry import ChangeSet, NewName, record
from ingest.config import PipelineConfig
from ingest.decoders import DECODERS
from ingest.decoders.sparkplug import SparkplugDecoder
from ingest.inbox import Fates, Inbox, Received
from ingest.pipeline import Pipeline
from ingest.runner import Runner
from ingest.throttle import Limits, Throttle
from tests.emptying import SharedStore
from tests.postgis.register import CAMERA, FREE_GAUGE, LEVEL_GAUGE, ROAD_GAUGE, fill_register
from tests.unit.ingest.decoders.test_sparkplug_frames import birth_number_of, metric, payload
from twin.cli.devices import app
from twin.model import Fault, Message, Mode, Name, from_us

if TYPE_CHECKING:
    from ingest.mqtt_source import MqttSource

NOON_US = 1_779_336_000_000_000
SECOND_US = 1_000_000
MINUTE = 60
HOUR = 3600
TOPIC = f"citytwin/v1/{LEVEL_GAUGE}/telemetry"

Connection = psycopg.Connection[tuple[Any, ...]]


class Broker:
    """A broker in memory: what was published, and what became of messages."""

    def __init__(self) -> None:
        self.connected = threading.Event()
        self.connected.set()
        self.published: list[tuple[str, bytes]] = []
        self.faults: list[Sequence[Fault]] = []

    def start(self) -> None: ...

    def stop(self) -> None: ...

    def confirm(self, done: Sequence[tuple[int, Received]], fates: Fates) -> None:
        self.faults += [fates.of(position).faults for position, _ in done]

    def publish(self, topic: str, sent: bytes, qos: int = 0) -> None:
        assert qos == 0
        self.published.append((topic, sent))


class Desk:
    """An ingest process without a network, its store, and a clock."""

    def __init__(self, store_url: str, limits: Limits) -> None:
        self.store_url = store_url
        self.now_us = NOON_US
        self.inbox = Inbox()
        self.broker = Broker()
        self.throttle = Throttle(limits)
        self.open()

    def open(self) -> None:
        """Begin as a new process does."""
        decoders = {**DECODERS, "sparkplug": SparkplugDecoder()}
        self.pipeline = Pipeline(self.store_url, decoders, lambda: self.now_us)
        assert self.pipeline.ready()
        broker = cast("MqttSource", self.broker)
        self.runner = Runner(
            self.inbox, [broker], broker, self.pipeline, PipelineConfig(linger_ms=0), self.throttle
        )

    def restart(self) -> None:
        """End without a word, as one that is killed, and begin again."""
        self.pipeline.close()
        self.open()

    def send(self, second: float, said: bytes, topic: str = TOPIC, decoder: str = "json") -> None:
        """A message arrives."""
        received_us = NOON_US + round(second * SECOND_US)
        message = Message("telemetry", Mode.ACTUAL, topic, said, received_us)
        self.inbox.put(Received(decoder, message, cast("MqttSource", self.broker)))

    def send_level(self, second: float) -> None:
        said = {"ts": NOON_US // 1000 + round(second * 1000), "level": second / 1000}
        self.send(second, json.dumps(said).encode())

    def take(self) -> None:
        """Take what has arrived."""
        while len(self.inbox):
            self.runner._ahead.lay_out_next()
            self.runner._one_batch()

    def look(self, second: float, *, listening: bool = True) -> None:
        """Look at the devices."""
        self.now_us = NOON_US + round(second * SECOND_US)
        throttled = {n: one.reason for one in self.throttle.throttled() for n in one.names}
        self.pipeline.watch_devices(listening=listening, throttled=throttled)

    def wait(self, begin: float, end: float, *, listening: bool = True) -> None:
        """Look every five seconds."""
        for second in range(int(begin), int(end), 5):
            self.look(second, listening=listening)

    def beat(self, begin: float, end: float) -> None:
        """The gauge sends once a minute."""
        for second in range(int(begin), int(end), MINUTE):
            self.send_level(second)
            self.take()
            self.wait(second + 1, second + MINUTE)

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.store_url) as connection:
            return connection.execute(query.encode()).fetchall()

    def history(self) -> list[str]:
        return [
            state for (state,) in self.ask("SELECT state FROM device_state_history ORDER BY at")
        ]


@pytest.fixture
def limits() -> Limits:
    return Limits(rate=10, after_s=3)


@pytest.fixture
def desk(
    shared_store: SharedStore, connection: Connection, database_url: str, limits: Limits
) -> Iterator[Desk]:
    shared_store.fill(fill_register)
    names = [
        NewName(LEVEL_GAUGE, "sparkplug", "g/n"),
        NewName(FREE_GAUGE, "sparkplug", "g/n/d"),
        NewName(ROAD_GAUGE, "mqtt", "zigbee2mqtt/door"),
    ]
    record(connection, ChangeSet("test", "names of an edge node", "test", names=names))
    connection.commit()
    opened = Desk(database_url, limits)
    yield opened
    opened.pipeline.close()


def test_only_changes_of_a_state_are_written(desk: Desk) -> None:
    desk.beat(0, 10 * MINUTE)
    row = "SELECT device, state, since, reason FROM device_state"
    assert desk.ask(row) == [(LEVEL_GAUGE, "online", from_us(NOON_US + SECOND_US), "heard")]
    desk.wait(10 * MINUTE, 15 * MINUTE)
    assert desk.history() == ["online", "late", "silent"]
    assert desk.ask("SELECT state, interval_s, heard_at FROM device_state") == [
        ("silent", MINUTE, from_us(NOON_US + 9 * MINUTE * SECOND_US))
    ]


def test_a_restart_goes_on_where_it_was(desk: Desk) -> None:
    desk.beat(0, 10 * MINUTE)
    desk.wait(10 * MINUTE, 10 * MINUTE + 30)
    desk.restart()
    desk.wait(10 * MINUTE + 35, 13 * MINUTE)
    (late, silent) = desk.ask("SELECT at FROM device_state_history ORDER BY at OFFSET 1")
    last = from_us(NOON_US + 9 * MINUTE * SECOND_US)
    assert desk.history() == ["online", "late", "silent"]
    assert timedelta(minutes=2) <= late[0] - last < timedelta(minutes=2, seconds=20)
    assert timedelta(minutes=3) <= silent[0] - last < timedelta(minutes=3, seconds=20)


def test_a_restart_changes_no_state_by_itself(desk: Desk) -> None:
    desk.beat(0, 10 * MINUTE)
    desk.wait(10 * MINUTE, 20 * MINUTE)
    before = desk.ask("SELECT * FROM device_state"), desk.history()
    desk.restart()
    desk.wait(20 * MINUTE, 21 * MINUTE)
    assert (desk.ask("SELECT * FROM device_state"), desk.history()) == before


def test_after_hours_without_us_a_device_is_unknown_until_it_is_heard(desk: Desk) -> None:
    desk.beat(0, 10 * MINUTE)
    desk.restart()
    desk.look(2 * HOUR)
    assert desk.history() == ["online", "unknown"]
    desk.beat(2 * HOUR + 5, 2 * HOUR + 3 * MINUTE)
    assert desk.history() == ["online", "unknown", "online"]


def test_nothing_is_adopted_of_a_look_that_was_not_committed(desk: Desk) -> None:
    desk.send_level(0)
    desk.take()
    with psycopg.connect(desk.store_url) as connection:
        connection.execute("ALTER TABLE device_state ADD CONSTRAINT no CHECK (state <> 'online')")
    try:
        desk.look(1)
        assert desk.history() == []
    finally:
        with psycopg.connect(desk.store_url) as connection:
            connection.execute("ALTER TABLE device_state DROP CONSTRAINT no")
    desk.look(3)
    assert desk.history() == ["online"]


def test_what_a_throttled_device_sends_is_stored_or_counted(desk: Desk) -> None:
    sent = 100 * 30
    for number in range(sent):
        desk.send_level(number / 100)
        if number % 40 == 39:
            desk.take()
    desk.take()
    desk.look(31)
    (stored,) = desk.ask("SELECT count(*) FROM observation")[0]
    assert desk.ask("SELECT state, refused, last_refused_at > since FROM device_state") == [
        ("throttled", sent - stored, False)
    ]
    assert 300 + 26 * 10 <= stored <= 300 + 29 * 10
    reasons = {fault.reason for faults in desk.broker.faults for fault in faults}
    assert (len(desk.broker.faults), reasons) == (sent, {"throttled"})
    desk.throttle.tick(NOON_US + 45 * SECOND_US)
    desk.look(45)
    assert desk.history() == ["throttled", "online"]
    assert desk.ask("SELECT reason FROM device_state") == [("sends no more than it may",)]


def test_an_edge_node_is_asked_for_its_births_once(desk: Desk) -> None:
    for number in (5, 6, 9):
        data = payload(metric(alias=1, float=2.5), seq=number)
        desk.send(number, data, "spBv1.0/g/NDATA/n", "sparkplug")
        desk.take()
    ((topic, command),) = desk.broker.published
    assert topic == "spBv1.0/g/NCMD/n"
    assert b"Node Control/Rebirth" in command


def test_births_and_deaths_are_states(desk: Desk) -> None:
    desk.send(0, payload(birth_number_of(1), seq=0), "spBv1.0/g/NBIRTH/n", "sparkplug")
    desk.send(1, payload(seq=1), "spBv1.0/g/DBIRTH/n/d", "sparkplug")
    desk.take()
    desk.look(2)
    states = "SELECT device, state, reason FROM device_state ORDER BY device"
    assert desk.ask(states) == [
        (LEVEL_GAUGE, "online", "heard"),
        (FREE_GAUGE, "online", "heard"),
    ]
    desk.send(3, payload(birth_number_of(1)), "spBv1.0/g/NDEATH/n", "sparkplug")
    desk.take()
    desk.look(4)
    desk.restart()
    desk.look(6)
    assert desk.ask(states) == [
        (LEVEL_GAUGE, "silent", "its edge node sent NDEATH"),
        (FREE_GAUGE, "silent", "its edge node sent NDEATH"),
    ]


def test_who_only_says_that_it_is_there_is_not_late_because_we_were_restarted(desk: Desk) -> None:
    for number in range(10):
        said = b'{"state": "online"}'
        desk.send(number * MINUTE, said, "zigbee2mqtt/door/availability", "zigbee2mqtt")
        desk.take()
        desk.wait(number * MINUTE + 1, (number + 1) * MINUTE)
    desk.restart()
    desk.wait(10 * MINUTE, 11 * MINUTE)
    assert desk.history() == ["online"]
    desk.wait(11 * MINUTE, 14 * MINUTE)
    assert desk.history() == ["online", "late", "silent"]


def test_what_a_camera_sees_is_heard_of_it(desk: Desk) -> None:
    seen = json.dumps({"UtcTime": "2026-05-21T04:00:00Z", "Data": {"State": "true"}}).encode()
    desk.send(0, seen, f"citytwin/v1/{CAMERA}/onvif-ej/RuleEngine/Cell", "onvif")
    desk.take()
    desk.look(1)
    assert desk.ask("SELECT device, state, heard_at FROM device_state") == [
        (CAMERA, "online", from_us(NOON_US))
    ]


def test_old_history_is_dropped_and_how_devices_are_stays(desk: Desk) -> None:
    desk.beat(0, MINUTE)
    desk.look(70 * 24 * HOUR)
    assert desk.history() == ["online", "unknown"]
    with psycopg.connect(desk.store_url) as connection:
        assert drop_history(connection, from_us(NOON_US + 35 * 24 * HOUR * SECOND_US)) == 1
        assert drop_history(connection, from_us(NOON_US + 35 * 24 * HOUR * SECOND_US)) == 0
    assert desk.history() == ["unknown"]
    assert desk.ask("SELECT state FROM device_state") == [("unknown",)]


def test_who_is_throttled_and_unknown_to_the_register_stops_nothing(desk: Desk) -> None:
    desk.look(1)
    sight = {Name("code", "4403118501009999"): "too much"}
    desk.pipeline.watch_devices(listening=True, throttled=sight)
    assert desk.history() == []


def test_the_command_lists_devices_by_state(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = ["[store]", f"url = {json.dumps(desk.store_url)}"]
    lines += ["[mqtt]", 'host = "127.0.0.1"', "port = 1", "[mqtt.accounts]"]
    (tmp_path / "services.toml").write_text("\n".join(lines))
    monkeypatch.setenv("CITYTWIN_STATE_DIR", str(tmp_path))
    desk.send_level(0)
    desk.take()
    desk.look(1)
    said = CliRunner().invoke(app, ["states", "--state", "online", "--json"])
    told = json.loads(said.stdout)
    assert told["counts"] == {"online": 1, "unknown": 4}
    assert [one["device"] for one in told["devices"]] == [LEVEL_GAUGE]
    assert "heard" in CliRunner().invoke(app, ["states"]).stdout
    assert CliRunner().invoke(app, ["states", "--state", "asleep"]).exit_code == 2
