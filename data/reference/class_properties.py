"""The properties that each class can have, and the check of what is said of them."""

import json
from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
    WithJsonSchema,
    with_config,
)
from typing_extensions import TypedDict

from data.reference.device_types import OwnSettings, sentences_of
from data.reference.tables import table_rows

EXTRA_PREFIX = "x_"
"""Begins the properties of a source's own, which no schema knows: text, number or boolean."""


class InvalidPropertyError(ValueError):
    """A property that its class cannot have. Correct the value, or name it ``x_…``."""


class PropertyKind(NamedTuple):
    """One row of ``properties.csv``.

    Attributes:
        klass: four digits, two for a whole major class, empty for every class.
        name: as it is kept.
        type: number, integer, text, boolean, date (ISO 8601), choice or settings (an object of
            ``device_settings``; as JSON in files).
        unit: of a number.
        low: the least value, or None.
        high: the greatest value, or None.
        choices: of a choice.
        name_en: for people.
        name_zh: for people.
    """

    klass: str
    name: str
    type: str
    unit: str
    low: float | None
    high: float | None
    choices: tuple[str, ...]
    name_en: str
    name_zh: str

    def expected(self) -> str:
        """Return what a value must be, in words."""
        words = {
            "choice": f"one of {', '.join(self.choices)}",
            "date": "a date as YYYY-MM-DD",
            "settings": "an object of settings",
        }
        article = "an" if self.type == "integer" else "a"
        said = words.get(self.type, f"{article} {self.type}")
        if self.low is not None and self.high is not None:
            said += f" from {self.low:g} to {self.high:g} {self.unit}".rstrip()
        return said


_DATE = {"type": "string", "format": "date"}


def _iso_date(text: str) -> str:
    return date.fromisoformat(text).isoformat()


def _parsed_settings(said: object, info: ValidationInfo) -> object:
    if not isinstance(said, str) or info.context is not _FROM_TEXT:
        return said
    try:
        return json.loads(said)
    except ValueError as error:
        raise ValueError(f"settings {said!r}: not JSON: {error}") from error


def _checked_settings(said: dict[str, Any]) -> dict[str, Any]:
    try:
        OwnSettings.model_validate(said)
    except ValidationError as error:
        raise ValueError("; ".join(sentences_of(error))) from error
    return said


_FROM_TEXT = {"from_text": True}
_TYPES: Mapping[str, Any] = {
    "number": float,
    "integer": int,
    "text": str,
    "boolean": bool,
    "date": Annotated[str, AfterValidator(_iso_date), WithJsonSchema(_DATE)],
    "settings": Annotated[
        dict[str, Any],
        AfterValidator(_checked_settings),
        BeforeValidator(_parsed_settings),
        WithJsonSchema({"type": "object", "description": "docs/device_types.md"}),
    ],
}


@cache
def property_kinds(klass: str) -> Mapping[str, PropertyKind]:
    """Return the properties of a class by name."""
    rows = (_kind(row) for row in table_rows("properties.csv"))
    return {kind.name: kind for kind in rows if klass.startswith(kind.klass)}


def check_properties(
    klass: str, properties: Mapping[str, object], *, from_text: bool = False
) -> dict[str, object]:
    """Return the properties in the types of their class; a date stays ISO 8601 text.

    None, which removes a property, passes for every name. With ``from_text`` texts become
    numbers and booleans, as files without types need it.

    Raises:
        InvalidPropertyError: an unknown property or a value that it cannot have.
    """
    if not properties:
        return {}
    known = {name: value for name, value in properties.items() if _is_known(name, value)}
    try:
        checked = _adapter(klass).validate_python(
            known, strict=not from_text, context=_FROM_TEXT if from_text else None
        )
    except ValidationError as error:
        raise InvalidPropertyError(_sentence(klass, error)) from None
    return checked | {name: properties[name] for name in properties if name not in known}


def json_schema(klass: str) -> dict[str, Any]:
    """Return the JSON Schema of a class's properties."""
    schema = _adapter(klass).json_schema()
    return schema | {"patternProperties": {f"^{EXTRA_PREFIX}": {}}, "title": f"class {klass}"}


def _is_known(name: str, value: object) -> bool:
    if name.startswith(EXTRA_PREFIX):
        if value is not None and not isinstance(value, str | int | float | bool):
            raise InvalidPropertyError(
                f"property {name!r}: {value!r}, expected a text, number or boolean"
            )
        return False
    return value is not None


@cache
def _adapter(klass: str) -> TypeAdapter[dict[str, Any]]:
    fields = {name: _type(kind) for name, kind in property_kinds(klass).items()}
    shape = TypedDict("Properties", fields, total=False)  # type: ignore[misc] # made from a table
    config = ConfigDict(extra="forbid", allow_inf_nan=False, str_max_length=2000)
    made: Any = with_config(config)(shape)
    return TypeAdapter(made)


def _type(kind: PropertyKind) -> Any:  # noqa: ANN401 - a type for pydantic
    if kind.type == "choice":
        return Literal[kind.choices]
    bounds = Field(ge=kind.low, le=kind.high, title=kind.name_en, description=kind.unit or None)
    return Annotated[_TYPES[kind.type], bounds]


def _kind(row: list[str]) -> PropertyKind:
    klass, name, kind, unit, low, high, choices, name_en, name_zh = row
    return PropertyKind(
        klass,
        name,
        kind,
        unit,
        float(low) if low else None,
        float(high) if high else None,
        tuple(choices.split("|")) if choices else (),
        name_en,
        name_zh,
    )


def _sentence(klass: str, error: ValidationError) -> str:
    return "; ".join(_explained(klass, problem) for problem in error.errors())


def _explained(klass: str, problem: Any) -> str:  # noqa: ANN401 - pydantic's description
    name = str(problem["loc"][0])
    kind = property_kinds(klass).get(name)
    if kind is None:
        names = ", ".join(property_kinds(klass))
        return f"property {name!r} of class {klass}: expected one of {names}, or {EXTRA_PREFIX}…"
    if kind.type == "settings" and problem["type"] == "value_error":
        return f"property {name!r} of class {klass}: {problem['ctx']['error']}"
    return f"property {name!r} of class {klass}: {problem['input']!r}, expected {kind.expected()}"
