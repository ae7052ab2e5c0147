"""Whatever is asked, the answer is never an error of ours, and always documented."""

from functools import partial
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.postgis.register import REACH
from twin.api import cursors

pytestmark = pytest.mark.anyio

PIECES = st.one_of(
    st.text(max_size=20),
    st.integers().map(str),
    st.sampled_from(
        [
            "",
            "0",
            "-1",
            "1e400",
            "nan",
            "9" * 5000,
            "9223372036854775808",
            str(REACH),
            "440311-8202-000001-8",
            "\0",
            "\ud800",
            "%",
            "-180,-90,180,90",
            "-1e-320,-1e-320,1e-320,1e-320",
            "0001-01-01T00:00:00+14:00",
            "9999-12-31T23:59:59-12:00",
            "2026-05-01T00:00:00Z",
            "level",
            "8501",
            "open",
            "mqtt:" + "x" * 300,
            "city",
            "14",
            "../..",
        ]
    ),
    st.lists(st.integers() | st.text(max_size=5), max_size=4).map(lambda key: cursors.encode(*key)),
)


def addresses(schema: dict[str, Any]) -> st.SearchStrategy[str]:
    """Addresses of every GET of the schema, with any text for each of its parameters."""
    return st.one_of(
        [
            st.tuples(
                *(st.tuples(st.just(p), PIECES) for p in read["get"].get("parameters", []))
            ).map(partial(address, path))
            for path, read in schema["paths"].items()
            if "get" in read
        ]
    )


def address(path: str, given: tuple[tuple[dict[str, Any], str], ...]) -> str:
    query = []
    for parameter, value in given:
        text = quote(value.encode("utf-8", "surrogatepass"), safe="")
        if parameter["in"] == "path":
            path = path.replace(f"{{{parameter['name']}}}", text)
        elif value:
            query.append(f"{parameter['name']}={text}")
    return f"{path}?{'&'.join(query[:2])}"


async def test_no_address_is_answered_with_an_error_of_ours(
    app: FastAPI, client: httpx.AsyncClient
) -> None:
    asked: list[str] = []

    @settings(max_examples=300, deadline=None, database=None)
    @given(addresses(app.openapi()))
    def choose(path: str) -> None:
        asked.append(path)

    choose()
    for path in asked:
        answer = await client.get(path)
        assert answer.status_code < 500, path
        if answer.status_code >= 400:
            assert list(answer.json()) == ["detail"], path


async def test_every_answer_to_a_plain_question_has_the_documented_form(
    app: FastAPI, client: httpx.AsyncClient
) -> None:
    for path, read in app.openapi()["paths"].items():
        if "get" not in read or "{" in path:
            continue
        answer = await client.get(path)
        assert str(answer.status_code) in read["get"]["responses"], path
