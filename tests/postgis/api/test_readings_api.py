"""Readings over HTTP: who may, and that nothing is answered before it is stored."""

import asyncio
import gzip
import json
from collections.abc import Iterator
from typing import Any

import httpx
import psycopg
import pytest
from fastapi import FastAPI

from tests.postgis.api.handing import NOON_US, SmallIngest
from tests.postgis.register import LEVEL_GAUGE, ROAD_GAUGE
from twin.api.keys import NewKey, add_api_key
from twin.codes import EntityCode

pytestmark = pytest.mark.anyio

Connection = psycopg.Connection[tuple[Any, ...]]

NOON_MS = NOON_US // 1000
HEADING = "device,ts,quantity,value"


@pytest.fixture
def ingest(app: FastAPI, database_url: str) -> Iterator[SmallIngest]:
    made = SmallIngest(database_url)
    app.state.door = made.door
    yield made
    made.pipeline.close()


@pytest.fixture
async def gauge(
    ingest: SmallIngest, client: httpx.AsyncClient, district: Connection
) -> httpx.AsyncClient:
    """A client with a key that may hand readings in, and nothing else."""
    assert ingest.topics == []
    new = NewKey("gauges", "administrator", ("readings.write",))
    client.headers["X-API-Key"] = add_api_key(district, new, by="test")
    return client


async def post(
    gauge: httpx.AsyncClient, body: object, query: str = "", media: str = "application/json"
) -> httpx.Response:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"Content-Type": media}
    return await gauge.post(f"/api/v1/readings{query}", content=content, headers=headers)


async def upload(
    gauge: httpx.AsyncClient, *lines: str, query: str = "", accept: str = "application/json"
) -> httpx.Response:
    headers = {"Content-Type": "text/csv", "Accept": accept}
    content = "\n".join([HEADING, *lines]).encode()
    return await gauge.post(f"/api/v1/readings/csv{query}", content=content, headers=headers)


def level(value: float, second: int = 0, device: object = str(LEVEL_GAUGE)) -> dict[str, Any]:
    return {"device": device, "ts": NOON_MS + second * 1000, "level": value}


def values(district: Connection) -> list[float]:
    rows = district.execute("SELECT value FROM observation ORDER BY ts, value").fetchall()
    return [value for (value,) in rows]


async def test_readings_stand_once_they_are_answered(
    gauge: httpx.AsyncClient, district: Connection, ingest: SmallIngest
) -> None:
    body = [level(1.5), level(2.5, 60, {"scheme": "mqtt", "value": "gauge-1"})]
    answer = await post(gauge, body)
    assert (answer.status_code, answer.json()) == (200, {"stored": 2, "known": 0, "faults": []})
    assert values(district) == [1.5, 2.5]
    assert ingest.topics == ["citytwin/v1/http/json/key%20gauges"]


async def test_the_same_body_again_does_no_harm(
    gauge: httpx.AsyncClient, district: Connection
) -> None:
    answers = await asyncio.gather(post(gauge, level(1.5)), post(gauge, level(1.5)))
    assert [answer.status_code for answer in answers] == [200, 200]
    assert (await post(gauge, level(1.5))).json() == {"stored": 0, "known": 1, "faults": []}
    assert values(district) == [1.5]


async def test_the_readable_part_is_stored_and_the_rest_has_its_sentence(
    gauge: httpx.AsyncClient, district: Connection
) -> None:
    answer = await post(gauge, [level(1.5), level(2.5, device="4403118501009999"), {"level": 1}])
    assert answer.status_code == 200
    assert answer.json()["stored"] == 1
    reasons = [fault["reason"] for fault in answer.json()["faults"]]
    assert reasons == ["unknown device", "unknown device"]
    assert "object 3: device null" in answer.json()["faults"][0]["sentence"]
    assert values(district) == [1.5]


@pytest.mark.parametrize("body", [b"", b"no json", b"[]", b'{"device": 5, "level": 1}', b"7"])
async def test_a_body_of_which_nothing_can_be_read_is_refused(
    gauge: httpx.AsyncClient, district: Connection, body: bytes
) -> None:
    answer = await post(gauge, body)
    assert answer.status_code == 422
    assert "expected" in answer.json()["detail"]
    assert values(district) == []


