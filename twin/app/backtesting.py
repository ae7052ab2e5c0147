"""Rules tried over what is stored, or over recordings of anybody: ``twin rules backtest``."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import psycopg

from alerts.backtesting import Backtest, Figures, Occurrence, figures
from alerts.history import Period, history
from alerts.past_readings import Readings
from alerts.related import Related, read_related
from alerts.reports.documents import alert_document, figures_document
from alerts.reports.duplicates import WITHIN_US, duplicates
from alerts.reports.recordings import Recording
from alerts.rule_files import rules_from, shipped_rules
from alerts.rules import LadderRule, RuleSet
from alerts.rules.courses import NEVER
from alerts.rules.together import TogetherRule
from alerts.trial_together import together
from data.connection import connect
from data.series_bound import read_series, series_of_quantities
from twin.model import Mode, SeriesInfo, to_us

Belonging = Callable[[TogetherRule], Mapping[str, Related] | None]
"""Says which things belong together for the conditions of a rule; None where nobody knows."""

Progress = Callable[[int, int], None]
"""Is told how many series of all have been judged."""


class RuleUnknownError(ValueError):
    """A rule that none of the files has. Say one that ``twin rules list`` shows."""


class PeriodError(ValueError):
    """A period that is none. Say an end that is later than the begin."""


class Tried(NamedTuple):
    """What rules would have raised.

    Attributes:
        readings: how many were judged.
        series: of how many series.
        occurrences: the alerts.
        figures: of them.
        period: begin and end, microseconds.
        rules: ids of those that were tried.
        not_tried: ids of rules of kinds that look at more than one series of readings.
        refusals: how often a series was not judged, or not at every level, by the reason.
    """

    readings: int
    series: int
    occurrences: Sequence[Occurrence]
    figures: Figures
    period: tuple[int, int]
    rules: Sequence[str] = ()
    not_tried: Sequence[str] = ()
    refusals: Mapping[str, int] = {}


class Span(NamedTuple):
    """A period and the mode whose readings are judged."""

    begin: datetime
    end: datetime
    mode: Mode = Mode.ACTUAL


def chosen_rules(files: Sequence[Path], names: Sequence[str]) -> RuleSet:
    """Return the rules of files, the shipped ones where there are none, those named alone.

    Raises:
        RuleFileError: with all mistakes of all files.
        RuleUnknownError: a name that none of them has.
        OSError: a file cannot be read.
    """
    rules = rules_from(files) if files else shipped_rules()
    known = {read.rule.id for read in rules}
    for name in names:
        if name not in known:
            listed = ", ".join(sorted(known))
            raise RuleUnknownError(f"rule {name!r}: expected one of {listed}")
    return tuple(read for read in rules if not names or read.rule.id in names)


def backtest(store_url: str, rules: RuleSet, span: Span, progress: Progress) -> Tried:
    """Judge what is stored of a period; nothing is written.

    Raises:
        PeriodError: its end is not after its begin.
        StoreUnavailableError: the store is away.
    """
    (tried,) = backtests(store_url, [rules], span, progress)
    return tried


def backtests(
    store_url: str, sets: Sequence[RuleSet], span: Span, progress: Progress
) -> list[Tried]:
    """Judge what is stored of a period by several sets of rules, reading it once.

    Raises:
        PeriodError: its end is not after its begin.
        StoreUnavailableError: the store is away.
    """
    begin_us, end_us = bounds(span)
    trials = [_Trial(rules, end_us if span.mode is Mode.ACTUAL else None) for rules in sets]
    quantities = {quantity for trial in trials for quantity in trial.backtest.quantities}
    with connect(store_url, name="citytwin backtest") as connection:
        numbers = series_of_quantities(connection, sorted(quantities), span.mode)
        infos = {each.info.series_id: each.info for each in read_series(connection, numbers)}
        reach_us = max((trial.reach_us for trial in trials), default=0)
        period = Period(begin_us - reach_us - 1, end_us)
        for done, (series_id, readings) in enumerate(history(connection, numbers, period), 1):
            for trial in trials:
                trial.judge(infos[series_id], readings)
            progress(done, len(numbers))
        near = _Near(connection)
        return [trial.tried((begin_us, end_us), near.of) for trial in trials]


def backtests_of(
    recording: Recording, sets: Sequence[RuleSet], span: Span | None = None
) -> list[Tried]:
    """Judge a recording by several sets of rules, as if it had come in when it was observed.

    Args:
        recording: what files told.
        sets: of rules.
        span: a part of it; None for all.

    Raises:
        PeriodError: the end of the span is not after its begin.
    """
    begin_us, end_us = (recording.begin_us, recording.end_us) if span is None else bounds(span)
    trials = [_Trial(rules, end_us) for rules in sets]
    for one in recording.series:
        for trial in trials:
            asked = one.readings.after(begin_us - trial.reach_us - 1)
            trial.judge(one.info, asked.of(asked.ts_us <= end_us))
    near = _Alone({one.info.entity: one.info.entity_class for one in recording.series})
    return [trial.tried((begin_us, end_us), near.of) for trial in trials]


class _Near:
    """What belongs together as the register stands."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection

    def of(self, rule: TogetherRule) -> dict[str, Related]:
        """Return it for each condition of a rule."""
        return {
            name: read_related(self._connection, condition, rule.entity_classes)
            for name, condition in rule.conditions.items()
        }


