"""What a reading, alert or notice is for: the real city, or one of three pretences."""

from enum import StrEnum


class Mode(StrEnum):
    """Carried by every source, reading batch, alert and notice."""

    ACTUAL = "actual"
    EXERCISE = "exercise"
    REPLAY = "replay"
    BACKFILL = "backfill"

    @property
    def judged(self) -> bool:
        """Whether rules look at it live; late history is never judged live."""
        return self is not Mode.BACKFILL

    @property
    def realm(self) -> "Mode":
        """The mode of the series that keeps it: back-filled history is the real city's."""
        return Mode.ACTUAL if self is Mode.BACKFILL else self
