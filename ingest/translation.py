"""What a device's own names and units mean: native readings become readings of quantities."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from math import isfinite
from typing import Final, NamedTuple

from data.device_types import DeviceSettings
from data.reference import quantities, units
from data.reference.device_types import Meaning
from data.reference.vocabularies import Term, Vocabulary, vocabulary
from twin.model import Decoded, Fault, FaultReason, Name, NativeReading, Reading, Statistic
from twin.units import UnknownUnitError

SettingsOf = Callable[[Name], DeviceSettings | None]

MINUTE_DATA_S: Final = 600
"""The period that the decoder of HJ 212 gives minute data, of which no message says how long."""

_SHOWN = 5
_MICROSECONDS = 1_000_000
_SENSES_KEPT: Final = 20_000
_SENSES_OF_ONE_DEVICE: Final = 1_000
_NO_TERM: Final = Term("", "", "", "", "", "")
_NOTHING_SAID: Final = Meaning()


class Meant(NamedTuple):
    """What a message means.

    Attributes:
        decoded: its readings in stored units; the faults say nothing of unknown names.
        vocabulary: that its names were looked up in.
        unknown: the names that neither vocabulary nor settings know, by device.
    """

    decoded: Decoded
    vocabulary: str
    unknown: Mapping[Name, frozenset[str]]

    def unknown_fault(self, device: Name) -> Fault:
        """Return the fault that names a device's unknown names."""
        names = sorted(self.unknown[device])
        shown = ", ".join(names[:_SHOWN])
        more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
        sentence = f"{shown}{more}: expected names of {self.vocabulary}.csv or of the device's type"
        return Fault(FaultReason.UNKNOWN_QUANTITY, sentence)


def nothing_special(_device: Name) -> DeviceSettings | None:
    """Return the settings of a device that nobody has said anything of."""
    return None


def meant(decoded: Decoded, settings_of: SettingsOf = nothing_special) -> Meant:
    """Return what a decoder read with its natives as readings in stored units.

    A device's settings count before the vocabulary. Names that the vocabulary knows and has no
    quantity for are left out. A value in a unit that does not fit its quantity is a fault of its
    own.
    """
    if not decoded.natives:
        return Meant(decoded, "", {})
    translation = _Translation(decoded, settings_of)
    for native in decoded.natives:
        translation.add(native)
    return translation.meant()


def translated(decoded: Decoded, settings_of: SettingsOf = nothing_special) -> Decoded:
    """Return what a message means, with a fault for each device that said unknown names."""
    said = meant(decoded, settings_of)
    if not said.unknown:
        return said.decoded
    faults = [*said.decoded.faults, *map(said.unknown_fault, said.unknown)]
    return said.decoded._replace(faults=faults)


def term_of(words: Vocabulary, native: NativeReading) -> Term:
    """Return what a vocabulary says of a native reading; a term without quantity if nothing."""
    return words.get(native.native) or _NO_TERM._replace(native=native.native)


class _Sense(NamedTuple):
    """What a name in a unit comes to; worked out once, because readings are many.

    Attributes:
        quantity: a code of quantities.csv, empty where values are left out.
        unit: in which values are sent.
        stored: in which they are stored.
        factor: of what is sent, before ``unit`` becomes ``stored``.
        offset: added to that.
        channel: None as the message says it.
        statistic: None as the message says it.
        only_instants: whether ``statistic`` holds only where the message says none.
        period_s: None as the message says it.
    """

    quantity: str
    unit: str
    stored: str
    factor: float
    offset: float
    channel: str | None
    statistic: Statistic | None
    only_instants: bool
    period_s: int | None

    def reading(self, native: NativeReading) -> Reading:
        value, statistic = native.value, native.statistic
        if self.factor != 1.0 or self.offset:
            value = value * self.factor + self.offset
        if self.unit != self.stored:
            value = units().convert(value, self.unit, self.stored)
        if self.statistic and (statistic is Statistic.INSTANT or not self.only_instants):
            statistic = self.statistic
        return Reading(
            native.device,
            self.quantity,
            value,
            native.observed_us,
            native.channel if self.channel is None else self.channel,
            statistic,
            native.period_s if self.period_s is None else self.period_s,
            native.flags,
        )


