"""Names that a known device sends and nobody knows: parked once a day, and counted after that."""

from collections import Counter
from typing import Final, NamedTuple

from ingest import metrics

_DAY_US: Final = 86_400_000_000
_MOST_DEVICES: Final = 100_000
_MOST_OF_ONE_DEVICE: Final = 20


class _Seen(NamedTuple):
    """What one device said on one day: the hashes of its sets of names."""

    day: int
    sets: frozenset[int]


class UnknownNames:
    """Says which message with unknown names is worth parking, so that no device crowds others.

    A message is parked for each device, set of names and day (UTC) of its arrival, and at most 20
    for a device and day. What it says counts once the batch is committed: call ``begin`` before
    each batch and ``adopt`` after its commit.
    """

    def __init__(self) -> None:
        self._seen: dict[int, _Seen] = {}
        self._pending: dict[int, _Seen] = {}
        self._counts: Counter[str] = Counter()

    def begin(self) -> None:
        """Forget what was said of a batch that was not committed."""
        self._pending.clear()
        self._counts.clear()

    def adopt(self) -> None:
        """Keep what was said of the batch, which is committed."""
        for device, seen in self._pending.items():
            # What changed last shall be forgotten last.
            self._seen.pop(device, None)
            self._seen[device] = seen
        for device in list(self._seen)[: max(0, len(self._seen) - _MOST_DEVICES)]:
            del self._seen[device]
        for vocabulary, count in self._counts.items():
            metrics.UNKNOWN_NAMES.labels(vocabulary).inc(count)
        self.begin()

    def worth_parking(
        self, device: int, names: frozenset[str], vocabulary: str, received_us: int
    ) -> bool:
        """Count a message of a device, and return whether it shall be parked for its names."""
        self._counts[vocabulary] += 1
        day, said = received_us // _DAY_US, hash(names)
        seen = self._pending.get(device) or self._seen.get(device)
        if seen is None or seen.day != day:
            seen = _Seen(day, frozenset())
        if said in seen.sets or len(seen.sets) >= _MOST_OF_ONE_DEVICE:
            return False
        self._pending[device] = _Seen(day, seen.sets | {said})
        return True
