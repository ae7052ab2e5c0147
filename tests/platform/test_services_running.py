"""The test run's own PostgreSQL and Mosquitto do what the program relies on."""

import os
import queue
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Event
from typing import Any

import paho.mqtt.client as mqtt
import psycopg
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from private_services.settings import CHECKOUT

SECONDS = 20.0
WRONG = "wrong"


@contextmanager
def connected(
    services: dict[str, Any],
    account: str | None,
    *,
    password: str | None = None,
    client_id: str = "",
    prepare: Callable[[mqtt.Client], None] = lambda _: None,
) -> Iterator[str]:
    """A client in its own thread; yields what the broker answered to it."""
    client = mqtt.Client(
        CallbackAPIVersion.VERSION2, client_id, clean_session=not client_id, protocol=mqtt.MQTTv311
    )
    if account is not None:
        known = services["mqtt"]["accounts"][account]
        client.username_pw_set(
            known["username"], password or Path(known["password_file"]).read_text()
        )
    answers: queue.Queue[str] = queue.Queue()
    client.on_connect = lambda _c, _u, _f, reason, _p: answers.put(str(reason))
    prepare(client)
    client.connect(services["mqtt"]["host"], services["mqtt"]["port"])
    client.loop_start()
    try:
        yield answers.get(timeout=SECONDS)
    finally:
        client.disconnect()
        client.loop_stop()


class Subscriber:
    """Collects what it gets of some topics."""

    def __init__(self, *topics: str) -> None:
        self.messages: queue.Queue[tuple[str, bytes]] = queue.Queue()
        self._topics = topics
        self._ready = Event()

    def __call__(self, client: mqtt.Client) -> None:
        client.on_message = lambda _c, _u, message: self.messages.put(
            (message.topic, bytes(message.payload))
        )
        client.on_subscribe = lambda *_: self._ready.set()
        self._client = client

    def subscribe(self) -> None:
        self._client.subscribe([(topic, 1) for topic in self._topics])
        assert self._ready.wait(SECONDS)


class Publisher:
    """Publishes and waits until the broker confirmed it, or ended the connection."""

    def __call__(self, client: mqtt.Client) -> None:
        self._client = client
        self._done = Event()
        client.on_publish = lambda *_: self._done.set()
        client.on_disconnect = lambda *_: self._done.set()

    def offer(self, topic: str, payload: str) -> None:
        self._done.clear()
        self._client.publish(topic, payload, qos=1)
        assert self._done.wait(SECONDS)

    def publish(self, topic: str, payload: str) -> None:
        sent = self._client.publish(topic, payload, qos=1)
        sent.wait_for_publish(SECONDS)
        assert sent.is_published()


def test_nobody_comes_in_without_a_name(services: dict[str, Any]) -> None:
    with connected(services, None) as answer:
        assert answer == "Not authorized"


def test_nobody_comes_in_with_a_wrong_password(services: dict[str, Any]) -> None:
    with connected(services, "client", password=WRONG) as answer:
        assert answer == "Not authorized"


@pytest.mark.parametrize(
    ("account", "denied", "allowed"),
    [
        ("exercise", "citytwin/v1/x/telemetry", "citytwin/exercise/v1/x/telemetry"),
        ("replay", "citytwin/exercise/v1/x/telemetry", "citytwin/replay/v1/x/telemetry"),
        ("client", "citytwin/v1/alerts/red/x", "citytwin/v1/x/telemetry"),
        ("client", "citytwin/exercise/v1/x/telemetry", "a/b/c/onvif-ej/VideoSource"),
        ("web", "citytwin/v1/live/x", None),
    ],
)
def test_an_account_writes_only_its_own_topics(
    services: dict[str, Any], account: str, denied: str, allowed: str | None
) -> None:
    """With MQTT 3.1.1 a denied message is confirmed all the same: only a reader can tell.

    Mosquitto 2.0 then ends the connection where max_queued_messages is 0; so each has its own.
    """
    listener, trespasser, sender, herald = Subscriber("#"), Publisher(), Publisher(), Publisher()
    mark = uuid.uuid4().hex
    with ExitStack() as stack:
        stack.enter_context(connected(services, "ingest", prepare=listener))
        listener.subscribe()
        with connected(services, account, prepare=trespasser):
            trespasser.offer(denied, f"denied {mark}")
        stack.enter_context(connected(services, account, prepare=sender))
        if allowed is not None:
            sender.publish(allowed, f"allowed {mark}")
        stack.enter_context(connected(services, "ingest", prepare=herald))
        herald.publish("citytwin/v1/live/mark", mark)
        seen = []
        while (message := listener.messages.get(timeout=SECONDS))[1] != mark.encode():
            if mark.encode() in message[1]:
                seen.append(message)
    assert seen == ([] if allowed is None else [(allowed, f"allowed {mark}".encode())])


