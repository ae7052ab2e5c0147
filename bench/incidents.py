"""A citywide storm at once: 11,000 alerts within ten seconds, and the incidents made of them.

The register holds the demo district. Alerts are raised at its manholes, roads, reaches, catchments,
slopes and buildings, several rules a thing, in even portions over the seconds. Meanwhile the keeper
of incidents works in a thread of its own, and the list of alerts is asked for again and again.
"""

import argparse
import asyncio
import json
import multiprocessing
import statistics
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import psycopg

from alerts.incidents.keeping import Keeper
from alerts.listing import AlertFilters, list_alerts
from data.connection import connect
from data.demo.district import District, make_district
from data.migrations import migrate
from data.registry import ChangeSet, record
from twin.app import settings as app_settings

if TYPE_CHECKING:
    from multiprocessing.queues import SimpleQueue
    from multiprocessing.synchronize import Event

Connection = psycopg.Connection[tuple[Any, ...]]

_LIMIT_INCIDENTS, _LIMIT_BEHIND_S, _LIMIT_LIST_MS = 200, 10.0, 200.0
_PORTIONS = 50
_BY_CLASS = {
    "8303": ("rain_intensity", "rainfall"),
    "0103": ("depth", "fill_ratio"),
    "8301": ("discharge", "fill_ratio"),
    "8402": ("depth", "water_detected"),
    "8202": ("level", "discharge", "turbidity"),
    "8203": ("level",),
    "8302": ("discharge",),
}
_LEVELS = ("blue", "yellow", "orange", "red")

_SERIES = """
    INSERT INTO series (entity, quantity, channel)
    SELECT e, q, c FROM unnest(%s::int8[], %s::text[], %s::text[]) AS n (e, q, c) RETURNING id"""
_RAISE = """
    WITH raised AS (
        INSERT INTO alert (mode, domain, level, entity, series_id, rule, rule_version, state,
                           raised_at, observed_at, reason)
        SELECT 'actual', 'flood', l, e, s, r, 1, 'raised', now(), now(), 'of a storm'
        FROM unnest(%s::int8[], %s::int4[], %s::text[], %s::text[]) AS n (e, s, r, l)
        RETURNING id, level, raised_at)
    INSERT INTO alert_transition (alert_id, event, to_state, level, actor, reason, at)
    SELECT id, 'raised', 'raised', level, 'rule of a bench', 'of a storm', raised_at FROM raised"""
_WARM = """
    SELECT ST_Transform(ST_Transform(ST_SetSRID(ST_MakePoint(114, 22.7), 4326), srid), 4326)
    FROM registry_state"""
_FIGURES = """
    SELECT (SELECT count(*) FROM alert), (SELECT count(*) FROM incident_alert),
           (SELECT count(*) FROM incident WHERE merged_into IS NULL),
           (SELECT max(members) FROM incident),
           (SELECT count(*) FROM alert WHERE suppressed_by IS NOT NULL)"""


@dataclass(frozen=True)
class Report:
    """Figures of one run.

    ``list_first_ms`` is the first answer of a new connection, which loads what the server keeps
    for each; the highest one is without the first two.
    """

    alerts: int
    in_incidents: int
    incidents: int
    largest: int
    quieted: int
    raising_s: float
    behind_s: float
    longest_portion_s: float
    list_first_ms: float
    list_p50_ms: float
    list_max_ms: float

    @property
    def passed(self) -> bool:
        """Whether it keeps the bars."""
        return (
            self.alerts == self.in_incidents
            and self.incidents <= _LIMIT_INCIDENTS
            and self.behind_s <= _LIMIT_BEHIND_S
            and self.list_max_ms <= _LIMIT_LIST_MS
        )


