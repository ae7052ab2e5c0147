"""One pass of the rules over a batch or a tick: what it found, before anything is adopted."""

from collections import Counter
from collections.abc import Callable

import structlog

from alerts.memory import Cause, Change, Draft, Group, Latches, Memory
from alerts.rules import AlertLevel, Reason
from alerts.rules.terms import RuleHead
from twin.model import Mode

_log = structlog.get_logger(__name__)

Explain = Callable[[AlertLevel | None, AlertLevel | None], Cause]


class Run:
    """Collects changes and the reasons of all judgements.

    Attributes:
        now_us: our clock.
        draft: the latches as they stand after what was judged so far.
        reasons: how many judgements had which reason.
        faulty: the rules that raised an exception, with a sentence each.
        ended: when video events ended, by mode, stem and leaf.
        revised: groups of which something was told that was not so.
    """

    def __init__(self, memory: Memory, now_us: int) -> None:
        self.now_us = now_us
        self.draft = Draft(memory)
        self.reasons: Counter[Reason] = Counter()
        self.faulty: dict[str, str] = {}
        self.revised: set[Group] = set()
        self.ended: dict[tuple[Mode, str, str], int] = {}
        self._changes: list[Change] = []

    @property
    def changes(self) -> list[Change]:
        """The changes of level of rules that did not fail, in the order in which they came."""
        return [change for change in self._changes if change.group.rule not in self.faulty]

    def write(self, group: Group, latches: Latches, explain: Explain) -> bool:
        """Write latches of a group, and note the change where its level is another one then.

        Returns:
            Whether the level changed.
        """
        old, new = self.draft.set(group, latches)
        if old == new:
            return False
        cause = explain(old, new)
        self.note(Change(group, old, new, cause.ts_us, cause))
        return True

    def note(self, change: Change) -> None:
        """Note a change of level; by our clock in the real city, else by that of its data."""
        self.reasons[change.cause.reason] += 1
        at_us = self._clock(change.group.mode, change.at_us or change.cause.ts_us)
        self._changes.append(change._replace(at_us=at_us))

    def guarded(self, rule: RuleHead, judge: Callable[[], Reason | None]) -> Reason | None:
        """Call ``judge`` unless the rule is faulty; switch the rule off when it raises."""
        if rule.id in self.faulty:
            return Reason.FAULTY
        try:
            return judge()
        except Exception as error:  # noqa: BLE001 -- one bad rule must not stop readings
            self._switch_off(rule, error)
            return Reason.FAULTY

    def _switch_off(self, rule: RuleHead, error: Exception) -> None:
        sentence = f"{rule.actor} {Reason.FAULTY}: {error!r}"
        _log.error("rule switched off", rule=rule.id, reason=Reason.FAULTY, exc_info=error)
        self.faulty[rule.id] = sentence
        self.reasons[Reason.FAULTY] += 1
        self.draft.discard(rule.id)

    def _clock(self, mode: Mode, ts_us: int) -> int:
        # All modes but the real city's are judged by the clock of their data.
        return self.now_us if mode is Mode.ACTUAL and self.now_us else ts_us
