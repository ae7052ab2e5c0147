"""People at alerts of a test's store."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import psycopg

from alerts.handling.moves import Verdict
from alerts.handling.writing import Doer
from alerts.people import Wish, transition
from alerts.projection import AlertDocument

Async = psycopg.AsyncConnection[tuple[Any, ...]]
Found = TypeVar("Found")
LI = Doer("li", "10.0.0.7", (113.93, 22.75))
WORDS: dict[str, dict[str, Any]] = {
    "assigned": {"assignee": "wang", "reason": "not done"},
    "acknowledged": {"reason": "not mine"},
    "dispatched": {"reason": "once more"},
    "closed": {"verdict": "confirmed", "reason": "pumped dry"},
}


def run_on(url: str, work: Callable[[Async], Awaitable[Found]]) -> Found:
    """Do something with a connection of its own."""

    async def opened() -> Found:
        async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
            return await work(connection)

    return asyncio.run(opened())


def wish(to: str, **more: Any) -> Wish:  # noqa: ANN401 -- of the tuple's own types
    """Return a wish with the words that it may need."""
    return Wish(to, **{**WORDS.get(to, {}), **more})


def move(url: str, alert: int, to: str, **more: Any) -> AlertDocument:  # noqa: ANN401
    """Bring an alert somewhere as li does, with the words that it may need."""
    return run_on(url, lambda c: transition(c, alert, wish(to, **more), LI))


def close_as(url: str, alert: int, verdict: Verdict) -> AlertDocument:
    """Close an alert with a verdict."""
    return move(url, alert, "closed", verdict=verdict)
