"""Rules about devices at work: how long each one has been silent, or otherwise unwell."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import psycopg
from psycopg.rows import tuple_row

from alerts.memory import Cause, Group, Key
from alerts.rules import AlertLevel, Latch, Reason
from alerts.rules.duration import format_duration
from alerts.rules.silence import SilenceRule
from alerts.run import Explain, Run
from data.device_listing import DEVICE_CLASSES
from twin.model import Mode, to_us

_LEAF = "state"
_UNWELL = """
    SELECT d.device, e.class_code, d.state, d.since, d.reason
    FROM device_state d JOIN entity e ON e.code = d.device AND NOT e.retired
    WHERE d.state = ANY(%s)"""


class Unwell(NamedTuple):
    """A device that is not as it should be.

    Attributes:
        device: its code.
        klass: the four digits of its class.
        state: of docs/devices.md.
        since_us: when that was found.
        reason: a sentence.
    """

    device: int
    klass: str
    state: str
    since_us: int
    reason: str


def read_unwell(connection: psycopg.Connection[Any], rules: Sequence[SilenceRule]) -> list[Unwell]:
    """Return the devices that are in any of the states that rules look at."""
    states = sorted({state for rule in rules for state in rule.states})
    if not states:
        return []
    with connection.cursor(row_factory=tuple_row) as cursor:
        cursor.execute(_UNWELL, [states])
        return [
            Unwell(device, klass, state, to_us(since), reason)
            for device, klass, state, since, reason in cursor
        ]


def judge_devices(
    run: Run, rules: Sequence[SilenceRule], unwell: Sequence[Unwell], raised: Sequence[Group]
) -> None:
    """Raise at devices that have been unwell for long enough, and clear where they are well.

    Args:
        run: notes what changes.
        rules: about devices.
        unwell: all devices that are in any of their states.
        raised: groups of these rules that stand.
    """
    for rule in rules:
        standing = {group for group in raised if group.rule == rule.id}
        for device in unwell:
            if device.state in rule.states and _is_about(rule, device.klass):
                group = Group(rule.id, device.device, Mode.ACTUAL)
                if _write(run, rule, group, device):
                    standing.discard(group)
        for group in standing:
            key = Key(str(group.entity), _LEAF)
            over = Latch(AlertLevel.BLUE, raised=False, ts_us=run.now_us, device=group.entity)
            run.write(group, {key: over}, _well(run.now_us, group.entity))


def _is_about(rule: SilenceRule, klass: str) -> bool:
    """Return whether a rule is for a class; parts of the system are none of any devices."""
    return rule.is_for(klass) and (rule.entity_classes is not None or klass in DEVICE_CLASSES)


def _write(run: Run, rule: SilenceRule, group: Group, device: Unwell) -> bool:
    """Write the level of an unwell device; return whether it has one."""
    reached = rule.level_after(run.now_us - device.since_us)
    if reached is None:
        return False
    level, takes_us = reached
    at_us = device.since_us + takes_us
    key = Key(str(device.device), _LEAF)
    latch = Latch(level, raised=True, ts_us=at_us, device=device.device)
    known = run.draft.latches(group).get(key)
    if known is None or known.level != level:
        run.write(group, {key: latch}, _unwell(device, takes_us, at_us))
    return True


def _unwell(device: Unwell, takes_us: int, at_us: int) -> Explain:
    def explain(_old: AlertLevel | None, _new: AlertLevel | None) -> Cause:
        sentence = f"device {device.device} {Reason.UNWELL}: {device.state}"
        lasted = f" for {format_duration(takes_us)}" if takes_us else ""
        told = f": {device.reason}" if device.reason else ""
        return Cause(
            at_us, device.device, None, None, None, Reason.UNWELL, sentence + lasted + told
        )

    return explain


def _well(now_us: int, device: int) -> Explain:
    def explain(_old: AlertLevel | None, _new: AlertLevel | None) -> Cause:
        sentence = f"device {device} {Reason.WELL}"
        return Cause(now_us, device, None, None, None, Reason.WELL, sentence)

    return explain
