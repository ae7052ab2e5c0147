"""Rules about devices explained: how a device was, and since when."""

from typing import NamedTuple

from psycopg.rows import tuple_row

from alerts.explanation.documents import Answer, DeviceTold
from alerts.explanation.gathering import Asked, Connection
from alerts.rules.duration import format_duration
from alerts.rules.silence import SilenceRule
from twin.codes import EntityCode
from twin.model import from_us, to_us

_STATE = """
SELECT state, at, reason FROM device_state_history WHERE device = %(device)s AND at <= %(at)s
UNION ALL
SELECT state, since, reason FROM device_state
WHERE device = %(device)s AND since IS NOT NULL AND since <= %(at)s
ORDER BY 2 DESC LIMIT 1
"""
_LISTENED = "SELECT max(least(until, %(at)s)) FROM listening_span WHERE since <= %(at)s"
_DEAF_US = 60_000_000


class Found(NamedTuple):
    """What a rule says of a device.

    Attributes:
        told: how it was.
        answer: without regard to what was raised.
        missing: what is not known of it.
    """

    told: DeviceTold
    answer: Answer
    missing: list[str]


def device_told(connection: Connection, rule: SilenceRule, asked: Asked) -> Found:
    """Return how a device was at an instant, and what the rule says of that."""
    values = {"device": asked.thing.code, "at": from_us(asked.at_us)}
    with connection.cursor(row_factory=tuple_row) as cursor:
        row = cursor.execute(_STATE, values).fetchone()
        (listened,) = cursor.execute(_LISTENED, values).fetchone() or (None,)
    device = str(EntityCode.from_int(asked.thing.code))
    if row is None:
        told = DeviceTold(
            device=device, state="unknown", since=None, reason="", sentence="it was never heard"
        )
        return Found(told, "unknown", ["it was never heard"])
    state, since, reason = row
    answer, sentence = _judged(rule, state, asked.at_us - to_us(since))
    missing = _missing(state, reason, None if listened is None else asked.at_us - to_us(listened))
    if answer == "pending" and state != "unknown":
        missing = []
    told = DeviceTold(
        device=device,
        state=state,
        since=since,
        reason=reason,
        sentence=f"{sentence}{': ' if reason else ''}{reason}",
    )
    return Found(told, "unknown" if missing else answer, missing)


def _missing(state: str, reason: str, deaf_us: int | None) -> list[str]:
    """Return what is not known of a device: its state, or whether it is still so."""
    if state == "unknown":
        return [f"its state: {reason or 'it was never heard'}"]
    if deaf_us is None:
        return ["whether it was heard since: nobody ever listened"]
    if deaf_us > _DEAF_US:
        lasted = format_duration(deaf_us - deaf_us % 1_000_000)
        return [f"whether it was heard since: nobody has listened for {lasted}"]
    return []


def _judged(rule: SilenceRule, state: str, lasted_us: int) -> tuple[Answer, str]:
    lasts = f"it is {state} for {format_duration(lasted_us - lasted_us % 1_000_000)}"
    if state not in rule.states:
        return "not raised", f"{lasts}, and the rule is about {', '.join(rule.states)}"
    if rule.level_after(lasted_us) is None:
        first = format_duration(min(rule.levels.values()))
        return "pending", f"{lasts}, and the rule begins with {first}"
    return "pending", lasts
