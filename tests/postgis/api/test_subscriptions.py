"""Subscriptions over HTTP: made, changed, tried, withdrawn; calls on incidents and receipts."""

from typing import Any

import httpx
import psycopg
import pytest

from alerts.subscriptions.signing import receipt_token
from tests.postgis.api.district import NOON, PASSWORDS, add_alert, add_people
from tests.postgis.api.test_alerts import basic
from tests.postgis.register import AREA

pytestmark = pytest.mark.anyio

Connection = psycopg.Connection[tuple[Any, ...]]

PATH = "/api/v1/subscriptions"
HOOK = {
    "name": "water bureau",
    "kind": "webhook",
    "target": "https://water.example.org/in?access_token=abc",
    "levels": ["orange", "red"],
    "area": str(AREA),
    "quiet_from": "22:00",
    "quiet_to": "07:00",
}


@pytest.fixture
def admin(district: Connection) -> dict[str, str]:
    add_people(district)
    return basic("administrator", PASSWORDS["administrator"])


async def made(client: httpx.AsyncClient, admin: dict[str, str], **more: object) -> dict[str, Any]:
    answer = await client.post(PATH, json=HOOK | more, headers=admin)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_a_secret_is_told_once_and_never_again(
    client: httpx.AsyncClient, admin: dict[str, str], district: Connection
) -> None:
    new = await made(client, admin)
    assert len(new["secret"]) == 43
    assert (new["quiet_from"], new["area"], new["has_secret"]) == ("22:00", str(AREA), True)
    own = f"{PATH}/{new['id']}"
    answers = [
        await client.get(PATH, headers=admin),
        await client.get(own, headers=admin),
        await client.patch(own, json={"levels": []}, headers=admin),
        await client.get("/api/v1/people/log", headers=admin),
    ]
    renewed = await client.post(f"{own}/secret", json={}, headers=admin)
    answers.append(await client.get(own, headers=admin))
    for answer in answers:
        assert new["secret"] not in answer.text
        assert renewed.json()["secret"] not in answer.text
    stored = district.execute("SELECT secret, old_secret FROM subscription").fetchone()
    assert stored == (renewed.json()["secret"], new["secret"])


async def test_only_who_manages_people_sees_how_somebody_is_reached(
    client: httpx.AsyncClient, admin: dict[str, str]
) -> None:
    new = await made(client, admin)
    whole = (await client.get(PATH, headers=admin)).json()["items"][0]
    seen = (await client.get(f"{PATH}/{new['id']}")).json()
    assert whole["target"] == HOOK["target"]
    assert seen["target"] == "https://water.example.org/…"
    operator = basic("operator", PASSWORDS["operator"])
    refused = await client.post(PATH, json=HOOK | {"name": "x"}, headers=operator)
    assert refused.status_code == 403
    assert (await client.delete(f"{PATH}/{new['id']}", headers=operator)).status_code == 403


MISTAKES: list[tuple[dict[str, object], str]] = [
    ({"target": "ftp://x"}, "https://host/path"),
    ({"kind": "email"}, "expected one like"),
    ({"kind": "cap"}, "expected none of the kind 'cap'"),
    ({"kind": "sms"}, "recipients"),
    ({"quiet_to": None}, "expected both"),
    ({"quiet_from": "25:00"}, "22:00"),
    ({"levels": ["pink"]}, "levels"),
    ({"classes": ["9999"]}, "classes"),
    ({"area": "123"}, "16 digits"),
    ({"per_minute": 0}, "per_minute"),
    ({"secret": "mine"}, "unknown"),
    ({"name": "  "}, "name"),
]


async def test_what_could_not_work_is_refused_with_a_sentence(
    client: httpx.AsyncClient, admin: dict[str, str]
) -> None:
    for change, sentence in MISTAKES:
        answer = await client.post(PATH, json=HOOK | change, headers=admin)
        assert answer.status_code == 422, change
        assert sentence in answer.json()["detail"]


async def test_names_are_taken_until_withdrawn(
    client: httpx.AsyncClient, admin: dict[str, str]
) -> None:
    new = await made(client, admin)
    assert (await client.post(PATH, json=HOOK, headers=admin)).status_code == 409
    assert (await client.delete(f"{PATH}/{new['id']}", headers=admin)).status_code == 204
    assert (await client.delete(f"{PATH}/{new['id']}", headers=admin)).status_code == 404
    assert (await client.get(f"{PATH}/{new['id']}")).status_code == 404
    await made(client, admin)


async def test_a_test_notice_is_queued_and_listed(
    client: httpx.AsyncClient, admin: dict[str, str]
) -> None:
    new = await made(client, admin)
    answer = await client.post(f"{PATH}/{new['id']}/test", json={}, headers=admin)
    assert answer.status_code == 202
    notice = answer.json()["notice"]
    listed = (await client.get("/api/v1/deliveries", params={"state": "waiting"})).json()
    assert [(one["id"], one["reason"]) for one in listed["items"]] == [(notice, "test")]
    assert (await client.get(f"/api/v1/deliveries/{notice}")).json()["target"].endswith("/…")
    again = await client.post(f"/api/v1/deliveries/{notice}/retry", json={}, headers=admin)
    assert again.status_code == 202
    await client.patch(f"{PATH}/{new['id']}", json={"enabled": False}, headers=admin)
    disabled = await client.post(f"{PATH}/{new['id']}/test", json={}, headers=admin)
    assert disabled.status_code == 422


async def test_everyone_is_called_and_who_answers_is_seen(
    client: httpx.AsyncClient, admin: dict[str, str], district: Connection
) -> None:
    await made(client, admin, area=None)
    await made(client, admin, name="others", area=None, domains=["safety"])
    alert = add_alert(district)
    district.execute(
        "INSERT INTO incident (mode, domain, level, state, root_alert, title_zh, title_en,"
        " began_at, changed_at) VALUES ('actual', 'flood', 'red', 'open', %s, '洪水', 'flood',"
        " %s, %s)",
        [alert, NOON, NOON],
    )
    district.execute(
        "INSERT INTO incident_alert SELECT %s, max(id), 'root', 'first', now() FROM incident",
        [alert],
    )
    path = "/api/v1/incidents/1/call"
    said = {"message": "上堤集合"}
    assert (await client.post(path, json=said)).status_code == 401
    call = await client.post(path, json=said, headers=admin)
    assert call.status_code == 201, call.text
    (delivery,) = call.json()["deliveries"]
    assert (delivery["subscription_name"], delivery["receipts"]) == ("water bureau", [])
    row = district.execute("SELECT receipt_key FROM subscription ORDER BY id").fetchone()
    assert row is not None
    token = receipt_token(row[0], delivery["id"], NOON.replace(year=2100))
    answers = f"/api/v1/receipts/{delivery['id']}"
    good = {"token": token, "who": "李队长", "answer": "coming", "note": "20 分钟"}
    assert (await client.post(answers, json=good)).status_code == 204
    assert (await client.post(answers, json=good | {"answer": "received"})).status_code == 204
    assert (await client.post(answers, json=good | {"token": "x"})).status_code == 403
    nobody = answers[:-1] + ("0" if answers[-1] != "0" else "1")
    assert (await client.post(nobody, json=good)).status_code == 404
    (seen,) = (await client.get("/api/v1/incidents/1/calls")).json()["items"]
    (receipt,) = seen["deliveries"][0]["receipts"]
    assert (receipt["who"], receipt["answer"]) == ("李队长", "received")
    assert (await client.get("/api/v1/incidents/2/calls")).status_code == 404
