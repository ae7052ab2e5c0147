"""When a group is told: quiet hours, repeats and the bound of each minute. Pure."""

from datetime import datetime, time, timedelta, timezone

from alerts.subscriptions.subscription import Subscription, rank

LOCAL = timezone(timedelta(hours=8))
"""The clock of quiet hours; the house's rule for local times (DESIGN, section 5)."""

MINUTE = timedelta(minutes=1)


def quiet_until(subscription: Subscription, level: int, now: datetime) -> datetime | None:
    """Return when quiet hours end that hold back something of a level; None where none do.

    Args:
        subscription: whose quiet hours; from 22:00 to 07:00 passes midnight.
        level: 0 of what is over, 1 blue to 4 red.
        now: the instant.
    """
    start, end = subscription.quiet_from, subscription.quiet_to
    if start is None or end is None or start == end:
        return None
    if subscription.quiet_level is not None and level >= rank(subscription.quiet_level):
        return None
    local = now.astimezone(LOCAL)
    if not _within(local.time(), start, end):
        return None
    day = local.date() if local.time() < end else local.date() + timedelta(days=1)
    return datetime.combine(day, end, LOCAL)


def _within(clock: time, start: time, end: time) -> bool:
    if start < end:
        return start <= clock < end
    return clock >= start or clock < end


def next_repeat(subscription: Subscription, told_at: datetime) -> datetime | None:
    """Return when something that nobody took on is told again; None for never."""
    if subscription.repeat_interval_s is None:
        return None
    return told_at + timedelta(seconds=subscription.repeat_interval_s)


def portions(groups: int, allowance: int) -> tuple[int, int]:
    """Return how many of the due groups get a notice of their own, and how many share one.

    What is left over waits for room: with none, all of them wait.
    """
    if groups <= allowance:
        return groups, 0
    if allowance <= 0:
        return 0, 0
    return allowance - 1, groups - allowance + 1
