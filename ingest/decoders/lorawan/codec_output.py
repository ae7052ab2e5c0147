"""What a device's codec made of its bytes: any JSON object, read as flat names and numbers."""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from ingest.decoders.faults import FaultList
from ingest.decoders.lorawan.codec_names import CodecNames
from ingest.decoders.quoting import is_storable, quoted
from twin.model import Check, FaultReason, Grade, Name, NativeReading, Statistic, quality

MAX_VALUES: Final = 1_000
"""Far more than the 242 bytes of a LoRaWAN payload can hold."""
MAX_DEPTH: Final = 8
MAX_NAME_CHARS: Final = 120

_NO_SENSOR = quality(Grade.UNRELIABLE, Check.DEVICE_FLAG)
_NUMBER = re.compile(r"\s*[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?\s*", re.ASCII)


class TooManyValuesError(ValueError):
    """More values than one uplink can hold. Correct the device's codec."""


class CodecOutput:
    """Gathers the values of one uplink.

    Args:
        device: who sent it.
        observed_us: when, microseconds since 1970 UTC; None where the message does not say.
        names: what is known of codecs' names.
        faults: where to note what cannot be taken.

    Attributes:
        natives: what was read.
        channel: of the values that are read next.
    """

    __slots__ = ("_device", "_faults", "_names", "channel", "natives", "observed_us")

    def __init__(
        self, device: Name, observed_us: int | None, names: CodecNames, faults: FaultList
    ) -> None:
        self.natives: list[NativeReading] = []
        self.channel = ""
        self.observed_us = observed_us
        self._device = device
        self._names = names
        self._faults = faults

    def read(self, fields: Mapping[str, object]) -> None:
        """Read an object; nested names are joined by dots, items of lists have their index."""
        try:
            self._read_fields(fields, "", 0)
        except TooManyValuesError as error:
            self._faults.add(FaultReason.TOO_LARGE, str(error))

    def add(self, name: str, value: float) -> None:
        """Note one number under a name that can be stored."""
        flags = _NO_SENSOR if self._names.is_sentinel(name, value) else 0
        self.natives.append(
            NativeReading(
                self._device,
                name,
                value,
                "",
                self.observed_us,
                self.channel,
                Statistic.INSTANT,
                0,
                flags,
            )
        )

    def add_missing(self, values: Iterable[tuple[str, float]]) -> None:
        """Note what the network says, but for names that the codec used itself."""
        used = {native.native for native in self.natives}
        for name, value in values:
            if name not in used:
                self.add(name, value)

    def _read_fields(self, fields: Mapping[str, object], prefix: str, depth: int) -> None:
        for key, value in fields.items():
            self._read_value(prefix + key, value, depth)

    def _read_value(self, name: str, value: object, depth: int) -> None:
        if value is None:
            return
        if len(self.natives) >= MAX_VALUES:
            raise TooManyValuesError(f"more than {MAX_VALUES} values: expected those of one uplink")
        if isinstance(value, str):
            self._check_text(name, value)
        elif not name or not is_storable(name, MAX_NAME_CHARS):
            self._refuse(
                f"name {quoted(name)}: expected 1 to {MAX_NAME_CHARS} printable characters"
            )
        elif isinstance(value, int | float):
            self.add(name, float(value))
        else:
            self._read_nested(name, value, depth + 1)

    def _read_nested(self, name: str, value: object, depth: int) -> None:
        if depth > MAX_DEPTH:
            self._refuse(f"{name}: nested deeper than {MAX_DEPTH}, expected fewer levels")
        elif isinstance(value, dict):
            self._read_fields(value, f"{name}.", depth)
        elif isinstance(value, list):
            self._read_fields({str(at): one for at, one in enumerate(value)}, f"{name}.", depth)

    def _check_text(self, name: str, text: str) -> None:
        # Codecs say versions and states as texts; only a measured value in quotes is a mistake.
        if name in self._names.measured and _NUMBER.fullmatch(text):
            self._faults.add(
                FaultReason.BAD_VALUE, f"{name} {quoted(text)}: expected a number without quotes"
            )

    def _refuse(self, sentence: str) -> None:
        self._faults.add(FaultReason.UNDECODABLE, sentence)
