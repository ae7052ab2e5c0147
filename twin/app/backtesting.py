"""Rules tried over what is stored: ``twin rules backtest``."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from alerts.backtesting import Backtest, Figures, Occurrence, figures
from alerts.history import Period, history
from alerts.rule_files import rules_from, shipped_rules
from alerts.rules import LadderRule, RuleSet
from data.connection import connect
from data.series_bound import read_series, series_of_quantities
from twin.model import Mode, from_us, to_us

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
    """

    readings: int
    series: int
    occurrences: Sequence[Occurrence]
    figures: Figures


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
    if span.begin >= span.end:
        raise PeriodError(
            f"period from {span.begin} to {span.end}: expected its end after its begin"
        )
    ladders = [read.rule for read in rules if isinstance(read.rule, LadderRule)]
    reach_us = max((rule.signal.reach_us for rule in ladders), default=0)
    begin_us, end_us = to_us(span.begin), to_us(span.end)
    trial = Backtest(ladders, end_us if span.mode is Mode.ACTUAL else None)
    with connect(store_url, name="citytwin backtest") as connection:
        numbers = series_of_quantities(connection, trial.quantities, span.mode)
        infos = {each.info.series_id: each.info for each in read_series(connection, numbers)}
        period = Period(begin_us - reach_us - 1, end_us)
        for done, (series_id, readings) in enumerate(history(connection, numbers, period), 1):
            trial.judge(infos[series_id], readings)
            progress(done, len(numbers))
    # What a window must look back at lies before the period; alerts of that time are not asked for.
    found = [one for one in trial.occurrences() if one.to_us is None or one.to_us > begin_us]
    return Tried(trial.readings, trial.series, found, figures(found))


def document(tried: Tried) -> dict[str, Any]:
    """Return a trial as ``--json`` prints it; times are RFC 3339 in UTC."""
    return {
        "readings": tried.readings,
        "series": tried.series,
        "figures": tried.figures._asdict(),
        "alerts": [_alert(one) for one in tried.occurrences],
    }


def _alert(one: Occurrence) -> dict[str, Any]:
    return {
        "rule": one.group.rule,
        "entity": str(one.group.entity),
        "mode": one.group.mode.value,
        "level": one.level.text,
        "from": _text(one.from_us),
        "to": None if one.to_us is None else _text(one.to_us),
        "stages": [{"at": _text(stage.at_us), "level": stage.level.text} for stage in one.stages],
    }


def _text(ts_us: int) -> str:
    return from_us(ts_us).astimezone(UTC).isoformat()
