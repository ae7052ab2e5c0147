"""Devices that announced themselves by Home Assistant's discovery: what they are and would say."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from data.reference import quantities, units
from data.reference.vocabularies import vocabulary
from ingest.decoders.homeassistant.decoder import DEVICE_SCHEME, READ, VOCABULARY, native_name
from ingest.decoders.homeassistant.discovery import Discovered, read_discovery
from ingest.decoders.quoting import quoted
from twin.model import Fault, Message, Name
from twin.units import UnknownUnitError


class DiscoveredValue(NamedTuple):
    """One value that a device announced.

    Attributes:
        channel: of its series: the unique id.
        native: what the device calls it.
        unit: as announced.
        quantity: as which it is stored; empty where it is not.
        why_not: why it is not stored, as a sentence; empty where it is.
        state_topic: where it comes.
    """

    channel: str
    native: str
    unit: str
    quantity: str
    why_not: str
    state_topic: str


class DiscoveredDevice(NamedTuple):
    """A device.

    Attributes:
        name: by which the decoder ``homeassistant`` calls it.
        called: what people call it; empty where it does not say.
        maker: who makes it.
        model: what the maker calls it.
        values: what it announced, in the order of their channels.
    """

    name: Name
    called: str
    maker: str
    model: str
    values: tuple[DiscoveredValue, ...]

    @property
    def stored(self) -> list[str]:
        """The quantities that are stored of it, each once."""
        return list(dict.fromkeys(one.quantity for one in self.values if one.quantity))

    @property
    def topics(self) -> list[str]:
        """Where its values come, each once."""
        return list(dict.fromkeys(one.state_topic for one in self.values if one.state_topic))


class Discovery(NamedTuple):
    """What announcements came to: devices by name, and sentences on what could not be read."""

    devices: list[DiscoveredDevice]
    problems: list[str]


def discovered_devices(announcements: Iterable[Message]) -> Discovery:
    """Return the devices of announcements, one for each first identifier."""
    found: dict[str, list[Discovered]] = {}
    problems: list[str] = []
    for message in announcements:
        read = read_discovery(message)
        if isinstance(read, Fault):
            problems.append(f"{quoted(message.topic)}: {read.sentence}")
        elif read is not None:
            found.setdefault(read.device, []).append(read)
    return Discovery([_device(name, found[name]) for name in sorted(found)], problems)


def _device(name: str, entities: list[Discovered]) -> DiscoveredDevice:
    def first(field: str) -> str:
        return next((said for one in entities if (said := str(getattr(one, field)))), "")

    entities.sort(key=lambda one: (one.unique_id, one.topic))
    return DiscoveredDevice(
        Name(DEVICE_SCHEME, name),
        first("device_name") or first("name"),
        first("maker"),
        first("model"),
        tuple(map(_value, entities)),
    )


def _value(entity: Discovered) -> DiscoveredValue:
    native = native_name(entity)
    unit = units().canonical(entity.unit)
    quantity, why_not = _meaning(entity, native, unit)
    return DiscoveredValue(entity.unique_id, native, unit, quantity, why_not, entity.state_topic)


def _meaning(entity: Discovered, native: str, unit: str) -> tuple[str, str]:
    """Return the quantity of an entity, or why it has none."""
    if entity.component not in READ or not entity.state_topic:
        return "", "it is no state that is read"
    if entity.not_understood:
        return "", entity.not_understood
    term = _words().get(native)
    if term is None:
        return "", f"{VOCABULARY}.csv does not have it: {_settings_say(unit)}"
    if not term:
        return "", f"{VOCABULARY}.csv has no quantity for it: {_settings_say(unit)}"
    return (term, "") if _fits(unit, term) else ("", f"unit {unit!r}: expected one of {term}")


def _words() -> Mapping[str, str]:
    return {native: term.quantity for native, term in vocabulary(VOCABULARY).items()}


def _settings_say(unit: str) -> str:
    candidates = [code for code in quantities() if unit and _fits(unit, code)]
    among = f", one of {', '.join(candidates)}" if candidates else ""
    return f"device_settings may say which it is{among}"


def _fits(unit: str, quantity: str) -> bool:
    stored = quantities()[quantity].unit
    try:
        units().convert(1.0, unit or stored, stored)
    except UnknownUnitError:
        return False
    return True