def _sense_of(term: Term, meaning: Meaning | None, unit: str) -> _Sense:
    said = meaning or _NOTHING_SAID
    quantity = term.quantity if said.quantity is None else said.quantity
    stored = quantities()[quantity].unit if quantity else ""
    statistic = said.statistic or term.statistic
    return _Sense(
        quantity,
        said.unit or unit or term.unit or stored,
        stored,
        said.factor,
        said.offset,
        said.channel,
        Statistic(statistic) if statistic else None,
        not said.statistic,
        said.period_s,
    )


@lru_cache(maxsize=_SENSES_KEPT)
def _common_sense(vocabulary_name: str, native: str, unit: str) -> _Sense | None:
    """Return what a vocabulary makes of a name, None if it does not know it."""
    term = vocabulary(vocabulary_name).get(native)
    return None if term is None else _sense_of(term, None, unit)


def _own_sense(
    settings: DeviceSettings, vocabulary_name: str, native: str, unit: str
) -> _Sense | None:
    """Return what a device of these settings means, None if nobody knows."""
    meaning = settings.quantities.get(native)
    term = vocabulary(vocabulary_name).get(native)
    if meaning is None or (term is None and meaning.quantity is None):
        return _common_sense(vocabulary_name, native, unit)
    return _sense_of(term or _NO_TERM, meaning, unit)


class _Translation:
    """The natives of one message on their way."""

    __slots__ = ("_decoded", "_device", "_faults", "_readings", "_settings", "_settings_of",
                 "_unknown")  # fmt: skip

    def __init__(self, decoded: Decoded, settings_of: SettingsOf) -> None:
        self._decoded = decoded
        self._settings_of = settings_of
        self._readings = list(decoded.readings)
        self._faults = list(decoded.faults)
        self._unknown: dict[Name, set[str]] = {}
        self._device: Name | None = None
        self._settings: DeviceSettings | None = None

    def add(self, native: NativeReading) -> None:
        if native.device is not self._device:
            self._device = native.device
            self._settings = self._settings_of(native.device)
        settings = self._settings
        if settings and settings.minute_interval_s:
            native = _of_interval(native, settings.minute_interval_s)
        sense = self._sense(native)
        if sense is None:
            self._unknown.setdefault(native.device, set()).add(native.native)
        elif sense.quantity:
            self._take(sense, native)

    def meant(self) -> Meant:
        decoded = self._decoded._replace(
            readings=self._readings,
            natives=(),
            vocabulary="",
            faults=self._faults,
        )
        unknown = {device: frozenset(names) for device, names in self._unknown.items()}
        return Meant(decoded, self._decoded.vocabulary, unknown)

    def _sense(self, native: NativeReading) -> _Sense | None:
        settings = self._settings
        if settings is None or not settings.quantities:
            return _common_sense(self._decoded.vocabulary, native.native, native.unit)
        key = (self._decoded.vocabulary, native.native, native.unit)
        senses = settings.worked_out
        if key not in senses:
            if len(senses) >= _SENSES_OF_ONE_DEVICE:
                senses.clear()
            senses[key] = _own_sense(settings, *key)
        sense: _Sense | None = senses[key]
        return sense

    def _take(self, sense: _Sense, native: NativeReading) -> None:
        try:
            reading = sense.reading(native)
        except UnknownUnitError as error:
            self._faults.append(Fault(FaultReason.BAD_VALUE, f"{native.native}: {error}"))
            return
        if isfinite(reading.value):
            self._readings.append(reading)
        else:
            sentence = f"{native.native}: {native.value!r}, expected a number that can be stored"
            self._faults.append(Fault(FaultReason.BAD_VALUE, sentence))


def _of_interval(native: NativeReading, interval_s: int) -> NativeReading:
    """Return HJ 212 minute data at the end of the period that the device really has.

    Its message says only when the period began (table 4, DataTime of 2051); the decoder has taken
    it for 10 minutes.
    """
    if native.period_s != MINUTE_DATA_S or native.observed_us is None:
        return native
    shift_us = (interval_s - MINUTE_DATA_S) * _MICROSECONDS
    return native._replace(observed_us=native.observed_us + shift_us, period_s=interval_s)
