"""Whatever is sent to the API, the answer is one that its OpenAPI description names."""

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any, NamedTuple
from urllib.parse import urlencode

import psycopg
import pytest
import schemathesis
import uvicorn
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.generation.case import Case
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from alerts.rule_files import shipped_rules
from alerts.rulekeeping.shipping import ship
from data.migrations import migrate
from ingest.decoders import DECODERS
from ingest.pipeline import Pipeline
from tests.conftest import drop_database, make_database
from tests.postgis.api.handing import NOON_US, SmallIngest
from tests.postgis.register import BUILDING, CAMERA, LEVEL_GAUGE, REACH, ROAD, fill_register
from twin.api.accounts import create_api_key
from twin.api.app import create_app
from twin.api.config import WebConfig
from twin.model import Message, Mode

EXAMPLES = 12
LONGEST_QUERY = 50_000
OWN = tuple(
    f"/api/v1/{part}"
    for part in (
        "alerts",
        "areas",
        "authorities",
        "cap",
        "case",
        "classes",
        "commands",
        "conflicts",
        "deliveries",
        "departments",
        "device-types",
        "devices/",
        "duty",
        "entities",
        "incidents",
        "links",
        "models",
        "networks",
        "readings",
        "receipts",
        "roads",
        "rules",
        "series",
        "silences",
        "subscriptions",
    )
)
DEVICE_TYPE = "sl651-radar-level"
RULE = "river-level"
CODES = st.sampled_from([str(code) for code in (BUILDING, CAMERA, LEVEL_GAUGE, REACH, ROAD)])
PROPERTIES = st.sampled_from(["name", "geometry", "warning_level_m", "x_own", "owner"])
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


def operations(*, with_input: bool = False) -> list[tuple[str, str]]:
    """Return method and path of every operation of these parts, or of those that read any."""
    described = create_app(WebConfig(), store_url="host=nowhere", frames=None).openapi()
    return [
        (method.upper(), path)
        for path, methods in described["paths"].items()
        for method, operation in methods.items()
        if path.startswith(OWN)
        if not with_input or operation.keys() & {"parameters", "requestBody"}
    ]


class Service(NamedTuple):
    """A running service: its description, and the keys of who calls."""

    schema: Any
    keys: dict[str, str]


@pytest.fixture(scope="module")
def service(services: dict[str, Any]) -> Iterator[Service]:
    """The web service behind a real server, on a store of its own that holds the district."""
    store_url = make_database(services)
    migrate(store_url)
    with psycopg.connect(store_url) as connection:
        fill_register(connection)
        ship(connection, shipped_rules(), actor="test")
    take_a_reading(store_url)
    with psycopg.connect(store_url, autocommit=True) as connection:
        keys = {
            role: create_api_key(connection, role, role) for role in ("administrator", "viewer")
        }
    with serving(store_url) as address:
        yield Service(schemathesis.openapi.from_url(f"{address}/openapi.json"), keys)
    drop_database(services, store_url)


def take_a_reading(store_url: str) -> None:
    """Give the register's gauge series number 1, with one value."""
    body = {"device": str(LEVEL_GAUGE), "ts": NOON_US // 1000, "level": 1.5}
    message = Message("test", Mode.ACTUAL, "", json.dumps(body).encode(), NOON_US)
    pipeline = Pipeline(store_url, DECODERS, lambda: NOON_US)
    pipeline.take(pipeline.decode([("handed_in", message)]))
    pipeline.close()


@contextmanager
def serving(store_url: str) -> Iterator[str]:
    """Run the service in a thread of its own and give its address."""
    app = create_app(WebConfig(pool_min=2), store_url=store_url, frames=None)
    ingest = SmallIngest(store_url)
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None))
    started = threading.Event()

    async def serve() -> None:
        serving = asyncio.create_task(server.serve())
        async with asyncio.timeout(30):
            while not server.started:  # noqa: ASYNC110 - the server has no event of its own
                await asyncio.sleep(0.01)
        started.set()
        await serving

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    assert started.wait(40)
    app.state.door = ingest.door
    host, port = server.servers[0].sockets[0].getsockname()
    yield f"http://{host}:{port}"
    server.should_exit = True
    thread.join(30)
    ingest.pipeline.close()


def check(service: Service, method: str, path: str, role: str, mode: GenerationMode) -> None:
    """Send many requests to one operation; every answer must be as it is described."""
    operation = service.schema[path][method]
    headers = {"X-API-Key": service.keys[role]}
    checks = [*CHECKS, negative_data_rejection] if mode is GenerationMode.NEGATIVE else CHECKS

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(operation.as_strategy(generation_mode=mode), CODES, PROPERTIES)
    def send(case: Case[Any], code: str, name: str) -> None:
        # Most of what is made up is unknown, and would tell of nothing but that.
        if mode is GenerationMode.POSITIVE:
            known = {
                "code": code,
                "name": name,
                "klass": code[6:10],
                "conflict": 1,
                "series_id": 1,
                "type_id": DEVICE_TYPE,
                "rule_id": RULE,
                "version": 1,
            }
            case.path_parameters = {
                key: known.get(key, value) for key, value in (case.path_parameters or {}).items()
            }
        # The server refuses longer addresses before we see them.
        assume(len(urlencode(case.query or {}, doseq=True)) < LONGEST_QUERY)
        answer = case.call(headers=headers)
        # Too much is refused, too, before anybody reads what it is.
        too_large = answer.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        case.validate_response(answer, headers=headers, checks=CHECKS if too_large else checks)

    send()


@pytest.mark.parametrize(("method", "path"), operations())
def test_what_an_administrator_sends_is_answered_as_described(
    service: Service, method: str, path: str
) -> None:
    check(service, method, path, "administrator", GenerationMode.POSITIVE)


@pytest.mark.parametrize(("method", "path"), operations(with_input=True))
def test_what_makes_no_sense_is_refused(service: Service, method: str, path: str) -> None:
    check(service, method, path, "administrator", GenerationMode.NEGATIVE)


@pytest.mark.parametrize(("method", "path"), [one for one in operations() if one[0] != "GET"])
def test_who_may_only_look_is_refused(service: Service, method: str, path: str) -> None:
    check(service, method, path, "viewer", GenerationMode.POSITIVE)
