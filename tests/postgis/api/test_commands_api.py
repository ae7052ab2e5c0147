"""Commands over HTTP: who may, what is answered, and what is written down."""

import asyncio
from typing import Any

import httpx
import psycopg
import pytest

from data.commands import approve as approve_in_store
from tests.postgis.api.district import PASSWORDS, add_people
from tests.postgis.api.test_alerts import basic
from tests.postgis.commands.commanded import AIR_STATION, GATE, NOW, add_commanded
from tests.postgis.register import LEVEL_GAUGE, REACH
from twin.api.accounts import create_account, create_api_key
from twin.api.keys import NewKey, add_api_key

pytestmark = pytest.mark.anyio

Connection = psycopg.Connection[tuple[Any, ...]]

OPENING = {"name": "set_opening", "parameters": {"opening": 0.5}, "reason": "storm"}
LI, WANG, ADMIN = (
    basic("operator", PASSWORDS["operator"]),
    basic("wang", "dispatches-a-lot"),
    basic("administrator", PASSWORDS["administrator"]),
)


@pytest.fixture(autouse=True)
def people(database_url: str, district: Connection) -> None:
    """Devices that take commands, an account of each role and a dispatcher."""
    add_people(district)
    create_account(district, "wang", "dispatches-a-lot", "dispatcher")
    with psycopg.connect(database_url) as connection:
        add_commanded(connection)


async def ask(
    client: httpx.AsyncClient,
    code: int = GATE,
    headers: dict[str, str] = LI,
    **body: Any,  # noqa: ANN401 - whatever a caller may send
) -> httpx.Response:
    path = f"/api/v1/entities/{code}/commands"
    return await client.post(path, json=OPENING | body, headers=headers)


async def do(
    client: httpx.AsyncClient, number: int, deed: str, headers: dict[str, str], note: str = ""
) -> httpx.Response:
    path = f"/api/v1/commands/{number}/{deed}"
    return await client.post(path, json={"note": note}, headers=headers)


async def test_a_command_is_asked_for_approved_and_told(
    client: httpx.AsyncClient, district: Connection
) -> None:
    asked = await ask(client)
    assert asked.status_code == 201, asked.text
    made = asked.json()
    assert (made["state"], made["second_person"], made["device"]) == ("requested", True, str(GATE))
    approved = await do(client, made["id"], "approve", WANG, "seen on camera 3")
    assert (approved.status_code, approved.json()["state"]) == (200, "approved")
    read = (await client.get(f"/api/v1/commands/{made['id']}")).json()
    assert read == approved.json()
    assert [step["actor"] for step in read["steps"]] == ["operator", "wang"]
    logged = district.execute(
        "SELECT actor, action, subject, detail ->> 'reason' FROM actor_log"
        " WHERE action LIKE 'command.%' ORDER BY id"
    ).fetchall()
    assert logged == [
        ("operator", "command.request", str(GATE), "storm"),
        ("wang", "command.approve", str(GATE), None),
    ]


@pytest.mark.parametrize(
    ("code", "body", "status", "sentence"),
    [
        (GATE, {"name": "dance"}, 422, "command 'dance' to device"),
        (GATE, {"parameters": {"opening": 31}}, 422, "expected a number from 0 to 30 m"),
        (GATE, {"parameters": {"opening": "wide"}}, 422, "'wide', expected a number"),
        (GATE, {"parameters": {}}, 422, "expected opening"),
        (GATE, {"reason": "  "}, 422, "reason"),
        (GATE, {"expires_in_s": 1}, 422, "expires_in_s"),
        (GATE, {"who": "me"}, 422, "'who' is unknown"),
        (REACH, {}, 422, "is a reach: expected a device"),
        (LEVEL_GAUGE, {}, 422, "command 'set_opening' to device"),
        (4403118599000099, {}, 404, "not in the register"),
    ],
)
async def test_what_cannot_be_is_refused_in_a_sentence(
    client: httpx.AsyncClient, code: int, body: dict[str, Any], status: int, sentence: str
) -> None:
    answer = await ask(client, code, **body)
    assert answer.status_code == status
    assert sentence in answer.json()["detail"]


async def test_a_value_that_is_no_number_is_refused(client: httpx.AsyncClient) -> None:
    text = '{"name": "set_opening", "parameters": {"opening": NaN}, "reason": "storm"}'
    headers = LI | {"Content-Type": "application/json"}
    answer = await client.post(f"/api/v1/entities/{GATE}/commands", content=text, headers=headers)
    assert answer.status_code == 422


async def test_whoever_asked_cannot_approve_nor_can_a_key_of_theirs(
    client: httpx.AsyncClient, district: Connection
) -> None:
    number = (await ask(client, headers=WANG)).json()["id"]
    answer = await do(client, number, "approve", WANG)
    assert answer.status_code == 403
    assert "expected the approval of another person than wang" in answer.json()["detail"]
    key = add_api_key(district, NewKey("robot", "dispatcher"), by="wang")
    assert (await do(client, number, "approve", {"X-API-Key": key})).status_code == 403
    assert (await do(client, number, "approve", ADMIN)).status_code == 200


