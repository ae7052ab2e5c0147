"""What rules share that hold numbers against a limit for each level, whatever the numbers are."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

from alerts.rules.duration import Duration
from alerts.rules.part import Measured, Part
from alerts.rules.terms import RuleHead
from alerts.rules.trial import Outcome, Shown, outcome

if TYPE_CHECKING:
    from alerts.rules.example import Expectation


class LadderRule(RuleHead):
    """Raises while what it makes of quantities is at or beyond limits.

    Attributes:
        channel: exact text of the series' channel; None for any.
        hold: how long a limit must be reached at every reading before its level is raised.
        clear_hold: how long it must be left at every reading before its level ends.
        datum: series whose values have another one are refused; None for any.
    """

    channel: str | None = None
    hold: Duration = 0
    clear_hold: Duration = 0
    datum: str | None = None

    example_begin_us: ClassVar[int] = 0
    """The instant of minute 0 of its examples."""

    @property
    def watched(self) -> frozenset[str]:
        """The quantities that it looks at."""
        raise NotImplementedError

    @property
    def reach_us(self) -> int:
        """How far back it looks from a reading."""
        return 0

    def parts(self, measured: Measured) -> Iterator[Part]:
        """Yield what it holds against limits at a series of one of its quantities."""
        raise NotImplementedError

    def covers(self, quantity: str, channel: str, entity_class: str) -> bool:
        """Return whether it is for such a series."""
        return (
            quantity in self.watched
            and (self.channel is None or self.channel == channel)
            and self.is_for(entity_class)
        )

    def shown(self) -> Iterator[tuple["Expectation", Shown]]:
        """Yield its examples: what must come of each, and what was read."""
        yield from ()

    def mistakes(self) -> Iterator[str]:
        """Yield a sentence for each example that does not come out as it says."""
        for number, (wanted, shown) in enumerate(self.shown(), start=1):
            why = self._objection(wanted, outcome(self.parts, shown))
            if why:
                yield f"example {number}: {why}"

    def _objection(self, wanted: "Expectation", found: Outcome) -> str:
        if found.level != wanted.expect:
            return f"expected {wanted.expect!r}, but the rule gives {found.level!r}"
        raised_us = found.raised_us.get(wanted.expect)
        return wanted.objection(None if raised_us is None else raised_us - self.example_begin_us)
