"""An evaluator at a real store, driven as the pipeline drives it."""

from collections.abc import Sequence
from typing import Any

import psycopg

from alerts.evaluator import Evaluator, Judgement
from alerts.rulebook import InForce
from alerts.rules import RuleSet
from tests.unit.alerts.ruling import at
from twin.model import JudgedBatch, SeriesInfo, from_us

Row = tuple[Any, ...]

_LATEST = """
INSERT INTO series_latest (series_id, ts, value, quality, received_at)
VALUES (%s, %s, %s, %s, now())
ON CONFLICT (series_id) DO UPDATE
SET ts = excluded.ts, value = excluded.value, quality = excluded.quality
WHERE excluded.ts > series_latest.ts
"""
_OBSERVED = """
INSERT INTO observation (series_id, ts, value, quality, received_at)
VALUES (%s, %s, %s, %s, now()) ON CONFLICT DO NOTHING
"""
_SERIES = """
INSERT INTO series (id, entity, quantity, device, mode)
OVERRIDING SYSTEM VALUE VALUES (%s, %s, %s, %s, %s)
"""


class Desk:
    """One evaluator and its connection."""

    def __init__(self, connection: psycopg.Connection[Row], rules: RuleSet) -> None:
        self.connection = connection
        self.rules = rules
        self.restart()

    def restart(self, found: InForce | None = None) -> None:
        """Begin again with an evaluator that knows only what the store knows."""
        found = found or InForce(self.rules, {})
        self.evaluator = Evaluator(found.rules, unreadable=found.faulty)
        self.evaluator.load(self.connection)
        self.connection.commit()

    def judge(self, batch: JudgedBatch) -> Judgement:
        """Judge a batch in a transaction; neither committed nor adopted yet."""
        columns = (batch.series_id, batch.ts_us, batch.value, batch.quality)
        rows = list(zip(*columns, strict=True))
        with self.connection.cursor() as cursor:
            cursor.executemany(
                _OBSERVED, [(int(s), from_us(int(t)), float(v), int(q)) for s, t, v, q in rows]
            )
            cursor.executemany(
                _LATEST, [(int(s), from_us(int(t)), float(v), int(q)) for s, t, v, q in rows]
            )
            return self.evaluator.judge(cursor, batch)

    def take(self, batch: JudgedBatch) -> Judgement:
        """Judge, commit and adopt."""
        judgement = self.judge(batch)
        self.connection.commit()
        self.evaluator.adopt(judgement)
        return judgement

    def tick(self, minute: float) -> Judgement:
        """Tick at so many minutes after noon, commit and adopt."""
        with self.connection.cursor() as cursor:
            judgement = self.evaluator.tick(cursor, at(minute))
        self.connection.commit()
        self.evaluator.adopt(judgement)
        return judgement

    def ask(self, query: str, values: Sequence[object] = ()) -> list[Row]:
        """Return the rows of a query and end its transaction."""
        rows = self.connection.execute(query.encode(), values).fetchall()
        self.connection.commit()
        return rows

    def alerts(self) -> list[Row]:
        """Level and state of all alerts, oldest first."""
        return self.ask("SELECT level, state FROM alert ORDER BY id")

    def events(self) -> list[str]:
        """The events of all transitions in their order."""
        return [row[0] for row in self.ask("SELECT event FROM alert_transition ORDER BY id")]


def add_series(connection: psycopg.Connection[Row], *infos: SeriesInfo) -> None:
    """Enter series with their numbers."""
    for info in infos:
        values = (info.series_id, info.entity, info.quantity, info.device or None, info.mode)
        connection.execute(_SERIES, values)
    connection.commit()
