"""Rules tried over stored readings."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
import pytest

from alerts.backtesting import Stage
from alerts.history import Period, history
from alerts.past_readings import past_readings
from alerts.rules import AlertLevel
from tests.postgis.alerts.desk import Desk
from tests.unit.alerts.ruling import ROAD, Row, at, batch_of, level_text, rules_of
from twin.app.backtesting import PeriodError, RuleUnknownError, Span, backtest, chosen_rules
from twin.app.backtesting import document as told
from twin.model import Grade, from_us

Connection = psycopg.Connection[tuple[Any, ...]]
ROWS = [
    Row(0, 0.1),
    Row(1, 0.3),
    Row(2, 0.9, quality=Grade.UNRELIABLE),
    Row(3, 0.2, quality=Grade.DOUBTFUL),
    Row(4, 0.0),
    Row(90, 0.5),
]


@pytest.fixture
def stored(district: Connection) -> Connection:
    Desk(district, rules_of(level_text())).take(batch_of(ROWS))
    return district


def test_history_is_what_a_plain_query_gives(stored: Connection) -> None:
    period = Period(at(0), at(90))
    ((number, line),) = history(stored, [1, 77], period)
    plain = past_readings(stored, {1: (period.after_us, period.upto_us)})[1]
    assert number == 1
    assert line.ts_us.tolist() == [at(1), at(3), at(4), at(90)]
    for mine, theirs in zip(line, plain, strict=True):
        assert np.array_equal(mine, theirs)


def test_a_backtest_finds_the_alerts_and_raises_none(stored: Connection, database_url: str) -> None:
    before = stored.execute("SELECT count(*) FROM alert").fetchone()
    span = Span(from_us(at(-1)), from_us(at(120)))
    tried = backtest(database_url, rules_of(level_text()), span, lambda _done, _all: None)
    first, second = tried.occurrences
    assert first.stages == (Stage(at(1), AlertLevel.ORANGE), Stage(at(3), AlertLevel.YELLOW))
    assert (first.to_us, second.to_us) == (at(4), None)
    assert (tried.series, tried.readings, tried.figures.standing) == (1, 5, 1)
    assert stored.execute("SELECT count(*) FROM alert").fetchone() == before
    (alert, _) = told(tried)["alerts"]
    assert (alert["entity"], alert["level"]) == (str(ROAD), "orange")


def test_alerts_that_ended_before_the_period_are_left_out(
    database_url: str, stored: Connection
) -> None:
    del stored
    begin = from_us(at(60))
    span = Span(begin, begin + timedelta(hours=1))
    tried = backtest(database_url, rules_of(level_text()), span, lambda _done, _all: None)
    assert [one.from_us for one in tried.occurrences] == [at(90)]


def test_a_period_that_ends_before_it_begins_is_refused(database_url: str) -> None:
    span = Span(from_us(at(1)), from_us(at(1)))
    with pytest.raises(PeriodError, match="expected its end after its begin"):
        backtest(database_url, rules_of(level_text()), span, lambda _done, _all: None)


def test_a_rule_that_there_is_not_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(level_text(), encoding="utf-8")
    assert [read.rule.id for read in chosen_rules([file], ["road"])] == ["road"]
    with pytest.raises(RuleUnknownError, match="rule 'rain': expected one of road"):
        chosen_rules([file], ["rain"])
