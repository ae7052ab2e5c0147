"""Reports on stored alerts."""

import json
from pathlib import Path
from typing import Any

import psycopg
import pytest
from typer.testing import CliRunner

from alerts.history import Period, history
from tests.postgis.alerts.desk import Desk
from tests.postgis.alerts.test_backtest import ROWS
from tests.unit.alerts.ruling import ROAD, at, batch_of, level_text, rules_of
from twin.app import settings
from twin.app.alert_reports import read_past, written_past
from twin.app.backtesting import PeriodError, Span, backtest, backtests
from twin.cli.commands import app
from twin.model import from_us

Connection = psycopg.Connection[tuple[Any, ...]]
SPAN = Span(from_us(at(-1)), from_us(at(120)))


@pytest.fixture
def lived(district: Connection) -> Connection:
    Desk(district, rules_of(level_text())).take(batch_of(ROWS))
    return district


def test_stored_alerts_are_those_that_a_backtest_finds(
    lived: Connection, database_url: str
) -> None:
    assert not lived.closed
    past = read_past(database_url, SPAN, 1)
    tried = backtest(database_url, rules_of(level_text()), SPAN, lambda _done, _all: None)
    assert past.stored.shown == tried.occurrences
    assert (past.found.alerts, past.found.standing.at_end) == (2, 1)
    assert past.names.keys() == {ROAD}


def test_what_was_quieted_is_counted_apart(lived: Connection, database_url: str) -> None:
    lived.execute(
        "UPDATE alert SET suppressed_by = (SELECT min(id) FROM alert) WHERE level = 'red'"
    )
    lived.commit()
    past = read_past(database_url, SPAN, 1)
    assert (past.stored.quiet, past.document["quiet"], past.found.alerts) == (1, 1, 1)


def test_alerts_of_another_time_are_left_out(lived: Connection, database_url: str) -> None:
    assert not lived.closed
    past = read_past(database_url, Span(from_us(at(10)), from_us(at(60))), 1)
    assert past.stored.shown == []
    with pytest.raises(PeriodError):
        read_past(database_url, Span(SPAN.end, SPAN.begin), 1)


def test_the_report_is_a_page_a_table_or_json(lived: Connection, database_url: str) -> None:
    assert not lived.closed
    past = read_past(database_url, SPAN, 2)
    page = written_past(past, ".html")
    assert page.count("<svg") == 2
    assert str(ROAD) in page
    assert len(written_past(past, ".csv").splitlines()) == 3
    assert len(json.loads(written_past(past, ".json"))["list"]) == 2


def test_two_sets_are_judged_over_one_reading_of_the_store(
    lived: Connection, database_url: str
) -> None:
    assert not lived.closed
    sets = [rules_of(level_text()), rules_of(level_text().replace("0.27", "0.35"))]
    first, second = backtests(database_url, sets, SPAN, lambda _done, _all: None)
    assert [len(first.occurrences), len(second.occurrences)] == [2, 2]
    levels = [one.occurrences[0].level.text for one in (first, second)]
    assert levels == ["orange", "yellow"]


def test_a_long_history_comes_in_slices_that_join(lived: Connection) -> None:
    years = 3 * 365 * 24 * 60
    told = dict(history(lived, [1, 77], Period(at(-years), at(years))))
    assert told.keys() == {1}
    assert told[1].ts_us.tolist() == [at(0), at(1), at(3), at(4), at(90)]


def test_the_commands_print_and_write(
    lived: Connection,
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    assert not lived.closed

    class Store:
        store_url = database_url

    monkeypatch.setattr(settings, "load", Store)
    period = ["--from", "2026-01-01", "--to", "2026-02-01"]
    told = CliRunner().invoke(app, ["alerts", "load", *period, "--json"])
    assert json.loads(told.stdout)["alerts"] == 2
    assert "2 alerts" in CliRunner().invoke(app, ["alerts", "load", *period]).output
    out = tmp_path / "report.html"
    written = CliRunner().invoke(app, ["rules", "report", *period, "--out", str(out)])
    assert (written.exit_code, out.read_text(encoding="utf-8")[:15]) == (0, "<!DOCTYPE html>")
