"""Asks the entity API of a real web process for entities, in an open loop on the same machine.

Three loads on a register of 300,000 entities by 200 API keys: an entity by its code, an entity by
another name, and the thousand entities of a box; beside them a route that does nothing.
"""

import argparse
import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.request import urlopen

import numpy as np
import psycopg
import uvloop

from bench import register_of_size
from bench.open_loop import Load, Outcome, drive
from bench.register_of_size import SIDE_M, SOUTH_M, WEST_M, asset_number
from data.migrations import migrate
from spatial.crs import DISTRICT, WGS84, transform
from twin.api.accounts import create_api_key
from twin.app import settings as app_settings
from twin.app.settings import Settings

_IN_A_BOX = 1000
_WARM_S = 4.0
_PATIENCE_S = 60.0
_PATHS = 5000


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entities", type=int, default=300_000)
    parser.add_argument("--keys", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    settings = app_settings.load()
    keys = _prepared(settings.store_url, options.entities, options.keys)
    with _server(settings):
        address = (settings.web.host, settings.web.port)
        loads = list(_loads(settings.store_url, options.entities))
        found = {load.name: _measured(address, load, keys, options.seconds) for load in loads}
    bare = found[loads[0].name].percentile(99)
    report = [_figures(load, found[load.name], bare) for load in loads]
    if options.json:
        print(json.dumps(report))
        return
    print(" ".join(f"{name:>9}" for name in report[0]))
    for figures in report:
        print(" ".join(f"{figure!s:>9}" for figure in figures.values()))


def _prepared(store_url: str, entities: int, keys: int) -> list[str]:
    """Fill the store if it is empty, and return new API keys."""
    migrate(store_url)
    with psycopg.connect(store_url) as connection:
        if connection.execute("SELECT FROM entity LIMIT 1").fetchone() is None:
            register_of_size.fill(connection, entities)
            register_of_size.settle(connection)
    run = int(time.time())
    with psycopg.connect(store_url) as connection:
        return [create_api_key(connection, f"bench-{run}-{n}", "viewer") for n in range(keys)]


def _loads(store_url: str, entities: int) -> Iterator[Load]:
    random = np.random.default_rng(3)
    numbers = random.integers(0, entities, _PATHS).tolist()
    with psycopg.connect(store_url) as connection:
        codes = [
            code
            for (code,) in connection.execute(
                "SELECT code FROM entity ORDER BY random() LIMIT %s", (_PATHS,)
            )
        ]
    root = "/api/v1/entities"
    yield Load("bare", ["/healthz"], 500, None)
    yield Load("code", [f"{root}/{code}" for code in codes], 500, 10.0)
    yield Load("name", [f"{root}/by-name/asset/{asset_number(n)}" for n in numbers], 500, 10.0)
    yield Load("box", [f"{root}?limit=1000&bbox={box}" for box in _boxes(entities)], 60, 100.0)


def _boxes(entities: int) -> Iterator[str]:
    """Yield boxes that hold about a thousand entities each."""
    side = SIDE_M * (_IN_A_BOX / entities) ** 0.5
    corners = np.random.default_rng(5).uniform(0, SIDE_M - side, (_PATHS, 2))
    west, south = WEST_M + corners[:, 0], SOUTH_M + corners[:, 1]
    low = transform(west, south, DISTRICT, WGS84)
    high = transform(west + side, south + side, DISTRICT, WGS84)
    for edges in zip(*low, *high, strict=True):
        yield ",".join(f"{edge:.6f}" for edge in edges)


@contextmanager
def _server(settings: Settings) -> Iterator[None]:
    """Run ``twin serve`` as operators do."""
    process = subprocess.Popen([sys.executable, "-m", "twin.cli", "serve"])
    try:
        _wait_for(f"{settings.http_url}/healthz", process)
        yield
    finally:
        process.terminate()
        process.wait(_PATIENCE_S)


def _wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            urlopen(address, timeout=1).close()  # noqa: S310 - our own address
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError(f"{address} did not answer in {_PATIENCE_S:g} s")


def _measured(address: tuple[str, int], load: Load, keys: list[str], seconds: float) -> Outcome:
    """Warm up, then drive the load."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(drive(address, load, keys, _WARM_S))
        return runner.run(drive(address, load, keys, seconds))


def _figures(load: Load, outcome: Outcome, bare_ms: float) -> dict[str, object]:
    p99 = outcome.percentile(99)
    return {
        "load": load.name,
        "asked/s": load.rate,
        "answers": len(outcome.latency_ms),
        "errors": outcome.errors,
        "kB": round(outcome.size / max(1, len(outcome.latency_ms)) / 1000, 1),
        "p50 ms": round(outcome.percentile(50), 2),
        "p99 ms": round(p99, 2),
        "p99.9 ms": round(outcome.percentile(99.9), 2),
        "limit ms": load.limit_ms or "",
        "by bare": round(p99 / bare_ms, 1),
    }


if __name__ == "__main__":
    main()
