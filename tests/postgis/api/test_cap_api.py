"""The feed of our warnings and the warnings of others over HTTP."""

from typing import Any

import httpx
import psycopg
import pytest
from lxml import etree

from alerts.cap.config import CapConfig
from alerts.cap.issuing import ensure_feed, issuer
from alerts.cap.message import read_messages
from alerts.cap.received import keep
from alerts.subscriptions.planning import plan
from tests.postgis.api.district import NOON, add_alert
from tests.unit.cap.rainstorm import rainstorm
from twin.model import Mode

pytestmark = pytest.mark.anyio

Connection = psycopg.Connection[tuple[Any, ...]]


async def test_a_warning_is_in_the_feed_and_behind_its_link(
    client: httpx.AsyncClient, district: Connection
) -> None:
    ensure_feed(district)
    add_alert(district)
    row = district.execute("SELECT now(), now() + interval '11 s'").fetchone()
    assert row is not None
    for now in (row[0], row[0], row[1]):
        plan(district, now, issuer(CapConfig()))
    feed = await client.get("/api/v1/cap/feed.atom")
    assert feed.headers["content-type"].startswith("application/atom+xml")
    links = etree.fromstring(feed.content).iterfind("{*}entry/{*}link")
    (address,) = [str(link.get("href")) for link in links]
    document = await client.get(address)
    assert document.headers["content-type"].startswith("application/cap+xml")
    (message,) = read_messages(document.content).messages
    assert (message.msg_type, message.status, message.remarks) == ("Alert", "Actual", ())
    assert [signal.level for signal in message.signals] == [4]
    assert message.signals[0].area is not None
    absent = await client.get("/api/v1/cap/alerts/none.xml")
    assert absent.status_code == 404


async def test_warnings_of_others_are_listed_by_time_and_place(
    client: httpx.AsyncClient, district: Connection
) -> None:
    (message,) = read_messages(rainstorm()).messages
    keep(district, message, "bureau", Mode.ACTUAL, NOON)
    path = "/api/v1/cap/signals"
    at = {"at": "2026-05-01T13:00:00+08:00"}
    here = (await client.get(path, params=at | {"place": "113.95,22.75"})).json()["items"]
    assert [(one["event"], one["level"]) for one in here] == [("暴雨", 4)]
    there = (await client.get(path, params=at | {"place": "113.0,22.0"})).json()["items"]
    later = (await client.get(path, params={"at": "2026-05-02T00:00:00Z"})).json()["items"]
    assert there == later == []
