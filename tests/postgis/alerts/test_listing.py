"""Lists, documents and the feed."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import psycopg
import pytest

from alerts.listing import (
    AlertFilters,
    AlertPage,
    InvalidCursorError,
    list_alerts,
)
from tests.postgis.alerts.desk import Desk
from tests.unit.alerts.ruling import AREA, ROAD, Row, batch_of, seen

Found = TypeVar("Found")
Async = psycopg.AsyncConnection[tuple[Any, ...]]


def ask(url: str, work: Callable[[Async], Awaitable[Found]]) -> Found:
    async def opened() -> Found:
        async with await psycopg.AsyncConnection.connect(url) as connection:
            return await work(connection)

    return asyncio.run(opened())


@pytest.fixture
def filled(desk: Desk) -> Desk:
    """Two cleared alerts and an open one of the road, and one of the area."""
    values = [0.2, 0.0, 0.3, 0.0, 0.5]
    desk.take(batch_of([Row(minute, value) for minute, value in enumerate(values)]))
    desk.take(batch_of(events=[seen(9, active=True)]))
    return desk


@pytest.mark.parametrize(
    ("filters", "levels"),
    [
        (AlertFilters(), ["orange", "red", "orange", "yellow"]),
        (AlertFilters(state="open"), ["orange", "red"]),
        (AlertFilters(state="cleared"), ["orange", "yellow"]),
        (AlertFilters(level="orange"), ["orange", "orange"]),
        (AlertFilters(entity=ROAD, state="open"), ["red"]),
        (AlertFilters(rule="intruder"), ["orange"]),
        (AlertFilters(mode="exercise"), []),
        (AlertFilters(domain="safety"), []),
    ],
)
def test_a_list_is_filtered_and_newest_first(
    filled: Desk, database_url: str, filters: AlertFilters, levels: list[str]
) -> None:
    assert filled.connection
    page = ask(database_url, lambda c: list_alerts(c, filters, 10))
    assert [item["level"] for item in page.items] == levels
    assert page.next is None


def test_pages_follow_one_another_without_gap_or_repeat(filled: Desk, database_url: str) -> None:
    assert filled.connection
    seen_ids: list[object] = []
    cursor: str | None = None
    for _ in range(4):
        page = ask(database_url, lambda c, at=cursor: list_alerts(c, AlertFilters(), 1, at))  # type: ignore[misc]
        seen_ids += [item["id"] for item in page.items]
        cursor = page.next
    assert seen_ids == sorted(seen_ids, key=lambda number: -int(str(number)))
    assert (len(set(seen_ids)), cursor) == (4, None)


@pytest.mark.parametrize("cursor", ["", "x", "-1", "1" * 30, "²"])
def test_a_cursor_of_somebody_elses_is_refused(database_url: str, cursor: str) -> None:
    with pytest.raises(InvalidCursorError, match="expected the 'next'"):
        ask(database_url, lambda c: list_alerts(c, AlertFilters(), 1, cursor))


def test_a_document_tells_all_that_a_card_needs(filled: Desk, database_url: str) -> None:
    assert filled.connection
    page: AlertPage = ask(database_url, lambda c: list_alerts(c, AlertFilters(state="open"), 5))
    area, road = page.items
    assert (area["entity"], area["entity_name"], area["device"]) == (
        str(AREA),
        "河岸警戒区",
        "4403118601000001",
    )
    assert (area["series"], area["quantity"], area["unit"], area["value"]) == (None,) * 4
    assert (road["quantity"], road["unit"], road["title_zh"]) == ("depth", "m", "积水")
    assert road["raised_at"] == "2026-01-05T08:04:00.000Z"
    assert isinstance(road["place"], list)
    longitude, latitude = road["place"]
    assert 113.9 < longitude < 114.0
    assert 22.7 < latitude < 22.8
    assert round(longitude, 6) == longitude
