"""Rules of several things over the past: from when their conditions held to what held together."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

from alerts.backtesting import Occurrence, Stage
from alerts.memory import Group
from alerts.related import Related
from alerts.rules.courses import NEVER
from alerts.rules.spans import Span, combined
from alerts.rules.together import TogetherRule
from twin.model import Mode

Held = Mapping[tuple[str, int, Mode], Sequence[Span]]
"""When the condition of a name held at a thing in a mode."""


def together(
    rule: TogetherRule, conditions: Iterable[Occurrence], related: Mapping[str, Related]
) -> Iterator[Occurrence]:
    """Yield the alerts of a rule.

    Args:
        rule: whose conditions were judged as rules of their own.
        conditions: what came of them, perhaps among others.
        related: which things belong together, by the name of the condition.
    """
    held: dict[tuple[str, int, Mode], list[Span]] = {}
    for one in conditions:
        rule_id, _, name = one.group.rule.rpartition("/")
        if rule_id == rule.id:
            span = Span(one.from_us, NEVER if one.to_us is None else one.to_us)
            held.setdefault((name, one.group.entity, one.group.mode), []).append(span)
    for entity, mode in sorted(_judged(held, related)):
        yield from _at(rule, Group(rule.id, entity, mode), held, related)


def _judged(held: Held, related: Mapping[str, Related]) -> set[tuple[int, Mode]]:
    return {
        (entity, mode)
        for name, measured, mode in held
        for entity in related[name].judged.get(measured, ())
    }


def _at(
    rule: TogetherRule, group: Group, held: Held, related: Mapping[str, Related]
) -> Iterator[Occurrence]:
    measured = {name: related[name].measured.get(group.entity, ()) for name in rule.conditions}
    if not all(measured[name] for name in rule.expression.negated):
        return  # What nobody measures is not so; it is unknown.
    spans = {
        name: at_least(
            condition.least, [held.get((name, thing, group.mode), ()) for thing in measured[name]]
        )
        for name, condition in rule.conditions.items()
    }
    for span in combined(rule.expression, spans):
        end = None if span.to_us == NEVER else span.to_us
        yield Occurrence(group, span.from_us, end, (Stage(span.from_us, rule.alert_level),))


def at_least(count: int, each: Iterable[Sequence[Span]]) -> list[Span]:
    """Return when so many things or more had something at the same time."""
    steps: dict[int, int] = {}
    for span in (span for spans in each for span in spans):
        steps[span.from_us] = steps.get(span.from_us, 0) + 1
        steps[span.to_us] = steps.get(span.to_us, 0) - 1
    found: list[Span] = []
    standing = 0
    for begin, end in pairwise([*sorted(steps), NEVER]):
        standing += steps[begin]
        if standing < count or begin == end:
            continue
        if found and found[-1].to_us == begin:
            found[-1] = Span(found[-1].from_us, end)
        else:
            found.append(Span(begin, end))
    return found
