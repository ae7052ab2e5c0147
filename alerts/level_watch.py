"""Level rules at work: rows of series, ends of holds, and series that left a rule."""

from alerts.memory import Cause, Group, Key, Latches
from alerts.rules import AlertLevel, Latch, LevelReading, LevelRule, Reason
from alerts.rules.sentences import Finding, level_sentence
from alerts.run import Explain, Run
from alerts.watchlist import Binding
from twin.model import Grade, Mode

_TICK_REACHES_BACK_US = 24 * 3_600_000_000


def look(run: Run, binding: Binding, reading: LevelReading) -> None:
    """Judge one reading by one rule."""
    if reading.grade is Grade.UNRELIABLE:
        run.reasons[Reason.UNRELIABLE] += 1
        return
    before = run.draft.latches(binding.group)
    changed: Latches = {}
    for key, level, limit in binding.limits:
        old = before.get(key) or Latch(level, limit=limit)
        if old.limit != limit:
            old = old._replace(limit=limit)
        new = binding.rule.judge(old, reading)
        if new is not old:
            changed[key] = new
        elif old.idle and _is_doubtful_alone(binding.rule, old, reading):
            run.reasons[Reason.DOUBTFUL_ALONE] += 1
    if changed:
        _write(run, binding, changed, reading)


def _is_doubtful_alone(rule: LevelRule, latch: Latch, reading: LevelReading) -> bool:
    return reading.grade is Grade.DOUBTFUL and rule.move(latch, reading).reached


def _write(run: Run, binding: Binding, changed: Latches, reading: LevelReading) -> None:
    before = run.draft.latches(binding.group)

    def explain(old: AlertLevel | None, new: AlertLevel | None) -> Cause:
        rose = (new or 0) > (old or 0)
        level = new if rose and new else _lowest_left(before, changed)
        limit = next(limit for _, at, limit in binding.limits if at is level)
        finding = Finding(_reason(binding.rule, rose=rose), level, reading.value, limit)
        return _cause(binding.rule, binding.info.series_id, finding, reading)

    if any(latch.since_us is not None for latch in changed.values()):
        run.reasons[Reason.HOLDING] += 1
    run.write(binding.group, changed, explain)


def _lowest_left(before: Latches, changed: Latches) -> AlertLevel:
    return min(
        latch.level
        for key, latch in changed.items()
        if not latch.raised and key in before and before[key].raised
    )


def _reason(rule: LevelRule, *, rose: bool) -> Reason:
    if rose:
        return Reason.AT_OR_ABOVE if rule.above else Reason.AT_OR_BELOW
    return Reason.BACK_BELOW if rule.above else Reason.BACK_ABOVE


def _cause(rule: LevelRule, series_id: int, finding: Finding, reading: LevelReading) -> Cause:
    return Cause(
        ts_us=reading.ts_us,
        device=reading.device,
        series_id=series_id,
        value=finding.value,
        limit=finding.limit,
        reason=finding.reason,
        sentence=level_sentence(rule, finding),
    )


def end_holds(run: Run, rule: LevelRule, group: Group) -> None:
    """Raise the levels of a group whose hold time has ended without a newer reading."""
    if group.mode is not Mode.ACTUAL:
        return
    for key, latch in run.draft.latches(group).items():
        if latch.since_us is not None and _is_due(latch.since_us, rule, run.now_us):
            _raise(run, rule, (group, key), latch)


def _is_due(since_us: int, rule: LevelRule, now_us: int) -> bool:
    return since_us + rule.hold <= now_us <= since_us + max(_TICK_REACHES_BACK_US, rule.hold)


def _raise(run: Run, rule: LevelRule, at: tuple[Group, Key], latch: Latch) -> None:
    group, key = at
    reason = Reason.STAYED_AT_OR_ABOVE if rule.above else Reason.STAYED_AT_OR_BELOW

    def explain(_old: AlertLevel | None, _new: AlertLevel | None) -> Cause:
        finding = Finding(reason, latch.level, latch.value, latch.limit)
        reading = LevelReading(latch.ts_us, latch.value or 0.0, Grade.GOOD, latch.device)
        return _cause(rule, int(key.stem), finding, reading)

    run.write(group, {key: latch._replace(raised=True, since_us=None)}, explain)


def unbind(run: Run, series_id: int, bindings: tuple[Binding, ...]) -> None:
    """Forget the latches of a series at rules, entities and levels that it has no more."""
    stem = str(series_id)
    bound = {(binding.group, key) for binding in bindings for key, _, _ in binding.limits}
    for group in run.draft.where(stem):
        latches = run.draft.latches(group)
        gone = {
            key: latch._replace(raised=False, since_us=None)
            for key, latch in latches.items()
            if key.stem == stem and (group, key) not in bound
        }
        if gone:
            last = max(gone.values(), key=lambda latch: latch.ts_us)
            run.write(group, gone, _explain_unbound(series_id, last))


def _explain_unbound(series_id: int, last: Latch) -> Explain:
    def explain(_old: AlertLevel | None, _new: AlertLevel | None) -> Cause:
        sentence = f"series {series_id} {Reason.UNBOUND}"
        return Cause(
            last.ts_us, last.device, series_id, last.value, last.limit, Reason.UNBOUND, sentence
        )

    return explain
