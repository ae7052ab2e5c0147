"""Shelly from generation 2 on: components and their status (Shelly API docs, "Notifications")."""

import re
from collections.abc import Mapping
from typing import Final

from ingest.decoders.documents import UnreadableDocumentError
from ingest.decoders.household.collecting import Collection
from ingest.decoders.household.payloads import (
    believed,
    index_channel,
    leaves,
    number_of,
    parse_object,
)
from ingest.decoders.quoting import quoted
from ingest.decoders.times import UnreadableTimeError
from twin.model import (
    Check,
    Decoded,
    FaultReason,
    Grade,
    Message,
    Name,
    Statistic,
    quality,
)

NOTIFICATIONS: Final = "/events/rpc"

_STATUS_METHODS: Final = frozenset({"NotifyStatus", "NotifyFullStatus"})
# What the device says of itself; its connections and its clock are no measurements.
_OF_THE_DEVICE: Final = frozenset({
    "ble", "bthome", "cloud", "eth", "ht_ui", "knx", "matter", "modbus", "mqtt", "plugs_ui",
    "script", "sys", "ui", "ws",
})  # fmt: skip
_COMPONENT = re.compile(r"(?P<kind>[A-Za-z0-9_]{1,32})(?::(?P<id>\d{1,9}))?", re.ASCII)
# The meters em and emdata hold three phases and the neutral in one component.
_PHASE = re.compile(r"(?P<phase>[abcn])_(?P<name>.+)", re.DOTALL)
_METERS: Final = frozenset({"em", "emdata"})
_COUNTERS: Final = frozenset({
    "aenergy.total", "counts.total", "ret_aenergy.total", "total_act", "total_act_energy",
    "total_act_ret", "total_act_ret_energy",
})  # fmt: skip
# Numbers that name or date a value.
_NO_VALUES: Final = frozenset({"id", "minute_ts", "timer_started_at", "ts"})
_FAILED: Final = ("read", "out_of_range", "power_meter_failure")
_DISTRUSTED: Final = quality(Grade.UNRELIABLE, Check.DEVICE_FLAG)
_MAX_EPOCH_S: Final = 1e12


def read_notification(prefix: str, message: Message, vocabulary: str) -> Decoded:
    """Read a NotifyStatus or NotifyFullStatus; other frames hold no readings.

    Raises:
        UnreadableDocumentError: not JSON, not an object, or a status without parameters.
        UnreadableTimeError: its ``ts`` cannot be believed.
    """
    if not message.payload:
        return Decoded()
    frame = parse_object(message.payload)
    method = frame.get("method")
    if not isinstance(method, str):
        raise UnreadableDocumentError(
            FaultReason.UNDECODABLE, f"method {quoted(method)}: expected e.g. NotifyStatus"
        )
    if method not in _STATUS_METHODS:
        return Decoded()
    components = frame.get("params")
    if not isinstance(components, dict):
        raise UnreadableDocumentError(
            FaultReason.UNDECODABLE, f"params is {quoted(components)}: expected components"
        )
    found = Collection(vocabulary, Name("mqtt", prefix), _time(components.get("ts"), message))
    for key, status in components.items():
        if isinstance(status, dict):
            _collect(key, status, found)
        elif key != "ts" and status is not None:
            found.tell_unread(key, quoted(status), "a component")
    return found.decoded()


def read_status(prefix: str, component: str, message: Message, vocabulary: str) -> Decoded:
    """Read what ``{prefix}/status/{component}`` says; it has no time.

    Raises:
        UnreadableDocumentError: not JSON, or not an object.
    """
    if not message.payload:
        return Decoded()
    found = Collection(vocabulary, Name("mqtt", prefix), None)
    _collect(component, parse_object(message.payload), found)
    return found.decoded()


def _collect(key: str, status: Mapping[str, object], found: Collection) -> None:
    if not (component := _COMPONENT.fullmatch(key)):
        found.faults.add(
            FaultReason.BAD_VALUE, f"component {quoted(key)}: expected a name such as switch:0"
        )
        return
    kind = component["kind"]
    if kind in _OF_THE_DEVICE:
        return
    flags = _flags(status.get("errors"))
    for path, value in leaves(status):
        if path[-1] in _NO_VALUES or (path[-1] == "tF" and "tC" in _beside(status, path)):
            continue
        number = number_of(value)
        if number is not None:
            name, phase = _named(kind, ".".join(path))
            channel = index_channel(component["id"] or "", phase)
            found.add(f"{kind}.{name}", number, "", channel, _statistic(name), flags)
        elif isinstance(value, dict):
            found.tell_unread(f"{key}.{'.'.join(path)}", quoted(value), "a value")


def _named(kind: str, name: str) -> tuple[str, str]:
    if kind in _METERS and (found := _PHASE.fullmatch(name)):
        return found["name"], found["phase"]
    return name, ""


def _beside(status: Mapping[str, object], path: tuple[str, ...]) -> Mapping[str, object]:
    """Return the object in which the value at ``path`` stands."""
    here: object = status
    for key in path[:-1]:
        here = here[key] if isinstance(here, dict) else {}
    return here if isinstance(here, dict) else {}


def _statistic(name: str) -> Statistic:
    return Statistic.COUNTER if name in _COUNTERS else Statistic.INSTANT


def _flags(errors: object) -> int:
    """Return the bits of a component that says that its own sensor has failed."""
    said = errors if isinstance(errors, list) else []
    failed = any(isinstance(one, str) and one.startswith(_FAILED) for one in said)
    return _DISTRUSTED if failed else 0


def _time(stamp: object, message: Message) -> int | None:
    if stamp is None:
        return None
    number = stamp if isinstance(stamp, int | float) and not isinstance(stamp, bool) else None
    if number is None or abs(number) > _MAX_EPOCH_S:
        raise UnreadableTimeError(f"ts {quoted(stamp)}: expected seconds since 1970")
    return believed(round(number * 1_000_000), message)
