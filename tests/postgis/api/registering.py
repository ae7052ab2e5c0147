"""How tests of the entity API act: as a steward, as an administrator, and with what they send."""

from typing import Any

import httpx
import psycopg

from twin.api.accounts import create_api_key

Connection = psycopg.Connection[tuple[Any, ...]]
ENTITIES = "/api/v1/entities"
WHY = {"reason": "survey of May"}


def key_headers(district: Connection, role: str) -> dict[str, str]:
    """Make an API key of a role and return the headers of its holder."""
    return {"X-API-Key": create_api_key(district, f"{role}-of-tests", role)}


async def read(client: httpx.AsyncClient, path: str, **query: str | int | bool) -> Any:  # noqa: ANN401
    """Return the document of an answer that must be good."""
    answer = await client.get(path, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def send(
    client: httpx.AsyncClient, method: str, path: str, body: dict[str, Any], status: int = 200
) -> Any:  # noqa: ANN401 - JSON
    """Send a change, which must be answered with this status, and return the document."""
    answer = await client.request(method, path, json=WHY | body)
    assert answer.status_code == status, answer.text
    return answer.json()


async def refusal(
    client: httpx.AsyncClient, method: str, path: str, body: dict[str, Any], status: int
) -> str:
    """Send a change that must be refused with this status and return the sentence."""
    return str((await send(client, method, path, body, status))["detail"])
