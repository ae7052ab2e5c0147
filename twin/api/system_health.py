"""How the system's own parts are: in words, and with their newest figures."""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from psycopg.sql import SQL
from pydantic import BaseModel

from data.own_parts import SCHEME
from twin.api import store
from twin.api.ingest_watch import IngestWatch
from twin.api.parameters import NoQuery
from twin.codes import EntityCode

router = APIRouter(prefix="/api/v1/health", tags=["health"])

_PARTS = SQL("""
    SELECT n.value AS part, e.code, e.name, coalesce(d.state, 'unknown') AS state,
           coalesce(d.reason, '') AS reason
    FROM entity_name n JOIN entity e ON e.code = n.code AND NOT e.retired
    LEFT JOIN device_state d ON d.device = e.code
    WHERE n.scheme = %(scheme)s AND n.superseded_in IS NULL ORDER BY n.value""")
_FIGURES = SQL("""
    SELECT s.entity, s.quantity, s.channel, s.statistic, l.value, l.ts
    FROM series s JOIN series_latest l ON l.series_id = s.id
    WHERE s.entity = ANY(%(codes)s) AND s.mode = 'actual' ORDER BY s.quantity, s.channel""")
_ALERTS = SQL("""
    SELECT a.id, a.rule, a.level, a.entity, a.reason FROM alert a
    WHERE a.entity = ANY(%(codes)s) AND a.mode = 'actual' AND a.state NOT IN ('cleared', 'closed')
          AND a.cleared_at IS NULL
    ORDER BY a.id""")


class Figure(BaseModel):
    """The newest value of a quantity of a part.

    Attributes:
        quantity: a row of ``quantities.csv``, whose unit it has.
        channel: tells several of a kind apart.
        statistic: what the value stands for.
        value: the number.
        ts: when it was so.
    """

    quantity: str
    channel: str
    statistic: str
    value: float
    ts: datetime


class Part(BaseModel):
    """A running part, as ingest hears it.

    Attributes:
        part: ingest, delivery or web.
        entity: its code in the register.
        name: for people.
        state: as of devices (docs/devices.md).
        reason: a sentence about the state.
        figures: its newest ones.
    """

    part: str
    entity: str
    name: str
    state: str
    reason: str
    figures: list[Figure]


class Ingest(BaseModel):
    """What the newest heartbeat of ingest says.

    Attributes:
        state: silent after too long without a heartbeat; unknown before that is sure.
        at: when it was, by the store's clock.
        age_s: how long before the last look, which is two seconds ago at most.
        started_at: when the process started.
        version: of the program.
        told: counted since the start, and which rules are faulty.
    """

    state: Literal["running", "silent", "unknown"]
    at: datetime
    age_s: float
    started_at: datetime
    version: str
    told: dict[str, Any]


class SystemHealth(BaseModel):
    """Whether the system itself is as it should be.

    Attributes:
        status: ``ok``; ``degraded`` while anything is told; ``down`` while ingest is not running.
        problems: a sentence for each thing that is wrong.
        ingest: None if it never ran on this store.
        parts: none before ingest has made them in the register.
    """

    status: Literal["ok", "degraded", "down"]
    problems: list[str]
    ingest: Ingest | None
    parts: list[Part]


@router.get("")
async def system_health(
    request: Request, pool: store.Store, _query: Annotated[NoQuery, Query()]
) -> SystemHealth:
    """Say how the running parts are; the first sentence is that ingest is not running, if so."""
    watch: IngestWatch = request.app.state.ingest_watch
    found = await store.rows(pool, _PARTS, {"scheme": SCHEME})
    codes = {"codes": [row["code"] for row in found]}
    figures = await store.rows(pool, _FIGURES, codes)
    alerts = await store.rows(pool, _ALERTS, codes)
    problems = [*watch.sentences(), *_faulty(watch), *(_sentence(alert) for alert in alerts)]
    down = watch.is_silent or watch.silence is None
    return SystemHealth(
        status="down" if down else "degraded" if problems else "ok",
        problems=problems,
        ingest=_ingest(watch),
        parts=[_part(row, figures) for row in found],
    )


def _ingest(watch: IngestWatch) -> Ingest | None:
    if watch.silence is None:
        return None
    beat = watch.silence.beat
    state: Literal["running", "silent", "unknown"] = "running"
    if not watch.silence.is_over:
        state = "silent" if watch.is_silent else "unknown"
    return Ingest(
        state=state,
        at=beat.at,
        age_s=beat.age_s,
        started_at=beat.started_at,
        version=beat.version,
        told=dict(beat.told),
    )


def _part(row: dict[str, Any], figures: list[dict[str, Any]]) -> Part:
    own = [
        Figure(**{name: value for name, value in figure.items() if name != "entity"})
        for figure in figures
        if figure["entity"] == row["code"]
    ]
    return Part(
        part=row["part"],
        entity=str(EntityCode.from_int(row["code"])),
        name=row["name"],
        state=row["state"],
        reason=row["reason"],
        figures=own,
    )


def _faulty(watch: IngestWatch) -> Iterator[str]:
    told = watch.silence.beat.told if watch.silence is not None else {}
    for rule, sentence in told.get("faulty_rules", {}).items():
        yield f"rule {rule} is switched off: {sentence}"


def _sentence(alert: dict[str, Any]) -> str:
    return f"alert {alert['id']} ({alert['level']}, rule {alert['rule']}): {alert['reason']}"
