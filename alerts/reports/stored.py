"""Stored alerts as reports look at them."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import groupby
from typing import Any, NamedTuple

from psycopg.sql import SQL

from alerts.backtesting import Occurrence, Stage
from alerts.memory import Group
from alerts.rules import AlertLevel
from twin.model import Mode, to_us

STORED = SQL("""
    SELECT a.id, a.rule, a.entity, a.mode, a.raised_at, a.level AS last_level,
           least(a.cleared_at, a.closed_at) AS ended_at,
           a.silenced_by IS NOT NULL OR a.suppressed_by IS NOT NULL AS quiet,
           t.at, t.level
    FROM alert a LEFT JOIN alert_transition t ON t.alert_id = a.id
    WHERE a.mode = %(mode)s AND a.raised_at < %(end)s
      AND coalesce(least(a.cleared_at, a.closed_at), 'infinity') >= %(begin)s
    ORDER BY a.id, t.id""")
"""The alerts of a period, a row for each of their steps."""

Row = Mapping[str, Any]


class StoredAlerts(NamedTuple):
    """The alerts of a period.

    Attributes:
        shown: those that people were shown.
        quiet: how many were silenced, or quieted by a root cause.
    """

    shown: list[Occurrence]
    quiet: int


def asked(begin: datetime, end: datetime, mode: Mode) -> dict[str, object]:
    """Return the parameters of ``STORED``."""
    return {"begin": begin, "end": end, "mode": mode.value}


def stored_alerts(rows: Iterable[Row]) -> StoredAlerts:
    """Return what the rows of ``STORED`` tell."""
    shown, quiet = [], 0
    for _, steps in groupby(rows, key=lambda row: row["id"]):
        told = list(steps)
        if told[0]["quiet"]:
            quiet += 1
        else:
            shown.append(_occurrence(told))
    return StoredAlerts(shown, quiet)


def _occurrence(steps: list[Row]) -> Occurrence:
    first = steps[0]
    group = Group(first["rule"], first["entity"], Mode(first["mode"]))
    ended = first["ended_at"]
    stages = tuple(_stages(steps)) or (
        Stage(to_us(first["raised_at"]), AlertLevel.named(first["last_level"])),
    )
    return Occurrence(
        group, to_us(first["raised_at"]), None if ended is None else to_us(ended), stages
    )


def _stages(steps: Iterable[Row]) -> Iterator[Stage]:
    level = None
    for step in steps:
        if step["level"] is not None and step["level"] != level:
            level = step["level"]
            yield Stage(to_us(step["at"]), AlertLevel.named(level))
