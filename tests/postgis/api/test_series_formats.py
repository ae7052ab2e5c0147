"""Observations come as JSON, Arrow and CSV, whole years of them, and all say the same."""

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import orjson
import psycopg
import pyarrow as pa
import pytest

from tests.postgis.api.district import NOON, add_observations, add_series
from tests.postgis.api.test_series_points import FILL, fill
from tests.postgis.register import LEVEL_GAUGE, REACH

pytestmark = pytest.mark.anyio

Connection = psycopg.Connection[tuple[Any, ...]]

ARROW = "application/vnd.apache.arrow.stream"
HOUR = {"from": NOON.isoformat(), "to": (NOON + timedelta(hours=1)).isoformat()}


async def asked(
    client: httpx.AsyncClient, path: str, query: dict[str, str], accept: str = "*/*"
) -> httpx.Response:
    answer = await client.get(f"/api/v1/{path}", params=query, headers={"Accept": accept})
    assert answer.status_code == 200, answer.text
    return answer


def table(answer: httpx.Response) -> pa.Table:
    assert answer.headers["content-type"] == ARROW
    return pa.ipc.open_stream(answer.content).read_all()


def csv_rows(answer: httpx.Response) -> list[dict[str, str]]:
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(answer.text, newline="")))


async def test_arrow_has_the_values_as_stored_and_says_what_they_are(
    client: httpx.AsyncClient, district: Connection
) -> None:
    series = add_series(district)
    add_observations(district, series, 5)
    found = table(await asked(client, f"series/{series}/observations", {**HOUR, "format": "arrow"}))
    assert [(field.name, str(field.type)) for field in found.schema] == [
        ("ts", "timestamp[us, tz=UTC]"),
        ("value", "double"),
        ("quality", "int16"),
        ("received_at", "timestamp[us, tz=UTC]"),
    ]
    stored = district.execute(
        "SELECT ts, value, quality, received_at FROM observation ORDER BY ts"
    ).fetchall()
    rows = zip(*(column.to_pylist() for column in found.columns), strict=True)
    assert [(ts, value, quality, at) for ts, value, quality, at in rows] == stored
    assert found.schema.metadata == {
        b"series": str(series).encode(),
        b"entity": str(REACH).encode(),
        b"device": str(LEVEL_GAUGE).encode(),
        b"quantity": b"level",
        b"unit": b"m",
        b"statistic": b"instant",
        b"period_s": b"0",
        b"channel": b"",
        b"mode": b"actual",
        b"resolution": b"observations",
        b"span_s": b"0",
    }


async def test_csv_has_a_header_and_times_of_rfc_3339(
    client: httpx.AsyncClient, district: Connection
) -> None:
    series = add_series(district)
    add_observations(district, series, 2)
    district.execute(
        "INSERT INTO observation VALUES (%s, %s, 1e-7, 0, %s)",
        (series, NOON + timedelta(minutes=5, microseconds=1), NOON),
    )
    answer = await asked(client, f"series/{series}/observations", HOUR, "text/csv")
    assert answer.text == (
        "ts,value,quality,received_at\r\n"
        "2026-05-01T04:00:00Z,0.0,0,2026-05-01T04:00:00Z\r\n"
        "2026-05-01T04:01:00Z,1.0,5,2026-05-01T04:01:00Z\r\n"
        "2026-05-01T04:05:00.000001Z,1e-7,0,2026-05-01T04:00:00Z\r\n"
    )
    assert f'filename="series-{series}.csv"' in answer.headers["content-disposition"]


