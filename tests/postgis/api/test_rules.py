"""Rules over HTTP: saved as versions, with every mistake told at once, withdrawn and restored."""

import json
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from psycopg.types.json import Jsonb

from alerts.rulebook import rule_revision
from alerts.rulekeeping.shipping import ship
from tests.postgis.api.district import PASSWORDS, add_alert, add_people
from tests.postgis.api.test_alerts import basic
from tests.postgis.register import ROAD
from tests.unit.alerts.ruling import level_text, rules_of, video_text

pytestmark = pytest.mark.anyio

Connection = psycopg.Connection[tuple[Any, ...]]

PATH = "/api/v1/rules"
OWN = f"{PATH}/underpass-depth"
RULE: dict[str, Any] = {
    "id": "underpass-depth",
    "version": 1,
    "kind": "level",
    "domain": "flood",
    "field": "rain",
    "quantity": "depth",
    "direction": "above",
    "levels": {"yellow": 0.15, "red": {"property": "closing_depth_m"}},
    "hold": "2min",
    "title_zh": "下穿通道积水",
    "title_en": "water in the underpass",
    "source": "operating manual, 2024",
    "standing": "practice",
    "examples": [{"series": [[0, 0.2], [2, 0.2]], "expect": "yellow", "raises_at": 2}],
}


@pytest.fixture
def admin(district: Connection) -> dict[str, str]:
    add_people(district)
    return basic("administrator", PASSWORDS["administrator"])


async def test_a_rule_is_saved_changed_withdrawn_and_restored(
    client: httpx.AsyncClient, admin: dict[str, str], district: Connection
) -> None:
    made = await client.post(f"{PATH}?reason=agreed", json=RULE, headers=admin)
    assert made.status_code == 201, made.text
    body = made.json()["body"]
    assert (body["hold"], body["levels"]) == ("2 min", RULE["levels"])
    add_alert(district, "underpass-depth")
    body |= {"version": 2, "hold": "3min"}
    body["examples"][0] |= {"series": [[0, 0.2], [3, 0.2]], "raises_at": 3}
    changed = await client.put(f"{OWN}?reason=too+early", json=body, headers=admin)
    assert changed.status_code == 200, changed.text
    told = changed.json()
    assert (told["version"], told["open_alerts"], told["state"]) == (2, 1, "in force")
    assert told["versions"][0] | {"recorded_at": None} == {
        "version": 2,
        "origin": "saved",
        "file": None,
        "recorded_at": None,
        "actor": "administrator",
        "reason": "too early",
        "address": "127.0.0.1",
    }
    out = await client.post(f"{OWN}/withdraw", json={"reason": "puddles"}, headers=admin)
    assert (out.json()["state"], out.json()["reason"]) == ("withdrawn", "puddles")
    back = await client.post(f"{OWN}/restore", json={"reason": "x", "version": 2}, headers=admin)
    assert back.json()["state"] == "in force"
    seen = (await client.get(OWN)).json()
    assert [each["action"] for each in seen["changes"]] == [
        "restored",
        "withdrawn",
        "saved",
        "saved",
    ]
    assert {each["address"] for each in seen["changes"]} == {None}
    first = (await client.get(f"{OWN}/versions/1")).json()
    assert (first["body"]["hold"], first["in_force"]) == ("2 min", False)
    assert rule_revision(district) == 4


async def test_every_mistake_of_a_body_is_told_at_once_and_nothing_is_saved(
    client: httpx.AsyncClient, admin: dict[str, str], district: Connection
) -> None:
    wrong = RULE | {"quantity": "dpeth", "hold": "2 weeks", "colour": 3, "version": 0}
    told = await client.post(PATH, json=wrong, headers=admin)
    assert told.status_code == 422
    for sentence in (
        "body: rule 'underpass-depth': quantity: quantity 'dpeth': expected one of quantities.csv",
        "hold: duration '2 weeks': expected a number",
        "unknown field 'colour'",
        "version 0: input should be greater than or equal to 1",
    ):
        assert sentence in told.json()["detail"]
    example = RULE | {"examples": [{"series": [[0, 0.2]], "expect": "red"}]}
    told = await client.post(PATH, json=example, headers=admin)
    assert "example 1: expected 'red', but the rule gives 'none'" in told.json()["detail"]
    checked = await client.post(
        f"{PATH}/check", json={"rules": [RULE | {"id": "b"}, wrong, RULE]}, headers=admin
    )
    found = checked.json()
    assert found["rules"] == ["b"]
    assert {(one["rule"], one["path"]) for one in found["mistakes"]} == {
        (1, "rules.1.quantity"),
        (1, "rules.1.hold"),
        (1, "rules.1.colour"),
        (1, "rules.1.version"),
        (2, "rules.2.id"),
    }
    assert rule_revision(district) == 0


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"title_en": "a\0b"}, "expected text without NUL"),
        ({"title_en": "\ud800"}, "expected text without NUL and lone surrogates"),
        ({"hold": "9" * 300 + "d"}, "expected at most ten years"),
        ({"levels": {"red": 1e300}}, "expected a number between -1e15 and 1e15"),
        ({"levels": {"red": float("nan")}}, "limit nan: expected a number"),
        ({"version": 10**30}, "expected a number between"),
        ({"kind": ["level"]}, "kind ['level']: expected one of level, rate"),
        ({"id": 7}, "rule 7: id 7: input should be a valid string"),
    ],
)
async def test_strange_values_are_refused_with_a_sentence(
    client: httpx.AsyncClient, admin: dict[str, str], change: dict[str, Any], sentence: str
) -> None:
    # The client's own writer refuses NaN.
    content = json.dumps(RULE | change)
    headers = admin | {"Content-Type": "application/json"}
    told = await client.post(PATH, content=content, headers=headers)
    assert (told.status_code, sentence in told.json()["detail"]) == (422, True), told.text
    both = await client.post(f"{PATH}/check", content=f'{{"rules": [{content}]}}', headers=headers)
    assert sentence in both.json()["mistakes"][0]["sentence"]


