"""When we listened: connected, and done with what had waited for us."""

from collections.abc import Iterable
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

_GAP_US: Final = 10_000_000
"""A shorter time of not listening is none: devices are not supervised to the second."""

_MOST_SPANS: Final = 1000


class Span(NamedTuple):
    """A time in which we listened, microseconds since 1970 UTC."""

    since_us: int
    until_us: int


class Listening:
    """The spans in which we listened; silence counts only there.

    Args:
        spans: in the order of their times.
    """

    def __init__(self, spans: Iterable[Span] = ()) -> None:
        self._spans = list(spans)[-_MOST_SPANS:]

    @property
    def last(self) -> Span | None:
        """The span that grows, or the last one; None where there is none."""
        return self._spans[-1] if self._spans else None

    def note(self, now_us: int, *, listening: bool) -> None:
        """Note whether we listen now; at least every ten seconds, or it was a gap."""
        if not listening:
            return
        last = self.last
        if last is None or now_us - last.until_us > _GAP_US:
            self._spans = [*self._spans[1 - _MOST_SPANS :], Span(now_us, now_us)]
        elif now_us > last.until_us:
            self._spans[-1] = Span(last.since_us, now_us)

    def until(self, instants: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return how long we had listened at each instant.

        Args:
            instants: int64[n], microseconds since 1970 UTC.

        Returns:
            int64[n], microseconds since the first span that is remembered.
        """
        if not self._spans:
            return np.zeros(len(instants), dtype=np.int64)
        spans = np.array(self._spans, dtype=np.int64)
        starts, lengths = spans[:, 0], spans[:, 1] - spans[:, 0]
        before = np.concatenate(([0], np.cumsum(lengths)))
        at = np.searchsorted(starts, instants, side="right") - 1
        within = np.minimum(instants - starts[at], lengths[at])
        return np.where(at < 0, 0, before[at] + within)
