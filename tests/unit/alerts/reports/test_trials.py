"""Rules over a recording: what is printed, compared, scored and drawn."""

import csv
import io
import json
import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from alerts.reports.documents import csv_of
from tests.unit.alerts.ruling import level_text
from twin.app.alert_reports import written_trial
from twin.app.backtesting import PeriodError
from twin.app.rule_trials import Asked, Recorded, Trial, run_trial, trial_document

RECORDING = """time,entity,value
2026-01-05T08:00:00Z,<b>gauge</b>,0.1
2026-01-05T08:01:00Z,<b>gauge</b>,0.3
2026-01-05T08:05:00Z,<b>gauge</b>,0.1
2026-01-05T08:09:00Z,<b>gauge</b>,0.2
2026-01-05T08:11:00Z,<b>gauge</b>,0.0
2026-01-05T12:00:00Z,<b>gauge</b>,0.5
"""
LABELS = "begin,end\n2026-01-05T08:02:00Z,2026-01-05T08:10:00Z\n2026-01-05T10:00:00Z,\n"


@pytest.fixture
def asked(tmp_path: Path) -> Asked:
    texts = {"r.csv": RECORDING, "labels.csv": LABELS, "old.toml": level_text()}
    texts["new.toml"] = level_text(name="road-2", version=2).replace("0.15", "0.25")
    for name, text in texts.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    recorded = Recorded(
        [tmp_path / "r.csv"], fixed=["quantity=depth"], labels=tmp_path / "labels.csv"
    )
    return Asked([tmp_path / "old.toml"], against=[tmp_path / "new.toml"], recorded=recorded)


def tried(asked: Asked) -> Trial:
    return run_trial(asked, "", lambda _done, _all: None)


def test_a_recording_is_judged_without_a_store(asked: Asked) -> None:
    found = trial_document(tried(asked))
    levels = [(alert["from"][11:16], alert["level"]) for alert in found["alerts"]]
    assert levels == [("08:01", "orange"), ("08:09", "yellow"), ("12:00", "red")]
    assert [alert["again"] for alert in found["alerts"]] == [None, found["alerts"][0]["from"], None]
    assert (found["figures"]["alerts"], found["figures"]["duplicates"]) == (3, 1)
    assert found["alerts"][2]["to"] is None


def test_versions_of_a_rule_are_compared_whatever_they_are_called(asked: Asked) -> None:
    found = trial_document(tried(asked))["comparison"]
    assert [one["from"][11:16] for one in found["only_first"]] == ["08:09"]
    assert (len(found["both"]), found["only_second"], found["same"]) == (2, [], False)
    same = trial_document(tried(asked._replace(against=asked.rules)))["comparison"]
    assert same["same"] is True


def test_labels_are_scored_together_and_by_rule(asked: Asked) -> None:
    found = trial_document(tried(asked))["detection"]
    assert (found["hits"], found["misses"], found["false_alarms"]) == (1, 1, 1)
    assert [label["lead_s"] for label in found["labels"]] == [60.0, None]
    assert found["by_rule"].keys() == {"road"}


def test_a_part_of_a_recording_is_judged_where_a_period_is_said(asked: Asked) -> None:
    begin = datetime(2026, 1, 5, 9, tzinfo=UTC)
    found = trial_document(tried(asked._replace(begin=begin)))
    assert [alert["level"] for alert in found["alerts"]] == ["red"]
    with pytest.raises(PeriodError):
        tried(asked._replace(begin=begin, end=begin))


class _Page(HTMLParser):
    """Collects what a page holds."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag != "meta":
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_stands_alone_and_takes_no_name_for_markup(asked: Asked) -> None:
    text = written_trial(tried(asked), ".html")
    page = _Page(text)
    assert page.open == []
    names = {tag for tag, _ in page.tags}
    assert names.isdisjoint({"script", "link", "img", "b", "iframe"})
    assert not re.search(r"https?:|url\(|@import", text)
    assert "&lt;b&gt;gauge&lt;/b&gt;" in text
    plots = [attributes for tag, attributes in page.tags if tag == "svg"]
    assert len(plots) == 2
    assert all(plot["role"] == "img" and plot["aria-label"] for plot in plots)


def test_csv_and_json_hold_the_same_alerts(asked: Asked) -> None:
    trial = tried(asked)
    told: dict[str, Any] = json.loads(written_trial(trial, ".json"))
    rows = list(csv.DictReader(io.StringIO(written_trial(trial, ".csv"))))
    assert [row["from"] for row in rows] == [alert["from"] for alert in told["alerts"]]
    assert rows[2]["to"] == ""


def test_no_spreadsheet_takes_a_name_for_a_formula() -> None:
    assert csv_of([{"name": "=1+1"}, {"name": -5}], ["name"]) == "name\r\n'=1+1\r\n-5\r\n"