async def test_who_is_too_late_or_asks_for_nothing_that_is_gets_a_conflict_or_nothing(
    client: httpx.AsyncClient, admin: dict[str, str]
) -> None:
    await client.post(PATH, json=RULE, headers=admin)
    answers = {
        "again": await client.post(PATH, json=RULE, headers=admin),
        "same version": await client.put(OWN, json=RULE, headers=admin),
        "in force": await client.post(f"{OWN}/restore", json={"reason": "x"}, headers=admin),
    }
    assert {name: answer.status_code for name, answer in answers.items()} == dict.fromkeys(
        answers, 409
    )
    assert "expected version 2" in answers["same version"].json()["detail"]
    other = await client.put(f"{PATH}/other", json=RULE, headers=admin)
    assert other.json()["detail"] == (
        "body id 'underpass-depth': expected 'other', as the address has it"
    )
    for path in ("/other", "/other/versions/1", "/underpass-depth/versions/2"):
        assert (await client.get(PATH + path)).status_code == 404
    told = await client.post(f"{PATH}/other/withdraw", json={"reason": "x"}, headers=admin)
    assert told.status_code == 404
    assert (await client.post(f"{OWN}/withdraw", json={}, headers=admin)).status_code == 422


async def test_only_who_may_write_rules_does(
    client: httpx.AsyncClient, admin: dict[str, str]
) -> None:
    assert admin
    operator = basic("operator", PASSWORDS["operator"])
    for method, path in (("POST", PATH), ("PUT", OWN), ("POST", f"{OWN}/withdraw")):
        told = await client.request(method, path, json=RULE, headers=operator)
        assert told.status_code == 403
        assert "rules.write" in told.json()["detail"]


async def test_the_list_is_filtered_and_comes_in_pages(
    client: httpx.AsyncClient, admin: dict[str, str], district: Connection
) -> None:
    with district.transaction():
        ship(district, rules_of(level_text(name="a-road"), video_text()), actor="twin ingest")
    await client.post(PATH, json=RULE, headers=admin)
    await client.post(f"{PATH}/a-road/withdraw", json={"reason": "x"}, headers=admin)

    async def ids(query: str) -> list[str]:
        answer = await client.get(f"{PATH}?{query}")
        assert answer.status_code == 200, answer.text
        return [item["id"] for item in answer.json()["items"]]

    assert await ids("") == ["a-road", "intruder", "underpass-depth"]
    assert await ids("state=withdrawn") == ["a-road"]
    assert await ids("state=in+force&kind=video") == ["intruder"]
    assert await ids("field=rain&domain=flood") == ["underpass-depth"]
    assert await ids("text=UNDERpass") == ["underpass-depth"]
    assert await ids("text=%25") == []
    page = (await client.get(f"{PATH}?limit=2")).json()
    assert [item["origin"] for item in page["items"]] == ["shipped", "shipped"]
    assert await ids(f"limit=2&cursor={page['next']}") == ["underpass-depth"]
    assert (await client.get(f"{PATH}?kind=fuzzy")).status_code == 422


async def test_a_rule_that_cannot_be_read_any_more_shows_why(
    client: httpx.AsyncClient, admin: dict[str, str], district: Connection
) -> None:
    await client.post(PATH, json=RULE, headers=admin)
    district.execute("UPDATE rule_version SET body = %s", [Jsonb(RULE | {"quantity": "gone"})])
    told = (await client.get(PATH)).json()["items"][0]
    assert told["fault"].startswith("quantity: quantity 'gone': expected one of quantities.csv")
    assert (await client.get(OWN)).json()["body"]["quantity"] == "gone"


async def test_a_rule_is_explained_at_a_thing_to_whoever_may_look(
    client: httpx.AsyncClient, district: Connection
) -> None:
    with district.transaction():
        ship(district, rules_of(level_text()), actor="twin ingest")
    told = await client.get(f"{PATH}/road/explain?entity={ROAD}")
    assert told.status_code == 200, told.text
    found = told.json()
    assert (found["answer"], found["entity"], found["entity_name"]) == (
        "unknown",
        str(ROAD),
        "松白路1段",
    )
    assert found["missing"] == ["depth is not known: nobody measures it"]
    assert (await client.get(f"{PATH}/raod/explain?entity={ROAD}")).status_code == 404
    assert (await client.get(f"{PATH}/road/explain?entity=4403118402000009")).status_code == 404
    for query in ("", f"?entity={ROAD}&at=9999-12-31T23:59:59Z", f"?entity={ROAD}&mode=backfill"):
        assert (await client.get(f"{PATH}/road/explain{query}")).status_code == 422


async def test_the_worked_example_of_the_guide_works(
    client: httpx.AsyncClient, admin: dict[str, str]
) -> None:
    guide = (Path(__file__).parents[3] / "docs" / "rules.md").read_text(encoding="utf-8")
    body = json.loads(guide.split("```json\n")[1].split("```")[0])
    wrong = await client.post(
        PATH, json=body | {"hold": "2 weeks", "quantity": "dpeth"}, headers=admin
    )
    assert f"    {wrong.json()['detail']}\n" in guide
    assert (await client.post(PATH, json=body, headers=admin)).status_code == 201
    seen = (await client.get(f"{PATH}/underpass-water")).json()["body"]
    changed = seen | {"version": 2, "hysteresis": 0.02}
    told = await client.put(f"{PATH}/underpass-water", json=changed, headers=admin)
    assert told.status_code == 200, told.text
