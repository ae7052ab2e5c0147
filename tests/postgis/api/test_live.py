"""The live stream over real sockets: snapshot, frames, alerts, and viewers that do not keep up."""

import asyncio
import json
import socket
from pathlib import Path
from typing import Any

import psycopg
import pytest
from fastapi import FastAPI
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus

from ingest.config import BrokerAccount
from ingest.live import LIVE_TOPIC
from tests.conftest import MqttAccount
from tests.postgis.api.conftest import until
from tests.postgis.api.district import (
    add_alert,
    add_observations,
    add_people,
    add_series,
    add_transition,
)
from tests.postgis.api.test_alerts import basic
from tests.unit.api.test_hub import ingested
from tests.unit.api.test_latest import rows_of
from twin.api.app import create_app
from twin.api.config import WebConfig
from twin.api.frames import FrameSource
from twin.model.frame import Frame, FrameKind, unpack

pytestmark = pytest.mark.anyio

Connection = psycopg.Connection[tuple[Any, ...]]
NOON_S = 1_777_608_000


async def heard(socket: ClientConnection) -> Any:  # noqa: ANN401 - JSON or a frame
    """Return the next message: a text's JSON, or a frame."""
    data = await asyncio.wait_for(socket.recv(), 5)
    return json.loads(data) if isinstance(data, str) else unpack(data)


async def alerts_heard(socket: ClientConnection, count: int) -> list[Any]:
    """Return the next alerts, whatever comes between."""
    found: list[Any] = []
    while len(found) < count:
        message = await heard(socket)
        if isinstance(message, dict) and message["type"] == "alert":
            found.append(message)
    return found


async def changes_heard(socket: ClientConnection) -> Frame:
    """Return the next frame that says something."""
    while True:
        message = await heard(socket)
        if isinstance(message, Frame) and len(message.series_id):
            return message


async def listening(app: FastAPI) -> None:
    """Wait until the feed of alerts has begun."""
    await until(lambda: not list(app.state.feed.problems()))


async def test_a_connection_begins_with_hello_status_and_everything(
    server: str, app: FastAPI, district: Connection
) -> None:
    series = add_series(district)
    add_observations(district, series, 3)
    app.state.hub.connected()
    async with connect(f"ws://{server}/api/v1/live") as socket:
        hello, status, snapshot = [await heard(socket) for _ in range(3)]
        assert hello["type"] == "hello"
        assert (status["type"], status["ingest"]) == ("status", "ok")
        assert snapshot.kind is FrameKind.SNAPSHOT
        seen = rows_of(snapshot) or rows_of(await changes_heard(socket))
        assert seen == {series: (NOON_S + 120, 2.0, 1)}


async def test_two_viewers_hear_the_same_bytes(server: str, app: FastAPI) -> None:
    address = f"ws://{server}/api/v1/live"
    async with connect(address) as one, connect(address) as other:
        for socket in (one, other):
            for _ in range(3):
                await heard(socket)
        app.state.hub.take(ingested(1, (7, NOON_S, 1.0, 0)))
        first, second = [await asyncio.wait_for(s.recv(), 5) for s in (one, other)]
        assert first == second
        assert isinstance(first, bytes)
        assert rows_of(unpack(first)) == {7: (NOON_S, 1.0, 0)}


async def test_an_alert_arrives_when_it_is_committed_and_not_before(
    server: str, app: FastAPI, district: Connection, database_url: str
) -> None:
    await listening(app)
    async with connect(f"ws://{server}/api/v1/live") as viewer:
        with psycopg.connect(database_url) as raising:
            alert = add_alert(raising)
            other = add_alert(district, "another rule")
            assert (await alerts_heard(viewer, 1))[0]["alert"]["id"] == other
            raising.commit()
        told = (await alerts_heard(viewer, 1))[0]
        assert (told["alert"]["id"], told["alert"]["level"]) == (alert, "red")


async def test_an_older_transaction_that_still_runs_holds_no_alert_back_and_loses_none(
    server: str, app: FastAPI, district: Connection, database_url: str
) -> None:
    await listening(app)
    async with connect(f"ws://{server}/api/v1/live") as viewer:
        with psycopg.connect(database_url) as import_run:
            import_run.execute("UPDATE registry_state SET revision = revision + 1")
            late = add_alert(import_run, "late")
            soon = [add_alert(district, f"rule {number}") for number in range(3)]
            told = await alerts_heard(viewer, 3)
            assert [message["alert"]["id"] for message in told] == soon
            import_run.commit()
        assert (await alerts_heard(viewer, 1))[0]["alert"]["id"] == late
        last = add_alert(district, "last")
        assert (await alerts_heard(viewer, 1))[0]["alert"]["id"] == last


