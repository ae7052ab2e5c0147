"""Mistakes in what device types say of their commands, found before a command is asked for."""

from data.commands.addressing import MQTT, STATIONS
from data.commands.errors import CommandRefusedError
from data.commands.typed import typed_kinds
from data.reference.device_types import DeviceType


def command_mistakes(name: str, of: DeviceType) -> list[str]:
    """Return a sentence for each command of a type that none of its devices could take.

    Args:
        name: id of the type.
        of: the type.
    """
    protocol = of.protocol if of.protocol in STATIONS else MQTT
    mistakes: list[str] = []
    for command, table in of.commands.items():
        try:
            taken = typed_kinds(of.model_copy(update={"commands": {command: table}}), (protocol,))
        except CommandRefusedError as error:
            mistakes.append(f"device type {name!r}: {error}")
        else:
            if command not in taken:
                mistakes.append(
                    f"device type {name!r}: command {command!r}: expected one that {protocol}"
                    " carries by command_carriage.csv, or its code"
                )
    return mistakes
