"""GET /api/v1/health: the running parts in words and figures."""

from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from shapely.geometry import Point

from data.heartbeats import INGEST, Beat, write_beat
from data.own_parts import make_own_parts
from data.registry import ChangeSet, EntityChange, record
from tests.postgis.api.conftest import Connection
from tests.postgis.register import X, Y

pytestmark = pytest.mark.anyio

_SERIES = b"""
    WITH made AS (
        INSERT INTO series (entity, quantity, device, mode)
        VALUES (%(code)s, 'disk_used', %(code)s, 'actual') RETURNING id)
    INSERT INTO series_latest (series_id, ts, value, quality, received_at)
    SELECT id, now(), 41.5, 0, now() FROM made"""
_ALERT = b"""
    INSERT INTO alert (mode, domain, level, entity, rule, rule_version, state, raised_at,
                       observed_at, reason)
    VALUES ('actual', 'device', 'yellow', %s, 'system-disk', 1, 'raised', now(), now(),
            'disk_used 81 % is at or above 80 % (yellow)')"""


async def asked(client: httpx.AsyncClient, app: FastAPI) -> dict[str, Any]:
    await app.state.ingest_watch.look()
    answer = await client.get("/api/v1/health")
    found: dict[str, Any] = answer.json()
    return found


def beat(district: Connection, age_s: int, told: dict[str, object]) -> None:
    with district.transaction(), district.cursor() as cursor:
        write_beat(cursor, Beat(INGEST, 1, "0.1.0", told))
        cursor.execute(b"UPDATE heartbeat SET at = now() - make_interval(secs => %s)", [age_s])


async def test_a_store_on_which_ingest_never_ran_says_so(
    client: httpx.AsyncClient, app: FastAPI
) -> None:
    assert await asked(client, app) == {
        "status": "down",
        "problems": ["ingest has never run on this store: run twin up or twin ingest"],
        "ingest": None,
        "parts": [],
    }


async def test_parts_are_told_with_their_figures_and_what_is_wrong(
    client: httpx.AsyncClient, app: FastAPI, district: Connection
) -> None:
    beat(district, 1, {"stored": 3})
    told = await asked(client, app)
    assert (told["status"], told["problems"]) == ("ok", [])
    assert told["ingest"]["state"] == "running"
    assert told["ingest"]["told"] == {"stored": 3}

    county = EntityChange(4403118805000001, "光明区", Point(X, Y).buffer(5000))
    with district.transaction():
        record(district, ChangeSet("test", "the county", "test", [county]))
    code = make_own_parts(district)["ingest"]
    district.execute(_SERIES, {"code": code})
    district.execute(_ALERT.replace(b" % ", b" %% "), [code])
    beat(district, 1, {"faulty_rules": {"road": "ZeroDivisionError: by zero"}})
    told = await asked(client, app)
    assert told["status"] == "degraded"
    assert told["problems"][0] == "rule road is switched off: ZeroDivisionError: by zero"
    assert told["problems"][1].endswith("disk_used 81 % is at or above 80 % (yellow)")
    parts = {part["part"]: part for part in told["parts"]}
    assert set(parts) == {"ingest", "delivery", "web"}
    (figure,) = parts["ingest"]["figures"]
    assert (figure["quantity"], figure["value"]) == ("disk_used", 41.5)
    assert parts["web"]["figures"] == []
    assert parts["web"]["state"] == "unknown"


async def test_an_old_heartbeat_is_not_known_to_be_silence_at_once(
    client: httpx.AsyncClient, app: FastAPI, district: Connection
) -> None:
    beat(district, 3600, {})
    told = await asked(client, app)
    assert told["ingest"]["state"] == "unknown"
    assert told["ingest"]["age_s"] >= 3600
