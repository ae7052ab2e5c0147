"""What callers write in addresses: texts, codes, instants, boxes and pages, parsed at the edge."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainValidator, WithJsonSchema

from data.reference import alert_domains, entity_classes, major_classes, quantities
from twin.codes import EntityCode
from twin.codes.beidou import BeidouCode

_RFC3339 = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})", re.ASCII
)
_CODE_PATTERN = r"^\s*([1-9]\d{15}|[1-9]\d{5}-\d{4}-\d{6}-[0-9A-Za-z])\s*$"
_MERCATOR_RADIUS_M = 6_378_137.0
_MERCATOR_LATITUDE = 85.06
_CORNERS = 4
_MOST_CELLS = 100
_MOST_CHANGE_SETS = 9_223_372_036_854_775_807

Parsed = TypeVar("Parsed")


@dataclass(frozen=True, slots=True)
class Box:
    """West, south, east and north in degrees (WGS 84)."""

    west: float
    south: float
    east: float
    north: float

    def mercator(self) -> tuple[float, float, float, float]:
        """Return the same box in EPSG:3857, cut to the latitudes that it has."""
        west, east = (math.radians(lon) * _MERCATOR_RADIUS_M for lon in (self.west, self.east))
        south, north = (_northing(lat) for lat in (self.south, self.north))
        return west, south, east, north


@dataclass(frozen=True, slots=True)
class Cells:
    """Cells of a grid, as boxes."""

    boxes: tuple[Box, ...]


@dataclass(frozen=True, slots=True)
class Spot:
    """A place: longitude and latitude in degrees (WGS 84)."""

    longitude: float
    latitude: float


@dataclass(frozen=True, slots=True)
class OtherIdentifier:
    """An identifier of an entity in a scheme other than ours."""

    scheme: str
    value: str


def parse_text(text: str) -> str:
    """Return text that the store can hold.

    Raises:
        ValueError: it has a NUL or half a surrogate pair.
    """
    if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError(f"{text!r}: expected text without NUL and lone surrogates")
    return text


def parse_code(text: str) -> int:
    """Return the number of an entity code, bare or as printed.

    Raises:
        InvalidEntityCodeError: it is none.
    """
    return int(EntityCode.parse_printed(text))


def parse_instant(text: str) -> datetime:
    """Read an instant of RFC 3339.

    Raises:
        ValueError: another form, no zone, or no such instant.
    """
    # An unescaped + of an address arrives as a space.
    mended = re.sub(r" (\d{2}:\d{2})$", r"+\1", text, flags=re.ASCII)
    if not _RFC3339.fullmatch(mended):
        raise ValueError(f"{text!r}: expected RFC 3339 with a zone, e.g. 2026-05-01T08:00:00+08:00")
    try:
        return datetime.fromisoformat(mended.upper())
    except ValueError as error:
        raise ValueError(f"{text!r}: {error}") from None


def parse_box(text: str) -> Box:
    """Read ``west,south,east,north`` in degrees.

    Raises:
        ValueError: not four finite numbers, off the earth, or the wrong way round.
    """
    parts = text.split(",")
    try:
        box = Box(*map(float, parts)) if len(parts) == _CORNERS else None
    except ValueError:
        box = None
    if box is None:
        raise ValueError(f"{text!r}: expected west,south,east,north, e.g. 113.8,22.6,114.0,22.9")
    if not (-180 <= box.west < box.east <= 180 and -90 <= box.south < box.north <= 90):  # noqa: PLR2004
        raise ValueError(f"{text!r}: expected west < east in ±180 and south < north in ±90 degrees")
    return box


def parse_spot(text: str) -> Spot:
    """Read ``longitude,latitude`` in degrees.

    Raises:
        ValueError: not two finite numbers, or off the earth.
    """
    try:
        longitude, latitude = map(float, text.split(","))
    except ValueError:
        raise ValueError(f"{text!r}: expected longitude,latitude, e.g. 113.94,22.75") from None
    if not (-180 <= longitude <= 180 and -90 <= latitude <= 90):  # noqa: PLR2004
        raise ValueError(f"{text!r}: expected a longitude in ±180 and a latitude in ±90 degrees")
    return Spot(longitude, latitude)


def parse_moment(text: str) -> datetime | int:
    """Read an instant of RFC 3339, or the number of a change set.

    Raises:
        ValueError: it is neither.
    """
    if not re.fullmatch(r"\d{1,19}", text, re.ASCII):
        return parse_instant(text)
    if int(text) > _MOST_CHANGE_SETS:
        raise ValueError(f"{text!r}: expected the number of a change set")
    return int(text)


def parse_name(text: str) -> OtherIdentifier:
    """Read ``scheme:value``.

    Raises:
        ValueError: one of both is missing.
    """
    scheme, _, value = parse_text(text).partition(":")
    if not scheme or not value:
        raise ValueError(f"{text!r}: expected scheme:value, e.g. mqtt:gauge-1")
    return OtherIdentifier(scheme, value)


def parse_cells(text: str) -> Cells:
    """Read codes of BeiDou grid cells (GB/T 39409), separated by commas; a shorter code is larger.

    Raises:
        InvalidBeidouCodeError: one of them is none.
        ValueError: more than 100.
    """
    parts = parse_text(text).split(",")
    if len(parts) > _MOST_CELLS:
        raise ValueError(f"{len(parts)} cells: expected at most {_MOST_CELLS}")
    cells = (BeidouCode.parse(part.strip()).cell().degrees() for part in parts)
    return Cells(tuple(Box(*map(float, sides)) for sides in cells))


def key_of(table: Mapping[str, Any]) -> AfterValidator:
    """Return the check that a text is a key of a reference table."""
    example = next(iter(table))

    def check(text: str) -> str:
        if text not in table:
            raise ValueError(f"{text[:100]!r}: expected a row of the table, e.g. {example}")
        return text

    return AfterValidator(check)


def of_text(parse: Callable[[str], Parsed]) -> PlainValidator:
    """Return the validator that parses text, and refuses what is no text."""

    def read(value: object) -> Parsed:
        if not isinstance(value, str):
            raise ValueError(f"{str(value)[:100]!r}: expected a text")  # noqa: TRY004 - pydantic's
        return parse(value)

    return PlainValidator(read)


def _schema(kind: str, **more: Any) -> WithJsonSchema:  # noqa: ANN401 - JSON Schema
    return WithJsonSchema({"type": kind, **more})


Code = Annotated[
    int,
    of_text(parse_code),
    _schema("string", pattern=_CODE_PATTERN, examples=["4403110103000127"]),
]
Instant = Annotated[
    datetime,
    of_text(parse_instant),
    _schema("string", format="date-time", examples=["2026-05-01T08:00:00+08:00"]),
]
Moment = Annotated[
    datetime | int,
    of_text(parse_moment),
    _schema("string", examples=["2026-05-01T08:00:00+08:00", "17"]),
]
BoundingBox = Annotated[
    Box, PlainValidator(parse_box), _schema("string", examples=["113.8,22.6,114.0,22.9"])
]
Place = Annotated[Spot, PlainValidator(parse_spot), _schema("string", examples=["113.94,22.75"])]
SchemedName = Annotated[
    OtherIdentifier, PlainValidator(parse_name), _schema("string", examples=["mqtt:gauge-1"])
]
BeidouCells = Annotated[
    Cells,
    PlainValidator(parse_cells),
    _schema("string", examples=["N49FB53B,N50F0522"]),
]
SearchText = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(parse_text)]
ShortText = Annotated[str, Field(max_length=2000), AfterValidator(parse_text)]
SeriesId = Annotated[int, Field(ge=1, le=2_147_483_647)]
RowId = Annotated[int, Field(ge=1, le=9_223_372_036_854_775_807)]
Cursor = Annotated[str, Field(min_length=1, max_length=2000)]
QuantityCode = Annotated[str, key_of(quantities()), _schema("string", enum=list(quantities()))]
ClassCode = Annotated[str, key_of(entity_classes()), _schema("string", enum=list(entity_classes()))]
ClassOrMajor = Annotated[
    str,
    key_of({**entity_classes(), **major_classes()}),
    _schema("string", enum=[*entity_classes(), *major_classes()]),
]
CountyCode = Annotated[str, Field(pattern=r"^[1-9]\d{5}$", examples=["440311"])]
Stage = Literal["planned", "building", "accepted", "in use", "demolished"]
DomainCode = Annotated[str, key_of(alert_domains()), _schema("string", enum=list(alert_domains()))]


class NoQuery(BaseModel):
    """The query of a route that takes none."""

    model_config = ConfigDict(extra="forbid")


class PageQuery(NoQuery):
    """The query of every list."""

    limit: int = Field(default=100, ge=1, le=1000, description="at most so many items")
    cursor: Cursor | None = Field(default=None, description="`next` of the page before")


def page_of(items: Sequence[Any], limit: int) -> tuple[Sequence[Any], Any | None]:
    """Cut a list that was asked for with one item more than ``limit``.

    Returns:
        The items, and the last of them if more follow.
    """
    kept = items[:limit]
    return kept, kept[-1] if len(items) > limit else None


def _northing(latitude: float) -> float:
    bounded = max(-_MERCATOR_LATITUDE, min(_MERCATOR_LATITUDE, latitude))
    return _MERCATOR_RADIUS_M * math.asinh(math.tan(math.radians(bounded)))
