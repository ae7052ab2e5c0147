"""Entities as documents: their form in answers, and how rows of the store become it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

import orjson
from fastapi import Response
from pydantic import BaseModel, Field

from data.reference import entity_classes
from twin.api.parameters import Stage

ENTITIES = "/api/v1/entities"
"""Where the register's entities stand."""

# ISO 7064 MOD 37,36 as in twin.codes, but for thousands of codes at once: what some digits make of
# the state before them is computed once (36 states, three digits at a time).
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_MODULUS = len(_ALPHABET)


class Entity(BaseModel):
    """A thing of the city as the register has it; ``place`` is a point on it, WGS 84."""

    code: str = Field(examples=["4403110103000127"])
    printed: str = Field(
        description="with check character, as on a label", examples=["440311-0103-000127-9"]
    )
    klass: str = Field(alias="class", examples=["0103"])
    class_name_zh: str
    class_name_en: str
    name: str
    height_m: float | None = Field(description="above its own ground")
    properties: dict[str, Any]
    stage: Stage
    retired: bool
    owner: str = Field(description="the department that owns it")
    steward: str = Field(description="who answers for its data")
    address: str
    place: tuple[float, float] | None = Field(description="longitude and latitude")
    sub_district: str | None = Field(description="code of the one it lies in")
    community: str | None
    grid_cell: str | None
    version: int = Field(description="the change set that changed it last; grows")


class EntityList(BaseModel):
    """Entities in the order of their codes."""

    items: list[Entity]
    next: str | None


class OtherName(BaseModel):
    """An identifier of the entity in another scheme, and when it is valid; null is for ever."""

    scheme: str = Field(examples=["mqtt"])
    value: str = Field(examples=["gauge-1"])
    code_system: str = Field(description="tells apart what a value means in different tables")
    valid_from: datetime | None
    valid_to: datetime | None = Field(description="not included")


class Relation(BaseModel):
    """A relation to another entity, which is the ``target``, or the ``origin``."""

    kind: str = Field(examples=["monitors"])
    target: str | None = None
    origin: str | None = None
    name: str = Field(description="of the other entity")
    method: str
    distance_m: float | None


class Unlinked(BaseModel):
    """Why a sensor is linked to nothing."""

    kind: str
    reason: str


class Reference(BaseModel):
    """Another entity in a word."""

    code: str
    name: str


class Areas(BaseModel):
    """The administrative areas that an entity lies in."""

    sub_district: Reference | None
    community: Reference | None
    grid_cell: Reference | None


class LastChange(BaseModel):
    """Who changed the entity last, when, why, and whose word it was."""

    change_set: int
    recorded_at: datetime | None
    actor: str
    reason: str
    source: str


class EntityDetail(Entity):
    """An entity with its names, relations and parts; of those towards it, the first thousand."""

    valid_from: datetime | None = Field(description="since when it is so in the real world")
    valid_to: datetime | None
    names: list[OtherName]
    relations: list[Relation]
    unlinked: list[Unlinked]
    whole: Reference | None = Field(description="what it is a part of")
    parts: list[Reference] = Field(description="direct parts, the first hundred")
    areas: Areas
    changed: LastChange
    geometry: dict[str, Any] | None = Field(
        default=None, description="GeoJSON in WGS 84, where it was asked for"
    )


def page_text(
    codes: Sequence[int], classes: Sequence[str], rests: Sequence[str], after: str | None
) -> bytes:
    """Return a page of entities as JSON.

    Args:
        codes: of the entities of the page.
        classes: of at least as many.
        rests: of each what its document says beside code and class, as the text of an object.
        after: the cursor of the next page.
    """
    items = ",".join(
        f"{{{_identity_text(code, klass)},{rest[1:]}"
        for code, klass, rest in zip(codes, classes, rests, strict=False)
    )
    following = "null" if after is None else f'"{after}"'
    return f'{{"items":[{items}],"next":{following}}}'.encode()


def identity(code: int, klass: str) -> dict[str, str]:
    """Return what a document says of an entity's code and class."""
    text = str(code)
    name_zh, name_en = _class_names(klass)
    return {
        "code": text,
        "printed": f"{text[:6]}-{klass}-{text[10:]}-{check_character(text)}",
        "class": klass,
        "class_name_zh": name_zh,
        "class_name_en": name_en,
    }


def _identity_text(code: int, klass: str) -> str:
    """Return the members of ``identity`` as text."""
    text = str(code)
    printed = f"{text[:6]}-{klass}-{text[10:]}-{check_character(text)}"
    return f'"code":"{text}","printed":"{printed}",{_class_text(klass)}'


def check_character(digits: str) -> str:
    """Return the check character of an entity code of 16 digits."""
    state = _state_after(_state_after(_state_of(digits[:10]), digits[10:13]), digits[13:])
    return _ALPHABET[(1 - (state or _MODULUS) * 2 % (_MODULUS + 1)) % _MODULUS]


def answered(
    document: Mapping[str, Any] | bytes,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return a document as JSON without checking it again: the store gave it so."""
    text = document if isinstance(document, bytes) else orjson.dumps(document)
    return Response(text, status, headers, "application/json")


def address_of(code: int | str) -> str:
    """Return where the document of an entity stands."""
    return f"{ENTITIES}/{code}"


def tag(version: int) -> dict[str, str]:
    """Return the header that names this version of an entity (RFC 9110, 8.8.3)."""
    return {"ETag": f'"{version}"', "Cache-Control": "no-cache"}


@cache
def _class_names(klass: str) -> tuple[str, str]:
    row = entity_classes().get(klass)
    return (row.name_zh, row.name_en) if row else ("", "")


@cache
def _class_text(klass: str) -> str:
    name_zh, name_en = _class_names(klass)
    members = {"class": klass, "class_name_zh": name_zh, "class_name_en": name_en}
    return orjson.dumps(members).decode()[1:-1]


@cache
def _state_of(digits: str) -> int:
    return _state_after(_MODULUS // 2, digits)


@cache
def _state_after(state: int, digits: str) -> int:
    for digit in digits:
        state = ((state or _MODULUS) * 2 % (_MODULUS + 1) + int(digit)) % _MODULUS
    return state