class Storm:
    """The keeper in a thread and a reader of the list in a process, while alerts are raised."""

    def __init__(self, store_url: str) -> None:
        self._store_url = store_url
        self._raised = threading.Event()
        self.portions: list[float] = []
        self.waits: list[float] = []
        self.caught_up = 0.0

    def run(self, rows: Sequence[tuple[Any, ...]], seconds: float) -> tuple[float, float]:
        """Raise alerts over so many seconds; return how long that and catching up took."""
        keeper = threading.Thread(target=self._keep)
        apart = multiprocessing.get_context("spawn")
        over, waits = apart.Event(), apart.SimpleQueue()
        reader = apart.Process(target=_read, args=(self._store_url, over, waits))
        reader.start()
        with connect(self._store_url, name="bench") as connection:
            keeper.start()
            began = time.monotonic()
            step = -(-len(rows) // _PORTIONS)
            for number, begin in enumerate(range(0, len(rows), step)):
                columns = zip(*rows[begin : begin + step], strict=True)
                connection.execute(_RAISE, [list(column) for column in columns])
                connection.commit()
                wanted = began + (number + 1) * seconds / _PORTIONS
                time.sleep(max(0.0, wanted - time.monotonic()))
            raised = time.monotonic()
        self._raised.set()
        keeper.join()
        over.set()
        self.waits = waits.get()
        reader.join()
        return raised - began, self.caught_up - raised

    def _keep(self) -> None:
        keeper = Keeper()
        with connect(self._store_url, name="bench keeper") as connection:
            while True:
                last = self._raised.is_set()
                began = time.monotonic()
                kept = keeper.keep(connection, time.time_ns() // 1000)
                self.portions.append(time.monotonic() - began)
                if last and not kept.alerts:
                    self.caught_up = time.monotonic()
                    return
                if not kept.alerts:
                    time.sleep(0.05)


def _read(store_url: str, over: "Event", waits: "SimpleQueue[list[float]]") -> None:
    """Ask for the list until it is over, as the web service does."""

    async def reading() -> list[float]:
        taken = []
        url = f"{store_url} options='-c jit=off'"
        async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
            # As the pool of the web service does: the first transformation of a connection is slow.
            await connection.execute(_WARM)
            while not over.is_set():
                began = time.monotonic()
                await list_alerts(connection, AlertFilters(state="open"), 100)
                taken.append((time.monotonic() - began) * 1000)
                await asyncio.sleep(0.1)
        return taken

    waits.put(asyncio.run(reading()))


def prepare(connection: Connection, district: District, alerts: int) -> list[tuple[Any, ...]]:
    """Enter the district and its series; return rows of alerts: entity, series, rule, level."""
    change = ChangeSet(
        "bench", "the demo district", "bench", district.entities, district.names, district.relations
    )
    record(connection, change)
    wanted = [
        (entity.code, quantity, str(turn))
        for turn in range(20)
        for entity in district.entities
        for quantity in _BY_CLASS.get(str(entity.code)[6:10], ())
    ][:alerts]
    columns = [list(column) for column in zip(*wanted, strict=True)]
    series = [row[0] for row in connection.execute(_SERIES, columns).fetchall()]
    connection.commit()
    connection.autocommit = True
    connection.execute("ANALYZE")
    return [
        (entity, number, f"{quantity}-{turn}", _LEVELS[entity % 4])
        for (entity, quantity, turn), number in zip(wanted, series, strict=True)
    ]


def measure(store_url: str, alerts: int, seconds: float, size: int) -> Report:
    """Fill an empty store and raise the storm."""
    migrate(store_url)
    with connect(store_url, name="bench") as connection:
        rows = prepare(connection, make_district(size=size), alerts)
    rows = sorted(rows, key=lambda row: hash((row[0] * 7919, row[2])))
    storm = Storm(store_url)
    raising, behind = storm.run(rows, seconds)
    with connect(store_url, name="bench") as connection:
        found = connection.execute(_FIGURES).fetchall()[0]
    return Report(
        alerts=found[0],
        in_incidents=found[1],
        incidents=found[2],
        largest=found[3],
        quieted=found[4],
        raising_s=round(raising, 2),
        behind_s=round(behind, 2),
        longest_portion_s=round(max(storm.portions), 2),
        list_first_ms=round(storm.waits[0], 1),
        list_p50_ms=round(statistics.median(storm.waits), 1),
        list_max_ms=round(max(storm.waits[2:]), 1),
    )


def main(arguments: list[str] | None = None) -> None:
    """Raise the storm in an empty store and print the figures; exit code 1 beyond a bar."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--store", help="URL of an empty store; that of the settings if absent")
    parser.add_argument("--alerts", type=int, default=11_000)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--size", type=int, default=30_000, help="entities of the district")
    wanted = parser.parse_args(arguments)
    store_url = wanted.store or app_settings.load().store_url
    report = measure(store_url, wanted.alerts, wanted.seconds, wanted.size)
    began = datetime.now(UTC).isoformat(timespec="seconds")
    print(json.dumps({"at": began, **asdict(report), "passed": report.passed}, indent=1))
    raise SystemExit(0 if report.passed else 1)


if __name__ == "__main__":
    main()
