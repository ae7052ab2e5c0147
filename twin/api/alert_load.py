"""The load that alerts put on people: ``GET /api/v1/alerts/load``."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from alerts.reports.documents import load_document
from alerts.reports.load import load
from alerts.reports.stored import STORED, asked, stored_alerts
from twin.api.alert_documents import AlertMode, Rfc3339
from twin.api.parameters import Instant, NoQuery
from twin.api.problems import MalformedError, documented
from twin.api.store import Store, rows
from twin.model import Mode, to_us

router = APIRouter(prefix="/api/v1/alerts", tags=["alerts"], responses=documented())

_LONGEST = timedelta(days=366)
_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)


class LoadQuery(NoQuery):
    """Which alerts, and among how many people they are shared."""

    begin: Instant = Field(alias="from", description="after 1970")
    end: Instant = Field(alias="to", description="at most 366 days after `from`")
    mode: AlertMode = "actual"
    operators: int = Field(default=1, ge=1, le=1000)


class Flood(BaseModel):
    """Intervals in a row with too many alerts; ``peak`` is of one of them, per operator."""

    from_: Rfc3339 = Field(alias="from")
    to: Rfc3339
    alerts: int
    peak: float


class Interval(BaseModel):
    """Ten minutes in which something was raised."""

    from_: Rfc3339 = Field(alias="from")
    alerts: int


class Standing(BaseModel):
    """Alerts that stood on; stale ones for more than 24 hours."""

    at_end: int
    most: int
    average: float
    stale: int
    stale_at_end: int


class Chatter(BaseModel):
    """A rule and thing whose alerts come again and again; ``run_index`` is per second."""

    rule: str
    entity: str
    alerts: int
    most_per_minute: int
    run_index: float


class Often(BaseModel):
    """A rule and how many of the alerts it raised."""

    rule: str
    alerts: int
    share: float


class AlertLoad(BaseModel):
    """Alerts of a period by the measures that EEMUA 191 and ISA-18.2 are known for.

    ``average``, ``peak`` and ``share_over_10`` are per operator and ten minutes; ``counts`` are the
    ten minutes in which something was raised. What was silenced, or quieted by a root cause, is
    only in ``quiet``.
    """

    from_: Rfc3339 = Field(alias="from")
    to: Rfc3339
    operators: int
    alerts: int
    quiet: int
    average: float
    peak: float
    share_over_10: float
    counts: list[Interval]
    floods: list[Flood]
    flood_share: float
    standing: Standing
    chatter: list[Chatter]
    top: list[Often]
    by_level: dict[str, int]


@router.get("/load")
async def read_load(store: Store, query: Annotated[LoadQuery, Query()]) -> AlertLoad:
    """Return how many alerts people had to look at, and which ones came too often or stood on."""
    if query.begin < _EARLIEST or not timedelta() < query.end - query.begin <= _LONGEST:
        raise MalformedError(
            f"period from {query.begin} to {query.end}: expected 366 days at most, after 1970"
        )
    found = stored_alerts(
        await rows(store, STORED, asked(query.begin, query.end, Mode(query.mode)))
    )
    counted = load(found.shown, (to_us(query.begin), to_us(query.end)), query.operators)
    return AlertLoad.model_validate(load_document(counted, str) | {"quiet": found.quiet})
