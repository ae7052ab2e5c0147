"""What the network adds to an uplink: how well it was heard, and when."""

from collections.abc import Iterable, Mapping

from ingest.decoders.quoting import quoted
from ingest.decoders.times import UnreadableTimeError, objection, parse_time
from twin.model import Message


def signal_of(receptions: object) -> list[tuple[str, float]]:
    """Return ``rssi`` (dBm) and ``snr`` (dB) as the best gateway heard the uplink.

    Best is the highest snr, among equals the highest rssi; both servers leave an snr of 0 out.
    """
    heard = receptions if isinstance(receptions, list) else []
    best = max((one for one in heard if isinstance(one, dict)), key=_clearness, default={})
    return numbers_in(best, {"rssi": "rssi", "snr": "snr"})


def first_time(message: Message, stamps: Iterable[tuple[str, object]]) -> int | None:
    """Return the first time that is there, in microseconds since 1970 UTC; None without one.

    Args:
        message: whose mode and arrival decide which times are believed.
        stamps: what the message calls each time, and the time.

    Raises:
        UnreadableTimeError: that time cannot be read or believed.
    """
    for place, stamp in stamps:
        if stamp is None or stamp == "":
            continue
        if not isinstance(stamp, str):
            raise UnreadableTimeError(f"{place} {quoted(stamp)}: expected an RFC 3339 text")
        observed_us = parse_time(stamp)
        if why := objection(observed_us, message.mode, message.received_us):
            raise UnreadableTimeError(why)
        return observed_us
    return None


def numbers_in(document: Mapping[str, object], names: Mapping[str, str]) -> list[tuple[str, float]]:
    """Return the numbers under some keys by the names that ``names`` gives them."""
    found = ((name, document.get(key)) for key, name in names.items())
    return [
        (name, float(value))
        for name, value in found
        if isinstance(value, int | float) and not isinstance(value, bool)
    ]


def _clearness(reception: dict[str, object]) -> tuple[float, float]:
    return _or_zero(reception.get("snr")), _or_zero(reception.get("rssi"))


def _or_zero(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
