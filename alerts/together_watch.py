"""Rules of several things at work: conditions come and go, and what they come to together."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import psycopg

from alerts.memory import Cause, Change, Group, Key
from alerts.related import Related, is_measured, read_related
from alerts.rules import AlertLevel, Latch, Reason
from alerts.rules.together import TogetherRule
from alerts.run import Explain, Run
from twin.model import Mode, from_us

_KEY = Key("together", "")
_SHOWN = 3


class Place(NamedTuple):
    """A thing that a rule judges, in a mode."""

    rule: str
    entity: int
    mode: Mode


class Standing(NamedTuple):
    """What a run made of conditions; give it to ``adopt`` after the commit.

    Attributes:
        began: groups of conditions that hold since.
        ended: those that hold no more.
        unsure: places where a condition is neither so nor not so, for nobody measures it.
        rechecked: whether all places were judged, for the register had changed.
    """

    began: frozenset[Group] = frozenset()
    ended: frozenset[Group] = frozenset()
    unsure: frozenset[Place] = frozenset()
    rechecked: bool = False


class TogetherWatch:
    """Conditions that hold, and the things around which they do.

    Args:
        rules: of several things.
        standing: groups of their conditions that hold already.

    Attributes:
        conditions: the rule of each condition, by its name.
    """

    def __init__(self, rules: Iterable[TogetherRule], standing: Iterable[Group] = ()) -> None:
        self._rules = {rule.id: rule for rule in rules}
        self.conditions = {
            condition.id: condition
            for rule in self._rules.values()
            for condition in rule.condition_rules.values()
        }
        self._standing = {group for group in standing if group.rule in self.conditions}
        self._unsure: frozenset[Place] = frozenset()
        self._related: dict[str, Related] = {}
        self._register_changed = bool(self._standing)

    def forget_register(self) -> None:
        """Ask again which things belong together."""
        self._related.clear()
        self._register_changed = True

    def judge(
        self, run: Run, changes: Sequence[Change], connection: psycopg.Connection[Any]
    ) -> Standing:
        """Judge the things around conditions that began or ended to hold.

        Args:
            run: notes what changes.
            changes: of conditions and of other rules, in their order.
            connection: of the batch's transaction.
        """
        mine = [change for change in changes if change.group.rule in self.conditions]
        if not (mine or self._unsure or self._register_changed):
            return Standing()
        now = {change.group: change for change in mine}
        began = frozenset(group for group, change in now.items() if change.new is not None)
        ended = frozenset(now.keys() - began)
        holding = (self._standing - ended) | began
        places = self._places(connection, [(change.group, change) for change in mine])
        for place in self._unsure | self._all_places(run, connection, holding):
            places.setdefault(place, None)
        unsure = frozenset(
            place
            for place, change in places.items()
            if not self._judge(run, connection, holding, (place, change))
        )
        return Standing(began, ended, unsure, self._register_changed)

    def adopt(self, standing: Standing) -> None:
        """Take over what a run came to, which is committed now."""
        self._standing = (self._standing - standing.ended) | standing.began
        self._unsure = standing.unsure
        if standing.rechecked:
            self._register_changed = False

    def _all_places(
        self, run: Run, connection: psycopg.Connection[Any], holding: Iterable[Group]
    ) -> set[Place]:
        """Return all places where anything holds or is raised, if the register has changed."""
        if not self._register_changed:
            return set()
        raised = {Place(*group) for group in run.draft.groups() if group.rule in self._rules}
        return raised | self._places(connection, [(group, None) for group in holding]).keys()

    def _places(
        self,
        connection: psycopg.Connection[Any],
        groups: Iterable[tuple[Group, Change | None]],
    ) -> dict[Place, Change | None]:
        found: dict[Place, Change | None] = {}
        for group, change in groups:
            rule_id, _, name = group.rule.partition("/")
            related = self._of(connection, self._rules[rule_id], name, group.entity)
            for entity in related.judged.get(group.entity, ()):
                found[Place(rule_id, entity, group.mode)] = change
        return found

    def _of(
        self,
        connection: psycopg.Connection[Any],
        rule: TogetherRule,
        name: str,
        measured: int | None = None,
    ) -> Related:
        """Return what belongs together for a condition; a thing that is new has it asked again."""
        key = f"{rule.id}/{name}"
        known = self._related.get(key)
        if known is None or (measured is not None and measured not in known.judged):
            known = read_related(connection, rule.conditions[name], rule.entity_classes)
            if measured is not None and measured not in known.judged:
                known = known._replace(judged={**known.judged, measured: ()})
            self._related[key] = known
        return known

    def _judge(
        self,
        run: Run,
        connection: psycopg.Connection[Any],
        holding: set[Group],
        at: tuple[Place, Change | None],
    ) -> bool:
        """Judge one thing; return false where it is not known whether all conditions hold."""
        place, change = at
        rule = self._rules[place.rule]
        where = {
            name: [
                entity
                for entity in self._of(connection, rule, name).measured.get(place.entity, ())
                if Group(f"{rule.id}/{name}", entity, place.mode) in holding
            ]
            for name in rule.conditions
        }
        said = {name: len(where[name]) >= rule.conditions[name].least for name in where}
        holds = rule.expression.holds(said)
        ts_us = change.cause.ts_us if change is not None else run.now_us
        group = Group(rule.id, place.entity, place.mode)
        raised = _KEY in run.draft.latches(group)
        sure = raised or not holds or self._is_known(connection, (rule, place), said, ts_us)
        if not sure:
            run.reasons[Reason.UNKNOWN] += 1
        elif holds != raised:
            latch = Latch(rule.alert_level, raised=holds, ts_us=ts_us)
            run.write(group, {_KEY: latch}, _explain(rule, where, (change, ts_us), holds=holds))
        return sure

    def _is_known(
        self,
        connection: psycopg.Connection[Any],
        at: tuple[TogetherRule, Place],
        said: Mapping[str, bool],
        ts_us: int,
    ) -> bool:
        """Return whether what is not so is measured at all."""
        rule, place = at
        for name in sorted(rule.expression.negated):
            condition = rule.conditions[name]
            things = self._of(connection, rule, name).measured.get(place.entity, ())
            since = from_us(max(ts_us - condition.fresh, 0))
            if not said[name] and not is_measured(
                connection, things, condition, (place.mode.value, since)
            ):
                return False
        return True


def _explain(
    rule: TogetherRule,
    where: Mapping[str, Sequence[int]],
    at: tuple[Change | None, int],
    *,
    holds: bool,
) -> Explain:
    change, ts_us = at
    reason = Reason.TOGETHER if holds else Reason.NOT_TOGETHER
    told = "; ".join(_told(where))
    last = f"; last: {change.cause.sentence}" if change is not None else ""

    def explain(_old: AlertLevel | None, _new: AlertLevel | None) -> Cause:
        cause = change.cause if change is not None else None
        return Cause(
            ts_us=ts_us,
            device=cause.device if cause else 0,
            series_id=cause.series_id if cause else None,
            value=cause.value if cause else None,
            limit=cause.limit if cause else None,
            reason=reason,
            sentence=f"{rule.when} {reason}" + (f": {told}" if told else "") + last,
        )

    return explain


def _told(where: Mapping[str, Sequence[int]]) -> Iterator[str]:
    for name, things in where.items():
        if things:
            more = f" and {len(things) - _SHOWN} more" if len(things) > _SHOWN else ""
            yield f"{name} at {', '.join(map(str, things[:_SHOWN]))}{more}"
