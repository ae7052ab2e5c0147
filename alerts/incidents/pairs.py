"""Links between alerts, as columns."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

import numpy as np

from alerts.incidents.members import Flags, Floats, Ints


@dataclass(frozen=True, slots=True)
class Pairs:
    """Linked alerts (k pairs) as rows of the members.

    Attributes:
        cause: int64[k], or the one of two that share a cause which was raised first.
        effect: int64[k].
        rule: int64[k], row of the table of links.
        away_m: float64[k], how far apart; NaN where that does not count.
        after_us: int64[k], how long after the cause's beginning the effect's is.
    """

    cause: Ints
    effect: Ints
    rule: Ints
    away_m: Floats
    after_us: Ints

    @classmethod
    def none(cls) -> Self:
        """Return no pairs."""
        empty = np.empty(0, np.int64)
        return cls(empty, empty, empty, np.empty(0), empty)

    @classmethod
    def together(cls, portions: Iterable[Self]) -> Self:
        """Return all pairs of some portions, in their order."""
        parts: list[Self] = [cls.none(), *portions]
        return cls(
            np.concatenate([part.cause for part in parts]),
            np.concatenate([part.effect for part in parts]),
            np.concatenate([part.rule for part in parts]),
            np.concatenate([part.away_m for part in parts]),
            np.concatenate([part.after_us for part in parts]),
        )

    def __len__(self) -> int:
        """Return how many."""
        return len(self.cause)

    def take(self, rows: Ints | Flags) -> "Pairs":
        """Return some of them."""
        return Pairs(
            self.cause[rows],
            self.effect[rows],
            self.rule[rows],
            self.away_m[rows],
            self.after_us[rows],
        )
