"""Who a reading is of, as people and programs write it: an entity code, or a name in a scheme."""

import re
from typing import Final

from ingest.decoders.quoting import is_storable, quoted
from twin.codes import EntityCode, InvalidEntityCodeError
from twin.model import Name

MAX_NAME_CHARS: Final = 200

_CODE = re.compile(r"[1-9][0-9]{15}")
_EXPECTED = 'expected an entity code, or {"scheme": "hj212", "value": "…"}'


class UnreadableDeviceError(ValueError):
    """What names no device. Write its 16 digits, or scheme and value of one of its names."""


def device_of(said: object) -> Name:
    """Read the device of a JSON object: a code, or an object of scheme and value.

    Raises:
        UnreadableDeviceError: it is neither.
    """
    if isinstance(said, str):
        return Name("code", _code(said))
    if isinstance(said, int) and not isinstance(said, bool):
        raise UnreadableDeviceError(
            f"device {quoted(said)}: expected its code in quotes, as a text"
        )
    if not isinstance(said, dict):
        raise UnreadableDeviceError(f"device {quoted(said)}: {_EXPECTED}")
    scheme, value = said.get("scheme"), said.get("value")
    if len(said) != len(("scheme", "value")) or not _is_name(scheme) or not _is_name(value):
        raise UnreadableDeviceError(f"device of other members: {_EXPECTED}")
    return _name(str(scheme), str(value))


def device_in(text: str) -> Name:
    """Read the device of a CSV cell: a code, or ``scheme:value``.

    Raises:
        UnreadableDeviceError: it is neither.
    """
    scheme, colon, value = text.partition(":")
    if not colon:
        return Name("code", _code(text))
    if not _is_name(scheme) or not _is_name(value):
        raise UnreadableDeviceError(
            f"device {quoted(text)}: expected an entity code, or scheme:value"
        )
    return _name(scheme, value)


def _name(scheme: str, value: str) -> Name:
    return Name(scheme, _code(value) if scheme == "code" else value)


def _is_name(said: object) -> bool:
    return isinstance(said, str) and said != "" and is_storable(said, MAX_NAME_CHARS)


def _code(text: str) -> str:
    if _CODE.fullmatch(text):
        return text
    try:
        return str(EntityCode.parse_printed(text[:MAX_NAME_CHARS]))
    except InvalidEntityCodeError as error:
        raise UnreadableDeviceError(str(error)) from error
