"""SenML names: which part is the device, which the measurement (RFC 8428, 4.5.1; RFC 9039)."""

import re
from functools import lru_cache
from typing import Final

from ingest.decoders.quoting import quoted

MAX_NAME_CHARS: Final = 200

_NAME = re.compile(r"[A-Za-z0-9][-A-Za-z0-9:./_]*")
_SEPARATORS = "-:/._"
_PATH = re.compile(r"[:/]")
# RFC 9039: the parts of a device are named after an underscore.
_DEVICE_URN = re.compile(
    r"(?P<device>urn:(?:dev:[a-z]+|uuid):[^:/_]+)(?:_(?P<part>[^:/]+))?", re.IGNORECASE
)
_URN_START = re.compile(r"urn:(?:dev:(?:[a-z]+:)?|uuid:)?", re.IGNORECASE)
_HARDWARE_ADDRESS = r"(?:[0-9A-F]{2}:){5}(?:[0-9A-F]{2}:){0,2}[0-9A-F]{2}"
_IP_ADDRESS = r"(?:[0-9A-F]{1,4}:){7}[0-9A-F]{1,4}|(?=.*::)[0-9A-F:]{3,39}"
_ADDRESS = re.compile(f"{_HARDWARE_ADDRESS}|{_IP_ADDRESS}", re.IGNORECASE)


class BadNameError(ValueError):
    """A name that SenML does not allow. Park the record."""


@lru_cache(maxsize=1 << 14)
def split_name(base: str, own: str) -> tuple[str, str]:
    """Return device and measurement of a base name and a name; the latter may be empty.

    Raises:
        BadNameError: together they are empty, too long, or of characters that SenML lacks.
    """
    whole = base + own
    if len(whole) > MAX_NAME_CHARS or not _NAME.fullmatch(whole):
        raise BadNameError(
            f"name {quoted(whole)}: expected 1 to {MAX_NAME_CHARS} letters, digits and -:./_,"
            " a letter or digit first"
        )
    if _ADDRESS.fullmatch(whole):
        return whole, ""
    device, measurement = base.rstrip(_SEPARATORS), own.lstrip(_SEPARATORS)
    if device and measurement and not _PATH.search(own) and not _URN_START.fullmatch(base):
        return device, measurement
    return _split_whole(whole.rstrip(_SEPARATORS))


def _split_whole(whole: str) -> tuple[str, str]:
    if found := _DEVICE_URN.fullmatch(whole):
        return found["device"], found["part"] or ""
    if _ADDRESS.fullmatch(whole):
        return whole, ""
    at = max(whole.rfind(":"), whole.rfind("/"))
    return (whole[:at].rstrip(_SEPARATORS), whole[at + 1 :]) if at >= 0 else (whole, "")