async def test_every_transition_is_told_even_of_one_alert_in_one_transaction(
    server: str, app: FastAPI, district: Connection
) -> None:
    await listening(app)
    async with connect(f"ws://{server}/api/v1/live") as viewer:
        with district.transaction():
            alert = add_alert(district)
            for _ in range(600):
                add_transition(district, alert, "escalated")
        told = await alerts_heard(viewer, 601)
        assert {message["alert"]["id"] for message in told} == {alert}
        numbers = [message["seq"] for message in told]
        assert numbers == sorted(set(numbers))


async def test_alerts_of_a_time_without_the_store_are_told_afterwards(
    server: str, app: FastAPI, district: Connection
) -> None:
    await listening(app)
    async with connect(f"ws://{server}/api/v1/live") as viewer:
        with district.transaction():
            alert = add_alert(district)
            district.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name = 'citytwin web alerts' AND datname = current_database()"
            )
        assert (await alerts_heard(viewer, 1))[0]["alert"]["id"] == alert


async def test_a_viewer_that_stops_reading_is_cut_off_and_the_others_go_on(
    server: str, app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("twin.api.viewer.LONGEST_WAIT_S", 0.5)
    host, port = server.split(":")
    small = socket.socket()
    small.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    small.settimeout(0)
    await asyncio.get_running_loop().sock_connect(small, (host, int(port)))
    address = f"ws://{server}/api/v1/live"
    async with connect(address) as good:
        stuck = await connect(address, sock=small, max_queue=1)
        stuck.transport.pause_reading()
        await until(lambda: len(app.state.hub._viewers) == 2)
        for number in range(3000):
            app.state.hub.tell_alert({"id": number, "reason": "x" * 4000})
        told = await alerts_heard(good, 3000)
        assert [message["alert"]["id"] for message in told] == list(range(3000))
        await until(lambda: len(app.state.hub._viewers) == 1)
        app.state.hub.tell_alert({"id": "still here"})
        assert (await alerts_heard(good, 1))[0]["alert"]["id"] == "still here"
        stuck.transport.abort()
        await stuck.wait_closed()


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "http://evil.test"}, 403),
        ({"X-API-Key": "wrong"}, 401),
        (basic("viewer", "wrong"), 401),
    ],
)
async def test_other_sites_and_wrong_credentials_are_not_let_in(
    server: str, district: Connection, headers: dict[str, str], status: int
) -> None:
    add_people(district)
    with pytest.raises(InvalidStatus) as refused:
        await connect(f"ws://{server}/api/v1/live", additional_headers=headers)
    assert refused.value.response.status_code == status


async def test_our_own_page_is_let_in(server: str) -> None:
    async with connect(f"ws://{server}/api/v1/live", origin=f"http://{server}") as socket:  # type: ignore[arg-type]
        assert (await heard(socket))["type"] == "hello"


async def test_frames_of_the_broker_reach_the_hub_and_readiness_tells_of_it(
    database_url: str, mqtt_accounts: dict[str, MqttAccount], tmp_path: Path
) -> None:
    web, ingest = mqtt_accounts["web"], mqtt_accounts["ingest"]
    (tmp_path / "password").write_text(web.password)
    source = FrameSource(
        BrokerAccount(
            host=web.host,
            port=web.port,
            username=web.username,
            password_file=tmp_path / "password",
        )
    )
    app = create_app(WebConfig(pool_min=2), store_url=database_url, frames=source)
    async with app.router.lifespan_context(app):
        hub = app.state.hub
        assert list(hub.problems())
        await until(lambda: not list(hub.problems()))
        viewer, _ = hub.join()
        assert unpack(await viewer.next(hub.snapshot)).kind is FrameKind.SNAPSHOT
        await asyncio.to_thread(publish, ingest, ingested(1, (7, NOON_S, 1.0, 0)))
        while not len((frame := unpack(await viewer.next(hub.snapshot))).series_id):
            pass
        assert rows_of(frame) == {7: (NOON_S, 1.0, 0)}


def publish(account: MqttAccount, payload: bytes) -> None:
    """Send a frame as ingest does."""
    client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv311)
    client.username_pw_set(account.username, account.password)
    client.connect(account.host, account.port)
    client.loop_start()
    client.publish(LIVE_TOPIC, payload, qos=0).wait_for_publish(5)
    client.disconnect()
    client.loop_stop()
