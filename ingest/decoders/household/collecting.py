"""The natives of one message as they are found: bounded in number, and with storable names."""

from typing import Final

from ingest.decoders.faults import FaultList
from ingest.decoders.quoting import is_storable, quoted
from twin.model import Decoded, Fault, FaultReason, Name, NativeReading, Statistic

MAX_NATIVES: Final = 1_000
MAX_NAME_CHARS: Final = 100
MAX_CHANNEL_CHARS: Final = 64


class Collection:
    """Gathers what one message says of one device.

    Attributes:
        faults: what could not be taken.
    """

    __slots__ = ("_device", "_natives", "_observed_us", "_vocabulary", "faults")

    def __init__(self, vocabulary: str, device: Name, observed_us: int | None) -> None:
        self.faults = FaultList()
        self._vocabulary = vocabulary
        self._device = device
        self._observed_us = observed_us
        self._natives: list[NativeReading] = []

    def add(
        self,
        native: str,
        value: float,
        unit: str = "",
        channel: str = "",
        statistic: Statistic = Statistic.INSTANT,
        flags: int = 0,
    ) -> None:
        """Take a value, or note why it cannot be taken."""
        if len(self._natives) == MAX_NATIVES:
            self.faults.add(
                FaultReason.TOO_LARGE, f"value of {quoted(native)}: expected at most {MAX_NATIVES}"
            )
        elif not _are_keys(native, channel):
            self.faults.add(
                FaultReason.BAD_VALUE,
                f"name {quoted(native)} {quoted(channel)}: expected 1 to {MAX_NAME_CHARS} and at "
                f"most {MAX_CHANNEL_CHARS} printable characters",
            )
        else:
            self._natives.append(
                NativeReading(
                    self._device,
                    native,
                    value,
                    unit,
                    self._observed_us,
                    channel,
                    statistic,
                    flags=flags,
                )
            )

    def tell_unread(self, name: str, shown: str, expected: str) -> None:
        """Note a value that is of no kind that could be read."""
        self.faults.add(FaultReason.BAD_VALUE, f"{quoted(name)} is {shown}: expected {expected}")

    def decoded(self) -> Decoded:
        """Return everything that was gathered."""
        vocabulary = self._vocabulary if self._natives else ""
        return Decoded(natives=self._natives, vocabulary=vocabulary, faults=self.faults.listed())


def _are_keys(native: str, channel: str) -> bool:
    named = bool(native) and is_storable(native, MAX_NAME_CHARS)
    return named and is_storable(channel, MAX_CHANNEL_CHARS)


def refusal(reason: FaultReason, sentence: str) -> Decoded:
    """Return what a message comes to that cannot be read at all."""
    return Decoded(faults=[Fault(reason, sentence)])
