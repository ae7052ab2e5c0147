"""The topics of ThingsBoard's MQTT API: which of them carry readings, and of which device."""

import re
from typing import Final, NamedTuple

from ingest.decoders.quoting import quoted
from twin.codes import printable_text
from twin.model import Name

NAMED_TOPICS: Final = "v1/devices/{name}/telemetry or tb/{name}/telemetry"

_GATEWAY = re.compile(
    r"(?:.*/)?v1/gateway/"
    r"(?:(?P<telemetry>telemetry)|connect|disconnect|claim|rpc|attributes(?:/request|/response)?)",
    re.DOTALL,
)
_DEVICE = re.compile(
    r"(?:.*/)?(?:v1/devices|tb)/(?P<name>[^/]*)/"
    r"(?:(?P<telemetry>telemetry)|claim|rpc/.*|attributes(?:/.*)?)",
    re.DOTALL,
)
_NOBODY = "me"


class UnreadableAddressError(ValueError):
    """A topic that names no device. Park the message; have the bridge name its devices."""


class Address(NamedTuple):
    """What a topic says of its payload.

    Attributes:
        has_readings: whether it is telemetry.
        device: who sends; None where the payload of a gateway names its devices.
    """

    has_readings: bool
    device: Name | None


def read_address(topic: str) -> Address:
    """Read a topic; a bridge may have put a prefix before it.

    Raises:
        UnreadableAddressError: another layout, or telemetry of a device that it does not name.
        InvalidTextNameError: the device's name cannot be printed.
    """
    if found := _GATEWAY.fullmatch(topic):
        return Address(found["telemetry"] is not None, None)
    if not (found := _DEVICE.fullmatch(topic)):
        raise UnreadableAddressError(
            f"topic {quoted(topic)}: expected v1/gateway/telemetry, {NAMED_TOPICS}"
        )
    if not found["telemetry"]:
        return Address(has_readings=False, device=None)
    if found["name"] == _NOBODY:
        raise UnreadableAddressError(
            f"topic {quoted(topic)} does not name the device: expected a bridge to publish it as"
            f" {NAMED_TOPICS}"
        )
    return Address(has_readings=True, device=device_of(found["name"]))


def device_of(name: str) -> Name:
    """Return a device by its name in ThingsBoard; blanks and case count.

    Raises:
        InvalidTextNameError: it cannot be printed.
    """
    return Name("thingsboard", printable_text(name))
