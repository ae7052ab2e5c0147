"""The import map: what the columns of a file are in the register."""

import tomllib
from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    FiniteFloat,
    ValidationError,
    model_validator,
)
from pydantic_core import ErrorDetails

from data.importing.errors import ImportMapError
from data.importing.terms import (
    known_class,
    known_crs,
    known_encoding,
    known_name_scheme,
    known_property,
    known_relation,
    known_scheme,
)

Scalar = str | int | FiniteFloat | bool
Text = Annotated[str, Field(min_length=1, max_length=200)]
GeometryKind = Literal[
    "Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon"
]


class MapPart(BaseModel):
    """A table of an import map: frozen, and it refuses keys that it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Drawn(MapPart):
    """Where a value comes from: a column of the file, or one value for every row.

    Attributes:
        column: of the file.
        value: for every row, instead of a column.
        values: what a text of the column becomes; another text refuses its row.
        scale: by which the column's numbers are multiplied.
    """

    column: Text | None = None
    value: Scalar | None = None
    values: Mapping[str, Scalar] = {}
    scale: FiniteFloat | None = None

    @model_validator(mode="after")
    def _one_origin(self) -> "Drawn":
        if (self.column is None) == (self.value is None):
            raise ValueError("expected either column or value")
        if self.column is None and (self.values or self.scale is not None):
            raise ValueError("values and scale are for columns: expected column beside them")
        if self.values and self.scale is not None:
            raise ValueError("expected either values or scale")
        return self


def _as_drawn(written: object) -> object:
    return {"column": written} if isinstance(written, str) else written


def _as_class(drawn: Drawn) -> Drawn:
    if drawn.scale is not None:
        raise ValueError("expected column, value or values, not scale")
    for code in (*drawn.values.values(), *(() if drawn.value is None else (drawn.value,))):
        known_class(code)
    return drawn


Source = Annotated[Drawn, BeforeValidator(_as_drawn)]
ClassSource = Annotated[Source, AfterValidator(_as_class)]


class Place(MapPart):
    """Where a CSV file keeps its shapes: two columns of a point, or one of well-known text.

    Attributes:
        x: column of eastings or longitudes.
        y: column of northings or latitudes.
        wkt: column of shapes as well-known text.
        crs: of the coordinates.
    """

    x: Text | None = None
    y: Text | None = None
    wkt: Text | None = None
    crs: Annotated[str, AfterValidator(known_crs)]

    @model_validator(mode="after")
    def _one_form(self) -> "Place":
        if (self.x is None) != (self.y is None) or (self.x is None) == (self.wkt is None):
            raise ValueError("expected either x and y, or wkt")
        return self


class Select(MapPart):
    """Which rows are meant; the others are left out and counted.

    Attributes:
        geometry: kinds of shape, all if empty.
        where: values of a column, by column; all of them must hold.
    """

    geometry: list[GeometryKind] = []
    where: Mapping[Text, Annotated[list[Scalar], Field(min_length=1)]] = {}


class Key(MapPart):
    """The name by which the register knows a row again.

    Attributes:
        scheme: of the name; ``code`` if the column holds entity codes.
        column: that holds it.
        columns: that hold it together, instead of one.
        separator: between these.
        prefix: before it.
    """

    scheme: Annotated[str, AfterValidator(known_scheme)]
    column: Text | None = None
    columns: Annotated[list[Text], Field(min_length=2)] | None = None
    separator: str = "/"
    prefix: str = ""

    @model_validator(mode="after")
    def _one_origin(self) -> "Key":
        if (self.column is None) == (self.columns is None):
            raise ValueError("expected either column or columns")
        return self

    def parts(self) -> list[str]:
        """Return the columns in their order."""
        return self.columns or [self.column or ""]


class EntityFields(MapPart):
    """Fields that every entity has.

    Attributes:
        name: in the language of its users.
        height_m: above its own ground, metres.
        stage: of its life.
        owner: the department that owns it.
        steward: who answers for its data.
        address: postal address.
        valid_from: since when it is so in the real world.
        valid_to: until when it is so in the real world.
    """

    name: Source | None = None
    height_m: Source | None = None
    stage: Source | None = None
    owner: Source | None = None
    steward: Source | None = None
    address: Source | None = None
    valid_from: Source | None = None
    valid_to: Source | None = None

    def given(self) -> Iterator[tuple[str, Drawn]]:
        """Yield the fields that the map names."""
        for name in type(self).model_fields:
            if (drawn := getattr(self, name)) is not None:
                yield name, drawn


class Parent(MapPart):
    """The entity to which each row stands in a relation, by a name that it has.

    Attributes:
        scheme: of the name.
        column: that holds it.
        prefix: before it.
        kind: of the relation, a row of ``relation_kinds.csv``.
    """

    scheme: Annotated[str, AfterValidator(known_scheme)]
    column: Text
    prefix: str = ""
    kind: Annotated[str, AfterValidator(known_relation)] = "part_of"


class Missing(MapPart):
    """What becomes of entities of this model that the file has no more.

    Attributes:
        retire: whether they are retired.
        at_most_percent: of the model's entities; if more are missing, nothing is taken.
    """

    retire: bool = False
    at_most_percent: Annotated[int, Field(ge=0, le=100)] = 50


class ImportMap(MapPart):
    """A whole map.

    Attributes:
        model: what the file is a state of; imports of one model can be compared.
        source: whose word the file is.
        reason: why it is imported.
        layer: of a file with several.
        crs: of the shapes, where the file does not say.
        encoding: of the text, where it cannot be told.
        blank: what an empty value says: ``keep`` what stands, or ``clear`` it.
        place: where a CSV file keeps its shapes.
        select: which rows are meant.
        key: the name by which a row is known again.
        klass: of new entities, four digits of ``classes.csv``.
        fields: that every entity has.
        properties: of the class, or ``x_…``, by name.
        names: further names, by scheme.
        parent: the entity to which each row stands in a relation.
        missing: what becomes of entities that the file has no more.
    """

    model: Text
    source: Text
    reason: Text | None = None
    layer: Text | None = None
    crs: Annotated[str, AfterValidator(known_crs)] | None = None
    encoding: Annotated[str, AfterValidator(known_encoding)] | None = None
    blank: Literal["keep", "clear"] = "keep"
    place: Place | None = None
    select: Select = Select()
    key: Key
    klass: Annotated[ClassSource | None, Field(alias="class")] = None
    fields: EntityFields = EntityFields()
    properties: Mapping[Annotated[str, AfterValidator(known_property)], Source] = {}
    names: Mapping[Annotated[str, AfterValidator(known_name_scheme)], Source] = {}
    parent: Parent | None = None
    missing: Missing = Missing()

    @model_validator(mode="after")
    def _consistent(self) -> "ImportMap":
        if self.key.scheme in self.names:
            raise ValueError(f"names: {self.key.scheme!r} is the key's scheme, expected another")
        if self.missing.retire and self.key.scheme == "code":
            raise ValueError("missing.retire: codes do not say which model brought an entity in")
        return self

    def columns(self) -> Iterator[tuple[str, str]]:
        """Yield every column of the file that the map names, with where it names it."""
        for column in self.select.where:
            yield "select.where", column
        for column in self.key.parts():
            yield "key", column
        for where, drawn in self._drawn():
            if drawn.column is not None:
                yield where, drawn.column
        if self.parent is not None:
            yield "parent", self.parent.column

    def _drawn(self) -> Iterator[tuple[str, Drawn]]:
        if self.klass is not None:
            yield "class", self.klass
        yield from ((f"fields.{name}", drawn) for name, drawn in self.fields.given())
        yield from ((f"properties.{name}", drawn) for name, drawn in self.properties.items())
        yield from ((f"names.{scheme}", drawn) for scheme, drawn in self.names.items())


def read_map(text: str, origin: str) -> ImportMap:
    """Read the TOML form.

    Raises:
        ImportMapError: with a sentence for each mistake; each begins with ``origin``.
    """
    try:
        return ImportMap.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise ImportMapError([f"{origin}: not TOML: {error}"]) from error
    except ValidationError as error:
        raise ImportMapError(f"{origin}: {_sentence(one)}" for one in error.errors()) from error


def _sentence(detail: ErrorDetails) -> str:
    field = ".".join(str(part) for part in detail["loc"] if part != "[key]")
    match detail["type"]:
        case "missing":
            return f"key {field!r} is missing"
        case "extra_forbidden":
            return f"unknown key {field!r}"
        case "value_error":
            return f"{field}: {detail['ctx']['error']}".removeprefix(": ")
    message = detail["msg"][0].lower() + detail["msg"][1:]
    return f"{field} {detail['input']!r}: {message}"
