"""The alert that ingest is not running, raised by whoever still runs.

It is the alert of the rule ``system-silent`` at the thing that stands for ingest, written as ingest
itself writes others. What is to be done follows from the newest sign of life and from the alert
alone, so any number of processes may do it at any time.
"""

from typing import Any, Final, NamedTuple

import psycopg
from psycopg.rows import tuple_row
from pydantic import TypeAdapter

from alerts.ledger import enter, latest
from alerts.memory import Cause, Change, Group
from alerts.record import AlertRecord, Step
from alerts.rules import AlertLevel, Reason
from alerts.rules.duration import format_duration
from alerts.rules.silence import SilenceRule
from data.heartbeats import LastBeat, read_beat
from twin.model import Mode, to_us

RULE: Final = "system-silent"

_RULE: TypeAdapter[SilenceRule] = TypeAdapter(SilenceRule)
_IN_FORCE = """
    SELECT v.body::text FROM rule r
    JOIN rule_version v ON v.rule = r.rule AND v.version = r.version
    WHERE r.in_force AND r.rule = %s"""
_SECOND_US: Final = 1_000_000


class Silence(NamedTuple):
    """How long ingest has given no sign of life.

    Attributes:
        beat: the newest one.
        lasted_s: since then, or since somebody looks, whichever is shorter: a machine that has
            just started says nothing about the time before.
        patience_s: after so long it is taken for dead.
    """

    beat: LastBeat
    lasted_s: float
    patience_s: float

    @property
    def is_over(self) -> bool:
        """Whether ingest is at work."""
        return self.beat.age_s < self.patience_s

    @property
    def sentence(self) -> str:
        """What is wrong, and what to do."""
        last = f"its last sign of life was {format_duration(_whole_seconds(self.beat.age_s))} ago"
        if self.beat.writes:
            return f"ingest commits nothing: {last}, and it still holds the store; look at its log"
        return f"ingest is not running: {last}; run twin up or twin ingest"


def tell_silence(connection: psycopg.Connection[Any], silence: Silence) -> list[Step]:
    """Raise, escalate or clear the alert; return what was written, in a transaction of its own.

    What a person closed while ingest was away stays closed until it was back. A register in which
    nothing stands for ingest has no such alert, and neither has a store in which the rule is
    withdrawn.

    Args:
        connection: in no transaction.
        silence: as it is now; times are by the clock of its sign of life.
    """
    entity = silence.beat.entity
    with connection.transaction():
        rule = _in_force(connection)
        if rule is None or entity is None:
            return []
        group = Group(rule.id, entity, Mode.ACTUAL)
        with connection.cursor(row_factory=tuple_row) as cursor:
            current = latest(cursor, [group]).get(group)
        change = _change(group, rule, current, silence)
        return enter(connection, [change], {rule.id: rule}) if change else []


def tell_return(connection: psycopg.Connection[Any], patience_s: float) -> bool:
    """Clear the alert as ingest does; return whether its sign of life is there already.

    Args:
        connection: in no transaction.
        patience_s: a sign of life that is older is one of an earlier process.
    """
    with connection.transaction():
        beat = read_beat(connection)
    if beat is None or beat.age_s >= patience_s:
        return False
    tell_silence(connection, Silence(beat, 0.0, patience_s))
    return True


def _change(
    group: Group, rule: SilenceRule, current: AlertRecord | None, silence: Silence
) -> Change | None:
    beat = silence.beat
    now_us = to_us(beat.at) + round(beat.age_s * _SECOND_US)
    stands = current is not None and current.is_open and current.cleared_at is None
    if silence.is_over:
        # Ingest may find itself that nothing comes from it, which is not over by a sign of life.
        if current is None or not stands or beat.unheard:
            return None
        sentence = "ingest is running again"
        cause = Cause(to_us(beat.at), group.entity, None, None, None, Reason.WELL, sentence)
        return Change(group, current.severity, None, now_us, cause)
    level = _level(rule, silence)
    if level is None:
        return None
    # An alert of this very silence, which somebody may have closed meanwhile.
    is_of_now = current is not None and (stands or current.raised_at > beat.at)
    old = current.severity if current is not None and is_of_now else None
    if old is not None and level <= old:
        return None
    cause = Cause(to_us(beat.at), group.entity, None, None, None, Reason.UNWELL, silence.sentence)
    return Change(group, old, level, now_us, cause)


def _level(rule: SilenceRule, silence: Silence) -> AlertLevel | None:
    over_us = round((silence.lasted_s - silence.patience_s) * _SECOND_US)
    reached = rule.level_after(over_us)
    return None if reached is None else reached[0]


def _in_force(connection: psycopg.Connection[Any]) -> SilenceRule | None:
    with connection.cursor(row_factory=tuple_row) as cursor:
        row = cursor.execute(_IN_FORCE, [RULE]).fetchone()
    return None if row is None else _RULE.validate_json(row[0])


def _whole_seconds(seconds: float) -> int:
    return max(1, round(seconds)) * _SECOND_US
