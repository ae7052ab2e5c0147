"""Keys that were given before, at 12 to 24 bytes each instead of hundreds."""

from array import array

_FEWEST_SLOTS = 1024
_WORD = (1 << 64) - 1


class SeenKeys:
    """Hashes of 64 bits in a table with open addressing.

    Of ten million keys two meet by chance in one of 300,000 files.
    """

    def __init__(self) -> None:
        self._slots = array("Q", bytes(8 * _FEWEST_SLOTS))
        self._count = 0

    def add(self, key: str) -> bool:
        """Add a key and tell whether it is new."""
        if not self._put((hash(key) & _WORD) or 1):
            return False
        self._count += 1
        if self._count * 3 > len(self._slots) * 2:
            self._grow()
        return True

    def __len__(self) -> int:
        return self._count

    def _put(self, number: int) -> bool:
        slots, last = self._slots, len(self._slots) - 1
        at = number & last
        while slots[at]:
            if slots[at] == number:
                return False
            at = (at + 1) & last
        slots[at] = number
        return True

    def _grow(self) -> None:
        before = self._slots
        self._slots = array("Q", bytes(16 * len(before)))
        for number in before:
            if number:
                self._put(number)
