"""The faults of one message, bounded so that one broken device cannot flood what is parked."""

from typing import Final

from twin.model import Fault, FaultReason

MAX_FAULTS: Final = 20


class FaultList:
    """Keeps the first faults of a message and counts the rest.

    Attributes:
        place: where in the message the next faults are; every sentence begins with it.
    """

    __slots__ = ("_kept", "_left_out", "place")

    def __init__(self) -> None:
        self.place = ""
        self._kept: list[Fault] = []
        self._left_out = 0

    def add(self, reason: FaultReason, sentence: str) -> None:
        """Note what could not be taken."""
        if len(self._kept) < MAX_FAULTS:
            self._kept.append(Fault(reason, self.place + sentence))
        else:
            self._left_out += 1

    def listed(self) -> list[Fault]:
        """Return the kept faults; the last one tells how many more there were."""
        if not self._left_out:
            return self._kept
        more = Fault(self._kept[-1].reason, f"and {self._left_out} more faults in this message")
        return [*self._kept, more]
