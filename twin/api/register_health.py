"""The health and coverage of the register; what was asked a moment ago is answered from memory."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, NamedTuple

from fastapi import APIRouter, Query, Request
from psycopg.sql import SQL, Composed
from pydantic import BaseModel, Field

from data.registry.health import (
    CHECKS,
    Result,
    Severity,
    coverage_of,
    coverage_statement,
    parameters,
    result_of,
    statement,
)
from twin.api.parameters import NoQuery
from twin.api.problems import documented
from twin.api.store import Pool, Store

router = APIRouter(prefix="/api/v1/register", tags=["register"], responses=documented())

_REMEMBERED_S = 60.0
_STATEMENT_S = 60
_MOST_EXAMPLES = 100
_SRID = SQL("SELECT srid FROM registry_state")


class HealthQuery(NoQuery):
    """How much of what was found is wanted."""

    sample: int = Field(
        default=10, ge=0, le=_MOST_EXAMPLES, description="at most so many examples of each check"
    )


class CoverageQuery(NoQuery):
    """By what the coverage is told, beside that of the whole register."""

    by: Literal["class", "sub_district"] | None = None


class Finding(BaseModel):
    """One of the things that a check found; ``code`` is null where it is no entity."""

    code: str | None = Field(examples=["4403110103000127"])
    printed: str | None = Field(examples=["440311-0103-000127-9"])
    name: str
    sentence: str = Field(examples=["0.42 m from entity 4403110103000126 of the same class"])


class CheckResult(BaseModel):
    """What one check came to."""

    id: str = Field(examples=["duplicate-place"])
    severity: Severity
    finds_en: str
    finds_zh: str
    remedy: str
    count: int
    examples: list[Finding] = Field(description="the first by code")


class RegisterHealth(BaseModel):
    """Every check of the register; healthy means that none of severity error found anything."""

    checked_at: datetime = Field(description="at most a minute ago")
    healthy: bool
    checks: list[CheckResult]


class CoverageMeasure(BaseModel):
    """How many entities in use have something, of how many that should: all of them."""

    id: Literal["place", "steward", "owner", "link", "model"]
    of: int
    have: int
    missing: int
    share: float | None = Field(description="from 0 to 1; null where nothing should have it")


class CoverageGroup(BaseModel):
    """The coverage of the whole register (``group`` is null) or of one class or sub-district."""

    group: str | None = Field(description="empty for what lies in no sub-district")
    name: str
    entities: int
    measures: list[CoverageMeasure]


class RegisterCoverage(BaseModel):
    """What the entities in use have, the whole register first."""

    checked_at: datetime = Field(description="at most a minute ago")
    target: float = 1.0
    groups: list[CoverageGroup]


class _Report(NamedTuple):
    at: datetime
    found: Any
    until: float


class Reports:
    """What was asked last; of callers who ask at once, one asks the store for all."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._known: dict[str, _Report] = {}
        self._asking = asyncio.Lock()

    async def get(self, key: str, ask: Callable[[], Awaitable[Any]]) -> _Report:
        """Return what ``ask`` said at most a minute ago, or what it says now."""
        async with self._asking:
            known = self._known.get(key)
            if known is None or known.until <= self._clock():
                found = await ask()
                known = _Report(datetime.now(UTC), found, self._clock() + _REMEMBERED_S)
                self._known[key] = known
            return known


@router.get("/health")
async def read_health(
    request: Request, store: Store, query: Annotated[HealthQuery, Query()]
) -> RegisterHealth:
    """Return what every check of the register found; takes seconds once a minute."""
    types = request.app.state.device_types
    report = await _reports(request).get("health", lambda: _check(store, types))
    results: Sequence[Result] = report.found
    cut = (one._replace(examples=one.examples[: query.sample]) for one in results)
    return RegisterHealth(
        checked_at=report.at,
        healthy=not any(one.is_error for one in results),
        checks=[CheckResult.model_validate(one.as_dict()) for one in cut],
    )


@router.get("/coverage")
async def read_coverage(
    request: Request, store: Store, query: Annotated[CoverageQuery, Query()]
) -> RegisterCoverage:
    """Return how much of the register has place, steward, owner, link and model."""
    by = query.by
    report = await _reports(request).get(f"coverage {by}", lambda: _cover(store, by))
    groups = [CoverageGroup.model_validate(group.as_dict()) for group in report.found]
    return RegisterCoverage(checked_at=report.at, groups=groups)


def _reports(request: Request) -> Reports:
    reports: Reports = request.app.state.register_reports
    return reports


async def _check(store: Pool, device_types: Collection[str]) -> list[Result]:
    asked = [statement(check) for check in CHECKS.values()]
    answers = await _ask(store, asked, device_types)
    return [result_of(*pair) for pair in zip(CHECKS.values(), answers, strict=True)]


async def _cover(store: Pool, by: str | None) -> list[Any]:
    (answer,) = await _ask(store, [coverage_statement(by)])
    return list(coverage_of(answer))


async def _ask(
    store: Pool, statements: Sequence[Composed], device_types: Collection[str] = ()
) -> list[list[tuple[Any, ...]]]:
    """Ask one after the other, with more time for each than requests have."""
    async with store.connection() as connection, connection.transaction():
        await connection.execute(
            SQL("SET LOCAL statement_timeout = {}").format(_STATEMENT_S * 1000)
        )
        ((srid,),) = await (await connection.execute(_SRID)).fetchall()
        told = await asyncio.to_thread(parameters, srid, _MOST_EXAMPLES, device_types)
        return [await (await connection.execute(query, told)).fetchall() for query in statements]
