"""Which station, time and gate the elements of a body belong to, and the readings they give."""

from collections import Counter
from datetime import datetime
from functools import lru_cache
from typing import Final

from ingest.decoders.faults import FaultList
from ingest.decoders.quoting import quoted
from ingest.decoders.sl651.elements import OF_GATE, Element, status_bits
from ingest.decoders.times import LOCAL_ZONE, UnreadableTimeError, objection
from twin.model import FaultReason, Message, Name, NativeReading, to_us

SCHEME: Final = "sl651"
SERIES_STEP_S: Final = 300
MAX_READINGS: Final = 10_000
"""More from one body are not taken."""

_MICROSECONDS = 1_000_000
_STAMP_CHARS = (10, 12)
_UNREAD: Final = -1 << 62


class Groups:
    """Collects the readings of one body, in the order in which it says them.

    Args:
        station: the sender's address, until the body names one.
        sent: the time of sending, which holds for elements without an observation time.
        message: what the body came in.
        faults: where to note what cannot be taken.
    """

    __slots__ = (
        "_device", "_gate", "_message", "_observed_us", "_seen", "_stamp", "_step_s", "faults",
        "natives",
    )  # fmt: skip

    def __init__(self, station: str, sent: str, message: Message, faults: FaultList) -> None:
        self.natives: list[NativeReading] = []
        self.faults = faults
        self._message = message
        self._device = Name(SCHEME, station)
        self.begin(sent)

    def station(self, address: str) -> None:
        """Let the following elements be of another station."""
        self._device = Name(SCHEME, address)
        self._seen.clear()

    def begin(self, stamp: str) -> None:
        """Let the following elements be of this time: YYMMDDHHmm or YYMMDDHHmmSS."""
        self._stamp = stamp
        self._observed_us: int | None = _UNREAD
        self._seen: Counter[str] = Counter()
        self._step_s = 0
        self._gate = ""

    @property
    def has_step(self) -> bool:
        """Whether an element may have several values here."""
        return self._step_s > 0

    def step(self, seconds: int) -> None:
        """Let each further value of an element be this much later than the one before."""
        self._step_s = seconds

    def gate(self, number: float | None) -> None:
        """Let the following elements of a gate be of this one."""
        self._gate = "" if number is None else f"gate {number:.0f}"

    def value(self, element: Element, number: float | None) -> None:
        """Take the next value of an element; None where it is invalid, which still takes time."""
        offset_s = 0
        if self._step_s:
            offset_s = self._seen[element.native] * self._step_s
            self._seen[element.native] += 1
        if number is not None:
            self._take(element, number, offset_s)

    def series(self, element: Element, numbers: list[float | None]) -> None:
        """Take values 5 minutes apart, of which the first is of the group's time."""
        for number in numbers:
            offset_s = self._seen[element.native] * SERIES_STEP_S
            self._seen[element.native] += 1
            if number is not None:
                self._take(element, number, offset_s)

    def status(self, element: Element, word: int, width: int) -> None:
        """Take the bits of a status word of ``width`` bits, each 1 when its name is true."""
        for bit, native, true_when in status_bits():
            if bit < width:
                self._take(element._replace(native=native), float(word >> bit & 1 == true_when), 0)

    def _take(self, element: Element, number: float, offset_s: int) -> None:
        if (observed_us := self._instant(offset_s)) is None:
            return
        if len(self.natives) >= MAX_READINGS:
            self.faults.add(FaultReason.TOO_LARGE, f"expected at most {MAX_READINGS} readings")
            return
        channel = self._gate if element.channel == OF_GATE else element.channel
        self.natives.append(
            NativeReading(
                self._device,
                element.native,
                number,
                "",
                observed_us,
                channel,
                element.statistic,
                element.period_s,
            )
        )

    def _instant(self, offset_s: int) -> int | None:
        """Return the time of a value; None, noted once, where the group's cannot be believed."""
        if self._observed_us == _UNREAD:
            self._observed_us = self._believed()
        if self._observed_us is None or not offset_s:
            return self._observed_us
        observed_us = self._observed_us + offset_s * _MICROSECONDS
        message = self._message
        if why := objection(observed_us, message.mode, message.received_us):
            self.faults.add(FaultReason.BAD_TIME, why)
            self._observed_us = None
            return None
        return observed_us

    def _believed(self) -> int | None:
        try:
            observed_us = read_time(self._stamp)
        except UnreadableTimeError as error:
            self.faults.add(FaultReason.BAD_TIME, str(error))
            return None
        message = self._message
        if why := objection(observed_us, message.mode, message.received_us):
            self.faults.add(FaultReason.BAD_TIME, why)
            return None
        return observed_us


@lru_cache(maxsize=4096)
def read_time(stamp: str) -> int:
    """Read YYMMDDHHmm or YYMMDDHHmmSS of the years 2000 to 2099, in UTC+8 (6.6.2).

    Returns:
        Microseconds since 1970 UTC.

    Raises:
        UnreadableTimeError: other characters than digits, or no such time.
    """
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) in _STAMP_CHARS):
        raise UnreadableTimeError(f"time {quoted(stamp)}: expected digits, YYMMDDHHmm")
    try:
        local = datetime.fromisoformat(f"20{stamp[:6]}T{stamp[6:]}").replace(tzinfo=LOCAL_ZONE)
    except ValueError as error:
        raise UnreadableTimeError(f"time {quoted(stamp)}: expected YYMMDDHHmm, {error}") from error
    return to_us(local)
