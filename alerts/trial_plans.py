"""What is held against which limits at a series; the same for all series that are alike."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from alerts.bindings import RulesAtSeries, by_signal, outermost
from alerts.rules import LadderRule, Reason
from alerts.rules.signals import Signal
from alerts.trial_latches import Rung
from twin.model import SeriesInfo


class Ladder(NamedTuple):
    """The latches of a rule."""

    rule: str
    rungs: Sequence[Rung]


class Held(NamedTuple):
    """A signal and what it is held against; values between ``low`` and ``high`` reach nothing."""

    signal: Signal
    high: float
    low: float
    ladders: Sequence[Ladder]


class Plan(NamedTuple):
    """What a series is judged by, and why rules that name its quantity do not judge it."""

    held: Sequence[Held]
    refusals: Sequence[Reason]


class Plans:
    """Plans by what they depend on."""

    def __init__(self, rules: Iterable[LadderRule]) -> None:
        self._rules = RulesAtSeries(rules)
        self._known: dict[tuple[object, ...], Plan] = {}

    @property
    def quantities(self) -> list[str]:
        """What the rules look at."""
        return self._rules.quantities

    def of(self, info: SeriesInfo) -> Plan:
        """Return the plan for a series."""
        _, _, klass, _, *rest, properties = info
        key = (klass, *rest, str(properties))
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self._made(info)
        return found

    def _made(self, info: SeriesInfo) -> Plan:
        refusals: list[Reason] = []
        bindings = by_signal(self._rules.bind(info, refusals))
        held = []
        for signal, together in bindings.items():
            high, low = outermost(together)
            ladders = [
                Ladder(each.rule.id, Rung.all_of(list(each.limits), each.part.rungs()))
                for each in together
            ]
            held.append(Held(signal, high, low, ladders))
        return Plan(held, refusals)
