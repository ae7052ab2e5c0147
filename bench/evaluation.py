"""Times the same batches through the whole pipeline with and without rules, by turns.

Every device sends three quantities once a minute, and each of its series is under five rules whose
latches are all busy: their limits are reached and their holds last. ``levels`` are five level
rules, ``mixed`` are two of them with a rate and two windows, ``others`` are the five level rules
and ten times as many for things that do not send. Decoding and resolving are the same for all.
"""

import argparse
import json
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

import orjson
import psycopg

from alerts.rulebook import enforce
from alerts.rules import RuleSet, RuleText, read_rules
from bench.district import RULED, District
from data.migrations import migrate
from ingest.decoders import DECODERS
from ingest.pipeline import Pipeline
from twin.app import settings as app_settings
from twin.model import Message, Mode

_LIMIT = 0.25
_OTHERS_LIMIT = 0.05
_MINUTE_US = 60_000_000
_WARM = 4
"""Batches that look up what rules are bound to, and let their latches begin to wait."""
_WITHDRAW = """
    WITH gone AS (
        UPDATE rule SET in_force = false WHERE rule <> ALL (%s) AND in_force RETURNING rule
    ) UPDATE registry_state SET rule_revision = rule_revision + 1 WHERE EXISTS (SELECT FROM gone)"""
_RULE = """
[[rule]]
id = "{id}"
version = 1
kind = "{kind}"
{more}
domain = "flood"
quantity = "{quantity}"
entity_classes = ["{klass}"]
direction = "above"
levels = {{ yellow = {limit}, red = {limit}5 }}
hold = "90d"
title_zh = "{id}"
title_en = "{id}"
source = "bench"
standing = "project default"
"""
_MIXED = (
    ("level", ""),
    ("level", ""),
    ("rate", 'over = "10min"'),
    ("window", 'statistic = "sum"\nwindow = "1h"'),
    ("window", 'statistic = "mean"\nwindow = "3h"'),
)
_LEVELS = (("level", ""),) * 5


@dataclass(frozen=True)
class Report:
    """Figures of one run: seconds of a batch, medians; shares of the batch without rules.

    Attributes:
        series: under rules.
        none_s: a batch without a rule.
        levels_s: with five level rules at each series.
        mixed_s: with levels, a rate and windows.
        others_s: with the five level rules and ten times as many elsewhere.
        levels_adds: limit 0.25.
        mixed_adds: the same of the mixed rules.
        others_add: to the five level rules; limit 0.05.
    """

    series: int
    batches: int
    none_s: float
    levels_s: float
    mixed_s: float
    others_s: float
    levels_adds: float
    mixed_adds: float
    others_add: float


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--devices", type=int, default=6_667, help="with three series each")
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    settings = app_settings.load()
    migrate(settings.store_url)
    district = District(2 * options.devices)
    district.register(settings.store_url)
    times = _measure(settings.store_url, district.devices[: options.devices], options.rounds)
    none, levels, mixed, others = (statistics.median(times[name]) for name in _SETS)
    report = Report(
        series=district.rule_series,
        batches=sum(map(len, times.values())),
        none_s=round(none, 3),
        levels_s=round(levels, 3),
        mixed_s=round(mixed, 3),
        others_s=round(others, 3),
        levels_adds=round(levels / none - 1, 3),
        mixed_adds=round(mixed / none - 1, 3),
        others_add=round(others / levels - 1, 3),
    )
    if options.json:
        print(json.dumps(asdict(report)))
        return
    for name, figure in asdict(report).items():
        print(f"{name:14} {figure:>10,}")
    print(f"levels by limit {report.levels_adds / _LIMIT:.2f}")
    print(f"others by limit {report.others_add / _OTHERS_LIMIT:.2f}")


def _measure(store_url: str, devices: Sequence[int], rounds: int) -> dict[str, list[float]]:
    sets = {name: _rules(*of) for name, of in _SETS.items()}
    clock = [int(time.time()) * 1_000_000 - 86_400 * 1_000_000]
    pipeline = Pipeline(store_url, DECODERS, lambda: clock[0])
    times: dict[str, list[float]] = {name: [] for name in sets}
    for _ in range(rounds):
        for name, rules in sets.items():
            _put_in_force(store_url, rules)
            for number in range(_WARM + 4):
                clock[0] += _MINUTE_US
                began = time.perf_counter()
                for part in _messages(devices, clock[0]):
                    pipeline.take(pipeline.decode(part))
                if number >= _WARM:
                    times[name].append(time.perf_counter() - began)
    pipeline.close()
    return times


def _messages(devices: Sequence[int], at_us: int) -> Iterator[list[tuple[str, Message]]]:
    for first in range(0, len(devices), 1_000):
        yield [
            ("json", _message(device, at_us, first + number))
            for number, device in enumerate(devices[first : first + 1_000])
        ]


def _message(device: int, at_us: int, number: int) -> Message:
    said = {"ts": at_us // 1000, **dict.fromkeys(RULED, 5 + number % 50 / 100)}
    topic = f"citytwin/v1/{device}/telemetry"
    return Message("telemetry", Mode.ACTUAL, topic, orjson.dumps(said), at_us, number)


def _rules(kinds: Sequence[tuple[str, str]], elsewhere: int) -> RuleSet:
    told = [
        _RULE.format(
            id=f"{quantity.replace('_', '-')}-{kind}-{number}-{klass}",
            kind=kind,
            more=more,
            quantity=quantity,
            klass=klass,
            limit=f"0.{number + 1}",
        )
        for quantity in RULED
        for number, (kind, more) in enumerate(kinds)
        for klass in ("8202", *(str(8701 + other) for other in range(elsewhere)))
    ]
    return read_rules([RuleText("bench.toml", "\n".join(told))] if told else [])


def _put_in_force(store_url: str, rules: RuleSet) -> None:
    with psycopg.connect(store_url) as connection:
        connection.execute(_WITHDRAW, ([read.rule.id for read in rules],))
        enforce(connection, rules, actor="bench")


_SETS: dict[str, tuple[Sequence[tuple[str, str]], int]] = {
    "none": ((), 0),
    "levels": (_LEVELS, 0),
    "mixed": (_MIXED, 0),
    "others": (_LEVELS, 10),
}


if __name__ == "__main__":
    main()
