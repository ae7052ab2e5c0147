"""Entities as documents: their form in answers, and how rows of the store become it."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

import orjson
from fastapi import Response
from pydantic import BaseModel, Field

from data.reference import entity_classes
from twin.api.parameters import Stage

ENTITIES = "/api/v1/entities"
"""Where the register's entities stand."""

# ISO 7064 MOD 37,36 as in twin.codes, but for thousands of codes at once: what three digits make of
# each of the 36 states before them is computed once.
_SERIALS = 1_000_000
_THREE_DIGITS = 1000
_ALPHABET = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
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


class _Head(NamedTuple):
    """What codes of a county and class share: the JSON around their serials, and the check state.

    A document begins with ``front``, serial, ``middle``, serial, ``-``, check character, ``back``.
    """

    front: bytes
    middle: bytes
    back: bytes
    state: int


def page_text(codes: Sequence[int], rests: Sequence[bytes], after: str | None) -> bytes:
    """Return a page of entities as JSON.

    Args:
        codes: of the entities of the page.
        rests: of at least as many, what each document says beside its code, as the members of an
            object in JSON.
        after: the cursor of the next page.
    """
    following = b"null" if after is None else b'"%b"' % after.encode()
    return b'{"items":[%b],"next":%b}' % (b",".join(_items(codes, rests)), following)


def _items(codes: Sequence[int], rests: Sequence[bytes]) -> Iterator[bytes]:
    after, characters = _states_after(), _characters()
    for code, rest in zip(codes, rests, strict=False):
        shared, serial = divmod(code, _SERIALS)
        front, middle, back, state = _head(shared)
        thousands, ones = divmod(serial, _THREE_DIGITS)
        check = characters[after[state][thousands]][ones]
        yield b"%b%06d%b%06d-%c%b%b}" % (front, serial, middle, serial, check, back, rest)


@cache
def _head(shared: int) -> _Head:
    digits = str(shared)
    county, klass = digits[:6], digits[6:]
    name_zh, name_en = _class_names(klass)
    members = {"class": klass, "class_name_zh": name_zh, "class_name_en": name_en}
    return _Head(
        f'{{"code":"{digits}'.encode(),
        f'","printed":"{county}-{klass}-'.encode(),
        b'",%b,' % orjson.dumps(members)[1:-1],
        _after(_MODULUS // 2, digits),
    )


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


def check_character(digits: str) -> str:
    """Return the check character of an entity code of 16 digits."""
    shared, serial = divmod(int(digits), _SERIALS)
    thousands, ones = divmod(serial, _THREE_DIGITS)
    return chr(_characters()[_states_after()[_head(shared).state][thousands]][ones])


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
def _states_after() -> list[list[int]]:
    """Return (36, 1000) what three digits make of each state."""
    return [
        [_after(state, f"{number:03}") for number in range(_THREE_DIGITS)]
        for state in range(_MODULUS)
    ]


@cache
def _characters() -> list[bytes]:
    """Return (36, 1000) the check characters, where three last digits follow each state."""
    return [
        bytes(
            _ALPHABET[(1 - (state or _MODULUS) * 2 % (_MODULUS + 1)) % _MODULUS] for state in states
        )
        for states in _states_after()
    ]


def _after(state: int, digits: str) -> int:
    for digit in digits:
        state = ((state or _MODULUS) * 2 % (_MODULUS + 1) + int(digit)) % _MODULUS
    return state