class _Alone:
    """What belongs together in a recording: nothing but each thing with itself."""

    def __init__(self, classes: Mapping[int, str]) -> None:
        self._classes = classes

    def of(self, rule: TogetherRule) -> dict[str, Related] | None:
        """Return it for each condition of a rule; None if one looks around."""
        if any(condition.at != "self" for condition in rule.conditions.values()):
            return None
        itself = {
            code: [code] for code, klass in self._classes.items() if klass in rule.entity_classes
        }
        return dict.fromkeys(rule.conditions, Related(itself, itself))


class _Trial:
    """A set of rules in the middle of its trial."""

    def __init__(self, rules: RuleSet, until_us: int | None) -> None:
        ladders: list[LadderRule] = []
        ladders += [read.rule for read in rules if isinstance(read.rule, LadderRule)]
        self._together = [read.rule for read in rules if isinstance(read.rule, TogetherRule)]
        self._rules = [rule.id for rule in [*ladders, *self._together]]
        self._others = [read.rule.id for read in rules if read.rule.id not in self._rules]
        ladders += [one for rule in self._together for one in rule.condition_rules.values()]
        self.reach_us = max((rule.reach_us for rule in ladders), default=0)
        self.backtest = Backtest(ladders, until_us)

    def judge(self, info: SeriesInfo, readings: Readings) -> None:
        self.backtest.judge(info, readings)

    def tried(self, period: tuple[int, int], near: Belonging) -> Tried:
        every = self.backtest.occurrences()
        raised = [one for one in every if one.group.rule in self._rules]
        not_tried = list(self._others)
        for rule in self._together:
            related = near(rule)
            if related is None:
                not_tried.append(rule.id)
            else:
                raised += together(rule, every, related)
        # What a window must look back at lies before the period; its alerts are not asked for.
        found = [one for one in raised if (one.to_us or NEVER) > period[0]]
        found.sort(key=lambda one: (one.from_us, one.group))
        return Tried(
            readings=self.backtest.readings,
            series=self.backtest.series,
            occurrences=found,
            figures=figures(found),
            period=period,
            rules=[name for name in self._rules if name not in not_tried],
            not_tried=not_tried,
            refusals={reason.value: count for reason, count in self.backtest.refusals.items()},
        )


def bounds(span: Span) -> tuple[int, int]:
    """Return begin and end, microseconds.

    Raises:
        PeriodError: its end is not after its begin.
    """
    if span.begin >= span.end:
        raise PeriodError(
            f"period from {span.begin} to {span.end}: expected its end after its begin"
        )
    return to_us(span.begin), to_us(span.end)


def document(
    tried: Tried, names: Mapping[int, str] | None = None, within_us: int = WITHIN_US
) -> dict[str, Any]:
    """Return a trial as ``--json`` prints it; times are RFC 3339 in UTC.

    Args:
        tried: it.
        names: of entities that are no codes.
        within_us: how soon after one of its kind an alert is a duplicate.
    """
    called = namer(names or {})
    repeats = duplicates(tried.occurrences, within_us)
    return {
        "readings": tried.readings,
        "series": tried.series,
        "not_tried": list(tried.not_tried),
        "refusals": dict(tried.refusals),
        "figures": figures_document(tried.figures, repeats),
        "alerts": [alert_document(one, called, repeats[one]) for one in tried.occurrences],
    }


def namer(names: Mapping[int, str]) -> Callable[[int], str]:
    """Return how entities are called: by a name given here, otherwise by their code."""
    return lambda code: names.get(code, str(code))
