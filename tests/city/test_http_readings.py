"""Readings over HTTP through real processes: web, broker, ingest, store."""

import gzip
import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from tests.city.town import ROOT, Town, services
from tests.postgis.register import LEVEL_GAUGE, ROAD_GAUGE
from twin.api.keys import NewKey, add_api_key

START_MS = 1_767_225_600_000  # 2026-01-01T00:00:00Z
ROWS = 30_000


@pytest.fixture
def web(town: Town) -> Iterator[httpx.Client]:
    """A client with a key of a source, of a town whose processes run."""
    services("up")
    with psycopg.connect(town.settings.store_url) as connection:
        key = add_api_key(
            connection, NewKey("gauges", "administrator", ("readings.write",)), by="test"
        )
    (town.state_dir / "citytwin.toml").write_text("[web]\nreadings_wait_s = 5.0\n")
    town.start_ingest()
    town.start("serve")
    with httpx.Client(
        base_url=town.settings.http_url, headers={"X-API-Key": key}, timeout=120
    ) as client:
        town.until(lambda: answers(client), "the web process is ready")
        yield client


def answers(client: httpx.Client) -> bool:
    try:
        sent = client.post("/api/v1/readings", json=level(0, 0.5))
    except httpx.TransportError:
        return False
    return sent.status_code == 200


def level(second: int, value: float) -> dict[str, Any]:
    return {"device": str(LEVEL_GAUGE), "ts": START_MS + second * 1000, "level": value}


def stored(town: Town) -> int:
    return int(town.ask("SELECT count(*) FROM observation"))


def file_of(rows: int) -> str:
    lines = (f"{ROAD_GAUGE},{START_MS + at * 1000},depth,{at % 100 / 100}" for at in range(rows))
    return "device,ts,quantity,value\n" + "\n".join(lines)


def test_what_is_answered_is_stored(web: httpx.Client, town: Town) -> None:
    body = [level(second, second / 10) for second in range(1, 101)]
    with ThreadPoolExecutor(4) as threads:
        sent = list(threads.map(lambda _: web.post("/api/v1/readings", json=body), range(4)))
    assert [answer.status_code for answer in sent] == [200] * 4
    assert stored(town) == 101
    assert town.ask("SELECT count(*) FROM observation_conflict") == 0
    corrected = web.post("/api/v1/readings?revise=surveyed", json=level(1, 7.5))
    assert corrected.json() == {"stored": 1, "known": 0, "faults": []}
    assert town.ask("SELECT old_value FROM observation_revision") == 0.1


def test_while_ingest_is_away_nobody_is_told_that_it_is_stored(
    web: httpx.Client, town: Town
) -> None:
    (ingest, _) = town._processes
    ingest.send_signal(signal.SIGKILL)
    ingest.wait(10)
    refused = web.post("/api/v1/readings", json=level(1, 1.5))
    assert (refused.status_code, stored(town)) == (503, 1)
    assert refused.headers["Retry-After"]
    assert "sending again does no harm" in refused.json()["detail"]
    town.start_ingest()
    town.until(lambda: stored(town) == 2, "what the broker held is stored")
    again = web.post("/api/v1/readings", json=level(1, 1.5)).json()
    # The outcome of the first of two equal requests may come only now, and is that of both.
    assert (again["stored"] + again["known"], again["faults"]) == (1, [])
    once_more = web.post("/api/v1/readings", json=level(1, 1.5)).json()
    assert once_more == {"stored": 0, "known": 1, "faults": []}
    assert stored(town) == 2


def test_a_file_comes_in_line_by_line_while_live_readings_go_on(
    web: httpx.Client,
    town: Town,
    record_property: Any,  # noqa: ANN401 - pytest's
) -> None:
    quiet = [seconds_of(web, at) for at in range(1000, 1030)]
    with ThreadPoolExecutor(1) as thread:
        started = time.perf_counter()
        uploading = thread.submit(upload, web, file_of(ROWS))
        busy: list[float] = []
        while not uploading.done() and len(busy) < 2000:
            busy.append(seconds_of(web, 2000 + len(busy)))
        lines = uploading.result()
        took_s = time.perf_counter() - started
    assert lines[-1]["done"]
    assert (lines[-1]["rows"], lines[-1]["stored"]) == (ROWS, ROWS)
    assert len(lines) > 5
    assert stored(town) == ROWS + 1 + len(quiet) + len(busy)
    record_property("rows uploaded a second, beside live readings", round(ROWS / took_s))
    record_property("answer without an upload, median ms", round(median(quiet) * 1000))
    record_property("answer during an upload, median ms", round(median(busy) * 1000))
    record_property("answer during an upload, slowest ms", round(max(busy) * 1000))
    assert median(busy) < 1.0


def test_the_command_line_uploads_too(web: httpx.Client, town: Town, tmp_path: Path) -> None:
    assert web.base_url
    file = tmp_path / "history.csv"
    file.write_text(file_of(3000) + "\nnobody,1,level,1\n")
    done = run(town, "readings", "upload", str(file), "--json")
    report = json.loads(done.stdout)
    assert done.returncode == 1
    assert (report["stored"], report["refused"], report["faults"][0]["line"]) == (3000, 1, 3002)
    file.write_text(f"device,ts,quantity,value\n{ROAD_GAUGE},{START_MS},depth,3\n")
    assert run(town, "readings", "upload", str(file), "--revise", "surveyed").returncode == 0
    actor = town.ask("SELECT actor FROM observation_revision")
    assert str(actor).startswith("os:")
    assert town.ask("SELECT count(*) FROM actor_log WHERE action = 'readings.revise'") == 1


def test_a_packed_file_that_is_cut_off_says_so_and_keeps_what_came(
    web: httpx.Client, town: Town, tmp_path: Path
) -> None:
    assert web.base_url
    file = tmp_path / "history.csv.gz"
    file.write_bytes(gzip.compress(file_of(30_000).encode())[:-2000])
    done = run(town, "readings", "upload", str(file), "--json")
    report = json.loads(done.stdout)
    assert done.returncode == 1, done.stderr
    assert report["error"].startswith("file is damaged gzip")
    assert stored(town) == report["stored"] + 1 > 1


def run(town: Town, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "twin.cli", *arguments],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", **town.environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def upload(web: httpx.Client, content: str) -> list[dict[str, Any]]:
    headers = {"Content-Type": "text/csv", "Accept": "application/x-ndjson"}
    with web.stream("POST", "/api/v1/readings/csv", content=content, headers=headers) as answer:
        assert answer.status_code == 200
        return [json.loads(line) for line in answer.iter_lines()]


def seconds_of(web: httpx.Client, second: int) -> float:
    started = time.perf_counter()
    assert web.post("/api/v1/readings", json=level(second, 1.0)).status_code == 200
    return time.perf_counter() - started


def median(figures: list[float]) -> float:
    return sorted(figures)[len(figures) // 2]