@pytest.mark.parametrize(
    ("media", "body"),
    [
        ("application/senml+json", b'[{"bn":"rain-7:","bt":1779336000,"n":"level","v":1.5}]'),
        (
            "application/senml+xml",
            b'<sensml xmlns="urn:ietf:params:xml:ns:senml"><senml n="rain-7:ph" v="1"/></sensml>',
        ),
        ("application/senml+cbor", bytes.fromhex("81a421677261696e2d373a22 1a6a0e8b40")),
    ],
)
async def test_senml_reaches_its_decoder(
    gauge: httpx.AsyncClient, ingest: SmallIngest, media: str, body: bytes
) -> None:
    answer = await post(gauge, body, media=media)
    assert answer.status_code == 422
    kind = media.removeprefix("application/").replace("+", "-")
    assert ingest.topics == [f"citytwin/v1/http/{kind}/key%20gauges"]
    if kind != "senml-cbor":
        assert "rain-7" in answer.json()["detail"]


async def test_gzip_is_unpacked_within_the_limit(
    gauge: httpx.AsyncClient, district: Connection
) -> None:
    async def packed(body: bytes) -> int:
        headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
        return (await gauge.post("/api/v1/readings", content=body, headers=headers)).status_code

    assert await packed(gzip.compress(json.dumps(level(1.5)).encode())) == 200
    assert await packed(gzip.compress(b" " * (2 << 20))) == 413
    assert await packed(gzip.compress(json.dumps(level(2.5)).encode())[:-3]) == 422
    assert await packed(b"no gzip") == 422
    assert values(district) == [1.5]


async def test_a_body_over_one_mebibyte_is_refused(
    gauge: httpx.AsyncClient, ingest: SmallIngest
) -> None:
    assert (await post(gauge, b" " * ((1 << 20) + 1))).status_code == 413
    assert ingest.topics == []


@pytest.mark.parametrize("media", ["text/plain", "multipart/form-data", "", "text/csv"])
async def test_what_a_foreign_form_can_send_is_refused(
    gauge: httpx.AsyncClient, media: str, ingest: SmallIngest
) -> None:
    assert (await post(gauge, level(1.5), media=media)).status_code == 415
    assert ingest.topics == []


async def test_who_may_only_look_hands_nothing_in(
    client: httpx.AsyncClient, ingest: SmallIngest
) -> None:
    assert (await post(client, level(1.5))).status_code == 401
    assert (await upload(client)).status_code == 401
    assert ingest.topics == []


async def test_each_mode_has_its_topic(
    gauge: httpx.AsyncClient, district: Connection, ingest: SmallIngest
) -> None:
    for mode in ("actual", "exercise", "replay", "backfill"):
        assert (await post(gauge, level(1.5), f"?mode={mode}")).status_code == 200
    assert [topic.split("/")[1] for topic in ingest.topics] == [
        "v1",
        "exercise",
        "replay",
        "backfill",
    ]
    modes = district.execute("SELECT mode FROM series ORDER BY mode").fetchall()
    assert modes == [("actual",), ("exercise",), ("replay",)]


async def test_a_correction_says_who_and_why_in_the_store_and_in_the_log(
    gauge: httpx.AsyncClient, district: Connection
) -> None:
    await post(gauge, level(1.5))
    assert (await post(gauge, level(2.5))).json()["known"] == 1
    reason = "水准点 +0.5 m / surveyed"
    answer = await gauge.post("/api/v1/readings", params={"revise": reason}, json=level(3.5))
    assert answer.json() == {"stored": 1, "known": 0, "faults": []}
    assert values(district) == [3.5]
    revised = "SELECT old_value, new_value, actor, reason FROM observation_revision"
    assert district.execute(revised).fetchall() == [(1.5, 3.5, "key gauges", reason)]
    logged = "SELECT actor, subject, detail FROM actor_log WHERE action = 'readings.revise'"
    assert district.execute(logged).fetchall() == [("key gauges", reason, {"readings": 1})]


async def test_a_file_that_ends_early_leaves_its_corrections_in_the_log(
    gauge: httpx.AsyncClient, district: Connection
) -> None:
    rows = [f"{LEVEL_GAUGE},{NOON_MS + at * 1000},level,1.5" for at in range(3000)]
    assert (await upload(gauge, *rows)).json()["stored"] == 3000
    cut = [*(row.replace("1.5", "2.5") for row in rows), "x" * 20_000]
    answers = [
        await upload(gauge, *cut, query="?revise=surveyed"),
        await upload(
            gauge, *rows, "x" * 20_000, query="?revise=back", accept="application/x-ndjson"
        ),
    ]
    assert [answer.status_code for answer in answers] == [422, 200]
    assert "is longer than 16384 bytes" in answers[0].json()["detail"]
    assert answers[0].json()["detail"].endswith("1999 of 1999 rows stand")
    logged = "SELECT subject, detail FROM actor_log WHERE action = 'readings.revise' ORDER BY id"
    told = {"readings": 1999}
    assert district.execute(logged).fetchall() == [("surveyed", told), ("back", told)]


