"""An alert as its row stands, and its whole life as a computation without a database."""

from datetime import datetime
from typing import NamedTuple, TypedDict

from alerts.memory import Change
from alerts.rules import AlertLevel, Rule
from alerts.states import HANDLED, OPEN
from twin.model import from_us

_DONE = ("resolved", "verified")


class AlertRecord(NamedTuple):
    """The columns of ``alert`` that rules write, in the order in which they are read and written.

    What people write besides stands in ``alerts.handling.record``.
    """

    id: int
    mode: str
    domain: str
    level: str
    entity: int
    device: int | None
    series_id: int | None
    rule: str
    rule_version: int
    state: str
    raised_at: datetime
    observed_at: datetime
    acknowledged_at: datetime | None
    cleared_at: datetime | None
    closed_at: datetime | None
    reason: str
    value: float | None
    limit_value: float | None
    version: int
    occurrences: int

    @property
    def is_open(self) -> bool:
        """Whether it is neither cleared nor closed."""
        return self.state in OPEN

    @property
    def is_handled(self) -> bool:
        """Whether somebody has it in hand, so that its condition's end is not its own."""
        return self.state in HANDLED

    @property
    def severity(self) -> AlertLevel:
        """The level as a number."""
        return AlertLevel.named(self.level)


class Step(NamedTuple):
    """One transition: the alert after it, and what led there."""

    alert: AlertRecord
    event: str
    from_state: str | None
    actor: str
    reason: str
    at: datetime
    observed_at: datetime | None
    value: float | None
    note: str = ""


def follow(change: Change, rule: Rule, current: AlertRecord | None) -> Step | None:
    """Return the step that a change of level means for the latest alert of its group.

    Args:
        change: from level to level.
        rule: whose change it is.
        current: the latest alert of the rule, entity and mode, or None.

    Returns:
        None where nothing is to be written: a person closed the alert while its condition stood.
        A new alert has the id 0.
    """
    if current is not None and current.is_open:
        return _go_on(change, rule, current)
    if change.new is None or _closed_over(change, current):
        return None
    return _step(change, rule, _new_alert(change, rule), ("raised", None))


def _closed_over(change: Change, current: AlertRecord | None) -> bool:
    """Return whether a person closed this very condition, at this level or a higher one."""
    if change.old is None or current is None or current.state != "closed":
        return False
    return change.new is None or change.new <= current.severity


def _go_on(change: Change, rule: Rule, current: AlertRecord) -> Step | None:
    if change.new is None:
        return _end(change, rule, current)
    if current.cleared_at is not None:
        return _come_back(change, rule, current)
    if change.new == current.severity:
        return None
    event = "escalated" if change.new > current.severity else "lowered"
    return _step(change, rule, _moved(change, rule, current), (event, current.state))


def _end(change: Change, rule: Rule, current: AlertRecord) -> Step | None:
    if current.cleared_at is not None:
        return None
    cleared = current._replace(
        state=current.state if current.is_handled else "cleared",
        cleared_at=from_us(change.at_us),
        version=current.version + 1,
    )
    return _step(change, rule, cleared, ("cleared", current.state))


def _come_back(change: Change, rule: Rule, current: AlertRecord) -> Step:
    """Return the step of a condition that is there again while somebody has its alert in hand.

    What was reported as done goes back to whoever had it.
    """
    done = current.state in _DONE
    moved = _moved(change, rule, current)._replace(
        state="assigned" if done else current.state,
        cleared_at=None,
        occurrences=current.occurrences + 1,
    )
    return _step(change, rule, moved, ("returned" if done else "recurred", current.state))


def _moved(change: Change, rule: Rule, current: AlertRecord) -> AlertRecord:
    level = change.new or current.severity
    return current._replace(
        level=level.text,
        rule_version=rule.version,
        version=current.version + 1,
        **_seen(change),
    )


def _new_alert(change: Change, rule: Rule) -> AlertRecord:
    level = change.new or AlertLevel.BLUE
    return AlertRecord(
        id=0,
        mode=change.group.mode.value,
        domain=rule.domain,
        level=level.text,
        entity=change.group.entity,
        rule=rule.id,
        rule_version=rule.version,
        state="raised",
        raised_at=from_us(change.at_us),
        acknowledged_at=None,
        cleared_at=None,
        closed_at=None,
        version=1,
        occurrences=1,
        **_seen(change),
    )


class _Seen(TypedDict):
    """The columns that say what was observed when the level last changed."""

    observed_at: datetime
    device: int | None
    series_id: int | None
    reason: str
    value: float | None
    limit_value: float | None


def _seen(change: Change) -> _Seen:
    cause = change.cause
    return {
        "observed_at": from_us(cause.ts_us),
        "device": cause.device or None,
        "series_id": cause.series_id,
        "reason": cause.sentence,
        "value": cause.value,
        "limit_value": cause.limit,
    }


def _step(change: Change, rule: Rule, alert: AlertRecord, passage: tuple[str, str | None]) -> Step:
    return Step(
        alert=alert,
        event=passage[0],
        from_state=passage[1],
        actor=rule.actor,
        reason=change.cause.sentence,
        at=from_us(change.at_us),
        observed_at=from_us(change.cause.ts_us),
        value=change.cause.value,
    )
