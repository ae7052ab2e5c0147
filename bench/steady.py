"""Every device of a large city sends once a second for minutes: how late is a reading stored?

The store notes the time of each commit (``track_commit_timestamp``), so that the delay from sending
to the commit is known of every reading, by one clock. A process of its own sends.
"""

import argparse
import json
import multiprocessing
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

import psycopg

from bench.district import District
from bench.mqtt_load import Load
from data.migrations import migrate
from ingest.config import BrokerAccount
from twin.app import settings as app_settings

_SLICES = 100
"""Parts of a second; the messages of each leave together."""

_DELAYS = """
    SELECT count(*), percentile_cont(ARRAY[0.5, 0.95, 0.99, 0.999, 1])
           WITHIN GROUP (ORDER BY extract(epoch FROM pg_xact_commit_timestamp(xmin) - ts) * 1000)
    FROM observation WHERE ts >= to_timestamp(%s)"""

_HISTORY = """
    INSERT INTO observation (series_id, ts, value, quality, received_at)
    SELECT id, now() - make_interval(secs => 10 + second), 1, 0, now()
    FROM (SELECT id, (random() * %s)::int AS length, random() AS turn FROM series) s
    CROSS JOIN LATERAL generate_series(1, s.length) second
    ORDER BY turn, second DESC"""


class Report(NamedTuple):
    """Figures of one run; delays are from sending to the commit, in milliseconds."""

    messages: int
    messages_s: float
    rule_series: int
    stored_readings: int
    p50_ms: float
    p95_ms: float
    p99_ms: float
    p99_9_ms: float
    most_ms: float
    limit_p99_ms: float
    p99_by_limit: float
    memory_after_a_minute_mb: float
    most_memory_mb: float
    late_slices: int


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=int, default=13_333, help="messages a second")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--warm-up", type=int, default=10, help="seconds that do not count")
    parser.add_argument(
        "--history",
        type=int,
        default=0,
        metavar="N",
        help="each series begins with up to N readings, as of devices that joined one by one",
    )
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    settings = app_settings.load()
    migrate(settings.store_url)
    district = District(options.rate)
    district.register(settings.store_url)
    ingest = subprocess.Popen([sys.executable, "-m", "twin.cli", "ingest"])
    try:
        _wait_for_ingest(settings.store_url)
        if options.history:
            _join_one_by_one(settings, district, options.history)
        report = _measure(settings, district, ingest.pid, options)
    finally:
        ingest.terminate()
        ingest.wait(60)
    if options.json:
        print(json.dumps(report._asdict()))
        return
    for name, figure in report._asdict().items():
        print(f"{name:28} {figure:>14,}")


def _measure(
    settings: app_settings.Settings, district: District, pid: int, options: argparse.Namespace
) -> Report:
    seconds = options.warm_up + options.seconds
    late = multiprocessing.Value("i", 0)
    with psycopg.connect(settings.store_url, autocommit=True) as connection:
        before = _stored(connection)
    sender = _sender(settings, district, seconds, late)
    sender.start()
    began, memory = time.time(), []
    while sender.is_alive():
        sender.join(5)
        memory.append(memory_mb(pid))
    if sender.exitcode:
        raise ChildProcessError(f"the sender ended with {sender.exitcode}")
    expected = before + seconds * len(district.devices) * 3
    with psycopg.connect(settings.store_url, autocommit=True) as connection:
        _wait_for_rows(connection, expected)
        stored, delays = _row(connection, _DELAYS, (began + options.warm_up,))
    p50, p95, p99, p99_9, most = (round(delay, 1) for delay in delays)
    after_a_minute = memory[min(12, len(memory) - 1)]
    return Report(
        messages=seconds * len(district.devices),
        messages_s=len(district.devices),
        rule_series=district.rule_series,
        stored_readings=stored,
        p50_ms=p50,
        p95_ms=p95,
        p99_ms=p99,
        p99_9_ms=p99_9,
        most_ms=most,
        limit_p99_ms=250,
        p99_by_limit=round(p99 / 250, 2),
        memory_after_a_minute_mb=after_a_minute,
        most_memory_mb=max(memory),
        late_slices=late.value,
    )


def _join_one_by_one(settings: app_settings.Settings, district: District, most: int) -> None:
    """Let all devices speak once, and give each of their series a past of its own length.

    Without it the leaves of the index on (series, time) fill up together for all series. The series
    take their turns in no order: in the order of the index PostgreSQL would pack all leaves to nine
    tenths, and they would fill up together again.
    """
    sender = _sender(settings, district, 1, multiprocessing.Value("i", 0))
    sender.start()
    sender.join()
    with psycopg.connect(settings.store_url, autocommit=True) as connection:
        _wait_for_rows(connection, len(district.devices) * 3)
        connection.execute("SELECT setseed(0.5)")
        connection.execute(_HISTORY.encode(), (most,))
        connection.execute("VACUUM (ANALYZE) observation")


def _sender(
    settings: app_settings.Settings,
    district: District,
    seconds: int,
    late: Any,  # noqa: ANN401 - a shared number
) -> multiprocessing.Process:
    account = settings.accounts["client"]
    return multiprocessing.Process(target=_send, args=(account, district, seconds, late))


def _send(account: BrokerAccount, district: District, seconds: int, late: Any) -> None:  # noqa: ANN401 - a shared number
    """Send one message of each device in every second, evenly over the second."""
    load = Load(account, "bench-load")
    devices = [
        (f"citytwin/v1/{code}/telemetry".encode(), district.quantities(number))
        for number, code in enumerate(district.devices)
    ]
    started = time.time() + 0.1
    for number in range(seconds * _SLICES):
        due = started + number / _SLICES
        if (wait := due - time.time()) > 0:
            time.sleep(wait)
        elif wait < -1 / _SLICES:
            late.value += 1
        now = time.time()
        part = number % _SLICES
        load.send([_message(*device, now, number) for device in devices[part::_SLICES]])
    load.finish()


def _message(
    topic: bytes, quantities: tuple[str, str, str], now: float, number: int
) -> tuple[bytes, bytes]:
    one, two, three = quantities
    value = number % 97 / 100
    return topic, (
        f'{{"ts":{int(now * 1000)},"{one}":{value + 1:.2f},"{two}":{value + 0.3:.2f},'
        f'"{three}":{value + 6:.2f}}}'
    ).encode()


def memory_mb(pid: int) -> float:
    """Return what a process holds in memory, in MB."""
    status = Path(f"/proc/{pid}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    return round(int(line.split()[1]) / 1024, 1)


def _wait_for_ingest(store_url: str) -> None:
    query = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'citytwin ingest'"
    deadline = time.monotonic() + 60
    with psycopg.connect(store_url, autocommit=True) as connection:
        while not _row(connection, query, ())[0]:
            if time.monotonic() > deadline:
                raise TimeoutError("ingest did not connect to the store in 60 s")
            time.sleep(0.1)
    time.sleep(2)


def _wait_for_rows(connection: psycopg.Connection[Any], expected: int) -> None:
    deadline = time.monotonic() + 300
    while (found := _stored(connection)) < expected:
        if time.monotonic() > deadline:
            raise TimeoutError(f"{found} of {expected} readings stored")
        time.sleep(1)


def _stored(connection: psycopg.Connection[Any]) -> int:
    return int(_row(connection, "SELECT count(*) FROM observation", ())[0])


def _row(
    connection: psycopg.Connection[Any], query: str, parameters: tuple[object, ...]
) -> tuple[Any, ...]:
    found = connection.execute(query.encode(), parameters).fetchone()
    return found or ()


if __name__ == "__main__":
    main()
