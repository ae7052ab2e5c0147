"""``[[mappings]]`` of ``citytwin.toml``: whose messages they are, and what is what in them."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Final, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    FiniteFloat,
    StringConstraints,
    model_validator,
)

from data.reference import quantities, units
from ingest.config import SourceConfig
from ingest.mapping.expressions import Expression
from ingest.mapping.topics import Topic, names_in, pattern_of
from ingest.replay.clock import Zone, is_pattern
from twin.codes import InvalidIdentifierError, parse_in
from twin.codes.schemes import UnknownSchemeError
from twin.model import Mode, Statistic
from twin.units import UnknownUnitError

PREFIX: Final = "mapping:"
"""Begins the names of the sources and decoders that mappings become."""

EPOCHS: Final[Mapping[str, int]] = {"epoch_s": 1_000_000, "epoch_ms": 1_000, "epoch_us": 1}
"""Formats of times that are numbers since 1970 UTC, and their microseconds."""

MAX_CHANNEL_CHARS: Final = 64

_LONGEST_PERIOD_S: Final = 366 * 86_400


def _known_scheme(scheme: str) -> str:
    try:
        parse_in(scheme, "x")
    except UnknownSchemeError as error:
        raise ValueError(str(error)) from error
    except InvalidIdentifierError:
        return scheme
    return scheme


def _known_quantity(code: str) -> str:
    if code not in quantities():
        raise ValueError(f"quantity {code!r}: expected one of quantities.csv, e.g. 'level'")
    return code


def _known_statistic(written: object) -> Statistic:
    if isinstance(written, str) and written in set(Statistic):
        return Statistic(written)
    raise ValueError(f"statistic {written!r}: expected one of {', '.join(Statistic)}")


def _known_format(text: str) -> str:
    return text if text in EPOCHS else is_pattern(text)


Found = Annotated[Expression, BeforeValidator(Expression.of)]
ChannelText = Annotated[
    str, StringConstraints(max_length=MAX_CHANNEL_CHARS, pattern=r"^[^\x00-\x1f\x7f]*$")
]


class _Table(BaseModel):
    """A table of a mapping: frozen, and it refuses fields that it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


class MappedDevice(_Table):
    """Who speaks: an expression finds its name, or the topic holds it.

    Attributes:
        scheme: of its name; ``code`` for entity codes.
        expression: finds the name.
        text: the name, with levels of the topic in braces: ``PS-{station}``.
    """

    scheme: Annotated[str, AfterValidator(_known_scheme)]
    expression: Found | None = None
    text: str = ""

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.expression is None) == (not self.text):
            raise ValueError("expected expression or text, one of the two")
        return self


class MappedTime(_Table):
    """When it was observed.

    Attributes:
        expression: finds the time.
        format: ``rfc3339``, ``epoch_s``, ``epoch_ms``, ``epoch_us`` or a pattern of strptime.
        zone: of times that name none.
    """

    expression: Found
    format: Annotated[str, AfterValidator(_known_format)] = "rfc3339"
    zone: Zone = "+08:00"


class MappedReading(_Table):
    """One quantity.

    Attributes:
        expression: finds the value: a number, true or false, or a word of ``values``.
        quantity: a code of quantities.csv.
        unit: in which it is sent; the stored unit where none is said.
        channel: our qualifier of its series; levels of the topic may stand in braces.
        statistic: what a value stands for.
        period_s: the length of its period; the time is its end.
        values: numbers for what is sent as words.
    """

    expression: Found
    quantity: Annotated[str, AfterValidator(_known_quantity)]
    unit: str = ""
    channel: ChannelText = ""
    statistic: Annotated[Statistic, BeforeValidator(_known_statistic)] = Statistic.INSTANT
    period_s: Annotated[int, Field(ge=0, le=_LONGEST_PERIOD_S)] = 0
    values: Mapping[str, FiniteFloat] = {}

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        stored = quantities()[self.quantity].unit
        try:
            units().convert(1.0, self.unit or stored, stored)
        except UnknownUnitError as error:
            raise ValueError(f"{error} of {self.quantity}") from error
        if self.statistic is Statistic.INSTANT and self.period_s:
            raise ValueError(f"period_s {self.period_s} of an instant: expected a statistic")
        if self.statistic not in {Statistic.INSTANT, Statistic.COUNTER} and not self.period_s:
            raise ValueError(f"statistic '{self.statistic}': expected its period_s")
        return self


class MappingConfig(_Table):
    """What the JSON of some topics means.

    Attributes:
        name: of the mapping; parked messages and metrics name it.
        topics: that it takes; levels can have names: ``plant/{station}/data``.
        mode: of all its messages.
        device_rate_per_s: messages/s that one of its topics may carry for long, as of a gateway;
            None as for all others, 0 without limit.
        device: who speaks.
        time: when; the arrival where it is absent.
        each: finds a list, whose items are read one by one.
        readings: what is in it.
    """

    name: Annotated[str, Field(min_length=1, max_length=64)]
    topics: Annotated[list[Topic], Field(min_length=1)]
    mode: Mode = Mode.ACTUAL
    device_rate_per_s: Annotated[int, Field(ge=0)] | None = None
    device: MappedDevice
    time: MappedTime | None = None
    each: Found | None = None
    readings: Annotated[list[MappedReading], Field(min_length=1, max_length=500)]

    @model_validator(mode="after")
    def _levels_are_there(self) -> Self:
        for text in self._texts():
            for name in names_in(text):
                if lacking := [each for each in self.topics if name not in names_in(each)]:
                    raise ValueError(f"{text!r}: topic {lacking[0]!r} has no level {{{name}}}")
        return self

    @property
    def decoder(self) -> str:
        """The name of the decoder that it becomes."""
        return PREFIX + self.name

    def source(self) -> SourceConfig:
        """Return the source that takes its topics."""
        filters = tuple(pattern_of(topic).filter for topic in self.topics)
        return SourceConfig(
            name=self.name,
            filters=filters,
            decoder=self.decoder,
            mode=self.mode,
            device_rate_per_s=self.device_rate_per_s,
        )

    def _texts(self) -> Iterator[str]:
        yield self.device.text
        yield from (reading.channel for reading in self.readings)
