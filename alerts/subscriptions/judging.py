"""Whether a group has something to tell, and what a subscriber knows once it is told. Pure."""

from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple

from alerts.subscriptions.subscription import rank

Reason = Literal["new", "changed", "repeated", "ended"]

_OVER = ("cleared", "closed")


class Member(NamedTuple):
    """An alert of a group as it stands.

    Attributes:
        alert: its id.
        level: blue to red.
        state: of its life.
        muted: shelved, silenced, or the consequence of another one.
    """

    alert: int
    level: str
    state: str
    muted: bool

    @property
    def is_open(self) -> bool:
        """Whether it is neither cleared nor closed."""
        return self.state not in _OVER

    @property
    def phase(self) -> str:
        """What a subscriber cares for: raised, handled by somebody, cleared or closed."""
        return self.state if self.state in ("raised", *_OVER) else "handled"

    @property
    def told_as(self) -> str:
        """Level and phase as one word, by which a change is known."""
        return f"{self.level} {self.phase}"


class Judged(NamedTuple):
    """What is to be told of a group.

    Attributes:
        reason: why; None where there is nothing to tell.
        told: what the subscriber knows then, by alert.
        level: the highest of what is open, 0 where nothing is.
        over: whether nothing is open any more.
        has_muted: whether something open is muted.
        raised: whether something waits for somebody to take it on.
    """

    reason: Reason | None
    told: dict[str, str]
    level: int
    over: bool
    has_muted: bool
    raised: bool


def judge(
    members: Iterable[Member], told: Mapping[str, str], *, repeat: bool, renew: bool = False
) -> Judged:
    """Judge a group.

    Args:
        members: its alerts, those that the subscription is for.
        told: what the subscriber knows, by alert.
        repeat: whether it is time to say again what nobody took on.
        renew: whether it is time to say again whatever is open.
    """
    everyone = list(members)
    # The end of what was told is told, though it was muted meanwhile.
    shown = [
        one for one in everyone if not one.muted or (not one.is_open and str(one.alert) in told)
    ]
    known = {str(one.alert) for one in everyone}
    now = {str(one.alert): one.told_as for one in shown}
    standing = [one for one in shown if one.is_open]
    quieted = [one for one in everyone if one.muted and one.is_open]
    over = not standing and not any(str(one.alert) in told for one in quieted)
    raised = any(one.state == "raised" for one in standing)
    news = any(told.get(alert) != word for alert, word in now.items())
    return Judged(
        reason=_reason(
            told, news=news, over=over, repeat=(repeat and raised) or (renew and bool(standing))
        ),
        told={alert: word for alert, word in told.items() if alert in known} | now,
        level=max((rank(one.level) for one in standing), default=0),
        over=over,
        has_muted=bool(quieted),
        raised=raised,
    )


def _reason(told: Mapping[str, str], *, news: bool, over: bool, repeat: bool) -> Reason | None:
    if news and over:
        return "ended"
    if news:
        return "changed" if told else "new"
    return "repeated" if repeat else None