async def test_roles_say_who_may_ask_and_who_may_approve(
    client: httpx.AsyncClient, district: Connection
) -> None:
    assert (await ask(client, headers=basic("viewer", PASSWORDS["viewer"]))).status_code == 403
    assert (await ask(client, headers={})).status_code == 401
    number = (await ask(client)).json()["id"]
    other = create_api_key(district, "other", "operator")
    assert (await do(client, number, "approve", {"X-API-Key": other})).status_code == 403
    scoped = add_api_key(district, NewKey("s", "dispatcher", ("read",)), by="wang")
    assert (await ask(client, headers={"X-API-Key": scoped})).status_code == 403


async def test_nobody_without_an_account_commands_whatever_anonymous_callers_may(
    client: httpx.AsyncClient,
    app: Any,  # noqa: ANN401 - FastAPI's state is untyped
) -> None:
    app.state.config = app.state.config.model_copy(update={"anonymous_role": "operator"})
    answer = await ask(client, headers={})
    assert answer.status_code == 401
    assert "somebody who answers for them" in answer.json()["detail"]


async def test_fifty_approvals_at_once_happen_once(client: httpx.AsyncClient) -> None:
    number = (await ask(client)).json()["id"]
    answers = await asyncio.gather(
        *(do(client, number, "approve", WANG if turn % 2 else ADMIN) for turn in range(50))
    )
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses == [200] + [409] * 49
    read = (await client.get(f"/api/v1/commands/{number}")).json()
    assert [step["event"] for step in read["steps"]] == ["request", "approve"]


async def test_the_same_key_means_the_same_command(client: httpx.AsyncClient) -> None:
    headers = LI | {"Idempotency-Key": "k1"}
    first, again = await ask(client, headers=headers), await ask(client, headers=headers)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    other = await ask(client, headers=headers, reason="another")
    assert other.status_code == 422
    assert "stands for command" in other.json()["detail"]
    elsewhere = await ask(client, headers=WANG | {"Idempotency-Key": "k1"})
    assert elsewhere.json()["id"] != first.json()["id"]


async def test_what_was_not_sent_can_be_withdrawn(client: httpx.AsyncClient) -> None:
    number = (await ask(client)).json()["id"]
    answer = await do(client, number, "withdraw", LI, "not needed")
    assert answer.json()["state"] == "withdrawn"
    for deed in ("withdraw", "approve"):
        again = await do(client, number, deed, ADMIN)
        assert again.status_code == 409
        assert again.json()["detail"].startswith("command is withdrawn: expected one")
    assert (await do(client, 999, "withdraw", LI)).status_code == 404


async def test_commands_are_listed_the_newest_first_and_page_by_page(
    client: httpx.AsyncClient,
) -> None:
    numbers = [(await ask(client)).json()["id"] for _ in range(3)]
    other = (await ask(client, AIR_STATION, name="set_clock", parameters={})).json()
    assert (other["state"], other["protocol"]) == ("approved", "hj212")
    page = (await client.get(f"/api/v1/entities/{GATE}/commands?limit=2")).json()
    assert [item["id"] for item in page["items"]] == numbers[:0:-1]
    rest = await client.get(f"/api/v1/entities/{GATE}/commands?limit=2&cursor={page['next']}")
    assert ([item["id"] for item in rest.json()["items"]], rest.json()["next"]) == (
        numbers[:1],
        None,
    )
    waiting = (await client.get("/api/v1/commands?state=requested")).json()["items"]
    assert [item["id"] for item in waiting] == numbers[::-1]
    assert (await client.get("/api/v1/entities/4403118599000099/commands")).status_code == 404


async def test_no_answer_shows_how_a_station_is_spoken_to(client: httpx.AsyncClient) -> None:
    made = (await ask(client, AIR_STATION, name="set_clock", parameters={})).json()
    assert not {"carriage", "address", "reference", "person"} & set(made)


async def test_a_device_tells_which_commands_it_takes(client: httpx.AsyncClient) -> None:
    found = (await client.get(f"/api/v1/entities/{GATE}/command-choices")).json()["items"]
    choices = {choice["name"]: choice for choice in found}
    assert choices["set_opening"]["second_person"]
    assert choices["set_opening"]["parameters"] == [
        {"name": "opening", "type": "number", "unit": "m", "low": 0, "high": 30, "choices": []}
    ]
    assert (await client.get(f"/api/v1/entities/{REACH}/command-choices")).status_code == 422


async def test_what_is_desired_stands_beside_what_is_reported(
    client: httpx.AsyncClient, district: Connection
) -> None:
    number = (await ask(client)).json()["id"]
    approve_in_store(district, number, actor="wang", note="", now=NOW)
    district.execute(
        "INSERT INTO device_desired (device, name, value, unit, command_id, at, by)"
        " VALUES (%s, 'gate_opening', '0.5', 'm', %s, %s, 'operator')",
        (GATE, number, NOW),
    )
    district.execute(
        "INSERT INTO device_reported VALUES (%s, 'gate_opening', '0.1', %s)", (GATE, NOW)
    )
    (state,) = (await client.get(f"/api/v1/entities/{GATE}/desired")).json()["items"]
    assert (state["desired"], state["reported"], state["in_agreement"]) == (0.5, 0.1, False)
    assert (state["command"], state["command_state"], state["unit"]) == (number, "approved", "m")
