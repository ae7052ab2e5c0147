"""A rule of several things over the store, beside the same rule live."""

from typing import Any

import psycopg

from tests.postgis.alerts.test_together import (
    HIGH_UPSTREAM,
    LOWER,
    ON_RAIN,
    ON_UPPER,
    RULE,
    desk_of,
    take,
    valley,
)
from tests.unit.alerts.ruling import Row, at, rules_of
from twin.app.backtesting import Span, backtest
from twin.model import from_us

Connection = psycopg.Connection[tuple[Any, ...]]

__all__ = ["valley"]


def test_over_the_past_it_raises_what_it_raised_live(
    valley: Connection,
    database_url: str,
) -> None:
    desk = desk_of(valley, "rain and high")
    take(desk, Row(0, 3.2, ON_UPPER))
    take(desk, Row(1, 30.0, ON_RAIN))
    take(desk, Row(2, 2.9, ON_UPPER))
    rules = rules_of(RULE.format(when="rain and high", more=HIGH_UPSTREAM))
    span = Span(from_us(at(-1)), from_us(at(5)))
    tried = backtest(database_url, rules, span, lambda _done, _all: None)
    (found,) = tried.occurrences
    assert (found.group.entity, found.from_us, found.to_us) == (LOWER, at(1), at(2))
    assert desk.ask("SELECT raised_at, cleared_at FROM alert") == [(from_us(at(1)), from_us(at(2)))]
    assert (tried.rules, tried.not_tried) == (["flood-wave"], [])
