"""Judgements in words: the phrase of the reason, with the values that led to it."""

from typing import NamedTuple

from alerts.rules.alert_level import AlertLevel
from alerts.rules.duration import format_duration
from alerts.rules.part import Part
from alerts.rules.reason import Reason


class Finding(NamedTuple):
    """What a level rule found: the value against the limit of a level.

    Attributes:
        reason: which side, and whether for the first time.
        level: the level whose limit it is.
        value: None where nobody remembers it.
        limit: None where the level has none any more.
    """

    reason: Reason
    level: AlertLevel
    value: float | None
    limit: float | None


def level_sentence(part: Part, finding: Finding) -> str:
    """Return e.g. ``depth 0.31 m is at or above 0.27 m (orange) for 2 min``."""
    subject = _amount(part, finding.value)
    if finding.limit is None:
        return f"{part.phrase}{subject} {finding.reason} ({finding.level.text})"
    limit = f"{_amount(part, finding.limit)} ({finding.level.text})"
    sentence = f"{part.phrase}{subject} {finding.reason}{limit}{_for(part, finding.reason)}"
    return sentence + _meaning(part, finding)


def _meaning(part: Part, finding: Finding) -> str:
    """Return what the limit means, and by how much it is exceeded, where that is usual."""
    remark = part.remarks.get(finding.level)
    if remark is None:
        return ""
    value, limit = finding.value, finding.limit
    if not part.multiples or value is None or not limit or value <= limit or not part.above:
        return f": {remark}"
    return f": {remark}, exceeded {value / limit - 1:.2g} times over"


def _for(part: Part, reason: Reason) -> str:
    if reason is Reason.OUT_OF_HOURS:
        return ""
    if reason in (Reason.STAYED_AT_OR_ABOVE, Reason.STAYED_AT_OR_BELOW):
        return f", {format_duration(part.hold_us)} ago or more"
    if reason in (Reason.AT_OR_ABOVE, Reason.AT_OR_BELOW):
        return f" for {format_duration(part.hold_us)}" if part.hold_us else ""
    band = f" by more than {_number(part.hysteresis)}{_unit(part)}" if part.hysteresis else ""
    return band + (f" for {format_duration(part.clear_hold_us)}" if part.clear_hold_us else "")


def _amount(part: Part, value: float | None) -> str:
    return "" if value is None else f" {_number(value)}{_unit(part)}"


def _unit(part: Part) -> str:
    return f" {part.unit}" if part.unit else ""


def _number(value: float) -> str:
    return f"{value:.6g}"
