"""Why a rule did or did not raise at a thing at an instant."""

from datetime import UTC, datetime
from typing import Any, NamedTuple

from psycopg.rows import tuple_row

from alerts.explanation.devices import device_told
from alerts.explanation.documents import Answer, Explanation
from alerts.explanation.gathering import (
    Asked,
    Connection,
    Thing,
    read_alert,
    read_intervals,
    read_thing,
)
from alerts.explanation.series import DAY_US, lookback_us, series_told
from alerts.explanation.together import conditions_told, holds
from alerts.explanation.verdict import Verdict, ladder_verdict, together_verdict
from alerts.explanation.video import events_told
from alerts.memory import Group
from alerts.rulebook import reread
from alerts.rulekeeping.saving import known_rule
from alerts.rules import LadderRule, Reason, Rule, VideoRule
from alerts.rules.silence import SilenceRule
from alerts.rules.together import TogetherRule
from twin.codes import EntityCode
from twin.model import Mode, from_us, to_us

_THEN = """
SELECT version, action <> 'withdrawn' FROM rule_change WHERE rule = %s AND at <= %s
ORDER BY id DESC LIMIT 1
"""
_FIRST = "SELECT min(version) FROM rule_version WHERE rule = %s"

_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)


class InstantError(ValueError):
    """An instant that nobody can explain. Say one between 1970 and now."""


class Question(NamedTuple):
    """What is asked.

    Attributes:
        rule: its id.
        entity: code of the thing.
        at: the instant; None for now.
        mode: whose readings.
    """

    rule: str
    entity: int
    at: datetime | None = None
    mode: Mode = Mode.ACTUAL


class _Chosen(NamedTuple):
    """The version of a rule that counted."""

    version: int
    in_force: bool
    rule: Rule | None
    fault: str


def explain(connection: Connection, question: Question, now: datetime) -> Explanation:
    """Explain a rule at a thing; nothing is written.

    Args:
        connection: of the store.
        question: which rule, where and when.
        now: the present.

    Raises:
        UnknownRuleError: nobody knows the rule.
        UnknownThingError: the register does not have the thing.
        InstantError: the instant is in the future, or before 1970.
    """
    if question.at is not None and not _EARLIEST <= question.at <= now:
        raise InstantError(f"at {question.at.isoformat()}: expected an instant from 1970 to now")
    chosen = _chosen(connection, question)
    thing = read_thing(connection, question.entity)
    asked = Asked(thing, question.mode, to_us(question.at or now), question.at is None)
    told = _head(question, chosen, asked)
    why_not = _why_not(chosen, thing, question)
    rule = chosen.rule
    if why_not or rule is None:
        return _answered(told, Verdict("not judged", None, why_not))
    group = Group(rule.id, thing.code, asked.mode)
    alert, stood = read_alert(connection, group, asked.at_us)
    told["alert"] = alert
    level = alert.level if alert and stood else None
    match rule:
        case LadderRule():
            verdict = _ladder(connection, rule, asked, told)
        case TogetherRule():
            verdict = _together(connection, (rule, level), asked, told)
        case SilenceRule():
            verdict = _device(connection, (rule, level), asked, told)
        case VideoRule():
            verdict = _video(connection, (rule, level), asked, told)
        case _:
            gap = f"what a rule of the kind {rule.kind!r} waits for is not kept"
            verdict = Verdict("raised" if level else "unknown", level, gap, [gap])
    return _answered(told, verdict)


def _chosen(connection: Connection, question: Question) -> _Chosen:
    known = known_rule(connection, question.rule)
    version, in_force = known.version, known.in_force
    if question.at is not None:
        with connection.cursor(row_factory=tuple_row) as cursor:
            row = cursor.execute(_THEN, [question.rule, question.at]).fetchone()
            first = cursor.execute(_FIRST, [question.rule]).fetchone()
        version, in_force = row or (first[0] if first else version, False)
    found = reread(connection, question.rule, version)
    rule = found.read.rule if found.read else None
    return _Chosen(version, in_force, rule, found.fault)


def _head(question: Question, chosen: _Chosen, asked: Asked) -> dict[str, Any]:
    rule, thing = chosen.rule, asked.thing
    return {
        "rule": question.rule,
        "version": chosen.version,
        "kind": rule and rule.kind,
        "title_zh": rule and rule.title_zh,
        "title_en": rule and rule.title_en,
        "entity": str(EntityCode.from_int(thing.code)),
        "entity_name": thing.name,
        "entity_class": thing.klass,
        "mode": asked.mode.value,
        "at": from_us(asked.at_us),
        "not_measured": [],
    }


def _why_not(chosen: _Chosen, thing: Thing, question: Question) -> str:
    """Return why a rule does not judge a thing at all; empty where it does."""
    rule = chosen.rule
    if not chosen.in_force:
        return "the rule was not in force" if question.at else str(Reason.WITHDRAWN)
    if rule is None:
        return f"the rule cannot be read any more: {chosen.fault}"
    if thing.retired:
        return "the thing is retired"
    if not rule.is_for(thing.klass):
        classes = ", ".join(rule.entity_classes or ())
        return f"class {thing.klass}: the rule is for {classes} alone"
    if not rule.judges(question.mode) or (
        isinstance(rule, SilenceRule) and question.mode is not Mode.ACTUAL
    ):
        return f"mode {question.mode.value!r}: the rule does not judge in it"
    return ""


def _ladder(
    connection: Connection, rule: LadderRule, asked: Asked, told: dict[str, Any]
) -> Verdict:
    code = asked.thing.code
    stood = read_intervals(connection, rule.id, [code], asked, lookback_us(rule))
    series = series_told(connection, rule, asked, stood)
    told["series"] = series
    told["intervals"] = stood.of(code, DAY_US)
    told["not_measured"] = sorted(rule.watched - {each.quantity for each in series})
    return ladder_verdict(series, told["not_measured"])


def _together(
    connection: Connection, of: tuple[TogetherRule, str | None], asked: Asked, told: dict[str, Any]
) -> Verdict:
    rule, level = of
    conditions = conditions_told(connection, rule, asked)
    told["conditions"] = conditions
    return together_verdict(rule, conditions, holds(rule, conditions), level)


def _device(
    connection: Connection, of: tuple[SilenceRule, str | None], asked: Asked, told: dict[str, Any]
) -> Verdict:
    rule, level = of
    found = device_told(connection, rule, asked)
    told["device"] = found.told
    answer: Answer = "raised" if level else found.answer
    return Verdict(answer, level, found.told.sentence, found.missing)


def _video(
    connection: Connection, of: tuple[VideoRule, str | None], asked: Asked, told: dict[str, Any]
) -> Verdict:
    rule, level = of
    events, missing = events_told(connection, rule, asked)
    told["events"] = events
    named = next((event for event in events if event.named), None)
    sentence = "no event that the rule names"
    if named is not None:
        sentence = f"{named.topic} of {named.camera}: {named.verdict or 'not judged'}"
    answer: Answer = "raised" if level else ("unknown" if missing else "not raised")
    return Verdict(answer, level, sentence, missing)


def _answered(told: dict[str, Any], verdict: Verdict) -> Explanation:
    return Explanation.model_validate(
        {
            **told,
            "answer": verdict.answer,
            "level": verdict.level,
            "sentence": verdict.sentence,
            "missing": list(verdict.missing),
        }
    )
