"""Asks a store of 100 million observations for latest values and charts, beside plain SQL.

Fills the store of the settings first, if it is not full: a year of minutes of 191 series with
their rollups (25 GB, a quarter of an hour), and latest values of 39,000 series. A run that was
ended goes on where it was.
"""

import argparse
import http.client
import json
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from functools import partial
from typing import Any, NamedTuple
from urllib.parse import urlencode

import numpy as np
import orjson
import psycopg
import pyarrow as pa

from bench import backfill, store_of_size
from bench.serving import peak_mb, serving
from bench.store_of_size import END, Size
from data.migrations import migrate
from twin.app import settings as app_settings

Connection = psycopg.Connection[tuple[Any, ...]]
Ask = Callable[[str, dict[str, str]], bytes]

_POINTS = 1000
_LATEST_ASKED = 30

_PLAIN_LATEST = "SELECT series_id, ts, value, quality FROM series_latest ORDER BY series_id"
_PLAIN_CHART = """
    SELECT time_bucket('9 hours', bucket, %(start)s::timestamptz), sum(count), min(min), max(max),
           sum(sum) / sum(count), first(first, bucket), last(last, bucket)
    FROM rollup_hour WHERE series_id = %(series)s AND bucket >= %(start)s AND bucket < %(end)s
    GROUP BY 1 ORDER BY 1"""


class Figures(NamedTuple):
    """One row of the report; times in milliseconds."""

    what: str
    times: list[float]
    kilobytes: float = 0.0

    def report(self) -> dict[str, object]:
        """Return what is printed."""
        p50, p99 = np.percentile(self.times, (50, 99))
        return {
            "what": self.what,
            "asked": len(self.times),
            "p50 ms": round(float(p50), 1),
            "p99 ms": round(float(p99), 1),
            "kB": round(self.kilobytes),
        }


def main() -> None:
    """Fill, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--series", type=int, default=191)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--seconds", type=float, default=20.0, help="of live writing")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    settings = app_settings.load()
    migrate(settings.store_url)
    size = Size(options.series, options.days)
    with psycopg.connect(settings.store_url) as connection:
        series = _filled(connection, size)
    with serving(settings) as process, psycopg.connect(settings.store_url) as connection:
        ask = _asking(settings.web.host, settings.web.port)
        before = peak_mb(process)
        figures = list(_figures(ask, connection, series, size))
        memory = peak_mb(process)
    report = [each.report() for each in figures]
    batches = backfill.measured(settings.store_url, options.seconds)
    report += [Figures(*found).report() for found in batches]
    if options.json:
        print(json.dumps(report))
        return
    print("\t".join(report[0]))
    for row in report:
        print("\t".join(map(str, row.values())))
    print(f"web process at most: {before:.0f} MB before, {memory:.0f} MB after")


def _filled(connection: Connection, size: Size) -> list[int]:
    """Fill what is missing, and return the series that have values."""
    series = store_of_size.spread(store_of_size.prepare(connection), size.series)
    days = list(store_of_size.missing_days(connection, size))
    connection.rollback()
    started = time.monotonic()
    for day in days:
        store_of_size.fill_day(connection, series, day)
    if days:
        print(f"{len(days)} days filled in {time.monotonic() - started:.0f} s")
        connection.autocommit = True
        connection.execute("VACUUM ANALYZE")
        connection.autocommit = False
    day = END - timedelta(days=size.days // 2)
    if differing := store_of_size.differs_from_the_job(connection, series[0], day):
        raise AssertionError(f"{differing} buckets: expected those that the rollup job computes")
    return series


def _figures(ask: Ask, connection: Connection, series: list[int], size: Size) -> Iterator[Figures]:
    year = {"from": size.start.isoformat(), "to": END.isoformat()}
    order = np.random.default_rng(3).permutation(series).tolist()
    charts = [(f"series/{one}/observations", year | {"points": str(_POINTS)}) for one in order]
    plain = {"start": size.start, "end": END}
    yield _asked("chart, first time", ask, charts)
    yield _asked("chart, again", ask, charts)
    yield _asked(
        "chart in Arrow", ask, [(path, query | {"format": "arrow"}) for path, query in charts]
    )
    yield _timed(
        "the same in SQL",
        [partial(_rows, connection, _PLAIN_CHART, plain | {"series": one}) for one in order],
    )
    for form, read in (("json", orjson.loads), ("arrow", _table)):
        wanted = [("series/latest", {"format": form})] * _LATEST_ASKED
        yield _asked(f"latest, {form}", ask, wanted)
        yield _asked(f"latest, {form}, read", ask, wanted, read)
    yield _timed("the same in SQL", [partial(_rows, connection, _PLAIN_LATEST, {})] * _LATEST_ASKED)
    for form in ("arrow", "csv"):
        wanted = [(f"series/{one}/observations", year | {"format": form}) for one in order[:3]]
        yield _asked(f"year of minutes, {form}", ask, wanted)


def _asking(host: str, port: int) -> Ask:
    """Return what asks the API on one connection that stays open."""
    wire = http.client.HTTPConnection(host, port, timeout=60)

    def ask(path: str, query: dict[str, str]) -> bytes:
        wire.request("GET", f"/api/v1/{path}?{urlencode(query)}")
        answer = wire.getresponse()
        body = answer.read()
        if answer.status != http.client.OK:
            raise RuntimeError(f"{path}: {answer.status} {body[:200]!r}")
        return body

    return ask


def _asked(
    what: str,
    ask: Ask,
    wanted: list[tuple[str, dict[str, str]]],
    read: Callable[[bytes], object] = len,
) -> Figures:
    sizes: list[int] = []

    def once(path: str, query: dict[str, str]) -> None:
        body = ask(path, query)
        read(body)
        sizes.append(len(body))

    timed = _timed(what, [partial(once, *one) for one in wanted])
    return timed._replace(kilobytes=sum(sizes) / len(sizes) / 1000)


def _timed(what: str, works: list[Callable[[], object]]) -> Figures:
    times = []
    for work in works:
        started = time.perf_counter()
        work()
        times.append((time.perf_counter() - started) * 1000)
    return Figures(what, times)


def _rows(connection: Connection, query: str, told: Mapping[str, object]) -> list[tuple[Any, ...]]:
    return connection.execute(query.encode(), told).fetchall()


def _table(body: bytes) -> pa.Table:
    return pa.ipc.open_stream(body).read_all()


if __name__ == "__main__":
    main()
