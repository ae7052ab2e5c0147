"""The API tells the types of devices."""

import httpx
import pytest

from data.reference.device_types import shipped_types

pytestmark = pytest.mark.anyio

TYPES = "/api/v1/device-types"


async def test_all_types_are_told(client: httpx.AsyncClient) -> None:
    answer = (await client.get(TYPES)).json()
    assert [row["id"] for row in answer["items"]] == sorted(shipped_types())
    assert answer["next"] is None


async def test_one_type_is_told_with_what_its_devices_say(client: httpx.AsyncClient) -> None:
    answer = (await client.get(f"{TYPES}/lorawan-em500-udl")).json()
    assert (answer["maker"], answer["model"], answer["interval_s"]) == (
        "Milesight",
        "EM500-UDL",
        600,
    )
    distance = next(row for row in answer["quantities"] if row["native"] == "distance")
    assert (distance["quantity"], distance["unit"]) == ("distance", "mm")
    assert (distance["channel"], distance["factor"]) == (None, 1.0)


async def test_a_type_that_there_is_not_is_told(client: httpx.AsyncClient) -> None:
    answer = await client.get(f"{TYPES}/telepath")
    assert answer.status_code == 404
    assert "device type 'telepath'" in answer.json()["detail"]
    assert (await client.get(f"{TYPES}/Telepath")).status_code == 422