@pytest.mark.parametrize("unreliable", [False, True])
async def test_points_are_the_same_in_every_form(
    client: httpx.AsyncClient, district: Connection, *, unreliable: bool
) -> None:
    series = add_series(district)
    fill(district, series, 3600, timedelta(seconds=1))
    if unreliable:
        district.execute(
            "UPDATE observation SET quality = 2 WHERE ts < %s", (NOON + timedelta(minutes=9),)
        )
    path, query = f"series/{series}/observations", {**HOUR, "points": "100"}
    shown = (await asked(client, path, query)).json()
    arrow = table(await asked(client, path, query, ARROW))
    comma = csv_rows(await asked(client, path, query, "text/csv"))
    assert len(shown["points"]) == 100
    assert (arrow.schema.metadata[b"resolution"], arrow.schema.metadata[b"span_s"]) == (
        b"observations",
        b"36",
    )
    points = [point | {"ts": datetime.fromisoformat(point.pop("at"))} for point in shown["points"]]
    assert arrow.to_pylist() == points
    spelled = [{name: read(name, text) for name, text in row.items()} for row in comma]
    assert spelled == points
    assert (points[0]["max"] is None) == unreliable


def read(name: str, text: str) -> object:
    if name == "ts":
        return datetime.fromisoformat(text)
    if name in {"count", "unreliable"}:
        return int(text)
    return float(text) if text else None


async def test_a_span_of_many_windows_is_whole_and_in_order(
    client: httpx.AsyncClient, district: Connection
) -> None:
    series, other = add_series(district), add_series(district, "discharge")
    for each in (series, other):
        told = {"series": each, "start": NOON, "count": 60_000, "step": timedelta(minutes=1)}
        district.execute(FILL, told)
    path = f"series/{series}/observations"
    for form in ("arrow", "csv"):
        answer = await asked(client, path, {"format": form})
        times = (
            table(answer)["ts"].to_pylist()
            if form == "arrow"
            else [datetime.fromisoformat(row["ts"]) for row in csv_rows(answer)]
        )
        assert times == [NOON + timedelta(minutes=number) for number in range(60_000)]


async def test_a_span_without_values_is_an_empty_table(
    client: httpx.AsyncClient, district: Connection
) -> None:
    series = add_series(district)
    path = f"series/{series}/observations"
    for more in ({}, {"points": "10"}):
        assert table(await asked(client, path, {**HOUR, **more}, ARROW)).num_rows == 0
        assert csv_rows(await asked(client, path, {**HOUR, **more}, "text/csv")) == []
    answer = await asked(client, path, {**HOUR, "points": "10"})
    assert answer.json() == {"level": "observations", "span_s": 0, "points": []}


@pytest.mark.parametrize(
    ("accept", "form", "media_type"),
    [
        ("*/*", "", "application/json"),
        ("text/html,application/xhtml+xml", "", "application/json"),
        ("text/csv;q=0.5, application/json;q=0.4", "", "text/csv; charset=utf-8"),
        (f"*/*;q=0.1, {ARROW}", "", ARROW),
        ("TEXT/*", "", "text/csv; charset=utf-8"),
        (f"{ARROW};q=0, text/csv;q=0", "", "application/json"),
        ("text/csv", "arrow", ARROW),
        ("text/csv", "json", "application/json"),
        (";;q=,,=/;q=9", "", "application/json"),
    ],
)
async def test_the_query_says_the_form_else_accept_does(
    client: httpx.AsyncClient, district: Connection, accept: str, form: str, media_type: str
) -> None:
    query = {"format": form} if form else {}
    answer = await asked(client, f"series/{add_series(district)}/observations", query, accept)
    assert answer.headers["content-type"] == media_type
    assert answer.headers["vary"] == "Accept"


@pytest.mark.parametrize(
    ("query", "status", "sentence"),
    [
        ("format=csv&limit=5", 422, "expected with JSON"),
        ("format=arrow&cursor=WzFd", 422, "expected with JSON"),
        ("format=excel", 422, "'json', 'arrow' or 'csv'"),
        ("format=csv&points=9", 422, "expected with from"),
    ],
)
async def test_what_cannot_be_told_in_a_form_is_a_problem_in_json(
    client: httpx.AsyncClient, district: Connection, query: str, status: int, sentence: str
) -> None:
    answer = await client.get(f"/api/v1/series/{add_series(district)}/observations?{query}")
    assert answer.status_code == status
    assert sentence in answer.json()["detail"]


