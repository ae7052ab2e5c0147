"""One device among 5,000 sends 1,000 messages a second: are the others later than without it?

The same 5,000 devices send once in five seconds, first alone and then beside the flood. The store
notes the time of each commit (``track_commit_timestamp``), so that the delay from sending to the
commit is known of every reading, by one clock.
"""

import argparse
import json
import multiprocessing
import subprocess
import sys
import time
from typing import Any, NamedTuple

import psycopg

from bench.district import District
from bench.mqtt_load import Load
from data.migrations import migrate
from ingest.config import BrokerAccount
from twin.app import settings as app_settings

_INTERVAL_S = 5
_SLICES = 100
"""Parts of a second; the messages of each leave together."""

_WARM_UP_S = 30
"""Until the flood is throttled, and its first messages are stored."""

_DELAYS = """
    SELECT count(*), percentile_cont(ARRAY[0.5, 0.95, 0.99, 1]) WITHIN GROUP (
        ORDER BY extract(epoch FROM pg_xact_commit_timestamp(o.xmin) - o.ts) * 1000)
    FROM observation o JOIN series s ON s.id = o.series_id
    WHERE s.device <> %s AND o.ts >= to_timestamp(%s) AND o.ts < to_timestamp(%s)"""

_STATE = """
    SELECT d.state, d.refused, (SELECT count(*) FROM observation o JOIN series s
                                ON s.id = o.series_id WHERE s.device = d.device)
    FROM device_state d WHERE d.device = %s"""


class Delays(NamedTuple):
    """Of the readings of the normal devices, from sending to the commit, in milliseconds."""

    readings: int
    p50_ms: float
    p95_ms: float
    p99_ms: float
    most_ms: float


class Report(NamedTuple):
    """Figures of one run."""

    without: Delays
    beside: Delays
    p99_by_without: float
    flood_state: str
    flood_sent: int
    flood_refused: int
    flood_stored: int


class Span(NamedTuple):
    """From when to when readings count, seconds since 1970."""

    begins: float
    ends: float


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--devices", type=int, default=5_000)
    parser.add_argument("--flood", type=int, default=1_000, help="messages a second")
    parser.add_argument("--seconds", type=int, default=60, help="that count, of each half")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    settings = app_settings.load()
    migrate(settings.store_url)
    district = District(options.devices + 1)
    district.register(settings.store_url)
    ingest = subprocess.Popen([sys.executable, "-m", "twin.cli", "ingest"])
    try:
        report = _measure(settings, district, options)
    finally:
        ingest.terminate()
        ingest.wait(60)
    if options.json:
        print(json.dumps(report._asdict()))
        return
    for name, figure in report._asdict().items():
        print(f"{name:16} {figure}")


def _measure(
    settings: app_settings.Settings, district: District, options: argparse.Namespace
) -> Report:
    account, flooding = settings.accounts["client"], district.devices[-1]
    with psycopg.connect(settings.store_url, autocommit=True) as store:
        _wait_for_ingest(store)
        time.sleep(5)
        without = _delays(store, flooding, _half(account, district, options, flood=0))
        beside = _delays(store, flooding, _half(account, district, options, flood=options.flood))
        state, refused, stored = store.execute(_STATE, (flooding,)).fetchall()[0]
    return Report(
        without,
        beside,
        round(beside.p99_ms / without.p99_ms, 2),
        state,
        options.flood * (_WARM_UP_S + options.seconds),
        refused,
        stored,
    )


def _half(
    account: BrokerAccount, district: District, options: argparse.Namespace, *, flood: int
) -> Span:
    """Have everybody send, and return the time that counts."""
    seconds = _WARM_UP_S + options.seconds
    begins = time.time() + 1
    senders = [
        multiprocessing.Process(target=_send_normally, args=(account, district, begins, seconds)),
        multiprocessing.Process(
            target=_send_flood, args=(account, district.devices[-1], begins, seconds, flood)
        ),
    ]
    for sender in senders[: 2 if flood else 1]:
        sender.start()
    for sender in senders[: 2 if flood else 1]:
        sender.join()
        if sender.exitcode:
            raise ChildProcessError(f"a sender ended with {sender.exitcode}")
    return Span(begins + _WARM_UP_S, begins + seconds)


def _send_normally(account: BrokerAccount, district: District, begins: float, seconds: int) -> None:
    """Send one message of each device every five seconds, evenly."""
    load = Load(account, "bench-normal")
    slices = _INTERVAL_S * _SLICES
    devices = district.devices[:-1]
    for number in range(seconds * _SLICES):
        _wait_until(begins + number / _SLICES)
        due = range(number % slices, len(devices), slices)
        load.send([_message(devices[n], district.quantities(n)[0]) for n in due])
    load.finish()


def _send_flood(
    account: BrokerAccount, device: int, begins: float, seconds: int, rate: int
) -> None:
    load = Load(account, "bench-flood")
    for number in range(seconds * _SLICES):
        _wait_until(begins + number / _SLICES)
        load.send([_message(device, "velocity", n / rate) for n in range(rate // _SLICES)])
    load.finish()


def _message(device: int, quantity: str, later_s: float = 0.0) -> tuple[bytes, bytes]:
    now = time.time()
    said = f'{{"ts":{int((now + later_s) * 1000)},"{quantity}":{1 + now % 1:.3f}}}'
    return f"citytwin/v1/{device}/telemetry".encode(), said.encode()


def _wait_until(due: float) -> None:
    if (wait := due - time.time()) > 0:
        time.sleep(wait)


def _delays(store: psycopg.Connection[Any], flooding: int, span: Span) -> Delays:
    time.sleep(5)
    count, found = store.execute(_DELAYS.encode(), (flooding, *span)).fetchall()[0]
    p50, p95, p99, most = (round(float(delay), 1) for delay in found)
    return Delays(count, p50, p95, p99, most)


def _wait_for_ingest(store: psycopg.Connection[Any]) -> None:
    writers = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'citytwin ingest'"
    deadline = time.monotonic() + 60
    while not store.execute(writers).fetchall()[0][0]:
        if time.monotonic() > deadline:
            raise TimeoutError("ingest did not connect to the store in 60 s")
        time.sleep(0.1)


if __name__ == "__main__":
    main()
