"""What captured messages mean: decoded and translated, without any service."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from data.reference import quantities, units
from data.reference.vocabularies import vocabulary
from ingest.captures import (
    Captured,
    Cut,
    UnknownProtocolError,
    any_documents,
    binary_payloads,
    hj212_frames,
    json_documents,
    sl651_frames,
)
from ingest.decoders import DECODERS
from ingest.decoders.times import LOCAL_ZONE
from ingest.translation import term_of
from twin.model import (
    Decoded,
    Message,
    Mode,
    Name,
    NativeReading,
    Reading,
    combine,
    from_us,
    grade_of,
)
from twin.units import UnknownUnitError

_CUTS: dict[str, Cut] = {
    "hj212": hj212_frames,
    "sl651": sl651_frames,
    "senml": any_documents,
    "sparkplug": binary_payloads,
}


# Whoever captured an uplink may not know which network server sent it; its body does.
_LORAWAN = "lorawan"
_OF_THINGS_STACK = b'"end_device_ids"'


def protocols() -> list[str]:
    """Return the names of all protocols."""
    return [*DECODERS, _LORAWAN]


def decode_file(protocol: str, file: Path, topic: str = "") -> Iterator[dict[str, Any]]:
    """Yield what each message of a file means, in the order of the file.

    Args:
        protocol: name of its decoder.
        file: of one frame a line, JSON lines, or one document.
        topic: of messages whose file does not say it.

    Raises:
        UnknownProtocolError: no such protocol.
        OSError: the file cannot be read.
    """
    if protocol not in protocols():
        raise UnknownProtocolError(
            f"protocol {protocol!r}: expected one of {', '.join(protocols())}"
        )
    data = file.read_bytes()
    cut = _CUTS.get(protocol, json_documents)
    return (
        {"message": number} | _explained(protocol, captured, topic)
        for number, captured in enumerate(cut(data), start=1)
    )


def _explained(protocol: str, captured: Captured, topic: str) -> dict[str, Any]:
    if captured.error:
        return _document([], [captured.error])
    message = Message(
        source="decode",
        # Captures may be of any age, and of devices whose clock was never set.
        mode=Mode.REPLAY,
        topic=captured.topic or topic,
        payload=captured.payload,
        received_us=time.time_ns() // 1000,
    )
    decoded = DECODERS[_decoder_of(protocol, captured.payload)].decode(message)
    sentences = [fault.sentence for fault in decoded.faults]
    return _document(list(_readings(decoded)), sentences, decoded.speaker)


def _decoder_of(protocol: str, payload: bytes) -> str:
    if protocol != _LORAWAN:
        return protocol
    return "ttn" if _OF_THINGS_STACK in payload else "chirpstack"


def _readings(decoded: Decoded) -> Iterator[tuple[Name, dict[str, Any]]]:
    for reading in decoded.readings:
        yield reading.device, _told(reading, reading.quantity, reading.quantity, _unit_of(reading))
    words = vocabulary(decoded.vocabulary) if decoded.natives else {}
    for native in decoded.natives:
        term = term_of(words, native)
        told = _told(native, term.quantity or None, native.native, native.unit or term.unit)
        yield native.device, told


def _unit_of(reading: Reading) -> str:
    return quantities()[reading.quantity].unit


def _told(
    reading: Reading | NativeReading, quantity: str | None, native: str, unit: str
) -> dict[str, Any]:
    observed = reading.observed_us
    return {
        "quantity": quantity,
        "native": native,
        "value": reading.value,
        "unit": unit or (quantities()[quantity].unit if quantity else None),
        "observed_at": None if observed is None else _shown(observed),
        "quality": grade_of(_judged(reading, quantity, unit)).name.lower(),
        "channel": reading.channel,
        "statistic": str(reading.statistic),
        "period_s": reading.period_s,
    }


def _judged(reading: Reading | NativeReading, quantity: str | None, unit: str) -> int:
    if quantity is None:
        return reading.flags
    known = quantities()[quantity]
    try:
        stored = units().convert(reading.value, unit or known.unit, known.unit)
    except UnknownUnitError:
        return reading.flags
    return combine(known.judge(stored), reading.flags)


def _shown(observed_us: int) -> str:
    return from_us(observed_us).astimezone(LOCAL_ZONE).isoformat()


def _document(
    said: list[tuple[Name, dict[str, Any]]], faults: list[str], speaker: Name | None = None
) -> dict[str, Any]:
    """Return one message; where several devices speak in it, each reading names its own."""
    devices = list(dict.fromkeys(device for device, _ in said))
    several = len(devices) > 1
    readings = [
        reading | {"device": device._asdict()} if several else reading for device, reading in said
    ]
    named = devices[0] if len(devices) == 1 and devices[0].value else None
    if not devices and not faults:
        named = speaker
    return {
        "device": named._asdict() if named else None,
        "readings": readings,
        "error": "; ".join(faults) if faults and not readings else None,
        "warnings": faults if readings else [],
    }
