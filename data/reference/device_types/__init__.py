"""Types of devices: what a model of a maker sends, how often, and which commands it takes."""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    FiniteFloat,
    StringConstraints,
    ValidationError,
    model_validator,
)
from pydantic_core import ErrorDetails

from data.reference import entity_classes, quantities, units
from data.reference.vocabularies import vocabulary, vocabulary_names
from twin.units import UnknownUnitError

SUFFIX = ".toml"

_LONGEST_MINUTE_INTERVAL_S = 1800
_HOUR_S = 3600
_LONGEST_PERIOD_S = 366 * 86_400
_OTHER_PROTOCOLS = ("json", "mapping")


class DeviceTypeError(ValueError):
    """Files of device types with mistakes. Correct every one of ``mistakes`` and load again."""

    def __init__(self, mistakes: Iterable[str]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("; ".join(self.mistakes))


def _known_quantity(code: str) -> str:
    if code and code not in quantities():
        raise ValueError(f"quantity {code!r}: expected one of quantities.csv, e.g. 'level'")
    return code


def _known_unit(unit: str) -> str:
    if unit and not units().knows(unit):
        raise ValueError(f"unit {unit!r}: expected one of units.csv, e.g. 'mg/L'")
    return unit


def _minute_interval(seconds: int) -> int:
    if not 0 < seconds <= _LONGEST_MINUTE_INTERVAL_S or seconds % 60 or _HOUR_S % seconds:
        raise ValueError(
            f"minute interval of {seconds!r} s: expected whole minutes that divide an hour, "
            "60 to 1800"
        )
    return seconds


def _known_class(code: str) -> str:
    if code not in entity_classes():
        raise ValueError(f"class {code!r}: expected four digits of classes.csv, e.g. '8501'")
    return code


def _known_protocol(name: str) -> str:
    if name not in (known := (*vocabulary_names(), *_OTHER_PROTOCOLS)):
        raise ValueError(f"protocol {name!r}: expected one of {', '.join(known)}")
    return name


Native = Annotated[str, StringConstraints(min_length=1, max_length=120)]
Channel = Annotated[str, StringConstraints(max_length=64, pattern=r"^[^\x00-\x1f\x7f]*$")]
CommandName = Annotated[str, StringConstraints(max_length=64, pattern=r"^[a-z][a-z0-9_]*$")]
StatisticName = Literal["instant", "mean", "min", "max", "sum", "counter"]
MinuteInterval = Annotated[int, AfterValidator(_minute_interval)]


class _Table(BaseModel):
    """A table of such a file: frozen, and it refuses fields that it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Meaning(_Table):
    """What one of a device's own names means; what it leaves out is as the vocabulary says.

    Attributes:
        quantity: a code of quantities.csv; an empty one leaves the value out.
        unit: in which the device sends it, whatever its message says.
        channel: our qualifier of its series.
        statistic: what a value stands for.
        period_s: the length of its period.
        factor: the value is ``factor`` x sent + ``offset``, in ``unit``.
        offset: in ``unit``.
        full_scale: the least and the greatest value that the device can say, in the stored unit.
    """

    quantity: Annotated[str, AfterValidator(_known_quantity)] | None = None
    unit: Annotated[str, AfterValidator(_known_unit)] = ""
    channel: Channel | None = None
    statistic: StatisticName | None = None
    period_s: Annotated[int, Field(ge=0, le=_LONGEST_PERIOD_S)] | None = None
    factor: FiniteFloat = 1.0
    offset: FiniteFloat = 0.0
    full_scale: Annotated[list[FiniteFloat], Field(min_length=2, max_length=2)] | None = None

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if self.quantity and self.unit:
            _fits(self.unit, self.quantity)
        if self.full_scale and self.full_scale[0] >= self.full_scale[1]:
            raise ValueError(f"full_scale {self.full_scale!r}: expected the lesser value first")
        return self

    def overlaid(self, other: "Meaning") -> "Meaning":
        """Return it with what another one says beside it."""
        return self.model_copy(
            update={name: getattr(other, name) for name in other.model_fields_set}
        )


class OwnSettings(_Table):
    """What is special about one device: the property ``device_settings``.

    Attributes:
        minute_interval_s: of HJ 212 minute data (2051), which no message says.
        quantities: what its names mean, by name, over what its type says.
    """

    minute_interval_s: MinuteInterval | None = None
    quantities: Annotated[Mapping[Native, Meaning], Field(max_length=500)] = {}


class DeviceType(OwnSettings):
    """A model of a maker.

    Attributes:
        name_en: how people call such a device.
        name_zh: the same in Chinese.
        maker: who makes it; empty for a kind of device that several make.
        model: what the maker calls it.
        protocol: a vocabulary, or ``json`` or ``mapping`` where messages name our quantities.
        classes: of entities that can be of this type.
        interval_s: expected between its messages.
        low_battery_v: a battery below that is low, in volts.
        commands: what it can be told, by name; each table is read by whoever encodes commands.
        note: for people.
    """

    name_en: Annotated[str, Field(min_length=1)]
    name_zh: Annotated[str, Field(min_length=1)]
    maker: str = ""
    model: str = ""
    protocol: Annotated[str, AfterValidator(_known_protocol)]
    classes: list[Annotated[str, AfterValidator(_known_class)]] = []
    interval_s: Annotated[int, Field(gt=0, le=31_536_000)] | None = None
    low_battery_v: Annotated[FiniteFloat, Field(gt=0, le=1000)] | None = None
    commands: Mapping[CommandName, dict[str, Any]] = {}
    note: str = ""

    @model_validator(mode="after")
    def _names_are_known(self) -> Self:
        if self.minute_interval_s is not None and self.protocol != "hj212":
            raise ValueError(
                f"minute_interval_s {self.minute_interval_s!r} of protocol {self.protocol!r}: "
                "expected protocol 'hj212'"
            )
        for native, meaning in self.quantities.items():
            _check_meaning(self.protocol, native, meaning)
        return self


def shipped_types() -> Mapping[str, DeviceType]:
    """Return the types that ship with the project, by id.

    Raises:
        DeviceTypeError: with all mistakes of all files.
    """
    return _shipped()


def read_types(texts: Iterable[tuple[str, str]]) -> dict[str, DeviceType]:
    """Read files of one type each, as pairs of id and TOML text.

    Raises:
        DeviceTypeError: with all mistakes of all files.
    """
    mistakes: list[str] = []
    found: dict[str, DeviceType] = {}
    for name, text in texts:
        try:
            found[name] = DeviceType.model_validate(tomllib.loads(text))
        except tomllib.TOMLDecodeError as error:
            mistakes.append(f"device type {name!r}: not TOML: {error}")
        except ValidationError as error:
            mistakes += (f"device type {name!r}: {each}" for each in sentences_of(error))
    if mistakes:
        raise DeviceTypeError(mistakes)
    return found


def sentences_of(error: ValidationError) -> Iterator[str]:
    """Yield a sentence for each mistake of a table."""
    return (_sentence(detail) for detail in error.errors())


@cache
def _shipped() -> Mapping[str, DeviceType]:
    found = sorted(files(__name__).iterdir(), key=lambda file: file.name)
    return read_types(
        (file.name.removesuffix(SUFFIX), file.read_text(encoding="utf-8"))
        for file in found
        if file.name.endswith(SUFFIX)
    )


def _check_meaning(protocol: str, native: str, meaning: Meaning) -> None:
    if protocol in _OTHER_PROTOCOLS:
        _check_own_words(protocol, native, meaning)
        return
    term = vocabulary(protocol).get(native)
    quantity = (term.quantity if term else "") if meaning.quantity is None else meaning.quantity
    if not quantity and meaning.quantity is None:
        raise ValueError(f"{native!r}: expected its quantity, {protocol}.csv has none for it")
    if quantity and meaning.unit:
        _fits(meaning.unit, quantity)


def _check_own_words(protocol: str, native: str, meaning: Meaning) -> None:
    if native not in quantities():
        raise ValueError(f"{native!r}: expected one of quantities.csv, as {protocol} names them")
    if said := meaning.model_fields_set - {"full_scale"}:
        raise ValueError(
            f"{native!r}: {', '.join(sorted(said))} of protocol {protocol!r}: "
            "expected full_scale only, its messages say the rest"
        )


def _fits(unit: str, quantity: str) -> None:
    stored = quantities()[quantity].unit
    try:
        units().convert(1.0, unit, stored)
    except UnknownUnitError as error:
        raise ValueError(f"{error} of {quantity}") from error


def _sentence(detail: ErrorDetails) -> str:
    field = ".".join(str(part) for part in detail["loc"] if part != "[key]")
    match detail["type"]:
        case "missing":
            return f"field {field!r} is missing"
        case "extra_forbidden":
            return f"unknown field {field!r}"
        case "value_error":
            return f"{field}: {detail['ctx']['error']}".removeprefix(": ")
    message = detail["msg"][0].lower() + detail["msg"][1:]
    return f"{field} {detail['input']!r}: {message}"
