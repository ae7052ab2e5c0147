"""The evaluator: judges batches inside the pipeline's transaction, adopts after its commit."""

from collections import Counter
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple

import psycopg

from alerts.ledger import enter
from alerts.level_watch import end_holds, look, unbind
from alerts.memory import Change, Memory
from alerts.record import Step
from alerts.rules import LevelReading, LevelRule, Reason, Rule, RuleSet, VideoRule
from alerts.run import Run
from alerts.state_rows import read_judged, read_latches, register, write_latches
from alerts.video_watch import judge_event
from alerts.watchlist import Binding, Sifted, Watchlist
from twin.model import JudgedBatch, Mode, grade_of

_ENDED_KEPT = 20_000


class Judgement(NamedTuple):
    """What a pass of the rules found and wrote; give it to ``adopt`` after the commit.

    Attributes:
        changes: levels of rules at entities that changed.
        steps: the transitions of alerts that were written.
        reasons: how many judgements had which reason, for metrics.
        event_reasons: what became of each video event of the batch, in its order.
        faulty: rules that raised an exception and are off from now on, with a sentence each.
        run: what ``adopt`` makes the memory.
        sifted: until when which series are judged with it; None for a tick.
    """

    changes: list[Change]
    steps: list[Step]
    reasons: Counter[Reason]
    event_reasons: tuple[Reason, ...]
    faulty: Mapping[str, str]
    run: Run
    sifted: Sifted | None = None


def no_system_alert(_rule: str, _sentence: str) -> None:
    """Stand where the system alert about a faulty rule will be raised."""


class Evaluator:
    """Rules with their memory; one writer, which judges and commits in order.

    Args:
        rules: as read from their files.
        on_faulty_rule: called with rule and sentence when a rule has been switched off.
    """

    def __init__(
        self,
        rules: RuleSet,
        on_faulty_rule: Callable[[str, str], None] = no_system_alert,
    ) -> None:
        self._read = rules
        self._rules: dict[str, Rule] = {read.rule.id: read.rule for read in rules}
        self._video = [rule for rule in self._rules.values() if isinstance(rule, VideoRule)]
        self._on_faulty_rule = on_faulty_rule
        self._faulty: dict[str, str] = {}
        self._start_empty()

    def _start_empty(self) -> None:
        levels = [rule for rule in self._rules.values() if isinstance(rule, LevelRule)]
        self._memory = Memory()
        self._watchlist = Watchlist(levels)
        self._ended: dict[tuple[Mode, str, str], int] = {}

    @property
    def faulty(self) -> Mapping[str, str]:
        """The rules that were switched off, with a sentence each."""
        return dict(self._faulty)

    def load(self, connection: psycopg.Connection[Any]) -> None:
        """Take up what the store knows: at the start, and after a failed or unknown commit.

        Raises:
            RuleVersionError: a rule changed under its old version.
        """
        self._start_empty()
        with connection.transaction():
            register(connection, self._read)
            latches = read_latches(connection, self._rules)
            judged = read_judged(connection, self._watchlist.quantities)
        for group, kept in latches.items():
            self._memory.put(group, kept)
        self._watchlist.remember(judged)
        stems = {key.stem for kept in latches.values() for key in kept}
        self._watchlist.activate((int(stem), True) for stem in stems if stem.isdigit())

    def bindings_changed(self) -> None:
        """Look up rules and limits of every series again when it next comes."""
        self._watchlist.forget_bindings()

    def judge(self, cursor: psycopg.Cursor[Any], batch: JudgedBatch) -> Judgement:
        """Judge new rows and events and write what follows, in the running transaction."""
        run = self._new_run(batch.now_us)
        self._compile(run, batch)
        sifted = self._watchlist.sift(batch) if len(batch.series_id) else None
        if sifted is not None:
            self._look_at(run, batch, sifted)
        verdicts = tuple(
            judge_event(run, self._video, event, self._ended) for event in batch.events
        )
        return self._write(cursor, run)._replace(event_reasons=verdicts, sifted=sifted)

    def tick(self, cursor: psycopg.Cursor[Any], now_us: int) -> Judgement:
        """Raise what has been waiting for its hold time since, without a newer reading."""
        run = self._new_run(now_us)
        for group in list(self._memory.groups):
            rule = self._rules[group.rule]
            if isinstance(rule, LevelRule):
                run.guarded(rule, partial(end_holds, run, rule, group))
        return self._write(cursor, run)

    def adopt(self, judgement: Judgement) -> None:
        """Make a judgement the memory: only after its transaction has been committed."""
        stems = judgement.run.draft.adopt()
        self._watchlist.activate(
            (int(stem), standing) for stem, standing in stems.items() if stem.isdigit()
        )
        if judgement.sifted is not None:
            self._watchlist.adopt(judgement.sifted)
        self._ended |= judgement.run.ended
        if len(self._ended) > _ENDED_KEPT:
            self._ended = dict(list(self._ended.items())[_ENDED_KEPT // 2 :])
        for rule, sentence in judgement.faulty.items():
            if rule not in self._faulty:
                self._faulty[rule] = sentence
                self._on_faulty_rule(rule, sentence)

    def _new_run(self, now_us: int) -> Run:
        run = Run(self._memory, now_us)
        run.faulty.update(self._faulty)
        return run

    def _compile(self, run: Run, batch: JudgedBatch) -> None:
        for series_id in self._watchlist.uncompiled(batch):
            run.reasons.update(self._watchlist.compile(batch.series[series_id]))
            unbind(run, series_id, self._watchlist.bindings(series_id))

    def _look_at(self, run: Run, batch: JudgedBatch, sifted: Sifted) -> None:
        if sifted.late:
            run.reasons[Reason.LATE] += sifted.late
        for row in sifted.rows.tolist():
            series_id = int(batch.series_id[row])
            info = batch.series[series_id]
            reading = LevelReading(
                int(batch.ts_us[row]),
                float(batch.value[row]),
                grade_of(int(batch.quality[row])),
                info.device,
            )
            for binding in self._watchlist.bindings(series_id):
                self._judge_one(run, binding, reading)

    @staticmethod
    def _judge_one(run: Run, binding: Binding, reading: LevelReading) -> None:
        run.guarded(binding.rule, partial(look, run, binding, reading))

    def _write(self, cursor: psycopg.Cursor[Any], run: Run) -> Judgement:
        changes = run.changes
        write_latches(cursor.connection, run, self._rules)
        steps = enter(cursor.connection, changes, self._rules) if changes else []
        return Judgement(changes, steps, run.reasons, (), run.faulty, run)
