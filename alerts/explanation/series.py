"""The series of a thing that a rule names: which are judged, which are not and why."""

from collections.abc import Sequence

import numpy as np

from alerts.bindings import Binding, RulesAtSeries
from alerts.explanation.documents import ReadingTold, SeriesTold
from alerts.explanation.gathering import (
    Asked,
    Connection,
    Stood,
    device_interval_s,
    newest_readings,
    series_at,
)
from alerts.explanation.numbers import Past, missing_of, part_told
from alerts.explanation.sentences import moment
from alerts.history import Period, history
from alerts.past_readings import Readings
from alerts.rules import LadderRule, Reason
from alerts.rules.duration import format_duration
from data.series_bound import BoundSeries, read_series
from twin.codes import EntityCode
from twin.model import Mode, SeriesInfo, to_us

_SHOWN, _FOR_GAPS = 5, 9
_FEWEST_GAPS = 3
_INTERVALS = 3
_LEAST_PATIENCE_US = 60_000_000
_USUAL_S = 3600.0
_SECOND_US = 1_000_000
DAY_US = 24 * 3600 * _SECOND_US


def lookback_us(rule: LadderRule) -> int:
    """Return how far back latches of a rule are followed."""
    return DAY_US + 2 * (rule.hold + rule.clear_hold)


def series_told(
    connection: Connection, rule: LadderRule, asked: Asked, stood: Stood
) -> list[SeriesTold]:
    """Return the series of a thing that a rule names, with what it makes of them."""
    numbers = series_at(connection, asked.thing.code, rule.watched, asked.mode)
    found = read_series(connection, numbers)
    return [_series_told(connection, rule, (each, asked), stood) for each in list(found)]


def _series_told(
    connection: Connection, rule: LadderRule, of: tuple[BoundSeries, Asked], stood: Stood
) -> SeriesTold:
    bound, asked = of
    info, at_us = bound.info, asked.at_us
    bindings, refusals = _bound(rule, bound)
    newest = newest_readings(connection, info.series_id, at_us, _FOR_GAPS)
    interval_s = _interval_s(connection, info, newest)
    past = Past(Readings.none(), at_us - lookback_us(rule), at_us, stood)
    if bindings:
        past = past._replace(readings=_read(connection, info, past, _reach_us(bindings)))
    return SeriesTold(
        series=info.series_id,
        quantity=info.quantity,
        channel=info.channel,
        statistic=info.statistic,
        period_s=info.period_s,
        datum=info.datum,
        device=str(EntityCode.from_int(info.device)) if info.device else None,
        judged=bool(bindings),
        refusals=refusals,
        interval_s=interval_s,
        newest=newest[:_SHOWN],
        missing=_missing(bindings, past, newest, interval_s) if bindings else [],
        parts=[part_told(binding, past) for binding in bindings],
    )


def _bound(rule: LadderRule, bound: BoundSeries) -> tuple[list[Binding], list[str]]:
    """Return what a rule holds against limits at a series, and why not all that it names."""
    info = bound.info
    if not bound.stands:
        return [], [f"series {info.series_id} {Reason.UNBOUND}"]
    reasons: list[Reason] = []
    bindings = list(RulesAtSeries([rule]).bind(info, reasons))
    refusals = [str(reason) for reason in dict.fromkeys(reasons)]
    if rule.datum is not None and rule.datum != info.datum:
        refusals = [f"datum {info.datum!r} {Reason.DATUM_DIFFERS}: {rule.datum!r}"]
    elif rule.channel not in (None, info.channel):
        refusals.append(f"channel {info.channel!r}: the rule is for {rule.channel!r} alone")
    elif not rule.is_for(info.entity_class):
        refusals.append(f"class {info.entity_class}: the rule is for others")
    elif not bindings and not refusals:
        refusals.append("what it counts says nothing of what the rule looks at")
    return bindings, refusals


def _reach_us(bindings: Sequence[Binding]) -> int:
    return max(binding.signal.reach_us for binding in bindings)


def _read(connection: Connection, info: SeriesInfo, past: Past, reach_us: int) -> Readings:
    period = Period(past.begin_us - reach_us - 1, past.at_us)
    return next(
        (readings for _, readings in history(connection, [info.series_id], period)),
        Readings.none(),
    )


def _interval_s(
    connection: Connection, info: SeriesInfo, newest: Sequence[ReadingTold]
) -> float | None:
    """Return the usual time between readings: of the series itself, otherwise of its device."""
    if info.period_s:
        return float(info.period_s)
    gaps = -np.diff([to_us(reading.ts) for reading in newest])
    if len(gaps) >= _FEWEST_GAPS:
        return float(np.median(gaps)) / _SECOND_US
    known = device_interval_s(connection, info.device) if info.mode is Mode.ACTUAL else None
    return None if known is None else float(known)


def _missing(
    bindings: Sequence[Binding],
    past: Past,
    newest: Sequence[ReadingTold],
    interval_s: float | None,
) -> list[str]:
    """Return what is not known: no reading, or none for three intervals, or holes before."""
    patience_us = max(round(_INTERVALS * (interval_s or _USUAL_S) * _SECOND_US), _LEAST_PATIENCE_US)
    last_us = next((to_us(each.ts) for each in newest if each.grade != "unreliable"), None)
    if not newest:
        return [f"nothing was read until {moment(past.at_us)}"]
    if last_us is None:
        return [
            f"its newest readings are all unreliable, the last of {moment(to_us(newest[0].ts))}"
        ]
    if past.at_us - last_us > patience_us:
        older = format_duration(patience_us // _INTERVALS)
        told = f"its newest reading to rely on is of {moment(last_us)}"
        return [f"{told}, more than three times {older} ago"]
    missing: list[str] = []
    for binding in bindings:
        missing += missing_of(binding.part, past, patience_us)
        course_known = binding.part.signal.along(*past.readings)[0]
        if len(course_known) and np.isnan(course_known[-1]):
            missing.append(f"{binding.part.phrase}: too few readings say something yet")
    return list(dict.fromkeys(missing))
