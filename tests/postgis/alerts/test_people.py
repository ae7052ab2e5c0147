"""People: legal steps, the race for one alert, and what closing means to the rule."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import psycopg
import pytest

from alerts.handling.moves import IllegalTransitionError
from alerts.handling.writing import Doer, UnknownAlertError
from alerts.people import Wish, transition
from alerts.projection import AlertDocument
from tests.postgis.alerts.desk import Desk
from tests.unit.alerts.ruling import Row, batch_of

Act = Callable[..., AlertDocument]
Async = psycopg.AsyncConnection[tuple[Any, ...]]


def run_on(url: str, work: Callable[[Async], Awaitable[AlertDocument]]) -> AlertDocument:
    async def opened() -> AlertDocument:
        async with await psycopg.AsyncConnection.connect(url) as connection:
            return await work(connection)

    return asyncio.run(opened())


@pytest.fixture
def act(database_url: str) -> Act:
    def step(alert_id: int, to: str, version: int | None = None, note: str = "") -> AlertDocument:
        wish = Wish(to, note, version)
        if to == "closed":
            wish = wish._replace(verdict="confirmed", reason="seen there")
        return run_on(database_url, lambda c: transition(c, alert_id, wish, Doer("li.na")))

    return step


@pytest.fixture
def raised(desk: Desk) -> int:
    desk.take(batch_of([Row(0, 0.2)]))
    return int(desk.ask("SELECT id FROM alert")[0][0])


def test_acknowledging_says_who_when_and_why(desk: Desk, raised: int, act: Act) -> None:
    document = act(raised, "acknowledged", 1, "on my way")
    assert (document["state"], document["version"]) == ("acknowledged", 2)
    assert str(document["acknowledged_at"]).endswith("Z")
    steps = desk.ask("SELECT event, from_state, actor, note FROM alert_transition ORDER BY id")
    assert steps[1] == ("acknowledged", "raised", "li.na", "on my way")
    notices = desk.ask("SELECT payload FROM outbox ORDER BY id")
    assert notices[1][0] == {"event": "acknowledged", "alert": document}


def test_what_is_illegal_or_already_made_is_refused_and_leaves_no_trace(
    desk: Desk, raised: int, act: Act
) -> None:
    for to in ("raised", "cleared", "eaten"):
        with pytest.raises(IllegalTransitionError, match="possible is acknowledged, assigned"):
            act(raised, to)
    with pytest.raises(IllegalTransitionError, match="version 9 was seen, but it is at version 1"):
        act(raised, "closed", 9)
    act(raised, "closed")
    for to in ("closed", "acknowledged"):
        with pytest.raises(IllegalTransitionError, match="possible is nothing"):
            act(raised, to)
    with pytest.raises(UnknownAlertError, match="alert 4711"):
        act(4711, "closed")
    assert desk.events() == ["raised", "closed"]


def test_of_fifty_who_acknowledge_at_once_one_succeeds(
    desk: Desk, raised: int, database_url: str
) -> None:
    async def one(number: int) -> bool:
        async with await psycopg.AsyncConnection.connect(database_url) as connection:
            try:
                await transition(connection, raised, Wish("acknowledged"), Doer(f"op{number}"))
            except IllegalTransitionError:
                return False
            return True

    async def all_at_once() -> list[bool]:
        return await asyncio.gather(*(one(number) for number in range(50)))

    assert sum(asyncio.run(all_at_once())) == 1
    assert desk.events() == ["raised", "acknowledged"]


def test_a_closed_condition_stays_quiet_until_it_is_worse_or_comes_back(
    desk: Desk, raised: int, act: Act
) -> None:
    act(raised, "closed")
    desk.take(batch_of([Row(1, 0.25)]))
    assert desk.alerts() == [("yellow", "closed")]
    desk.take(batch_of([Row(2, 0.3)]))
    assert desk.alerts() == [("yellow", "closed"), ("orange", "raised")]
    act(raised + 1, "closed")
    desk.take(batch_of([Row(3, 0.0), Row(4, 0.2)]))
    assert desk.alerts()[2:] == [("yellow", "raised")]


def test_a_cleared_alert_can_be_closed_and_not_acknowledged(
    desk: Desk, raised: int, act: Act
) -> None:
    desk.take(batch_of([Row(1, 0.0)]))
    with pytest.raises(IllegalTransitionError, match="is 'cleared'"):
        act(raised, "acknowledged")
    assert act(raised, "closed")["state"] == "closed"
