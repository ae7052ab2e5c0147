"""The evaluator: judges batches inside the pipeline's transaction, adopts after its commit."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any, NamedTuple

import psycopg

from alerts import intervals
from alerts.device_watch import judge_devices, read_unwell
from alerts.extreme_look import Look
from alerts.extreme_store import StoredExtremes
from alerts.extremes import ExtremeWatch, Watched
from alerts.handling.ending import end_quiet
from alerts.ladders import Ladders, Passed
from alerts.ledger import enter
from alerts.memory import Change, Key, Memory
from alerts.past_readings import past_readings
from alerts.record import Step
from alerts.revising import revise
from alerts.rules import LadderRule, Reason, Rule, RuleSet, VideoRule
from alerts.rules.extreme import ExtremeRule
from alerts.rules.silence import SilenceRule
from alerts.rules.together import TogetherRule
from alerts.run import Run
from alerts.state_rows import forget, read_judged, read_latches, register, write_latches
from alerts.stored_latches import put, read_stored, rows_of
from alerts.together_watch import Standing, TogetherWatch
from alerts.video_watch import judge_event
from alerts.withdrawing import withdraw
from data.series_bound import read_series
from twin.model import JudgedBatch, Mode

_ENDED_KEPT = 20_000
_NONE: Mapping[str, str] = MappingProxyType({})


class Judgement(NamedTuple):
    """What a pass of the rules found and wrote; give it to ``adopt`` after the commit.

    Attributes:
        changes: levels of rules at entities that changed.
        steps: the transitions of alerts that were written.
        reasons: how many judgements had which reason, for metrics.
        event_reasons: what became of each video event of the batch, in its order.
        faulty: rules that raised an exception and are off from now on, with a sentence each.
        run: what ``adopt`` makes the memory.
        passed: what ``adopt`` makes of the latches of rules with limits.
        standing: what it makes of conditions of rules of several things.
        watched: what it makes of jumps that are to be confirmed.
    """

    changes: list[Change]
    steps: list[Step]
    reasons: Counter[Reason]
    event_reasons: tuple[Reason, ...]
    faulty: Mapping[str, str]
    run: Run
    passed: Passed
    standing: Standing
    watched: Watched


def no_system_alert(_rule: str, _sentence: str) -> None:
    """Stand where the system alert about a faulty rule will be raised."""


class Evaluator:
    """Rules with their memory; one writer, which judges and commits in order.

    Args:
        rules: as read from their files.
        on_faulty_rule: called with rule and sentence when a rule has been switched off.
        unreadable: rules in force that this program cannot read, with a sentence each; they judge
            nothing, and what they raised stands.
    """

    def __init__(
        self,
        rules: RuleSet,
        on_faulty_rule: Callable[[str, str], None] = no_system_alert,
        unreadable: Mapping[str, str] = _NONE,
    ) -> None:
        self._read = rules
        self._rules: dict[str, Rule] = {read.rule.id: read.rule for read in rules}
        self._versions = {name: rule.version for name, rule in self._rules.items()}
        self._video = [rule for rule in self._rules.values() if isinstance(rule, VideoRule)]
        self._silences = [rule for rule in self._rules.values() if isinstance(rule, SilenceRule)]
        self._several = [rule for rule in self._rules.values() if isinstance(rule, TogetherRule)]
        self._together = TogetherWatch(self._several)
        self._levels: list[LadderRule] = [
            rule for rule in self._rules.values() if isinstance(rule, LadderRule)
        ]
        extremes = [rule for rule in self._rules.values() if isinstance(rule, ExtremeRule)]
        self._extremes = ExtremeWatch(extremes, self._levels)
        self._levels += self._together.conditions.values()
        self._versions |= {name: c.version for name, c in self._together.conditions.items()}
        self._on_faulty_rule = on_faulty_rule
        self._faulty: dict[str, str] = {}
        self._unreadable = dict(unreadable)
        self._memory = Memory()
        self._ladders = Ladders(self._levels, {}, {})
        self._ended: dict[tuple[Mode, str, str], int] = {}
        self._unread: set[int] = set()
        self._register_changed = False

    @property
    def faulty(self) -> Mapping[str, str]:
        """The rules that cannot be read or were switched off, with a sentence each."""
        return self._unreadable | self._faulty

    def load(self, connection: psycopg.Connection[Any]) -> None:
        """Take up what the store knows: at the start, and after a failed or unknown commit.

        Raises:
            RuleVersionError: a rule changed under its old version.
        """
        quantities = {quantity for rule in self._levels for quantity in rule.watched}
        with connection.transaction():
            register(connection, self._read)
            latches = read_latches(
                connection,
                [rule.id for rule in self._rules.values() if not isinstance(rule, LadderRule)],
            )
            stored = read_stored(connection, [rule.id for rule in self._levels])
            judged = read_judged(connection, quantities)
            jumps = {rule.id for rule in self._extremes.rules}
            waiting = [
                key for group, kept in latches.items() if group.rule in jumps for key in kept
            ]
            self._extremes.load(StoredExtremes(connection), waiting)
        self._memory, self._ended = Memory(), {}
        for group, kept in latches.items():
            self._memory.put(group, kept)
        self._ladders = Ladders(self._levels, stored, judged)
        held = [group for (group, _), latch in stored.items() if latch.raised]
        self._together = TogetherWatch(self._several, held)
        self._unread = _series_of(key for _, key in stored)
        self._register_changed = True

    def bindings_changed(self) -> None:
        """Look up rules and limits of every series again when it next comes."""
        self._ladders.forget_bindings()
        self._together.forget_register()
        self._register_changed = True

    def judge(self, cursor: psycopg.Cursor[Any], batch: JudgedBatch) -> Judgement:
        """Judge new rows and events and write what follows, in the running transaction."""
        run = self._new_run(batch.now_us)
        withdrawn = self._follow_register(cursor, run)
        look = self._look(cursor, run)
        look.judge(batch)
        watched = look.done()
        passed = self._ladders.judge(
            run,
            batch,
            partial(past_readings, cursor.connection),
            partial(intervals.recorded, cursor.connection),
            watched.confirmed,
        )
        verdicts = tuple(
            judge_event(run, self._video, event, self._ended) for event in batch.events
        )
        judgement = self._write(cursor, run, passed, watched)
        return judgement._replace(event_reasons=verdicts, steps=[*withdrawn, *judgement.steps])

    def tick(self, cursor: psycopg.Cursor[Any], now_us: int) -> Judgement:
        """Raise what needs no newer reading: holds that end, devices that have long been silent."""
        run = self._new_run(now_us)
        withdrawn = self._follow_register(cursor, run)
        unwell = read_unwell(cursor.connection, self._silences)
        judge_devices(run, self._silences, unwell, list(self._memory.groups))
        watched = self._look(cursor, run).done()
        judgement = self._write(cursor, run, self._ladders.tick(run), watched)
        ended = end_quiet(cursor.connection, now_us)
        return judgement._replace(steps=[*withdrawn, *judgement.steps, *ended])

    def adopt(self, judgement: Judgement) -> None:
        """Make a judgement the memory: only after its transaction has been committed."""
        judgement.run.draft.adopt()
        self._ladders.adopt(judgement.passed)
        self._together.adopt(judgement.standing)
        self._extremes.adopt(judgement.watched)
        self._ended |= judgement.run.ended
        if len(self._ended) > _ENDED_KEPT:
            self._ended = dict(list(self._ended.items())[_ENDED_KEPT // 2 :])
        for rule, sentence in judgement.faulty.items():
            if rule not in self._faulty:
                self._faulty[rule] = sentence
                self._on_faulty_rule(rule, sentence)
        self._register_changed = False
        self._unread.clear()

    def _follow_register(self, cursor: psycopg.Cursor[Any], run: Run) -> list[Step]:
        """Take up what register and rules say of series that have something to remember."""
        if not self._register_changed:
            return []
        asked = self._unread | set(self._ladders.busy_series())
        found = list(read_series(cursor.connection, asked))
        self._ladders.bind(run, [series.info for series in found])
        self._ladders.unbind(series.info.series_id for series in found if not series.stands)
        forget(cursor.connection, self._ladders.give_up_unbound(run))
        known = [*self._rules, *self._together.conditions]
        steps = withdraw(cursor.connection, known, run.now_us, unreadable=self._unreadable)
        run.reasons[Reason.WITHDRAWN] += len(steps)
        return steps

    def _look(self, cursor: psycopg.Cursor[Any], run: Run) -> Look:
        """Begin to look at jumps, as the register stands."""
        extremes = self._extremes.extremes(StoredExtremes(cursor.connection))
        look = Look(run, extremes, self._extremes.standing)
        if self._register_changed:
            look.follow_register()
        return look

    def _new_run(self, now_us: int) -> Run:
        run = Run(self._memory, now_us)
        run.faulty.update(self._faulty)
        return run

    def _write(
        self, cursor: psycopg.Cursor[Any], run: Run, passed: Passed, watched: Watched
    ) -> Judgement:
        connection, conditions = cursor.connection, self._together.conditions
        standing = self._together.judge(run, run.changes, connection)
        changes = [change for change in run.changes if change.group.rule not in conditions]
        write_latches(connection, run, self._versions)
        moved = [
            (group, key, latch)
            for group, key, latch in self._ladders.stored_changes(passed)
            if group.rule not in run.faulty
        ]
        kept = [(g, k, self._versions[g.rule], latch) for g, k, latch in moved if latch]
        put(connection, list(rows_of(kept)))
        forget(connection, [(group, key) for group, key, latch in moved if latch is None])
        intervals.write(connection, self._ladders.intervals(passed), self._versions)
        steps = enter(connection, changes, self._rules) if changes else []
        passed_over = run.faulty.keys() | conditions.keys()
        revised = [group for group in run.revised if group.rule not in passed_over]
        revisions = revise(connection, revised, self._rules, run.now_us)
        run.reasons[Reason.REVISED] += len(revisions)
        steps += revisions
        return Judgement(
            changes, steps, +run.reasons, (), run.faulty, run, passed, standing, watched
        )


def _series_of(keys: Iterable[Key]) -> set[int]:
    return {int(key.stem) for key in keys if key.stem.isdigit()}
