"""Judges readings by rules with limits, in memory and from the store, one process.

Judged are days of minutes of many series, of which a share swells beyond the limits three times;
rules with three levels, a hold and a hysteresis. The store of the settings is filled first, if it
has no such readings. CPU time stands beside the time by the clock, for neighbours take turns.
"""

import argparse
import json
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any, NamedTuple

import numpy as np
import psycopg

from alerts.backtesting import Backtest
from alerts.past_readings import Readings
from alerts.rules import LadderRule, RuleSet, RuleText, read_rules
from bench import register_of_size
from bench.store_of_size import END
from data.connection import connect
from data.migrations import migrate
from twin.app import settings as app_settings
from twin.app.backtesting import Span, backtest
from twin.model import Mode, SeriesInfo, to_us

_MEMORY_LIMIT_S, _STORE_LIMIT_S = 5_000_000, 1_000_000
_MINUTE_US, _DAY_MINUTES = 60_000_000, 1440
_KINDS = 50
_RULE = """
[[rule]]
id = "bench-level"
version = 1
kind = "level"
domain = "flood"
quantity = "level"
direction = "above"
levels = { yellow = 1.5, orange = 2.7, red = 4.0 }
hysteresis = 0.3
hold = "2min"
title_zh = "水位"
title_en = "level"
source = "a benchmark"
standing = "project default"
"""

_SERIES = """
    INSERT INTO series (entity, device, quantity)
    SELECT code, code, 'level' FROM (SELECT code FROM entity ORDER BY code LIMIT %(count)s) AS found
    RETURNING id"""

# Some thirty minutes of each day lie above the yellow limit.
_VALUES = """
    INSERT INTO observation (series_id, ts, value, quality, received_at)
    SELECT s, ts, 1 + 0.6 * sin(extract(epoch FROM ts) / 13750.987 + s), 0, ts
    FROM generate_series(%(begin)s::timestamptz, %(last)s, '1 minute') AS ts
    CROSS JOIN unnest(%(series)s::int4[]) AS s"""


class Figures(NamedTuple):
    """One row of the report; ``ratio`` is readings a second by the limit."""

    what: str
    readings: int
    alerts: int
    wall_s: float
    cpu_s: float
    limit_s: int

    def report(self) -> dict[str, object]:
        """Return what is printed."""
        wall, cpu = self.readings / self.wall_s, self.readings / self.cpu_s
        return {
            "what": self.what,
            "readings": self.readings,
            "alerts": self.alerts,
            "readings/s": round(wall),
            "readings/cpu s": round(cpu),
            "limit": self.limit_s,
            "ratio": round(wall / self.limit_s, 2),
            "cpu ratio": round(cpu / self.limit_s, 2),
        }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--series", type=int, default=100, help="in the store")
    parser.add_argument("--days", type=int, default=30, help="in the store")
    parser.add_argument("--no-store", action="store_true")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    rules = read_rules([RuleText("bench.toml", _RULE)])
    for figures in _figures(rules, options):
        told = figures.report()
        print(json.dumps(told) if options.json else "  ".join(f"{k} {v}" for k, v in told.items()))


def _figures(rules: RuleSet, options: argparse.Namespace) -> Iterator[Figures]:
    for count, per_series in ((20_000, 96), (2_000, _DAY_MINUTES), (50, 30 * _DAY_MINUTES)):
        for share in (0.0, 0.3, 1.0):
            yield _in_memory(rules, count, per_series, share)
    if options.no_store:
        return
    store_url = app_settings.load().store_url
    migrate(store_url)
    with connect(store_url, name="citytwin bench") as connection:
        _fill(connection, options.series, options.days)
    yield _from_store(rules, store_url, options.days)


def _in_memory(rules: RuleSet, count: int, per_series: int, share: float) -> Figures:
    chance = np.random.default_rng(440311)
    lines = [_line(chance, per_series, swells=number < share * _KINDS) for number in range(_KINDS)]
    trial = Backtest([each.rule for each in rules if isinstance(each.rule, LadderRule)])

    def judge() -> int:
        for number in range(count):
            trial.judge(_series(number), lines[number % _KINDS])
        return len(trial.occurrences())

    wall_s, cpu_s, alerts = _timed(judge)
    what = f"{count} series of {per_series}, {share:.0%} of them beyond"
    return Figures(what, trial.readings, alerts, wall_s, cpu_s, _MEMORY_LIMIT_S)


def _line(chance: np.random.Generator, count: int, *, swells: bool) -> Readings:
    value = np.abs(chance.normal(0.4, 0.2, count))
    for begin in chance.integers(0, count - 60, 3) if swells else ():
        value[begin : begin + 60] += np.hanning(60) * 5
    ts_us = to_us(END) + np.arange(count, dtype=np.int64) * _MINUTE_US
    return Readings(ts_us, value, np.ones(count, np.bool_))


def _series(number: int) -> SeriesInfo:
    return SeriesInfo(
        series_id=number,
        entity=4403118402000001 + number,
        entity_class="8402",
        device=0,
        quantity="level",
        channel="",
        statistic="instant",
        period_s=0,
        mode=Mode.ACTUAL,
        datum="",
        properties={},
    )


def _timed(work: Callable[[], int]) -> tuple[float, float, int]:
    wall, cpu = time.perf_counter(), time.process_time()
    found = work()
    return time.perf_counter() - wall, time.process_time() - cpu, found


def _fill(connection: psycopg.Connection[tuple[Any, ...]], count: int, days: int) -> None:
    """Store minutes up to ``END`` of some series, where none are."""
    if connection.execute("SELECT FROM observation LIMIT 1").fetchone() is not None:
        return
    if connection.execute("SELECT FROM entity LIMIT 1").fetchone() is None:
        register_of_size.fill(connection, count)
    series = connection.execute(_SERIES, {"count": count}).fetchall()
    numbers = [row[0] for row in series]
    for day in range(days, 0, -1):
        begin = END - timedelta(days=day)
        last = begin + timedelta(days=1, minutes=-1)
        connection.execute(_VALUES, {"begin": begin, "last": last, "series": numbers})
        connection.commit()
    connection.autocommit = True
    connection.execute("VACUUM ANALYZE observation")


def _from_store(rules: RuleSet, store_url: str, days: int) -> Figures:
    span = Span(END - timedelta(days=days), END)
    readings = 0

    def judge() -> int:
        nonlocal readings
        tried = backtest(store_url, rules, span, lambda _done, _all: None)
        readings = tried.readings
        return len(tried.occurrences)

    wall_s, cpu_s, alerts = _timed(judge)
    return Figures("from the store", readings, alerts, wall_s, cpu_s, _STORE_LIMIT_S)


if __name__ == "__main__":
    main()
