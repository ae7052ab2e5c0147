"""The commands that there are, their parameters, and how each protocol carries them."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple

from data.commands.errors import CommandRefusedError
from data.commands.parameters import ParameterKind, Value
from data.reference.tables import table_rows

_SHOWN = 60
_MOST_SHOWN = 10
_EVERY_CLASS = "*"


class WantedState(NamedTuple):
    """The state that a device shall be in once a command is executed.

    Attributes:
        name: a quantity, or what the device's answers call it.
        value: what it shall be.
        unit: of a number.
        tolerance: by which a reported number may differ.
    """

    name: str
    value: Value
    unit: str
    tolerance: float


class CommandKind(NamedTuple):
    """A command as a device takes it.

    Attributes:
        name: of the command.
        kind: actuator, setting or query.
        second_person: whether another person must approve.
        answer_s: seconds that the device has to answer.
        execute_s: seconds that it has to execute what it accepted.
        state: name of the state that it changes; empty for none.
        state_value: what that state shall be; None for the value of the one parameter.
        tolerance: by which a reported number may differ.
        name_en: for people.
        name_zh: for people.
        parameters: all of them are needed.
        protocol: that carries it.
        carriage: what the protocol needs to know: code, items.
    """

    name: str
    kind: str
    second_person: bool
    answer_s: int
    execute_s: int
    state: str
    state_value: Value | None
    tolerance: float
    name_en: str
    name_zh: str
    parameters: tuple[ParameterKind, ...] = ()
    protocol: str = ""
    carriage: Mapping[str, Any] = {}

    def checked(self, given: Mapping[str, object]) -> dict[str, Value]:
        """Return the parameters of this command.

        Raises:
            CommandRefusedError: one is missing, unknown, or has a value that it cannot have.
        """
        named = {parameter.name: parameter for parameter in self.parameters}
        if set(given) != set(named):
            shown = ", ".join(repr(name)[:_SHOWN] for name in list(given)[:_MOST_SHOWN]) or "none"
            expected = ", ".join(named) or "none"
            raise CommandRefusedError(
                f"parameters of command {self.name!r}: {shown}, expected {expected}"
            )
        return {name: named[name].checked(value) for name, value in given.items()}

    def wanted(self, parameters: Mapping[str, Value]) -> tuple[WantedState, ...]:
        """Return the states that the device shall be in after it."""
        if not self.state:
            return ()
        told = [one for one in self.parameters if not self._is_placed(one)]
        places = [str(parameters[one.name]) for one in self.parameters if self._is_placed(one)]
        name = ".".join([self.state, *places])
        if self.state_value is not None or len(told) != 1:
            value = self.state_value
            return () if value is None else (WantedState(name, value, "", self.tolerance),)
        value = parameters[told[0].name]
        return (WantedState(name, value, told[0].unit, self.tolerance),)

    def _is_placed(self, parameter: ParameterKind) -> bool:
        """Whether a parameter says which part is meant, and not what it shall do."""
        return f"{{{parameter.name}}}" in str(self.carriage.get("metric", ""))


def command_kinds(klass: str, protocols: tuple[str, ...]) -> dict[str, CommandKind]:
    """Return the commands that a device of a class takes where its type says nothing else.

    Args:
        klass: four digits.
        protocols: over which it is reached, the preferred one first.
    """
    return {
        name: kind
        for protocol in reversed(protocols)
        for (name, carried), kind in known_kinds().items()
        if carried == protocol and _classes()[name] & {klass, _EVERY_CLASS}
    }


@cache
def known_kinds() -> Mapping[tuple[str, str], CommandKind]:
    """Return the commands of the tables by name and protocol."""
    kinds = {row[0]: _kind(row) for row in table_rows("commands.csv")}
    return {
        (name, protocol): kinds[name]._replace(
            parameters=_parameters(name, protocol), protocol=protocol, carriage=carriage
        )
        for (name, protocol), carriage in _carriages().items()
    }


@cache
def _classes() -> Mapping[str, frozenset[str]]:
    return {row[0]: frozenset(row[2].split()) for row in table_rows("commands.csv")}


def _kind(row: list[str]) -> CommandKind:
    name, kind, _, second, answer_s, execute_s, state, value, tolerance, name_en, name_zh = row
    return CommandKind(
        name,
        kind,
        second == "1",
        int(answer_s),
        int(execute_s),
        state,
        _state_value(value),
        float(tolerance),
        name_en,
        name_zh,
    )


def _state_value(text: str) -> Value | None:
    words: Mapping[str, Value | None] = {"": None, "true": True, "false": False}
    return words[text] if text in words else float(text)


def _carriages() -> Mapping[tuple[str, str], Mapping[str, str]]:
    rows = table_rows("command_carriage.csv")
    return {
        (name, protocol): {"code": code, "items": items} for name, protocol, code, items, *_ in rows
    }


def _parameters(name: str, protocol: str) -> tuple[ParameterKind, ...]:
    return tuple(_parameter(row) for row in _parameter_rows(name) if protocol in row[1].split())


def _parameter_rows(name: str) -> Iterator[list[str]]:
    return (row for row in table_rows("command_parameters.csv") if row[0] == name)


def _parameter(row: list[str]) -> ParameterKind:
    _, _, name, kind, unit, low, high, choices = row
    return ParameterKind(
        name,
        kind,
        unit,
        float(low) if low else None,
        float(high) if high else None,
        tuple(choices.split("|")) if choices else (),
    )