async def test_a_correction_without_a_reason_is_refused(
    gauge: httpx.AsyncClient, ingest: SmallIngest
) -> None:
    answer = await gauge.post("/api/v1/readings", params={"revise": "  "}, json=level(1.5))
    assert answer.status_code == 422
    assert ingest.topics == []


async def test_a_device_may_be_called_as_its_label_prints_it(
    gauge: httpx.AsyncClient, district: Connection
) -> None:
    printed = EntityCode.from_int(LEVEL_GAUGE).printed()
    assert (await post(gauge, level(1.5, device=printed))).json()["stored"] == 1
    assert (await upload(gauge, f"{printed},{NOON_MS + 1000},level,2.5")).json()["stored"] == 1
    wrong = printed[:-1] + ("A" if printed[-1] != "A" else "B")
    refused = await post(gauge, level(3.5, device=wrong))
    assert refused.status_code == 422
    assert f"check character is {printed[-1]}" in refused.json()["detail"]
    assert values(district) == [1.5, 2.5]


async def test_revisions_and_conflicts_of_a_series_are_listed_page_by_page(
    gauge: httpx.AsyncClient, district: Connection
) -> None:
    for value in (1.5, 2.5, 3.5):
        await post(gauge, level(value))
    for value in (4.5, 5.5):
        await post(gauge, level(value), "?revise=surveyed")
    del gauge.headers["X-API-Key"]
    (series,) = district.execute("SELECT id FROM series").fetchone() or (0,)

    async def pages(name: str) -> list[dict[str, Any]]:
        items, cursor = [], ""
        while True:
            path = f"/api/v1/series/{series}/{name}?limit=1{cursor}"
            page = (await gauge.get(path)).json()
            items += page["items"]
            if page["next"] is None:
                return items
            cursor = f"&cursor={page['next']}"

    revised = [(item["old_value"], item["new_value"]) for item in await pages("revisions")]
    assert revised == [(4.5, 5.5), (1.5, 4.5)]
    assert [item["value"] for item in await pages("conflicts")] == [3.5, 2.5]
    assert (await gauge.get("/api/v1/series/99999/revisions")).status_code == 404


async def test_without_the_broker_nothing_is_handed_in(
    gauge: httpx.AsyncClient, ingest: SmallIngest
) -> None:
    ingest.door.disconnected()
    answer = await post(gauge, level(1.5))
    assert answer.status_code == 503
    assert answer.headers["Retry-After"]
    assert "nothing was handed in" in answer.json()["detail"]
    assert ingest.topics == []


async def test_a_lost_broker_ends_the_waiting_at_once(
    gauge: httpx.AsyncClient, ingest: SmallIngest
) -> None:
    ingest.deaf = True
    waiting = asyncio.create_task(post(gauge, level(1.5)))
    async with asyncio.timeout(4):
        while not ingest.topics:  # noqa: ASYNC110 - the door has no event of its own
            await asyncio.sleep(0.01)
        ingest.door.disconnected()
        answer = await waiting
    assert answer.status_code == 503
    assert "may still be stored; sending again does no harm" in answer.json()["detail"]


async def test_a_file_is_stored_as_history_that_nobody_judges(
    gauge: httpx.AsyncClient, district: Connection, ingest: SmallIngest
) -> None:
    ingest.takes_s = 0.5
    rows = [f"{LEVEL_GAUGE},{NOON_MS + at * 1000},level,{at / 10}" for at in range(9000)]
    answer = await upload(gauge, *rows)
    assert answer.status_code == 200
    report = answer.json()
    assert (report["rows"], report["stored"], report["known"]) == (9000, 9000, 0)
    assert report["done"]
    assert {topic.split("/")[1] for topic in ingest.topics} == {"backfill"}
    assert ingest.most_waiting == 2
    assert len(values(district)) == 9000
    assert district.execute("SELECT count(*) FROM alert").fetchall() == [(0,)]
    assert (await upload(gauge, *rows)).json()["known"] == 9000


