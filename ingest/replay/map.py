"""The replay map: which column is what, and which of our quantities the source's words mean."""

import tomllib
from collections.abc import Iterable, Mapping
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    FiniteFloat,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_core import ErrorDetails

from data.reference import entity_classes, quantities
from ingest.replay.clock import Zone, is_pattern
from twin.model import Statistic

_PERIOD_LIMIT_S = 366 * 86_400


class ReplayMapError(ValueError):
    """A replay map with mistakes. Correct every one of ``mistakes``, then replay again."""

    def __init__(self, mistakes: Iterable[str]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("; ".join(self.mistakes))


class MapPart(BaseModel):
    """A table of a replay map: frozen, and it refuses fields that it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Column(MapPart):
    """Where a value comes from: a column of the file, or one text for every row."""

    name: str = ""
    fixed: str = ""


def _as_column(written: object) -> Column:
    match written:
        case Column():
            return written
        case str() if written:
            return Column(name=written)
        case {"fixed": str(text), **others} if not others:
            return Column(fixed=text)
    raise ValueError(f'column {written!r}: expected its heading or {{fixed = "text"}}')


def _known_quantity(code: str) -> str:
    if code not in quantities():
        raise ValueError(f"quantity {code!r}: expected one of quantities.csv, e.g. 'level'")
    return code


def _known_class(code: str) -> str:
    if code not in entity_classes():
        raise ValueError(f"entity class {code!r}: expected four digits of classes.csv, e.g. '8501'")
    return code


def _known_statistic(written: object) -> Statistic:
    if isinstance(written, str) and written in set(Statistic):
        return Statistic(written)
    raise ValueError(f"statistic {written!r}: expected one of {', '.join(Statistic)}")


def _known_encoding(name: str) -> str:
    try:
        "".encode(name)
    except LookupError:
        raise ValueError(f"encoding {name!r}: expected one that Python knows, e.g. 'gbk'") from None
    return name


Source = Annotated[Column, BeforeValidator(_as_column)]
EntityClassCode = Annotated[str, AfterValidator(_known_class)]


class Columns(MapPart):
    """What the columns are.

    Attributes:
        station: whose reading it is.
        station_name: how people call it.
        quantity: the source's word for the quantity.
        unit: the source's word for the unit.
        channel: the source's own qualifier.
        time: heading of the time column.
        value: heading of the value column.
    """

    station: Source
    station_name: Source = Column()
    quantity: Source
    unit: Source = Column()
    channel: Source = Column()
    time: Annotated[str, Field(min_length=1)]
    value: Annotated[str, Field(min_length=1)]


class TimeFormat(MapPart):
    """How times are written.

    Attributes:
        format: ``rfc3339`` or a pattern of strptime, e.g. ``%d/%m/%Y %H:%M``.
        zone: of times that name none: ``+08:00``, ``Z`` or a name such as ``Asia/Shanghai``.
    """

    format: Annotated[str, AfterValidator(is_pattern)] = "rfc3339"
    zone: Zone = "+08:00"


class QuantityRow(MapPart):
    """What the source's words mean; our value is ``factor`` x value + ``offset``.

    Attributes:
        text: in the quantity column.
        unit: in the unit column.
        quantity: a row of ``quantities.csv``.
        factor: from the source's unit to the stored one.
        offset: in the stored unit.
        statistic: what a value stands for.
        period_s: length of the period in seconds, 0 for an instant.
        stamp: whether the source's time is the period's start or its end.
        entity_class: of stations that measure it, where it is not the map's.
    """

    text: str
    unit: str = ""
    quantity: Annotated[str, AfterValidator(_known_quantity)]
    factor: FiniteFloat = 1.0
    offset: FiniteFloat = 0.0
    statistic: Annotated[Statistic, BeforeValidator(_known_statistic)] = Statistic.INSTANT
    period_s: Annotated[int, Field(ge=0, le=_PERIOD_LIMIT_S)] = 0
    stamp: Literal["start", "end"] = "end"
    entity_class: EntityClassCode | None = None

    @model_validator(mode="after")
    def _whole(self) -> "QuantityRow":
        if self.statistic is Statistic.INSTANT and self.period_s:
            raise ValueError(f"period_s {self.period_s} of an instant: expected a statistic")
        if self.statistic not in {Statistic.INSTANT, Statistic.COUNTER} and not self.period_s:
            raise ValueError(f"statistic '{self.statistic}': expected its period_s")
        return self


class ReplayMap(MapPart):
    """A whole map.

    Attributes:
        format: ``csv`` (quotes as usual) or ``tsv`` (no quotes).
        delimiter: where it is not the format's own.
        encoding: of the files.
        scheme: of the stations' names in the crosswalk, e.g. ``ea-station``.
        county: six digits, for codes of stations that have none yet.
        entity_class: of such stations.
        missing: values that mean that there is none.
        columns: what the columns are.
        time: how times are written.
        quantity: what the source's words mean.
        channels: our channel for the source's, where it shall not stay as it is.
    """

    format: Literal["csv", "tsv"]
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] | None = None
    encoding: Annotated[str, AfterValidator(_known_encoding)] = "utf-8"
    scheme: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=40)]
    county: Annotated[str, Field(pattern=r"^[1-9][0-9]{5}$")]
    entity_class: EntityClassCode = "8501"
    missing: list[str] = [""]
    columns: Columns
    time: TimeFormat = TimeFormat()
    quantity: Annotated[list[QuantityRow], Field(min_length=1)]
    channels: Mapping[str, str] = {}

    @field_validator("quantity")
    @classmethod
    def _each_once(cls, rows: list[QuantityRow]) -> list[QuantityRow]:
        seen: set[tuple[str, str]] = set()
        for row in rows:
            if (row.text, row.unit) in seen:
                raise ValueError(f"{row.text!r} in {row.unit!r} is mapped twice: expected once")
            seen.add((row.text, row.unit))
        return rows

    def station_class(self, quantity: str) -> str:
        """Return the class of a new station that measures a quantity of ours."""
        own = (row.entity_class for row in self.quantity if row.quantity == quantity)
        return next((code for code in own if code), self.entity_class)


def read_map(text: str, origin: str) -> ReplayMap:
    """Read the TOML form.

    Raises:
        ReplayMapError: with a sentence for each mistake; each begins with ``origin``.
    """
    try:
        return ReplayMap.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise ReplayMapError([f"{origin}: not TOML: {error}"]) from error
    except ValidationError as error:
        raise ReplayMapError(f"{origin}: {_sentence(one)}" for one in error.errors()) from error


def _sentence(detail: ErrorDetails) -> str:
    field = ".".join(str(part) for part in detail["loc"])
    match detail["type"]:
        case "missing":
            return f"field {field!r} is missing"
        case "extra_forbidden":
            return f"unknown field {field!r}"
        case "value_error":
            return f"{field}: {detail['ctx']['error']}"
    message = detail["msg"][0].lower() + detail["msg"][1:]
    return f"{field} {detail['input']!r}: {message}"
