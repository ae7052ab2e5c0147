"""What the columns of a recording are: told by options, or found by their usual names."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from data.reference import quantities, units
from twin.units import UnknownUnitError

TIME_NAMES = (
    "time",
    "timestamp",
    "datetime",
    "observed_at",
    "date_time",
    "datetimeutc",
    "ts",
    "date",
)
_NAMES: Mapping[str, tuple[str, ...]] = {
    "time": TIME_NAMES,
    "value": ("value",),
    "entity": ("entity", "stationreference", "station", "device"),
    "quantity": ("quantity",),
    "quality": ("quality",),
    "channel": ("channel", "qualifier"),
}
_FIXED = frozenset({"quantity", "entity", "class", "channel", "statistic", "period", "zone"})
_OWN = "property."


class RecordingError(ValueError):
    """A recording that cannot be read, or options that do not fit it. Correct what is named."""


class Meaning(NamedTuple):
    """What values are.

    Attributes:
        quantity: a code of ``quantities.csv``.
        unit: in which they are written; empty for the stored one.
    """

    quantity: str
    unit: str = ""

    @classmethod
    def parse(cls, text: str) -> "Meaning":
        """Read ``quantity`` or ``quantity@unit``.

        Raises:
            RecordingError: there is no such quantity, or the unit does not fit it.
        """
        code, _, unit = text.partition("@")
        if code not in quantities():
            raise RecordingError(f"quantity {code!r}: expected one of quantities.csv, e.g. 'level'")
        found = cls(code, unit)
        found.factors()
        return found

    def factors(self) -> tuple[float, float]:
        """Return factor and summand that lead to the stored unit."""
        stored = quantities()[self.quantity].unit
        try:
            zero, one = (
                units().convert(value, self.unit or stored, stored) for value in (0.0, 1.0)
            )
        except UnknownUnitError as error:
            raise RecordingError(f"unit {self.unit!r} of {self.quantity}: {error}") from error
        return one - zero, zero


class Columns(NamedTuple):
    """Which column has which role, and what is the same for all rows.

    Attributes:
        roles: column by ``time``, ``value``, ``entity``, ``quantity``, ``quality``, ``channel``,
            ``label``.
        wide: column by what its values are, where a row has several.
        fixed: value by ``quantity``, ``entity``, ``class``, ``channel``, ``statistic``,
            ``period`` (seconds) or ``zone``.
        properties: of every entity, limits of its own among them.
    """

    roles: Mapping[str, str]
    wide: Mapping[Meaning, str]
    fixed: Mapping[str, str]
    properties: Mapping[str, object]


def told_columns(columns: Iterable[str], fixed: Iterable[str]) -> Columns:
    """Return what options say.

    Args:
        columns: ``role=column``; instead of a role stands a quantity where rows have several.
        fixed: ``name=value`` for all rows; ``property.name=number`` for limits of an entity's own.

    Raises:
        RecordingError: one of them has another form, or a name that there is not.
    """
    roles: dict[str, str] = {}
    wide: dict[Meaning, str] = {}
    for name, column in map(_pair, columns):
        if name in _NAMES or name == "label":
            roles[name] = column
        else:
            wide[Meaning.parse(name)] = column
    same: dict[str, str] = {}
    own: dict[str, object] = {}
    for name, value in map(_pair, fixed):
        if name.startswith(_OWN):
            own[name.removeprefix(_OWN)] = _number(name, value)
        elif name in _FIXED:
            same[name] = value
        else:
            expected = ", ".join([*sorted(_FIXED), f"{_OWN}NAME"])
            raise RecordingError(f"fixed {name!r}: expected one of {expected}")
    return Columns(roles, wide, same, own)


def find_columns(told: Columns, header: list[str]) -> Columns:
    """Return the columns of a file: those told, which it must have, and those of usual names.

    Raises:
        RecordingError: one that was told or is needed is not there.
    """
    for column in [*told.roles.values(), *told.wide.values()]:
        if column not in header:
            raise RecordingError(f"column {column!r}: expected one of {', '.join(header)}")
    by_name = {name.strip().lower(): name for name in reversed(header)}
    roles = {
        role: next((by_name[name] for name in names if name in by_name), "")
        for role, names in _NAMES.items()
        if role not in told.fixed
    }
    roles = {role: column for role, column in roles.items() if column} | dict(told.roles)
    found = told._replace(roles=roles)
    _check(found, header)
    return found


def _check(found: Columns, header: list[str]) -> None:
    listed = ", ".join(header)
    if "time" not in found.roles:
        raise RecordingError(f"columns {listed}: expected one for the time, told as time=COLUMN")
    if found.wide:
        return
    if "value" not in found.roles:
        raise RecordingError(f"columns {listed}: expected one for the value, told as value=COLUMN")
    if "quantity" not in found.roles and "quantity" not in found.fixed:
        raise RecordingError(f"columns {listed}: expected a quantity, told as fixed quantity=CODE")


def _pair(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not (name and sign and value):
        raise RecordingError(f"option {text!r}: expected NAME=VALUE")
    return name, value


def _number(name: str, value: str) -> float:
    try:
        return float(value)
    except ValueError:
        raise RecordingError(f"{name} {value!r}: expected a number") from None