async def test_each_row_that_cannot_be_taken_is_told_by_its_line(
    gauge: httpx.AsyncClient, district: Connection
) -> None:
    answer = await upload(
        gauge,
        f"{LEVEL_GAUGE},2026-05-01T08:00:00+08:00,level,1.5",
        f"{LEVEL_GAUGE},yesterday,level,1.5",
        "",
        "hj212:nobody,2026-05-01T08:00:00+08:00,level,1.5",
        f"{ROAD_GAUGE},2026-05-01T08:00:00+08:00,height,1.5",
        f"{ROAD_GAUGE},2026-05-01T08:00:00+08:00,depth",
        f"{ROAD_GAUGE},2026-05-01T08:00:00+08:00,depth,nan",
    )
    report = answer.json()
    assert (report["rows"], report["stored"], report["refused"]) == (6, 1, 5)
    assert [fault["line"] for fault in report["faults"]] == [3, 5, 6, 7, 8]
    assert all("expected" in fault["sentence"] for fault in report["faults"])
    assert values(district) == [1.5]
    assert district.execute("SELECT count(*) FROM parked_message").fetchall() == [(0,)]


async def test_a_file_of_which_no_row_can_be_taken_is_refused(gauge: httpx.AsyncClient) -> None:
    answer = await upload(gauge, "nobody,2026-05-01T08:00:00+08:00,level,1.5")
    assert answer.status_code == 422
    assert answer.json()["detail"].startswith("line 2: entity code 'nobody'")


@pytest.mark.parametrize("heading", ["", "device,ts,level", "device,ts,quantity,value,colour"])
async def test_a_file_without_our_columns_is_refused(
    gauge: httpx.AsyncClient, heading: str, ingest: SmallIngest
) -> None:
    headers = {"Content-Type": "text/csv", "Accept": "application/x-ndjson"}
    answer = await gauge.post("/api/v1/readings/csv", content=heading, headers=headers)
    assert answer.status_code == 422
    assert "expected device, ts, quantity, value" in answer.json()["detail"]
    assert ingest.topics == []


async def test_progress_is_told_line_by_line(gauge: httpx.AsyncClient) -> None:
    rows = [f"{LEVEL_GAUGE},{NOON_MS + at * 1000},level,{at / 10}" for at in range(5000)]
    answer = await upload(gauge, *rows, accept="application/x-ndjson")
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    told = [json.loads(line) for line in answer.text.splitlines()]
    assert [line["stored"] for line in told] == [1999, 3999, 5000, 5000]
    assert [line["done"] for line in told] == [False, False, False, True]
    assert told[-1]["error"] is None


async def test_an_upload_that_loses_the_broker_says_so_in_its_last_line(
    gauge: httpx.AsyncClient, ingest: SmallIngest
) -> None:
    rows = [f"{LEVEL_GAUGE},{NOON_MS + at * 1000},level,1" for at in range(2000)]
    ingest.door.disconnected()
    answer = await upload(gauge, *rows, accept="application/x-ndjson")
    last = json.loads(answer.text.splitlines()[-1])
    assert last["done"]
    assert "nothing was handed in" in last["error"]
    assert (await upload(gauge, *rows)).status_code == 503


async def test_a_file_of_corrections_replaces_what_stands(
    gauge: httpx.AsyncClient, district: Connection
) -> None:
    await upload(gauge, f"{LEVEL_GAUGE},{NOON_MS},level,1.5")
    answer = await upload(gauge, f"{LEVEL_GAUGE},{NOON_MS},level,2.5", query="?revise=surveyed")
    assert answer.json()["stored"] == 1
    assert values(district) == [2.5]
    logged = "SELECT count(*) FROM actor_log WHERE action = 'readings.revise'"
    assert district.execute(logged).fetchall() == [(1,)]


async def test_a_packed_file_of_two_members_is_read_whole(
    gauge: httpx.AsyncClient, district: Connection
) -> None:
    parts = [f"{HEADING}\n{LEVEL_GAUGE},{NOON_MS},le", f"vel,1.5\r\n{LEVEL_GAUGE},1,level,2.5\r\n"]
    headers = {"Content-Type": "text/csv", "Content-Encoding": "gzip"}
    content = b"".join(gzip.compress(part.encode()) for part in parts)
    answer = await gauge.post("/api/v1/readings/csv", content=content, headers=headers)
    assert answer.json()["stored"] == 2
    assert values(district) == [2.5, 1.5]
