"""What people and programs send to change the register."""

from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    WithJsonSchema,
    model_validator,
)

from data.registry.lifecycle import Author
from twin.api.access import Caller
from twin.api.parameters import ClassCode, Code, CountyCode, Instant, Stage, parse_text

DESK = "register desk"
_MOST = 1000

Text = Annotated[str, Field(max_length=500), AfterValidator(parse_text)]
Said = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=500),
    AfterValidator(parse_text),
]
Height = Annotated[float, Field(ge=-500, le=9000, allow_inf_nan=False)]
Scalar = str | bool | int | float | None


def _storable(properties: dict[str, Scalar]) -> dict[str, Scalar]:
    for text in (*properties, *properties.values()):
        if isinstance(text, str):
            parse_text(text)
    return properties


Properties = Annotated[
    dict[str, Scalar],
    Field(max_length=200, description="of its class; null removes one"),
    AfterValidator(_storable),
]
Shape = Annotated[
    dict[str, Any],
    WithJsonSchema(
        {
            "type": "object",
            "required": ["type"],
            "properties": {"type": {"type": "string"}, "coordinates": {"type": "array"}},
            "description": "geometry object of GeoJSON (RFC 7946, 3.1) in WGS 84",
            "examples": [{"type": "Point", "coordinates": [113.94, 22.75]}],
        }
    ),
]


class Reasoned(BaseModel):
    """Why something is changed, and whose word it is."""

    model_config = ConfigDict(extra="forbid", strict=True)

    reason: Said = Field(description="why, in words", examples=["survey of May"])
    source: Said = Field(
        default=DESK, description="system or department whose word this is; see /authorities"
    )


class GivenName(BaseModel):
    """A name that an entity gets, and when it is valid; nothing is for ever."""

    model_config = ConfigDict(extra="forbid", strict=True)

    scheme: Annotated[Text, Field(min_length=1, max_length=60, examples=["asset.water"])]
    value: Annotated[Text, Field(min_length=1, max_length=200, examples=["R-1"])]
    code_system: Annotated[Text, Field(max_length=100)] = ""
    valid_from: Instant | None = None
    valid_to: Instant | None = Field(default=None, description="not included")

    @model_validator(mode="after")
    def _begins_before_it_ends(self) -> Self:
        refuse_backwards(self.valid_from, self.valid_to)
        return self


class Facts(BaseModel):
    """What is said of an entity: what is absent stays or is empty, null empties it."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: Text | None = None
    geometry: Shape | None = Field(default=None, description="null: it has no place")
    height_m: Height | None = Field(default=None, description="above its own ground")
    properties: Properties = Field(default_factory=dict, examples=[{"storeys": 6}])
    stage: Stage = "in use"
    owner: Text | None = Field(default=None, description="the department that owns it")
    steward: Text | None = Field(default=None, description="who answers for its data")
    address: Text | None = None
    valid_from: Instant | None = Field(
        default=None, description="since when it is so in the real world"
    )
    valid_to: Instant | None = None

    @model_validator(mode="after")
    def _begins_before_it_ends(self) -> Self:
        refuse_backwards(self.valid_from, self.valid_to)
        return self


class NewEntity(Facts, Reasoned):
    """An entity that is to be made; its code is issued."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "class": "8101",
                    "name": "二号楼",
                    "geometry": {"type": "Point", "coordinates": [113.94, 22.75]},
                    "properties": {"storeys": 6},
                    "names": [{"scheme": "asset.water", "value": "R-1"}],
                    "reason": "survey of May",
                }
            ]
        }
    )

    klass: ClassCode = Field(alias="class")
    county: CountyCode | None = Field(
        default=None, description="needed where the place does not tell it"
    )
    names: list[GivenName] = Field(default_factory=list, max_length=_MOST)
    part_of: Code | None = Field(default=None, description="code of its whole")


class ChangedFacts(Facts, Reasoned):
    """What is to change of an entity (JSON Merge Patch, RFC 7396): what is absent stays."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "owner": "水务局",
                    "properties": {"diameter_m": 0.7, "material": None},
                    "reason": "measured on site",
                }
            ]
        }
    )

    part_of: Code | None = Field(default=None, description="code of its whole; null: of none")


class Merger(Reasoned):
    """Entities that become one with the entity of the address; their codes lead to it."""

    codes: list[Code] = Field(min_length=1, max_length=_MOST)


class NewPart(Facts):
    """One of the entities that a split makes; with ``code`` one that is there already."""

    code: Code | None = None


class KeptName(BaseModel):
    """A name of the entity that is split, and the part that has it from now on."""

    model_config = ConfigDict(extra="forbid", strict=True)

    scheme: Text
    value: Text
    part: int = Field(ge=0, lt=_MOST, description="position in `parts`, from 0")


class Split(Reasoned):
    """The entities that the entity of the address becomes; its code leads to all of them."""

    parts: list[NewPart] = Field(min_length=2, max_length=100)
    names: list[KeptName] = Field(
        default_factory=list, max_length=_MOST, description="those that are not named end"
    )


class NewNumber(Reasoned):
    """The class or county that an entity is really of."""

    klass: ClassCode | None = Field(default=None, alias="class")
    county: CountyCode | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.klass is None and self.county is None:
            raise ValueError("expected class, county or both")
        return self


class GivenNames(Reasoned):
    """Names that an entity gets."""

    names: list[GivenName] = Field(min_length=1, max_length=_MOST)


def refuse_backwards(valid_from: datetime | None, valid_to: datetime | None) -> None:
    """Refuse a validity that ends before it begins.

    Raises:
        ValueError: it does.
    """
    if valid_from is not None and valid_to is not None and valid_to <= valid_from:
        raise ValueError("valid_to: expected an instant after valid_from")


def author_of(caller: Caller, asked: Reasoned) -> Author:
    """Return who changes the register, why, and whose word it is."""
    return Author(caller.actor, asked.reason, asked.source)
