"""People at alerts over the API: fifty at once, photos, comments, shelves, silences, finds."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import psycopg
import pytest

from tests.postgis.api.district import PASSWORDS, add_alert, add_people
from tests.postgis.api.test_alerts import CLOSED, acknowledge, basic
from tests.postgis.api.test_register import items
from tests.postgis.register import AREA, LEVEL_GAUGE, REACH, ROAD
from tests.unit.alerts.test_pictures import JPEG, PNG
from twin.api.accounts import create_account, create_api_key

pytestmark = pytest.mark.anyio

Connection = psycopg.Connection[tuple[Any, ...]]
FIFTY = 50


@pytest.fixture
def dispatcher(district: Connection) -> dict[str, str]:
    """Headers of a dispatcher."""
    return {"X-API-Key": create_api_key(district, "desk-1", "dispatcher")}


@pytest.fixture
def crew(district: Connection) -> dict[str, str]:
    """Headers of a crew in the field."""
    return {"X-API-Key": create_api_key(district, "crew-3", "field")}


def ahead(hours: float) -> str:
    return (datetime.now(UTC) + timedelta(hours=hours)).isoformat()


def place_of(connection: Connection, code: int) -> list[float]:
    row = connection.execute(
        "SELECT ST_X(p), ST_Y(p) FROM (SELECT ST_Transform(ST_PointOnSurface(geom), 4326) AS p"
        " FROM entity WHERE code = %s) x",
        (code,),
    ).fetchone()
    assert row is not None
    return [row[0], row[1]]


async def post(
    client: httpx.AsyncClient, path: str, headers: dict[str, str], **body: object
) -> httpx.Response:
    return await client.post(f"/api/v1/{path}", json=body, headers=headers)


async def test_of_fifty_operators_at_once_each_step_is_made_by_one(
    client: httpx.AsyncClient, district: Connection, dispatcher: dict[str, str]
) -> None:
    alert = add_alert(district)
    walk: list[dict[str, Any]] = [
        {"to": "acknowledged"},
        {"to": "assigned", "assignee": "wang"},
        {"to": "dispatched"},
        {"to": "on_site"},
        {"to": "resolved"},
        {"to": "verified"},
        CLOSED,
    ]
    for step in walk:
        often = FIFTY if step["to"] in ("acknowledged", "assigned", "closed") else 5
        answers = await asyncio.gather(
            *(acknowledge(client, alert, dispatcher, **step) for _ in range(often))
        )
        assert sorted(answer.status_code for answer in answers) == [200] + [409] * (often - 1)
    history = await items(client, f"/api/v1/alerts/{alert}/transitions")
    assert [step["event"] for step in history] == ["raised", *(step["to"] for step in walk)]
    versions = district.execute("SELECT version FROM alert").fetchall()
    assert versions == [(len(walk) + 1,)]


async def test_each_role_takes_the_steps_that_are_theirs(
    client: httpx.AsyncClient,
    district: Connection,
    dispatcher: dict[str, str],
    crew: dict[str, str],
) -> None:
    add_people(district)
    operator = basic("operator", PASSWORDS["operator"])
    alert = add_alert(district)
    for who, step, expected in (
        (crew, {"to": "assigned", "assignee": "wang"}, 403),
        (operator, {"to": "assigned", "department": "drainage"}, 200),
        (operator, {"to": "dispatched"}, 403),
        (dispatcher, {"to": "dispatched", "assignee": "crew-3"}, 200),
        (crew, {"to": "on_site", "place": [113.93, 22.75]}, 200),
        (crew, {"to": "resolved", "note": "grate cleaned"}, 200),
        (crew, {"to": "verified"}, 403),
        (operator, {"to": "verified"}, 200),
        (crew, CLOSED, 403),
        (operator, {"to": "closed", "verdict": "confirmed"}, 422),
        (operator, CLOSED, 200),
        (operator, {"to": "resolved"}, 409),
    ):
        answer = await acknowledge(client, alert, who, **step)
        assert answer.status_code == expected, answer.text
    assert "possible is nothing" in answer.json()["detail"]
    history = await items(client, f"/api/v1/alerts/{alert}/transitions")
    assert history[3]["place"] == [113.93, 22.75]
    assert history[3]["address"] is None
    seen = await client.get(f"/api/v1/alerts/{alert}/transitions", headers=operator)
    assert seen.json()["items"][3]["address"] == "127.0.0.1"


async def test_comments_and_photos_stand_in_the_history(
    client: httpx.AsyncClient, district: Connection, crew: dict[str, str]
) -> None:
    alert = add_alert(district)
    told = await post(client, f"alerts/{alert}/comments", crew, text="水退了一半")
    assert (told.status_code, told.json()["version"]) == (201, 1)
    path = f"/api/v1/alerts/{alert}/photos"
    raw = crew | {"Content-Type": "image/png"}
    kept = await client.post(f"{path}?caption=left&place=113.9,22.7", content=JPEG, headers=raw)
    assert kept.status_code == 201, kept.text
    photo = {"photo": ("shell.php", PNG, "text/html")}
    form = await client.post(path, data={"caption": "right"}, files=photo, headers=crew)
    assert form.status_code == 201, form.text
    history = await items(client, f"/api/v1/alerts/{alert}/transitions")
    assert [(s["event"], s["note"], s["photo"] is None) for s in history[1:]] == [
        ("commented", "水退了一半", True),
        ("photographed", "left", False),
        ("photographed", "right", False),
    ]
    shown = await client.get(kept.json()["address"])
    assert (shown.content, shown.headers["content-type"]) == (JPEG, "image/jpeg")
    assert shown.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert shown.headers["X-Content-Type-Options"] == "nosniff"


async def test_what_is_no_photo_or_comes_from_nobody_is_refused(
    client: httpx.AsyncClient, district: Connection, crew: dict[str, str]
) -> None:
    alert = add_alert(district)
    path = f"/api/v1/alerts/{alert}/photos"
    jpeg = {"Content-Type": "image/jpeg"}
    for content, headers, expected in (
        (b"<script>", crew | jpeg, 415),
        (JPEG, crew | {"Content-Type": "text/html"}, 415),
        (JPEG, jpeg, 401),
        (JPEG, crew | jpeg | {"Origin": "http://evil.test"}, 403),
        (JPEG, crew | {"Content-Type": "multipart/form-data"}, 422),
        (b"--x\r\n\r\n--x--", crew | {"Content-Type": "multipart/form-data; boundary=x"}, 422),
        (bytes(9 << 20), crew | jpeg, 413),
        (JPEG, crew | jpeg, 201),
        (JPEG, crew | jpeg, 409),
    ):
        answer = await client.post(path, content=content, headers=headers)
        assert answer.status_code == expected, answer.text
    assert (await client.get(f"{path}/4711")).status_code == 404
    missing = await client.post("/api/v1/alerts/4711/photos", content=JPEG, headers=crew | jpeg)
    assert missing.status_code == 404


async def test_a_shelf_has_an_end_and_a_reason(
    client: httpx.AsyncClient, district: Connection, dispatcher: dict[str, str]
) -> None:
    alert = add_alert(district)
    path = f"alerts/{alert}/shelve"
    for hours, expected in ((30, 422), (-1, 422), (2, 200), (3, 409)):
        answer = await post(client, path, dispatcher, until=ahead(hours), reason="known")
        assert answer.status_code == expected, answer.text
    assert (await post(client, path, dispatcher, until=ahead(1))).status_code == 422
    assert [a["id"] for a in await items(client, "/api/v1/alerts", quiet="true")] == [alert]
    assert await items(client, "/api/v1/alerts", quiet="false") == []
    back = await post(client, f"alerts/{alert}/unshelve", dispatcher)
    assert (back.status_code, back.json()["quiet"]) == (200, None)


async def test_a_silence_is_made_listed_and_ended_and_stays_in_the_list(
    client: httpx.AsyncClient, dispatcher: dict[str, str]
) -> None:
    body = {"ends_at": ahead(2), "reason": "pump test"}
    for wrong, expected in (
        ({}, "expected entities, area"),
        ({"entities": ["4403118202009999"]}, "4403118202009999: expected one of the register"),
        ({"domains": ["flood"], "ends_at": ahead(24 * 40)}, "at most"),
        ({"domains": ["flood"], "ends_at": ahead(-1)}, "after now"),
        ({"domains": ["flood"], "starts_at": ahead(3)}, "after starts_at"),
    ):
        answer = await post(client, "silences", dispatcher, **(body | wrong))
        assert answer.status_code == 422
        assert expected in answer.json()["detail"]
    parts = {"kind": "maintenance", "entities": [str(LEVEL_GAUGE)], "area": str(AREA)}
    made = await post(client, "silences", dispatcher, **body, **parts, classes=["8202"])
    assert made.status_code == 201, made.text
    told = made.json()
    assert (told["made_by"], told["standing"], told["entities"]) == (
        "key desk-1",
        "active",
        [str(LEVEL_GAUGE)],
    )
    coming = await post(client, "silences", dispatcher, reason="works", rules=["river-level"],
                        starts_at=ahead(5), ends_at=ahead(6))  # fmt: skip
    assert coming.json()["standing"] == "coming"
    path = f"/api/v1/silences/{told['id']}"
    ended = await client.delete(path, headers=dispatcher)
    assert (ended.status_code, ended.json()["ended_by"]) == (200, "key desk-1")
    assert (await client.delete(path, headers=dispatcher)).status_code == 409
    assert (await client.get(path)).json()["standing"] == "over"
    assert (await client.delete("/api/v1/silences/99", headers=dispatcher)).status_code == 404
    assert len(await items(client, "/api/v1/silences", limit=1)) == 2
    assert len(await items(client, "/api/v1/silences", standing="coming")) == 1


async def report(
    client: httpx.AsyncClient, who: dict[str, str], number: str, **body: object
) -> dict[str, Any]:
    told = {"number": number, "source": "patrol", "class": "road_ponding", **body}
    answer = await post(client, "cases", who, **told)
    assert answer.status_code in (200, 201), answer.text
    found: dict[str, Any] = answer.json()
    assert (answer.status_code == 201) == (not found["merged"] and not found["repeated"])
    return found


async def test_a_find_becomes_an_alert_and_the_next_one_there_a_report_of_it(
    client: httpx.AsyncClient, district: Connection, crew: dict[str, str]
) -> None:
    lon, lat = place_of(district, ROAD)
    first = await report(client, crew, "1", place=[lon, lat + 0.0004], text="半个轮胎深",
                         reporter="陈")  # fmt: skip
    alert = first["alert"]
    assert (alert["rule"], alert["entity"], alert["found_by"], alert["title_zh"]) == (
        "case-road_ponding",
        str(ROAD),
        "patrol",
        "道路积水",
    )
    assert (alert["level"], alert["state"], alert["place"][0]) == ("orange", "raised", lon)
    again = await report(client, crew, "1", place=[lon, lat + 0.0004], text="半个轮胎深",
                         reporter="陈")  # fmt: skip
    assert (again["repeated"], again["case"]) == (True, first["case"])
    other = await post(client, "cases", crew, number="1", source="patrol",
                       **{"class": "road_collapse"}, place=[lon, lat])  # fmt: skip
    assert (other.status_code, "that of another find" in other.json()["detail"]) == (409, True)
    second = await report(client, crew, "1", source="hotline", entity=str(ROAD), text="过不去")
    assert second["merged"]
    assert (second["alert"]["id"], second["alert"]["occurrences"]) == (alert["id"], 2)
    history = await items(client, f"/api/v1/alerts/{alert['id']}/transitions")
    assert [(step["event"], step["note"]) for step in history] == [
        ("raised", "半个轮胎深"),
        ("reported", "过不去"),
    ]
    kept = await items(client, "/api/v1/cases", alert=alert["id"])
    assert [(case["source"], case["number"], case["merged"]) for case in kept] == [
        ("hotline", "1", True),
        ("patrol", "1", False),
    ]


async def test_a_find_joins_the_open_alert_of_a_rule_that_means_the_same(
    client: httpx.AsyncClient, district: Connection, crew: dict[str, str]
) -> None:
    alert = add_alert(district)
    place = place_of(district, REACH)
    joined = await report(client, crew, "7", place=place, **{"class": "river_high"})
    assert (joined["merged"], joined["alert"]["id"]) == (True, alert)
    apart = await report(client, crew, "8", place=place, **{"class": "floating_debris"})
    assert (apart["merged"], apart["alert"]["domain"]) == (False, "water_quality")


async def test_two_finds_far_apart_in_one_area_are_two_alerts(
    client: httpx.AsyncClient, district: Connection, crew: dict[str, str]
) -> None:
    lon, lat = place_of(district, ROAD)
    found = [
        await report(
            client, crew, str(n), place=[lon + east, lat - 0.01], **{"class": "fallen_tree"}
        )
        for n, east in enumerate((0.0, 0.005, 0.0001))
    ]
    assert [one["merged"] for one in found] == [False, False, True]
    assert {one["alert"]["entity"] for one in found} == {"4403118803000001"}
    assert found[2]["alert"]["id"] == found[0]["alert"]["id"]


async def test_fifty_reports_of_one_thing_at_once_are_one_alert(
    client: httpx.AsyncClient, district: Connection, crew: dict[str, str]
) -> None:
    place = place_of(district, ROAD)
    found = await asyncio.gather(
        *(report(client, crew, str(n % 25), place=place) for n in range(FIFTY))
    )
    assert {one["alert"]["id"] for one in found} == {found[0]["alert"]["id"]}
    assert sum(one["repeated"] for one in found) == 25
    assert district.execute("SELECT occurrences, version FROM alert").fetchall() == [(25, 25)]


SENSELESS: list[tuple[dict[str, Any], str]] = [
    ({}, "expected a place or an entity"),
    ({"place": [24.0, 0.0]}, "nothing of the register"),
    ({"place": [0.0, 89.0]}, "within ±85"),
    ({"place": [181.0, 0.0]}, "less than or equal to 180"),
    ({"place": [1.0]}, "place"),
    ({"entity": "4403118202009999"}, "expected one in use"),
    ({"class": "ufo", "entity": str(ROAD)}, "expected a row of the table"),
    ({"source": "rule", "entity": str(ROAD)}, "expected who found it"),
    ({"observed_at": "2999-01-01T00:00:00Z", "entity": str(ROAD)}, "expected no future"),
]


async def test_a_find_that_makes_no_sense_is_refused(
    client: httpx.AsyncClient, crew: dict[str, str]
) -> None:
    for body, sentence in SENSELESS:
        told = {"number": "1", "source": "grid", "class": "road_ponding", **body}
        answer = await post(client, "cases", crew, **told)
        assert answer.status_code == 422
        assert sentence in answer.json()["detail"]


async def test_precision_is_told_by_what_is_asked_for(
    client: httpx.AsyncClient, district: Connection, dispatcher: dict[str, str]
) -> None:
    create_account(district, "li", "a long password", "operator")
    for rule, verdict in (("a", "confirmed"), ("b", "confirmed"), ("c", "false"), ("d", "test")):
        alert = add_alert(district, rule)
        step = {"to": "closed", "verdict": verdict, "reason": "seen"}
        assert (await acknowledge(client, alert, dispatcher, **step)).status_code == 200
    add_alert(district, "e")
    told = (await client.get("/api/v1/alerts/precision", params={"by": "source"})).json()
    assert told["items"] == [
        {
            "key": "rule",
            "name": None,
            "confirmed": 2,
            "false": 1,
            "duplicate": 0,
            "test": 1,
            "waiting": 1,
            "precision": 2 / 3,
        }
    ]
    later = {"by": "rule", "from": "2026-05-02T00:00:00Z"}
    none = (await client.get("/api/v1/alerts/precision", params=later)).json()
    assert (none["items"], none["total"]["precision"]) == ([], None)
