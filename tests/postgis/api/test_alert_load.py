"""The load on people over the API."""

from typing import Any

import httpx
import psycopg
import pytest

from tests.postgis.api.district import add_alert
from tests.postgis.register import REACH

pytestmark = pytest.mark.anyio

Connection = psycopg.Connection[tuple[Any, ...]]
PERIOD = {"from": "2026-05-01T00:00:00Z", "to": "2026-05-02T00:00:00Z"}


async def test_the_load_of_a_day_is_counted(
    client: httpx.AsyncClient, district: Connection
) -> None:
    for rule in ("a", "b", "c"):
        add_alert(district, rule)
    answer = await client.get("/api/v1/alerts/load", params=PERIOD | {"operators": "3"})
    found = answer.json()
    assert answer.status_code == 200
    assert (found["alerts"], found["quiet"], found["operators"]) == (3, 0, 3)
    assert (found["peak"], found["average"]) == (1.0, pytest.approx(1 / 144))
    assert [interval["alerts"] for interval in found["counts"]] == [3]
    assert found["top"][0] == {"rule": "a", "alerts": 1, "share": pytest.approx(1 / 3)}
    assert found["standing"]["at_end"] == 3
    assert found["chatter"] == []


async def test_one_that_chatters_is_named_with_its_thing(
    client: httpx.AsyncClient, district: Connection
) -> None:
    for _ in range(3):
        add_alert(district)
        district.execute("UPDATE alert SET state = 'cleared', cleared_at = raised_at")
    found = (await client.get("/api/v1/alerts/load", params=PERIOD)).json()
    assert [(one["entity"], one["most_per_minute"]) for one in found["chatter"]] == [
        (str(REACH), 3)
    ]


@pytest.mark.parametrize(
    "period",
    [
        {"from": PERIOD["to"], "to": PERIOD["from"]},
        {"from": PERIOD["from"], "to": "2028-05-01T00:00:00Z"},
        {"from": "0001-01-01T00:00:00Z", "to": "0001-01-02T00:00:00Z"},
        {"from": "yesterday", "to": PERIOD["to"]},
        {"to": PERIOD["to"]},
        PERIOD | {"operators": "0"},
    ],
)
async def test_a_period_that_is_none_is_refused(
    client: httpx.AsyncClient, period: dict[str, str]
) -> None:
    answer = await client.get("/api/v1/alerts/load", params=period)
    assert answer.status_code == 422
