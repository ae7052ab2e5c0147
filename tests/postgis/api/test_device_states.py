"""How devices are, as the API tells it."""

from typing import Any

import httpx
import psycopg
import pytest

from data.device_states import DeviceState, StateChange, count_refused, write_changes
from tests.postgis.api.district import add_observations, add_series
from tests.postgis.register import CAMERA, FREE_GAUGE, LEVEL_GAUGE, REACH, ROAD_GAUGE

pytestmark = pytest.mark.anyio

NOON_US = 1_779_336_000_000_000
SECOND_US = 1_000_000

Connection = psycopg.Connection[tuple[Any, ...]]


def change(code: int, state: DeviceState, second: int = 0, reason: str = "heard") -> StateChange:
    at_us = NOON_US + second * SECOND_US
    return StateChange(code, at_us, state, reason, at_us, 0, 60)


@pytest.fixture
def states(district: Connection) -> Connection:
    """A gauge that is silent after it was online, and one that is throttled."""
    with district.cursor() as cursor:
        write_changes(
            cursor,
            [change(LEVEL_GAUGE, DeviceState.ONLINE), change(ROAD_GAUGE, DeviceState.THROTTLED)],
        )
        why = "not heard for 3 min, expected every 60 s"
        write_changes(cursor, [change(LEVEL_GAUGE, DeviceState.SILENT, 180, why)])
        count_refused(cursor, {ROAD_GAUGE: (7, NOON_US), FREE_GAUGE: (1, NOON_US)})
        count_refused(cursor, {ROAD_GAUGE: (5, NOON_US + SECOND_US)})
    return district


async def test_devices_are_listed_with_how_many_are_in_each_state(
    client: httpx.AsyncClient, states: Connection
) -> None:
    assert not states.closed
    told = (await client.get("/api/v1/devices/states")).json()
    assert told["counts"] == {"silent": 1, "throttled": 1, "unknown": 3}
    assert {item["code"]: (item["state"], item["refused"]) for item in told["items"]} == {
        str(LEVEL_GAUGE): ("silent", 0),
        str(FREE_GAUGE): ("unknown", 1),
        str(ROAD_GAUGE): ("throttled", 12),
        **{str(code): ("unknown", 0) for code in (CAMERA, CAMERA + 1)},
    }
    never = next(item for item in told["items"] if item["code"] == str(CAMERA))
    assert (never["reason"], never["since"], never["heard_at"]) == ("never heard", None, None)


async def test_pages_and_states_are_chosen(client: httpx.AsyncClient, states: Connection) -> None:
    assert not states.closed
    asked: dict[str, str | int] = {"state": "unknown", "limit": 2}
    first = (await client.get("/api/v1/devices/states", params=asked)).json()
    assert len(first["items"]) == 2
    asked["cursor"] = first["next"]
    second = (await client.get("/api/v1/devices/states", params=asked)).json()
    codes = [item["code"] for item in first["items"] + second["items"]]
    assert codes == sorted({str(FREE_GAUGE), str(CAMERA), str(CAMERA + 1)})
    assert second["next"] is None
    assert (await client.get("/api/v1/devices/states?state=asleep")).status_code == 422


async def test_one_device_is_told_with_its_history_battery_and_signal(
    client: httpx.AsyncClient, states: Connection
) -> None:
    for quantity in ("battery_level", "signal_strength", "level"):
        add_observations(states, add_series(states, quantity), 20)
    told = (await client.get(f"/api/v1/entities/{LEVEL_GAUGE}/state")).json()
    assert (told["state"], told["interval_s"], told["conflicts"]) == ("silent", 60, 0)
    assert [past["state"] for past in told["history"]] == ["silent", "online"]
    assert told["history"][0]["reason"] == "not heard for 3 min, expected every 60 s"
    (battery,), (signal,) = told["battery"], told["signal"]
    assert (battery["value"], battery["unit"], battery["low"]) == (19.0, "%", True)
    assert (signal["quantity"], signal["unit"], signal["low"]) == ("signal_strength", "dBm", None)


@pytest.mark.parametrize(
    ("device_type", "low"), [("json-manhole-sensor", True), ("tasmota-plug", None), ("", None)]
)
async def test_a_type_says_at_which_voltage_a_battery_is_low(
    client: httpx.AsyncClient, states: Connection, device_type: str, *, low: bool | None
) -> None:
    typed = "UPDATE entity SET properties = jsonb_build_object('device_type', %s::text)"
    states.execute(f"{typed} WHERE code = %s", (device_type, LEVEL_GAUGE))
    add_observations(states, add_series(states, "battery_voltage"), 4)
    told = (await client.get(f"/api/v1/entities/{LEVEL_GAUGE}/state")).json()
    (battery,) = told["battery"]
    assert (battery["value"], battery["unit"], battery["low"]) == (3.0, "V", low)


async def test_what_is_no_device_has_no_state(
    client: httpx.AsyncClient, states: Connection
) -> None:
    assert not states.closed
    answer = await client.get(f"/api/v1/entities/{REACH}/state")
    assert answer.status_code == 404
    assert "expected a device or a camera" in answer.json()["detail"]
