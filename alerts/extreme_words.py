"""Jumps in words: what was refused and why, what confirmed it, and what did not."""

from alerts.beyond import Reading
from alerts.extremes import Pending
from alerts.memory import Cause, Key
from alerts.rules import AlertLevel, Reason
from alerts.run import Explain
from data.reference import quantities
from twin.model import Check, from_us


def unconfirmed(pending: Pending) -> Explain:
    """Explain why the sensor is to be looked at."""
    check = "spike" if pending.quality & Check.SPIKE else "rate"
    sentence = (
        f"{_amount(pending, pending.jump.value)} {Reason.UNCONFIRMED}; refused by the check "
        f"{check}, beyond {pending.beyond.sentence}"
    )
    return _explain(pending, (Reason.UNCONFIRMED, sentence), pending.jump.ts_us)


def confirmation(pending: Pending, by: Reading) -> str:
    """Return which reading confirms a jump."""
    at = from_us(pending.jump.ts_us).isoformat(timespec="seconds")
    what = f"{_amount(pending, pending.jump.value)} of {at}"
    if by.info.series_id == pending.info.series_id:
        return f"{what} {Reason.CONFIRMED}: {_amount(pending, by.value)}"
    near = f"series {by.info.series_id} of {by.info.entity} has {_amount(pending, by.value)}"
    return f"{what} {Reason.CONFIRMED_NEARBY}: {near}"


def confirmed(pending: Pending, by: Reading) -> Explain:
    """Explain that there is nothing more to look at: the reading is believed."""
    own = by.info.series_id == pending.info.series_id
    reason = Reason.CONFIRMED if own else Reason.CONFIRMED_NEARBY
    return _explain(pending, (reason, confirmation(pending, by)), by.ts_us)


def not_confirmed(pending: Pending, by: Reading) -> Explain:
    """Explain that the sensor reads as before."""
    what, now = _amount(pending, pending.jump.value), _amount(pending, by.value)
    sentence = f"{what} {Reason.NOT_CONFIRMED}: {now}"
    return _explain(pending, (Reason.NOT_CONFIRMED, sentence), by.ts_us)


def unbound(key: Key, now_us: int) -> Explain:
    """Explain that a series tells of something else now, or is under no limit any more."""
    sentence = f"series {key.stem} {Reason.UNBOUND}"

    def explain(_old: AlertLevel | None, _new: AlertLevel | None) -> Cause:
        return Cause(now_us, 0, None, None, None, Reason.UNBOUND, sentence)

    return explain


def _explain(pending: Pending, told: tuple[Reason, str], ts_us: int) -> Explain:
    reason, sentence = told

    def explain(_old: AlertLevel | None, _new: AlertLevel | None) -> Cause:
        return Cause(
            ts_us=ts_us,
            device=pending.info.device,
            series_id=pending.info.series_id,
            value=pending.jump.value,
            limit=pending.beyond.limit,
            reason=reason,
            sentence=sentence,
        )

    return explain


def _amount(pending: Pending, value: float) -> str:
    unit = quantities()[pending.info.quantity].unit
    return f"{pending.info.quantity} {value:.6g}" + ("" if unit == "1" else f" {unit}")
