"""The answer in one word and one sentence: what is missing is unknown, never all clear."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from alerts.explanation.documents import Answer, ConditionTold, Holds, LimitTold, SeriesTold
from alerts.rules import AlertLevel, Reason
from alerts.rules.together import TogetherRule

_SHOWN = 5


class Verdict(NamedTuple):
    """What an explanation comes to.

    Attributes:
        answer: in a word.
        level: that stands; None where none does.
        sentence: the decisive part of it.
        missing: what is not known.
    """

    answer: Answer
    level: str | None
    sentence: str
    missing: Sequence[str] = ()


def ladder_verdict(series: Sequence[SeriesTold], not_measured: Sequence[str]) -> Verdict:
    """Return what the series of a thing come to: the highest level of any of them counts."""
    missing = [
        f"series {each.series} of {each.quantity}: {gap}" for each in series for gap in each.missing
    ]
    limits = [limit for each in series for part in each.parts for limit in part.limits]
    standing = [limit for limit in limits if limit.stands]
    if standing:
        highest = _highest(standing)
        return Verdict("raised", highest.level, highest.sentence, missing)
    reached = [limit for limit in limits if limit.reached]
    if reached:
        answer: Answer = "unknown" if _only_doubtful(reached) else "pending"
        return Verdict(answer, None, _highest(reached).sentence, missing)
    if not any(each.judged for each in series):
        gaps = _unjudged(series, not_measured)
        return Verdict("unknown", None, gaps[0], gaps)
    if missing:
        return Verdict("unknown", None, missing[0], missing)
    return Verdict("not raised", None, "; ".join(_lowest(series)[:_SHOWN]))


def together_verdict(
    rule: TogetherRule, conditions: Sequence[ConditionTold], found: Holds, level: str | None
) -> Verdict:
    """Return what conditions come to.

    Args:
        rule: which joins them.
        conditions: each of them.
        found: whether they hold together.
        level: that stands by the alert; None where none does.
    """
    missing = [each.sentence for each in conditions if each.holds == "unknown"]
    said = "; ".join(each.sentence for each in conditions)
    if level is not None:
        return Verdict("raised", level, f"{rule.when} {Reason.TOGETHER}: {said}", missing)
    if found == "yes":
        return Verdict("pending", None, f"{rule.when} {Reason.TOGETHER}: {said}", missing)
    if found == "unknown":
        return Verdict("unknown", None, f"{rule.when}: {said}", missing)
    return Verdict("not raised", None, f"{rule.when} does not hold: {said}", missing)


def _highest(limits: Iterable[LimitTold]) -> LimitTold:
    return max(limits, key=lambda limit: AlertLevel.named(limit.level))


def _lowest(series: Sequence[SeriesTold]) -> list[str]:
    """Return what is said of the lowest level that is known, of each number."""
    parts = [part for each in series for part in each.parts]
    known = [[limit for limit in part.limits if limit.limit is not None] for part in parts]
    return [limits[0].sentence for limits in known if limits]


def _only_doubtful(reached: Iterable[LimitTold]) -> bool:
    """Return whether doubtful readings alone reach limits, which raise nothing by themselves."""
    return all(limit.reached_since is None for limit in reached)


def _unjudged(series: Sequence[SeriesTold], not_measured: Sequence[str]) -> list[str]:
    told = [
        f"series {each.series} of {each.quantity}: {why}"
        for each in series
        for why in each.refusals
    ]
    return told or [f"{', '.join(not_measured)} {Reason.UNKNOWN}"]
