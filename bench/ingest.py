"""Drains the same messages into an empty callback and through the whole pipeline.

The messages wait in the broker's queue of a persistent session, so that the publisher does not
compete with what is measured. Each message carries three readings.
"""

import argparse
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import psycopg
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from shapely.geometry import Point

from data import observations
from data.migrations import migrate
from data.observations import Rows
from data.registry import ChangeSet, EntityChange, record
from ingest.config import BrokerAccount
from ingest.publisher import Publisher
from twin.app import settings as app_settings
from twin.app.ingesting import CLIENT_ID

_DEVICES = [4403118501000001 + n for n in range(1000)]
_FILTER = "citytwin/v1/+/telemetry"
_PATIENCE_S = 300.0
_ROWS_A_BATCH = 6000


@dataclass(frozen=True)
class Report:
    """Figures of one run; ``ratio`` is the pipeline by the empty callback."""

    messages: int
    empty_callback_messages_s: float
    copy_rows_s: float
    staged_rows_s: float
    pipeline_messages_s: float
    pipeline_readings_s: float
    ratio: float


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=60_000)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    settings = app_settings.load()
    migrate(settings.store_url)
    _register(settings.store_url)
    account = settings.accounts["ingest"]
    client = settings.accounts["client"]

    empty = _drain(account, client, options.messages, _run_empty_callback)
    copied, staged = _copy_rates(settings.store_url, options.messages * 3)
    piped = _drain(account, client, options.messages, _pipeline_runner(settings.store_url))
    report = Report(
        messages=options.messages,
        empty_callback_messages_s=round(empty),
        copy_rows_s=round(copied),
        staged_rows_s=round(staged),
        pipeline_messages_s=round(piped),
        pipeline_readings_s=round(piped * 3),
        ratio=round(piped / empty, 2),
    )
    if options.json:
        print(json.dumps(asdict(report)))
        return
    for name, figure in asdict(report).items():
        print(f"{name:28} {figure:>12,}")


def _register(store_url: str) -> None:
    entities = [
        EntityChange(code, f"gauge {code}", Point(493_426 + n, 2_516_742))
        for n, code in enumerate(_DEVICES)
    ]
    with psycopg.connect(store_url) as connection:
        record(connection, ChangeSet("bench", "devices", "bench", entities))
        connection.execute(
            "INSERT INTO series (entity, quantity, device)"
            " SELECT code, quantity, code FROM entity,"
            " unnest(ARRAY['level', 'velocity', 'ph']) AS quantity"
        )


def _drain(
    account: BrokerAccount,
    sender: BrokerAccount,
    messages: int,
    run: Callable[[BrokerAccount, int], float],
) -> float:
    """Queue the messages for an absent subscriber, then time how it takes them."""
    subscriber = _client(account)
    subscribed = threading.Event()
    subscriber.on_subscribe = lambda *_: subscribed.set()
    subscriber.connect(account.host, account.port)
    subscriber.subscribe(_FILTER, qos=1)
    subscriber.loop_start()
    if not subscribed.wait(10):
        raise TimeoutError("broker did not confirm the subscription in 10 s")
    subscriber.disconnect()
    subscriber.loop_stop()
    _publish(sender, messages)
    return messages / run(account, messages)


def _publish(account: BrokerAccount, messages: int) -> None:
    publisher = Publisher(account, "bench-publisher")
    publisher.start()
    base = int(time.time() * 1000) - messages
    for number in range(messages):
        payload = {"ts": base + number, "level": number % 500 / 100, "velocity": 0.4, "ph": 7.1}
        topic = f"citytwin/v1/{_DEVICES[number % len(_DEVICES)]}/telemetry"
        publisher.send(topic, json.dumps(payload))
    publisher.wait_until_confirmed()
    publisher.stop()


def _run_empty_callback(account: BrokerAccount, messages: int) -> float:
    taken = 0
    done = threading.Event()
    client = _client(account)

    def on_message(_client: Client, _userdata: object, message: MQTTMessage) -> None:
        nonlocal taken
        client.ack(message.mid, message.qos)
        taken += 1
        if taken == messages:
            done.set()

    client.on_message = on_message
    started = time.perf_counter()
    client.connect(account.host, account.port)
    client.loop_start()
    if not done.wait(_PATIENCE_S):
        raise TimeoutError(f"{taken} of {messages} messages in {_PATIENCE_S:g} s")
    elapsed = time.perf_counter() - started
    time.sleep(0.5)  # the last acknowledgements leave after the callback
    client.disconnect()
    client.loop_stop()
    return elapsed


def _pipeline_runner(store_url: str) -> Callable[[BrokerAccount, int], float]:
    def run(_account: BrokerAccount, messages: int) -> float:
        process = subprocess.Popen([sys.executable, "-m", "twin.cli", "ingest"])
        try:
            with psycopg.connect(store_url, autocommit=True) as connection:
                _wait_for(connection, 1)
                first = _count(connection)
                started = time.perf_counter()
                _wait_for(connection, messages * 3)
                elapsed = time.perf_counter() - started
        finally:
            process.terminate()
            process.wait(30)
        # The clock starts with the first batch stored: what came before it does not count.
        return elapsed * messages * 3 / (messages * 3 - first)

    return run


def _wait_for(connection: psycopg.Connection[tuple[Any, ...]], rows: int) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while _count(connection) < rows:
        if time.monotonic() > deadline:
            raise TimeoutError(f"{_count(connection)} of {rows} rows in {_PATIENCE_S:g} s")
        time.sleep(0.05)


def _count(connection: psycopg.Connection[tuple[Any, ...]]) -> int:
    found = connection.execute("SELECT count(*) FROM observation").fetchone()
    return int(found[0]) if found else 0


def _copy_rates(store_url: str, rows: int) -> tuple[float, float]:
    """Return rows a second of bare COPY, and of COPY through staging with ON CONFLICT."""
    with psycopg.connect(store_url) as connection:
        observations.prepare_connection(connection)
        batches = [_some_rows(start) for start in range(0, rows, _ROWS_A_BATCH)]
        started = time.perf_counter()
        for batch in batches:
            with connection.cursor() as cursor:
                observations.stage(cursor, batch, np.zeros(_ROWS_A_BATCH, dtype=np.bool_))
            connection.commit()
        copied = rows / (time.perf_counter() - started)
        started = time.perf_counter()
        writer = observations.Writer()
        for batch in batches:
            with connection.transaction(), connection.cursor() as cursor:
                writer.write(cursor, batch)
        staged = rows / (time.perf_counter() - started)
        connection.execute("TRUNCATE observation, series_latest")
    return copied, staged


def _some_rows(start: int) -> Rows:
    n = np.arange(start, start + _ROWS_A_BATCH)
    return Rows(
        (n % 3000 + 1).astype(np.int32),
        1_779_000_000_000_000 + n * 1000,
        n / 7.0,
        np.zeros(len(n), dtype=np.int16),
        1_779_000_000_000_000 + n * 1000,
    )


def _client(account: BrokerAccount) -> Client:
    client = Client(
        CallbackAPIVersion.VERSION2,
        client_id=CLIENT_ID,
        clean_session=False,
        protocol=MQTTProtocolVersion.MQTTv311,
        manual_ack=True,
    )
    client.username_pw_set(account.username, account.password())
    return client


if __name__ == "__main__":
    main()
