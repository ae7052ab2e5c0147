"""Judgements in words: the phrase of the reason, with the values that led to it."""

from typing import NamedTuple

from alerts.rules.alert_level import AlertLevel
from alerts.rules.duration import format_duration
from alerts.rules.ladder import LadderRule
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


def level_sentence(rule: LadderRule, finding: Finding) -> str:
    """Return e.g. ``depth 0.31 m is at or above 0.27 m (orange) for 2 min``."""
    subject = _amount(rule, finding.value)
    if finding.limit is None:
        return f"{rule.phrase}{subject} {finding.reason} ({finding.level.text})"
    limit = f"{_amount(rule, finding.limit)} ({finding.level.text})"
    return f"{rule.phrase}{subject} {finding.reason}{limit}{_for(rule, finding.reason)}"


def _for(rule: LadderRule, reason: Reason) -> str:
    if reason in (Reason.STAYED_AT_OR_ABOVE, Reason.STAYED_AT_OR_BELOW):
        return f", {format_duration(rule.hold)} ago or more"
    if reason in (Reason.AT_OR_ABOVE, Reason.AT_OR_BELOW):
        return f" for {format_duration(rule.hold)}" if rule.hold else ""
    band = f" by more than {_number(rule.hysteresis)}{_unit(rule)}" if rule.hysteresis else ""
    return band + (f" for {format_duration(rule.clear_hold)}" if rule.clear_hold else "")


def _amount(rule: LadderRule, value: float | None) -> str:
    return "" if value is None else f" {_number(value)}{_unit(rule)}"


def _unit(rule: LadderRule) -> str:
    return f" {rule.amount_unit}" if rule.amount_unit else ""


def _number(value: float) -> str:
    return f"{value:.6g}"