async def test_an_unknown_series_is_a_problem_in_every_form(
    client: httpx.AsyncClient, district: Connection
) -> None:
    assert district.info.dbname
    for form in ("json", "arrow", "csv"):
        for path in (
            "series/999/observations?",
            "observations?series=999&points=5&from=2026-01-01T00:00:00Z&",
        ):
            answer = await client.get(f"/api/v1/{path}format={form}")
            assert (answer.status_code, answer.json()) == (
                404,
                {"detail": "series 999: not in the store"},
            )


async def test_several_series_come_one_after_the_other(
    client: httpx.AsyncClient, district: Connection
) -> None:
    first, second = add_series(district), add_series(district, "discharge")
    for series in (first, second):
        add_observations(district, series, 3)
    query = {**HOUR, "series": f"{second},{first}"}
    numbers = [second] * 3 + [first] * 3
    for more in ({}, {"points": "10"}):
        arrow = table(await asked(client, "observations", {**query, **more}, ARROW))
        assert arrow["series"].to_pylist() == numbers
        about = orjson.loads(arrow.schema.metadata[b"series"])
        assert [one["quantity"] for one in about] == ["discharge", "level"]
        rows = csv_rows(await asked(client, "observations", {**query, **more}, "text/csv"))
        assert [int(row["series"]) for row in rows] == numbers
    shown = (await asked(client, "observations", {**query, "points": "10"})).json()
    assert [(item["series"], len(item["points"])) for item in shown["items"]] == [
        (second, 3),
        (first, 3),
    ]


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("series=1,1&points=5&from=2026-01-01T00:00:00Z", "each once"),
        ("series=one", "numbers of series"),
        ("series=", "numbers of series"),
        (f"series={','.join(map(str, range(1, 52)))}", "at most 50"),
        ("points=5", "series"),
    ],
)
async def test_series_that_cannot_be_read_are_refused(
    client: httpx.AsyncClient, query: str, sentence: str
) -> None:
    answer = await client.get(f"/api/v1/observations?{query}")
    assert answer.status_code == 422
    assert sentence in answer.json()["detail"]


async def test_single_values_of_several_series_are_not_for_json(
    client: httpx.AsyncClient, district: Connection
) -> None:
    answer = await client.get(f"/api/v1/observations?series={add_series(district)}")
    assert answer.status_code == 422
    assert "points: expected with JSON" in answer.json()["detail"]


async def test_latest_values_of_all_series_are_those_of_one_mode(
    client: httpx.AsyncClient, district: Connection
) -> None:
    level, flow = add_series(district), add_series(district, "discharge")
    drill, silent = add_series(district, "level", "exercise"), add_series(district, "velocity")
    for number, series in enumerate((level, flow, drill), start=1):
        add_observations(district, series, number)
    shown = (await asked(client, "series/latest", {})).json()["items"]
    assert shown == [
        {"series": level, "observed_at": "2026-05-01T04:00:00Z", "value": 0.0, "quality": 5},
        {"series": flow, "observed_at": "2026-05-01T04:01:00Z", "value": 1.0, "quality": 5},
    ]
    arrow = table(await asked(client, "series/latest", {}, ARROW))
    assert arrow.to_pylist() == [
        {
            "series": item["series"],
            "ts": datetime.fromisoformat(item["observed_at"]).astimezone(UTC),
            "value": item["value"],
            "quality": item["quality"],
        }
        for item in shown
    ]
    drilled = csv_rows(await asked(client, "series/latest", {"mode": "exercise"}, "text/csv"))
    assert [int(row["series"]) for row in drilled] == [drill]
    only = (await asked(client, "series/latest", {"quantity": "discharge"})).json()["items"]
    assert [item["series"] for item in only] == [flow]
    assert silent not in {item["series"] for item in shown}
