"""The address on a label leads to the entity, or says why not, to people and to programs."""

from typing import Any

import httpx
import psycopg
import pytest

from tests.postgis.register import FREE_GAUGE, LEVEL_GAUGE, REACH, ROAD
from twin.api import lasting
from twin.codes import EntityCode

pytestmark = pytest.mark.anyio

Connection = psycopg.Connection[tuple[Any, ...]]

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
OLD = 4403118202000900
OLDER = 4403118202000901
PRINTED = EntityCode.from_int(REACH).printed()


def forward(district: Connection, old: int, new: int, reason: str = "merged") -> None:
    district.execute(
        "INSERT INTO entity_forward (old_code, new_code, reason, change_set_id)"
        " SELECT %s, %s, %s, max(id) FROM change_set",
        (old, new, reason),
    )


def retire(district: Connection, code: int) -> None:
    district.execute("UPDATE entity SET retired = true WHERE code = %s", (code,))


async def location(client: httpx.AsyncClient, code: object, **headers: str) -> str:
    answer = await client.get(f"/e/{code}", headers=headers)
    assert answer.status_code == 302, answer.text
    return answer.headers["location"]


@pytest.mark.parametrize("written", [str(REACH), PRINTED, PRINTED.replace("-", "")])
async def test_every_written_form_of_a_code_leads_a_person_to_the_map(
    client: httpx.AsyncClient, written: str
) -> None:
    assert await location(client, written, **BROWSER) == f"/?entity={REACH}"


async def test_a_program_is_led_to_the_document_of_the_entity(client: httpx.AsyncClient) -> None:
    target = await location(client, REACH)
    assert target == f"/api/v1/entities/{REACH}"
    assert (await client.get(target)).json()["printed"] == PRINTED


async def test_no_one_may_keep_where_a_label_led_to(client: httpx.AsyncClient) -> None:
    for code in (REACH, OLD, "x"):
        headers = (await client.get(f"/e/{code}", headers=BROWSER)).headers
        assert (headers["cache-control"], headers["vary"]) == ("no-cache", "Accept")


async def test_asking_for_the_head_alone_leads_on_too(client: httpx.AsyncClient) -> None:
    answer = await client.head(f"/e/{REACH}", headers=BROWSER)
    assert (answer.status_code, answer.headers["location"]) == (302, f"/?entity={REACH}")


async def test_a_merged_or_renumbered_code_leads_along_the_chain_to_what_stands(
    client: httpx.AsyncClient, district: Connection
) -> None:
    forward(district, OLDER, ROAD, "renumbered")
    retire(district, ROAD)
    forward(district, ROAD, REACH)
    assert await location(client, OLDER, **BROWSER) == f"/?entity={REACH}"
    assert await location(client, ROAD) == f"/api/v1/entities/{REACH}"


async def test_a_code_that_was_replaced_leads_on_though_nobody_retired_it(
    client: httpx.AsyncClient, district: Connection
) -> None:
    forward(district, ROAD, REACH)
    assert await location(client, ROAD, **BROWSER) == f"/?entity={REACH}"


async def test_records_in_a_circle_end_at_what_is_in_use(
    client: httpx.AsyncClient, district: Connection
) -> None:
    forward(district, ROAD, REACH)
    forward(district, REACH, ROAD)
    retire(district, ROAD)
    assert await location(client, ROAD, **BROWSER) == f"/?entity={REACH}"


async def test_of_a_split_a_person_and_a_program_may_choose(
    client: httpx.AsyncClient, district: Connection
) -> None:
    forward(district, OLD, LEVEL_GAUGE, "split")
    forward(district, OLD, FREE_GAUGE, "split")
    page = await client.get(f"/e/{OLD}", headers=BROWSER)
    assert page.status_code == 300
    assert "location" not in page.headers
    for code in (LEVEL_GAUGE, FREE_GAUGE):
        printed = EntityCode.from_int(code).printed()
        assert f'<a href="/?entity={code}">{printed}</a>' in page.text
    assert "已由以下对象取代" in page.text
    assert "several entities have taken its place" in page.text
    document = (await client.get(f"/e/{OLD}")).json()
    assert document["successors"] == [
        f"/api/v1/entities/{code}" for code in (LEVEL_GAUGE, FREE_GAUGE)
    ]


async def test_a_split_that_keeps_the_old_code_for_one_part_offers_both(
    client: httpx.AsyncClient, district: Connection
) -> None:
    for part in (LEVEL_GAUGE, FREE_GAUGE):
        forward(district, LEVEL_GAUGE, part, "split")
    document = (await client.get(f"/e/{LEVEL_GAUGE}")).json()
    assert [address[-16:] for address in document["successors"]] == [
        str(LEVEL_GAUGE),
        str(FREE_GAUGE),
    ]


async def test_a_retired_entity_without_successor_is_gone(
    client: httpx.AsyncClient, district: Connection
) -> None:
    retire(district, ROAD)
    page = await client.get(f"/e/{ROAD}", headers=BROWSER)
    assert page.status_code == 410
    assert "已注销" in page.text
    assert EntityCode.from_int(ROAD).printed() in page.text
    answer = await client.get(f"/e/{ROAD}")
    assert answer.status_code == 410
    assert "nothing has taken its place" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("code", "status", "zh", "en"),
    [
        ("440311-8202-000001-A", 422, "编码有误", "check character is 8"),
        ("x", 422, "编码有误", "expected 16 digits"),
        ("%3Cscript%3E", 422, "编码有误", "expected 16 digits"),
        ("%ED%A0%80", 422, "编码有误", "expected 16 digits"),
        ("4403118202000009", 404, "未登记的编码", "not in the register"),
    ],
)
async def test_a_code_that_leads_nowhere_is_explained(
    client: httpx.AsyncClient, code: str, status: int, zh: str, en: str
) -> None:
    page = await client.get(f"/e/{code}", headers=BROWSER)
    assert (page.status_code, page.headers["content-type"]) == (status, "text/html; charset=utf-8")
    assert zh in page.text
    assert en in page.text
    assert "<script" not in page.text
    answer = await client.get(f"/e/{code}")
    assert answer.status_code == status
    assert list(answer.json()) == ["detail"]
    assert en in answer.json()["detail"]


async def test_a_scan_tells_no_name_and_no_place(
    client: httpx.AsyncClient, district: Connection
) -> None:
    forward(district, OLD, LEVEL_GAUGE, "split")
    forward(district, OLD, FREE_GAUGE, "split")
    for code in (OLD, REACH):
        answer = await client.get(f"/e/{code}", headers=BROWSER)
        assert "茅洲河" not in answer.text
        assert "水位计" not in answer.text


async def test_a_scan_finds_its_code_by_indexes_alone(district: Connection) -> None:
    district.execute("SET enable_seqscan = off")
    explained = b"EXPLAIN " + lasting._SUCCESSION.as_bytes()
    plan = district.execute(explained, {"code": REACH}).fetchall()
    text = "\n".join(line for (line,) in plan)
    assert "pk_entity_forward" in text
    assert "Seq Scan" not in text