def test_a_client_cannot_read_what_devices_say(services: dict[str, Any]) -> None:
    listener, sender, herald = Subscriber("#"), Publisher(), Publisher()
    with ExitStack() as stack:
        stack.enter_context(connected(services, "client", prepare=listener))
        listener.subscribe()
        stack.enter_context(connected(services, "client", prepare=sender))
        stack.enter_context(connected(services, "ingest", prepare=herald))
        mark = uuid.uuid4().hex
        sender.publish("citytwin/v1/x/telemetry", mark)
        herald.publish("citytwin/v1/alerts/red/x", mark)
        topics = []
        while (message := listener.messages.get(timeout=SECONDS))[1] != mark.encode():
            topics.append(message[0])
    assert message[0] == "citytwin/v1/alerts/red/x"
    # What ingest last said of itself is kept for everybody.
    assert set(topics) <= {"citytwin/v1/heartbeat"}


def test_an_orderly_restart_keeps_what_waits_for_a_subscriber(services: dict[str, Any]) -> None:
    name = f"test-{uuid.uuid4().hex}"
    topic = f"citytwin/v1/{name}/telemetry"
    absent, sender, back = Subscriber(topic), Publisher(), Subscriber(topic)
    with connected(services, "ingest", client_id=name, prepare=absent):
        absent.subscribe()
    with connected(services, "client", prepare=sender):
        for number in range(100):
            sender.publish(topic, str(number))
    command = [sys.executable, str(CHECKOUT / "scripts/services"), "restart", "mosquitto"]
    subprocess.run(command, check=True, timeout=60)
    with connected(services, "ingest", client_id=name, prepare=back):
        got = [int(back.messages.get(timeout=SECONDS)[1]) for _ in range(100)]
    assert got == list(range(100))
    _forget(services, name)


def _forget(services: dict[str, Any], client_id: str) -> None:
    """A clean session of the same name ends the persistent one."""
    known = services["mqtt"]["accounts"]["ingest"]
    client = mqtt.Client(
        CallbackAPIVersion.VERSION2, client_id, clean_session=True, protocol=mqtt.MQTTv311
    )
    client.username_pw_set(known["username"], Path(known["password_file"]).read_text())
    gone = Event()
    client.on_connect = lambda c, *_: c.disconnect()
    client.on_disconnect = lambda *_: gone.set()
    client.connect(services["mqtt"]["host"], services["mqtt"]["port"])
    client.loop_start()
    assert gone.wait(SECONDS)
    client.loop_stop()


def test_the_database_has_all_extensions_and_a_plain_owner(services: dict[str, Any]) -> None:
    with psycopg.connect(services["store"]["url"]) as connection:
        found = connection.execute("SELECT extname FROM pg_extension").fetchall()
        assert {name for (name,) in found} >= {"timescaledb", "postgis", "pgrouting", "btree_gist"}
        who = connection.execute(
            "SELECT current_user, usesuper FROM pg_user WHERE usename = current_user"
        )
        assert who.fetchone() == ("citytwin", False)
        connection.execute("CREATE TABLE platform_probe (ts timestamptz NOT NULL, v float8)")
        connection.execute("SELECT create_hypertable('platform_probe', 'ts')")
        connection.rollback()


def test_the_database_keeps_what_it_confirms_and_speaks_utc(services: dict[str, Any]) -> None:
    wanted = {
        # The tests' own servers are killed, their machine is not: scripts/test switches it off.
        "fsync": os.environ.get("CITYTWIN_DB_FSYNC", "on"),
        "synchronous_commit": "on",
        "jit": "off",
        "TimeZone": "UTC",
        "listen_addresses": "127.0.0.1",
        "password_encryption": "scram-sha-256",
        "data_checksums": "on",
        "timescaledb.telemetry_level": "off",
    }
    with psycopg.connect(services["store"]["admin_url"]) as connection:
        for name, value in wanted.items():
            assert connection.execute("SELECT current_setting(%s)", [name]).fetchone() == (value,)


def test_the_database_refuses_a_wrong_password(services: dict[str, Any]) -> None:
    address = services["store"]["url"].partition("?")[0]
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(address, password=WRONG)
