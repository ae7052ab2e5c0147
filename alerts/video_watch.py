"""Video rules at work: events of cameras, at the areas that they watch."""

from collections.abc import Iterable, Mapping
from functools import partial

from alerts.memory import Cause, Group, Key, Latches
from alerts.rules import AlertLevel, Latch, Reason, VideoRule
from alerts.run import Explain, Run
from twin.codes import EntityCode
from twin.model import Mode, StoredEvent

Ended = Mapping[tuple[Mode, str, str], int]

_NEVER_US = -(2**63)
_TELLING = (Reason.BEGAN, Reason.ENDED)


def judge_event(run: Run, rules: Iterable[VideoRule], event: StoredEvent, ended: Ended) -> Reason:
    """Judge one event by the rules that name its topic; return what became of it."""
    reasons = [
        run.guarded(rule, partial(_judge, run, rule, event, ended))
        for rule in rules
        if rule.names(event.topic) and rule.judges(event.mode)
    ]
    told = [reason for reason in reasons if reason is not None] or [Reason.NO_RULE]
    verdict = next((reason for reason in told if reason in _TELLING), told[0])
    if verdict not in _TELLING:
        run.reasons[verdict] += 1
    return verdict


def _judge(run: Run, rule: VideoRule, event: StoredEvent, ended: Ended) -> Reason:
    if event.active is None:
        return Reason.MOMENTARY
    if not event.active:
        return _end(run, rule, event)
    if not event.areas:
        return Reason.NO_AREA
    key = _key(event)
    thing = (event.mode, key.stem, key.leaf)
    if event.ts_us <= run.ended.get(thing, ended.get(thing, _NEVER_US)):
        return Reason.LATE
    return _begin(run, rule, event, key)


def _begin(run: Run, rule: VideoRule, event: StoredEvent, key: Key) -> Reason:
    groups = [
        Group(rule.id, area, event.mode)
        for area in event.areas
        if rule.is_for(EntityCode.from_int(area).klass)
    ]
    fresh = [group for group in groups if key not in run.draft.latches(group)]
    latch = Latch(rule.alert_level, raised=True, ts_us=event.ts_us, device=event.camera)
    for group in fresh:
        run.write(group, {key: latch}, _explain(event, Reason.BEGAN))
    if not groups:
        return Reason.OTHER_CLASS
    return Reason.BEGAN if fresh else Reason.ALREADY_ACTIVE


def _end(run: Run, rule: VideoRule, event: StoredEvent) -> Reason:
    key = _key(event)
    run.ended[event.mode, key.stem, key.leaf] = event.ts_us
    groups = [
        group
        for group in run.draft.where(key.stem)
        if group.rule == rule.id and group.mode is event.mode
    ]
    ending = [(group, _ending(run.draft.latches(group), key)) for group in groups]
    ending = [(group, latches) for group, latches in ending if latches]
    if not ending:
        return Reason.NEVER_BEGAN
    over = [(group, _over(latches, event.ts_us)) for group, latches in ending]
    cleared = [
        run.write(group, latches, _explain(event, Reason.ENDED))
        for group, latches in over
        if latches
    ]
    if not cleared:
        return Reason.LATE
    return Reason.ENDED if any(cleared) else Reason.STILL_ACTIVE


def _ending(latches: Latches, key: Key) -> Latches:
    # An end that names no object says that nothing is there any more.
    return {
        other: latch
        for other, latch in latches.items()
        if other == key or (not key.leaf and other.stem == key.stem)
    }


def _over(latches: Latches, ts_us: int) -> Latches:
    return {
        key: latch._replace(raised=False) for key, latch in latches.items() if latch.ts_us <= ts_us
    }


def _key(event: StoredEvent) -> Key:
    stem = f"{event.camera}/{event.topic}/{event.source}"
    return Key(stem, event.object_id.replace("#", "_"))


def _explain(event: StoredEvent, reason: Reason) -> Explain:
    def explain(_old: AlertLevel | None, _new: AlertLevel | None) -> Cause:
        thing = f", object {event.object_id}" if event.object_id else ""
        sentence = f"{event.topic} {reason}, seen by camera {event.camera}"
        sentence += f" (source {event.source}{thing})"
        return Cause(event.ts_us, event.camera, None, None, None, reason, sentence)

    return explain
