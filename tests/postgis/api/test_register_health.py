"""Health and coverage of the register over HTTP."""

import httpx
import pytest
from fastapi import FastAPI
from shapely.geometry import Point

from data.registry import ChangeSet, EntityChange, record
from data.registry.health import CHECKS
from tests.postgis.api.conftest import Connection
from tests.postgis.register import FREE_GAUGE, X, Y
from twin.api.register_health import Reports

pytestmark = pytest.mark.anyio

HEALTH = "/api/v1/register/health"
COVERAGE = "/api/v1/register/coverage"


def change(district: Connection, entity: EntityChange) -> None:
    with district.transaction():
        record(district, ChangeSet("li", "a change", "desk", [entity]))


async def test_every_check_is_told_with_its_examples(
    client: httpx.AsyncClient, district: Connection
) -> None:
    change(district, EntityChange(FREE_GAUGE, geometry=Point(X, Y + 25_000)))
    answer = (await client.get(HEALTH)).json()
    assert answer["healthy"] is False
    checks = {check["id"]: check for check in answer["checks"]}
    assert list(checks) == list(CHECKS)
    found = checks["outside-district"]
    assert (found["severity"], found["count"]) == ("error", 1)
    assert found["examples"][0]["code"] == str(FREE_GAUGE)
    assert found["examples"][0]["printed"].startswith("440311-8501-000002-")
    assert "m outside county 440311" in found["examples"][0]["sentence"]


async def test_fewer_examples_can_be_asked_for(client: httpx.AsyncClient) -> None:
    for sample in (0, 4):
        answer = (await client.get(HEALTH, params={"sample": sample})).json()
        owners = next(check for check in answer["checks"] if check["id"] == "no-owner")
        assert (owners["count"], len(owners["examples"])) == (10, sample)
    assert (await client.get(HEALTH, params={"sample": 101})).status_code == 422


async def test_a_report_is_remembered_for_a_minute(
    app: FastAPI, client: httpx.AsyncClient, district: Connection
) -> None:
    seconds = [0.0]
    app.state.register_reports = Reports(lambda: seconds[0])
    first = (await client.get(HEALTH)).json()
    change(district, EntityChange(FREE_GAUGE, owner="水务局"))
    assert (await client.get(HEALTH)).json() == first
    seconds[0] = 61.0
    later = (await client.get(HEALTH)).json()
    counts = [
        next(check["count"] for check in answer["checks"] if check["id"] == "no-owner")
        for answer in (first, later)
    ]
    assert counts == [10, 9]


async def test_coverage_tells_the_whole_and_each_group(client: httpx.AsyncClient) -> None:
    (whole,) = (await client.get(COVERAGE)).json()["groups"]
    assert (whole["group"], whole["entities"]) == (None, 10)
    link = next(measure for measure in whole["measures"] if measure["id"] == "link")
    assert link == {"id": "link", "of": 5, "have": 3, "missing": 2, "share": 0.6}
    groups = (await client.get(COVERAGE, params={"by": "class"})).json()["groups"]
    assert {"8202": "河段"}.items() <= {g["group"]: g["name"] for g in groups}.items()
    assert (await client.get(COVERAGE, params={"by": "colour"})).status_code == 422
