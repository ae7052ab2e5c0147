"""Which device a command is for, how it is reached, and which commands it takes."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import psycopg

from data.commands.errors import CommandRefusedError
from data.commands.kinds import CommandKind, command_kinds
from data.commands.typed import typed_kinds
from data.reference import entity_classes
from data.reference.device_types import DeviceType
from data.registry.errors import EntityRetiredError, EntityUnknownError

Connection = psycopg.Connection[tuple[Any, ...]]

MQTT: Final = "mqtt"
"""Our own topics, where a device is named by its entity code."""

STATIONS: Final = ("hj212", "sl651")
"""Protocols of stations that hold a connection to us."""

SPARKPLUG: Final = "sparkplug"
"""Edge nodes and their devices, which are written to by the metrics of their births."""

_UNREACHED: Final = ("deveui", "thingsboard")
"""Devices with such a name do not listen to our own topics."""

_DEVICE = """
    SELECT e.class_code, e.retired, coalesce(e.properties ->> 'device_type', ''),
           ARRAY(SELECT n.scheme || ' ' || n.value FROM entity_name n
                 WHERE n.code = e.code AND n.scheme = ANY (%s) AND n.superseded_in IS NULL
                 AND n.valid @> now() ORDER BY n.id)
    FROM entity e WHERE e.code = %s"""


class Addressee(NamedTuple):
    """A device that commands can be for.

    Attributes:
        code: its entity code.
        addresses: what each protocol that reaches it calls it, the preferred one first.
        kinds: the commands that it takes, by name.
    """

    code: int
    addresses: Mapping[str, str]
    kinds: Mapping[str, CommandKind]

    def kind(self, name: str) -> CommandKind:
        """Return a command that it takes.

        Raises:
            CommandRefusedError: it does not take it.
        """
        if name not in self.kinds:
            expected = ", ".join(sorted(self.kinds)) or "none, for nothing carries any to it"
            raise CommandRefusedError(
                f"command {name[:60]!r} to device {self.code}: expected {expected}"
            )
        return self.kinds[name]


def read_addressee(connection: Connection, code: int, types: Mapping[str, DeviceType]) -> Addressee:
    """Return the device of a code.

    Args:
        connection: to the store.
        code: of the device.
        types: of devices, by id; a device of one takes the commands that its type names.

    Raises:
        EntityUnknownError: the register does not have it.
        EntityRetiredError: it is retired.
        CommandRefusedError: it is no device.
    """
    found = connection.execute(_DEVICE, ([*STATIONS, SPARKPLUG, *_UNREACHED], code)).fetchone()
    if found is None:
        raise EntityUnknownError(f"entity {code}: not in the register")
    klass, retired, device_type, names = found
    known = entity_classes().get(klass)
    if known is None or known.role not in {"device", "camera"}:
        called = known.name_en if known else f"of class {klass}"
        raise CommandRefusedError(f"entity {code} is a {called}: expected a device")
    if retired:
        raise EntityRetiredError(f"device {code} is retired: expected one in use")
    addresses = _addresses(code, [name.partition(" ") for name in names])
    protocols = tuple(addresses)
    if device_type in types:
        return Addressee(code, addresses, typed_kinds(types[device_type], protocols))
    return Addressee(code, addresses, command_kinds(klass, protocols))


def _addresses(code: int, names: list[tuple[str, str, str]]) -> dict[str, str]:
    reached = {*STATIONS, SPARKPLUG}
    addresses = {scheme: value for scheme, _, value in reversed(names) if scheme in reached}
    if addresses:
        return addresses
    return {} if names else {MQTT: str(code)}
