"""A chart gets as many points as it has room for, and no peak is lost between them."""

from datetime import datetime, timedelta
from typing import Any

import httpx
import psycopg
import pytest

from data import rollups
from tests.postgis.api.district import NOON, add_series

pytestmark = pytest.mark.anyio

Connection = psycopg.Connection[tuple[Any, ...]]

FILL = """
    INSERT INTO observation (series_id, ts, value, quality, received_at)
    SELECT %(series)s, %(start)s + n * %(step)s, sin(n / 100.0) * 5, 0, %(start)s
    FROM generate_series(0, %(count)s - 1) AS n"""


def fill(connection: Connection, series: int, count: int, step: timedelta) -> None:
    told = {"series": series, "start": NOON, "count": count, "step": step}
    connection.execute(FILL, told)
    connection.execute(
        "INSERT INTO stored_batch (received_from, received_to, observed_from, observed_to)"
        " SELECT min(received_at), max(received_at), min(ts), max(ts) FROM observation"
    )
    rollups.roll_up(connection, horizon=NOON - timedelta(days=9000))


def value(connection: Connection, series: int, at: datetime, number: float, quality: int) -> None:
    connection.execute(
        "UPDATE observation SET value = %s, quality = %s WHERE series_id = %s AND ts = %s",
        (number, quality, series, at),
    )


async def points(
    client: httpx.AsyncClient, series: int, span: timedelta, most: int
) -> dict[str, Any]:
    query = {"from": NOON.isoformat(), "to": (NOON + span).isoformat(), "points": str(most)}
    answer = await client.get(f"/api/v1/series/{series}/observations", params=query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    assert len(found["points"]) <= most
    return found


async def test_few_values_are_told_one_by_one(
    client: httpx.AsyncClient, district: Connection
) -> None:
    series = add_series(district)
    fill(district, series, 7, timedelta(minutes=1))
    value(district, series, NOON + timedelta(minutes=2), 99.0, 2)
    found = await points(client, series, timedelta(hours=1), 10)
    assert (found["level"], found["span_s"]) == ("observations", 0)
    assert len(found["points"]) == 7
    assert found["points"][2] == {
        "at": (NOON + timedelta(minutes=2)).isoformat().replace("+00:00", "Z"),
        "count": 0,
        "unreliable": 1,
        **dict.fromkeys(("min", "max", "mean", "first", "last")),
    }


async def test_few_values_of_a_long_span_are_told_one_by_one_too(
    client: httpx.AsyncClient, district: Connection
) -> None:
    series = add_series(district)
    fill(district, series, 40, timedelta(days=9))
    found = await points(client, series, timedelta(days=360), 40)
    assert (found["level"], len(found["points"])) == ("observations", 40)
    assert (await points(client, series, timedelta(days=360), 39))["level"] == "day"


@pytest.mark.parametrize(
    ("step", "span", "most", "level"),
    [
        (timedelta(seconds=1), timedelta(seconds=5000), 500, "observations"),
        (timedelta(seconds=10), timedelta(hours=10), 300, "minute"),
        (timedelta(minutes=5), timedelta(days=9), 120, "hour"),
        (timedelta(hours=1), timedelta(days=40), 20, "day"),
    ],
)
async def test_the_finest_level_that_fits_keeps_every_peak(
    client: httpx.AsyncClient,
    district: Connection,
    step: timedelta,
    span: timedelta,
    most: int,
    level: str,
) -> None:
    series = add_series(district)
    district.execute(
        "INSERT INTO observation VALUES (%s, %s, 777, 0, %s)",
        (series, NOON + span / 3 + timedelta(milliseconds=1), NOON),
    )
    fill(district, series, int(span / step), step)
    found = await points(client, series, span, most)
    assert found["level"] == level
    shown = found["points"]
    assert len(shown) > most * 0.6
    assert max(point["max"] for point in shown) == 777
    assert sum(point["count"] for point in shown) == int(span / step) + 1
    whole = district.execute(
        "SELECT min(value), avg(value) FROM observation WHERE series_id = %s", (series,)
    ).fetchall()
    assert min(point["min"] for point in shown) == whole[0][0]
    mean = sum(point["mean"] * point["count"] for point in shown) / (int(span / step) + 1)
    assert mean == pytest.approx(whole[0][1])


async def test_what_was_dropped_is_told_from_rollups(
    client: httpx.AsyncClient, district: Connection
) -> None:
    series = add_series(district)
    fill(district, series, 600, timedelta(minutes=1))
    district.execute("DELETE FROM observation WHERE ts < %s", (NOON + timedelta(hours=9),))
    found = await points(client, series, timedelta(hours=10), 1000)
    assert found["level"] == "minute"
    assert sum(point["count"] for point in found["points"]) == 600


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("points=10", "expected with from"),
        ("points=0&from=2026-05-01T00:00:00Z", "greater than or equal to 1"),
        ("points=9&from=2026-05-02T00:00:00Z&to=2026-05-01T00:00:00Z", "after from"),
        ("points=9&from=2999-05-02T00:00:00Z", "instant of the past"),
    ],
)
async def test_points_of_no_span_are_refused(
    client: httpx.AsyncClient, district: Connection, query: str, sentence: str
) -> None:
    answer = await client.get(f"/api/v1/series/{add_series(district)}/observations?{query}")
    assert answer.status_code == 422
    assert sentence in answer.text
