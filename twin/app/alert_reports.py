"""Reports on stored alerts and on trials of rules: ``twin alerts load``, ``twin rules report``."""

import json
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from psycopg.rows import dict_row

from alerts.reports.detection import Margins, detect
from alerts.reports.documents import alert_document, csv_of, load_document
from alerts.reports.duplicates import duplicates
from alerts.reports.load import Load, load
from alerts.reports.load_sections import load_sections
from alerts.reports.page import Section, page
from alerts.reports.stored import STORED, StoredAlerts, asked, stored_alerts
from alerts.reports.trial_sections import alert_sections, comparison_section, detection_section
from data.connection import connect
from twin.app.backtesting import Span, bounds, namer
from twin.app.rule_trials import Trial, compared, trial_document

_NAMES = "SELECT code, name FROM entity WHERE code = ANY(%s)"


class Past(NamedTuple):
    """Stored alerts of a period.

    Attributes:
        span: the period.
        stored: its alerts.
        found: the load that they were.
        names: of the entities that they are about.
    """

    span: Span
    stored: StoredAlerts
    found: Load
    names: dict[int, str]

    @property
    def document(self) -> dict[str, Any]:
        """As ``--json`` prints it."""
        return load_document(self.found, str) | {"quiet": self.stored.quiet}


def read_past(store_url: str, span: Span, operators: int) -> Past:
    """Return the stored alerts of a period and the load that they were.

    Raises:
        PeriodError: its end is not after its begin.
        StoreUnavailableError: the store is away.
    """
    period = bounds(span)
    with connect(store_url, name="citytwin report") as connection:
        connection.read_only = True
        with connection.cursor(row_factory=dict_row) as cursor:
            cursor.execute(STORED, asked(span.begin, span.end, span.mode))
            stored = stored_alerts(cursor)
        codes = {one.group.entity for one in stored.shown}
        names = dict(connection.execute(_NAMES, [sorted(codes)]).fetchall())
    return Past(span, stored, load(stored.shown, period, operators), names)


def past_page(past: Past) -> str:
    """Return the report on stored alerts as an HTML file."""
    called = namer({code: f"{name} {code}" for code, name in past.names.items()})
    repeats = duplicates(past.stored.shown)
    sections = [
        *load_sections(past.found, called, past.stored.quiet),
        *alert_sections(past.stored.shown, repeats, bounds(past.span), called),
    ]
    return page("告警报告 Alert report", sections)


def written_past(past: Past, suffix: str) -> str:
    """Return the report as CSV (the alerts alone), JSON or, for any other ending, HTML."""
    if suffix not in (".csv", ".json"):
        return past_page(past)
    repeats = duplicates(past.stored.shown)
    alerts = [alert_document(one, str, repeats[one]) for one in past.stored.shown]
    return csv_of(alerts) if suffix == ".csv" else _json(past.document | {"list": alerts})


def written_trial(trial: Trial, suffix: str) -> str:
    """Return a trial as CSV (the alerts of the first set alone), JSON or otherwise HTML."""
    if suffix not in (".csv", ".json"):
        return trial_page(trial)
    found = trial_document(trial)
    return csv_of(found["alerts"]) if suffix == ".csv" else _json(found)


def _json(found: dict[str, Any]) -> str:
    return json.dumps(found, ensure_ascii=False, indent=1) + "\n"


def trial_page(trial: Trial, operators: int = 1) -> str:
    """Return what rules would have raised as an HTML file."""
    return page("规则回测 Backtest of rules", _trial_sections(trial, operators))


def _trial_sections(trial: Trial, operators: int) -> Iterator[Section]:
    called = namer(trial.names)
    first, *others = trial.tried
    yield _judged(trial)
    labels = trial.labels or []
    repeats = duplicates(first.occurrences, trial.asked.within_us)
    if trial.labels is not None:
        margin = trial.asked.recorded.margin_us
        yield detection_section(
            detect(first.occurrences, labels, first.period, Margins(margin, margin))
        )
    for other in others:
        yield comparison_section(compared(first, other), called)
    yield from alert_sections(first.occurrences, repeats, first.period, called, labels)
    if first.period[0] < first.period[1]:
        yield from load_sections(load(first.occurrences, first.period, operators), called)


def _judged(trial: Trial) -> Section:
    first = trial.tried[0]
    told = [
        f"{first.readings:,} 条读数 readings, {first.series:,} 个序列 series",
        *_listed("规则 rules", first.rules),
        *_listed("未试 not tried", first.not_tried),
    ]
    return Section("范围 Scope", told)


def _listed(what: str, names: Sequence[str]) -> Iterator[str]:
    if names:
        yield f"{what}: {', '.join(names)}"
