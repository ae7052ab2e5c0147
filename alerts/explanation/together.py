"""Rules of several things explained: each condition, at which things it holds, what is unknown."""

from collections.abc import Mapping, Sequence
from itertools import product

from alerts.explanation.documents import ConditionTold, Holds, ThingTold
from alerts.explanation.gathering import (
    Asked,
    Connection,
    Stood,
    Thing,
    last_reliable,
    read_intervals,
    read_things,
)
from alerts.explanation.series import lookback_us, series_told
from alerts.related import read_related
from alerts.rules import LadderRule, Reason
from alerts.rules.duration import format_duration
from alerts.rules.together import Condition, Near, TogetherRule
from twin.codes import EntityCode
from twin.model import from_us

_SHOWN = 20
_MOST_UNKNOWN = 10


def conditions_told(
    connection: Connection, rule: TogetherRule, asked: Asked
) -> list[ConditionTold]:
    """Return the conditions of a rule at a thing, in the order in which the rule names them."""
    return [_condition_told(connection, rule, name, asked) for name in rule.expression.names]


def holds(rule: TogetherRule, conditions: Sequence[ConditionTold]) -> Holds:
    """Return whether conditions hold together, whatever those that are unknown may be."""
    said = {condition.name: condition.holds for condition in conditions}
    unknown = [name for name, each in said.items() if each == "unknown"]
    if len(unknown) > _MOST_UNKNOWN:
        return "unknown"
    known = {name: each == "yes" for name, each in said.items()}
    found = {
        rule.expression.holds(known | dict(zip(unknown, guess, strict=True)))
        for guess in product((True, False), repeat=len(unknown))
    }
    if len(found) > 1:
        return "unknown"
    return "yes" if found.pop() else "no"


def _condition_told(
    connection: Connection, rule: TogetherRule, name: str, asked: Asked
) -> ConditionTold:
    condition, judged = rule.conditions[name], rule.condition_rules[name]
    related = read_related(connection, condition, rule.entity_classes)
    known = read_things(connection, set(related.measured.get(asked.thing.code, ())))
    codes = sorted(code for code, thing in known.items() if judged.is_for(thing.klass))
    stood = read_intervals(connection, judged.id, codes, asked, lookback_us(judged))
    last = last_reliable(connection, codes, judged.watched, asked)
    since_us = asked.at_us - condition.fresh
    at = {code: _holds(stood, code, fresh=last.get(code, 0) >= since_us) for code in codes}
    order = sorted(codes, key=lambda code: ("yes", "unknown", "no").index(at[code]))
    things = [
        _thing_told(connection, judged, (known[code], at[code]), (asked, stood))
        for code in order[:_SHOWN]
    ]
    found = _together(condition, at)
    return ConditionTold(
        name=name,
        negated=name in rule.expression.negated,
        holds=found,
        least=condition.least,
        at=_where(condition),
        things=things,
        more_things=len(codes) - len(things),
        sentence=_sentence(name, condition, at, found),
    )


def _holds(stood: Stood, code: int, *, fresh: bool) -> Holds:
    """Return whether a condition holds at a thing; only a new reading shows that it does not."""
    if stood.since(code) is not None:
        return "yes"
    return "no" if fresh else "unknown"


def _together(condition: Condition, at: Mapping[int, Holds]) -> Holds:
    told = list(at.values())
    if told.count("yes") >= condition.least:
        return "yes"
    if not told or told.count("yes") + told.count("unknown") >= condition.least:
        return "unknown"
    return "no"


def _thing_told(
    connection: Connection,
    judged: LadderRule,
    at: tuple[Thing, Holds],
    of: tuple[Asked, Stood],
) -> ThingTold:
    (thing, found), (asked, stood) = at, of
    since_us = stood.since(thing.code)
    return ThingTold(
        entity=str(EntityCode.from_int(thing.code)),
        name=thing.name,
        holds=found,
        since=None if since_us is None else from_us(since_us),
        series=series_told(connection, judged, asked._replace(thing=thing), stood),
    )


def _sentence(name: str, condition: Condition, at: Mapping[int, Holds], found: Holds) -> str:
    told = list(at.values())
    where = f"of {len(told)} things ({_where(condition)}), {condition.least} needed"
    if not told:
        return f"{name} {Reason.UNKNOWN} ({_where(condition)})"
    if found == "unknown":
        fresh = format_duration(condition.fresh)
        return f"{name}: unknown at {told.count('unknown')} {where}: no reading for {fresh}"
    return f"{name}: holds at {told.count('yes')} {where}"


def _where(condition: Condition) -> str:
    at = condition.at
    return f"within {at.within_m:g} m" if isinstance(at, Near) else at
