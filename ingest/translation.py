"""What a protocol's own names and units mean: native readings become readings of quantities."""

from collections.abc import Mapping
from dataclasses import replace

from data.reference import quantities, units
from data.reference.vocabularies import Term, Vocabulary, vocabulary
from twin.model import Decoded, Fault, FaultReason, NativeReading, Reading
from twin.units import UnknownUnitError

_SHOWN = 5


def translated(decoded: Decoded) -> Decoded:
    """Return what a decoder read with its natives as readings in stored units.

    Names that the vocabulary knows and has no quantity for are left out. Those that it does not
    know are one fault of the message, however many they are; a value in a unit that does not fit
    its quantity is a fault of its own.
    """
    if not decoded.natives:
        return decoded
    words = vocabulary(decoded.vocabulary)
    readings, faults = list(decoded.readings), list(decoded.faults)
    unknown: dict[str, None] = {}
    for native in decoded.natives:
        term = words.get(native.native)
        if term is None:
            unknown[native.native] = None
        if term is None or not term.quantity:
            continue
        try:
            readings.append(reading_of(native, term))
        except UnknownUnitError as error:
            faults.append(Fault(FaultReason.BAD_VALUE, f"{native.native}: {error}"))
    if unknown:
        faults.append(Fault(FaultReason.UNKNOWN_QUANTITY, _unknown(unknown, decoded.vocabulary)))
    return replace(decoded, readings=readings, natives=[], vocabulary="", faults=faults)


def reading_of(native: NativeReading, term: Term) -> Reading:
    """Return a native reading as one of its term's quantity.

    Raises:
        UnknownUnitError: its unit is unknown, or not one of that quantity.
    """
    stored = quantities()[term.quantity].unit
    unit = native.unit or term.unit or stored
    return Reading(
        native.device,
        term.quantity,
        native.value if unit == stored else units().convert(native.value, unit, stored),
        native.observed_us,
        native.channel,
        native.statistic,
        native.period_s,
        native.flags,
    )


def term_of(words: Vocabulary, native: NativeReading) -> Term:
    """Return what a vocabulary says of a native reading; a term without quantity if nothing."""
    return words.get(native.native) or Term(native.native, "", "", "", "", "")


def _unknown(names: Mapping[str, None], vocabulary_name: str) -> str:
    shown = ", ".join(list(names)[:_SHOWN])
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"{shown}{more}: expected names of {vocabulary_name}.csv"
