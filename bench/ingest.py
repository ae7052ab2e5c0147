"""Drains the same messages into an empty callback and through the whole pipeline.

The messages wait in the broker's queue of a persistent session, so that the sender does not compete
with what is measured. Each carries three readings, or with ``--objects`` three for each of so many
instants. Two thirds of the devices' series are bound to rules that ship.
"""

import argparse
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import orjson
import psycopg
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from bench.district import District
from bench.mqtt_load import Load
from bench.steady import memory_mb
from data import observations
from data.migrations import migrate
from data.observations import Rows
from ingest.config import BrokerAccount
from twin.app import settings as app_settings
from twin.app.ingesting import CLIENT_ID

_FILTER = "citytwin/v1/+/telemetry"
_LAST = """
    SELECT 1 FROM series_latest l JOIN series s ON s.id = l.series_id
    WHERE s.device = %s AND l.ts = to_timestamp(%s / 1000.0)"""
_PATIENCE_S = 300.0
_ROWS_A_BATCH = 6000


@dataclass(frozen=True)
class Report:
    """Figures of one run.

    Attributes:
        ratio: messages through the pipeline by messages into the empty callback.
        readings_by_staged_rows: readings through the pipeline by rows through the staging table.
    """

    messages: int
    readings_a_message: int
    rule_series: int
    empty_callback_messages_s: float
    copy_rows_s: float
    staged_rows_s: float
    pipeline_messages_s: float
    pipeline_readings_s: float
    ratio: float
    readings_by_staged_rows: float
    most_memory_mb: float


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=120_000)
    parser.add_argument("--objects", type=int, default=1, help="instants in a message")
    parser.add_argument("--devices", type=int, default=13_333)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    settings = app_settings.load()
    migrate(settings.store_url)
    district = District(options.devices)
    district.register(settings.store_url)
    account = settings.accounts["ingest"]
    client = settings.accounts["client"]

    load = Payloads(district, options.messages, options.objects)
    empty = _drain(account, client, load, _run_empty_callback)
    rows = load.readings
    copied, staged = _copy_rates(settings.store_url, max(600_000, rows // 4))
    memory: list[float] = []
    piped = _drain(account, client, load, _pipeline_runner(settings.store_url, load, memory))
    report = Report(
        messages=load.messages,
        readings_a_message=options.objects * 3,
        rule_series=district.rule_series,
        empty_callback_messages_s=round(empty),
        copy_rows_s=round(copied),
        staged_rows_s=round(staged),
        pipeline_messages_s=round(piped),
        pipeline_readings_s=round(piped * rows / load.messages),
        ratio=round(piped / empty, 2),
        readings_by_staged_rows=round(piped * rows / load.messages / staged, 2),
        most_memory_mb=max(memory),
    )
    if options.json:
        print(json.dumps(asdict(report)))
        return
    for name, figure in asdict(report).items():
        print(f"{name:28} {figure:>12,}")


class Payloads:
    """The messages of a run, each with the next instants of the next device."""

    def __init__(self, district: District, messages: int, objects: int) -> None:
        self._district = district
        self._objects = objects
        self.messages = messages
        self.readings = messages * objects * 3
        rounds = messages // len(district.devices) + 1
        self._began_ms = int(time.time()) * 1000 - rounds * objects * 1000

    def parts(self) -> Iterator[list[tuple[bytes, bytes]]]:
        """Yield topics and payloads, some at once."""
        devices = len(self._district.devices)
        for start in range(0, self.messages, 100):
            yield [
                self._message(number % devices, self._instant_ms(number), number)
                for number in range(start, min(start + 100, self.messages))
            ]

    def last(self) -> tuple[int, int]:
        """Return the device of the last message, and the last instant in it, in milliseconds."""
        number = self.messages - 1
        device = self._district.devices[number % len(self._district.devices)]
        return device, self._instant_ms(number) + (self._objects - 1) * 1000

    def _instant_ms(self, number: int) -> int:
        return self._began_ms + number // len(self._district.devices) * self._objects * 1000

    def _message(self, device: int, at_ms: int, number: int) -> tuple[bytes, bytes]:
        one, two, three = self._district.quantities(device)
        said = [
            {"ts": at_ms + n * 1000, one: number % 500 / 100, two: 0.4 + n / 100, three: 7.1}
            for n in range(self._objects)
        ]
        topic = f"citytwin/v1/{self._district.devices[device]}/telemetry"
        return topic.encode(), orjson.dumps(said if self._objects > 1 else said[0])


def _drain(
    account: BrokerAccount,
    sender: BrokerAccount,
    load: Payloads,
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
    sending = Load(sender, "bench-sender")
    for part in load.parts():
        sending.send(part)
    sending.finish()
    return load.messages / run(account, load.messages)


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


def _pipeline_runner(
    store_url: str, load: Payloads, memory: list[float]
) -> Callable[[BrokerAccount, int], float]:
    def run(_account: BrokerAccount, _messages: int) -> float:
        process = subprocess.Popen([sys.executable, "-m", "twin.cli", "ingest"])
        try:
            with psycopg.connect(store_url, autocommit=True) as connection:
                _wait_for(connection, "SELECT 1 FROM series_latest LIMIT 1", ())
                first = _count(connection)
                started = time.perf_counter()
                _wait_for(connection, _LAST, load.last())
                elapsed = time.perf_counter() - started
                memory.append(memory_mb(process.pid))
        finally:
            process.terminate()
            process.wait(60)
        # The clock starts with the first batch stored: what came before it does not count.
        return elapsed * load.readings / (load.readings - first)

    return run


def _wait_for(
    connection: psycopg.Connection[tuple[Any, ...]], query: str, told: tuple[object, ...]
) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while not connection.execute(query.encode(), told).fetchone():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{_count(connection)} rows in {_PATIENCE_S:g} s")
        time.sleep(0.02)


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
