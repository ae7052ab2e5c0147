"""How entities are found: conditions that add up, and one statement for each set of them."""

from collections.abc import Iterator
from datetime import datetime
from functools import cache
from typing import Any, Literal

from psycopg.sql import SQL
from pydantic import Field, model_validator

from data.reference import entity_classes
from twin.api import cursors
from twin.api.entity_documents import page_text
from twin.api.parameters import (
    BeidouCells,
    BoundingBox,
    ClassOrMajor,
    Code,
    CountyCode,
    Instant,
    OtherIdentifier,
    PageQuery,
    Place,
    SchemedName,
    SearchText,
    Stage,
)
from twin.api.store import Pool, all_of, tuples
from twin.codes import EntityCode, InvalidEntityCodeError, canonical

_CLASS_DIGITS = 4
_FARTHEST_M = 50_000
_COUNTY_SPAN = 10**10

# What a document says beside code and class, as texts that are JSON. Joined as such, for
# row_to_json looks up the types of all columns for each row anew.
_MEMBERS = {
    "name": "to_json(e.name)::text",
    "height_m": "e.height_m::text",
    "properties": "e.properties::text",
    "stage": "to_json(e.stage)::text",
    "retired": "e.retired::text",
    "owner": "to_json(e.owner)::text",
    "steward": "to_json(e.steward)::text",
    "address": "to_json(e.address)::text",
    "place": "'[' || ST_X(w.point)::text || ',' || ST_Y(w.point)::text || ']'",
    "sub_district": "'\"' || p.sub_district::text || '\"'",
    "community": "'\"' || p.community::text || '\"'",
    "grid_cell": "'\"' || p.grid_cell::text || '\"'",
    "version": "e.change_set_id::text",
}
_DOCUMENT = " || ',' || ".join(
    f"""'"{name}":' || coalesce({text}, 'null')""" for name, text in _MEMBERS.items()
)

# Places are computed for the page's rows alone, after the limit; OFFSET keeps PostgreSQL from
# transforming each of them twice, for its longitude and for its latitude. The whole page is one
# row, for a thousand rows take the event loop longer to receive than the store to find.
_LIST = SQL("""
    WITH e AS MATERIALIZED (
        SELECT e.code, e.name, e.height_m, e.properties, e.stage, e.retired, e.owner,
               e.steward, e.address, e.change_set_id
        FROM entity e WHERE {conditions} ORDER BY e.code LIMIT %(more)s)
    SELECT array_agg(d.code), convert_to(string_agg(d.rest, E'\\n'), 'UTF8') FROM (
        SELECT e.code, {document} AS rest
        FROM e LEFT JOIN entity_place p ON p.code = e.code
        CROSS JOIN LATERAL (SELECT ST_Transform(p.point, 4326) AS point OFFSET 0) AS w
        ORDER BY e.code) AS d""")

_NAMED = """e.code IN (SELECT n.code FROM entity_name n WHERE n.scheme = %({scheme})s
    AND n.value = %(value)s AND n.superseded_in IS NULL AND n.valid @> {instant})"""

_CONDITIONS = {
    "after": SQL("e.code > %(after)s"),
    "klass": SQL("e.class_code = %(klass)s"),
    "classes": SQL("e.class_code = ANY (%(classes)s)"),
    "code": SQL("e.code = %(code)s"),
    "part": SQL("e.name ILIKE %(part)s"),
    "address": SQL("e.address ILIKE %(address)s AND e.address <> ''"),
    "west": SQL(
        "e.geom_3857 && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 3857)"
        " AND ST_Intersects(e.geom_3857,"
        " ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 3857))"
    ),
    "longitude": SQL(
        "ST_DWithin(e.geom, (SELECT ST_Transform(ST_SetSRID("
        "ST_MakePoint(%(longitude)s, %(latitude)s), 4326), srid) FROM registry_state),"
        " %(radius_m)s)"
    ),
    # A cell holds what its western and southern sides touch, so that cells do not share a point.
    "cells": SQL(
        "e.code IN (SELECT x.code FROM unnest(%(cells)s::float8[], %(souths)s::float8[],"
        " %(easts)s::float8[], %(norths)s::float8[]) AS c (west, south, east, north)"
        " JOIN entity x ON x.geom_3857"
        " && ST_Transform(ST_MakeEnvelope(c.west, c.south, c.east, c.north, 4326), 3857)"
        " JOIN entity_place a ON a.code = x.code"
        " CROSS JOIN LATERAL (SELECT ST_Transform(a.point, 4326) AS at) AS s"
        " WHERE ST_X(s.at) >= c.west AND ST_X(s.at) < c.east"
        " AND ST_Y(s.at) >= c.south AND ST_Y(s.at) < c.north)"
    ),
    "scheme": SQL(_NAMED.format(scheme="scheme", instant="now()")),
    "scheme_at": SQL(_NAMED.format(scheme="scheme_at", instant="%(at)s")),
    "owner": SQL("e.owner = %(owner)s"),
    "steward": SQL("e.steward = %(steward)s"),
    "stage": SQL("e.stage = %(stage)s"),
    "retired": SQL("e.retired = %(retired)s"),
    "first": SQL("e.code BETWEEN %(first)s AND %(last)s"),
    "sub_district": SQL(
        "e.code IN (SELECT a.code FROM entity_place a WHERE a.sub_district = %(sub_district)s)"
    ),
    "community": SQL(
        "e.code IN (SELECT a.code FROM entity_place a WHERE a.community = %(community)s)"
    ),
    "grid_cell": SQL(
        "e.code IN (SELECT a.code FROM entity_place a WHERE a.grid_cell = %(grid_cell)s)"
    ),
    "part_of": SQL(
        "e.code IN (SELECT r.origin FROM relation r WHERE r.target = %(part_of)s"
        " AND r.kind = 'part_of' AND r.superseded_in IS NULL)"
    ),
    "changed_since": SQL(
        "e.change_set_id > (SELECT coalesce(max(c.id), 0) FROM change_set c"
        " WHERE c.recorded_at <= %(changed_since)s)"
    ),
}
_AS_ASKED = ("owner", "steward", "stage", "sub_district", "community", "grid_cell", "part_of",
             "changed_since")  # fmt: skip


class EntityQuery(PageQuery):
    """Which entities; conditions add up."""

    klass: ClassOrMajor | None = Field(
        default=None, alias="class", description="four digits of a class, or two of a major class"
    )
    q: SearchText | None = Field(default=None, description="part of the name, or a whole code")
    address: SearchText | None = Field(default=None, description="part of the postal address")
    bbox: BoundingBox | None = Field(default=None, description="west,south,east,north in degrees")
    near: Place | None = Field(default=None, description="longitude,latitude; with `radius_m`")
    radius_m: float | None = Field(default=None, gt=0, le=_FARTHEST_M, description="with `near`")
    beidou: BeidouCells | None = Field(
        default=None, description="BeiDou grid cells in which its point lies, of any level"
    )
    name: SchemedName | None = Field(default=None, description="another identifier as scheme:value")
    at: Instant | None = Field(default=None, description="when `name` shall be valid; default now")
    owner: SearchText | None = Field(default=None, description="exactly")
    steward: SearchText | None = Field(default=None, description="exactly")
    stage: Stage | None = None
    sub_district: Code | None = Field(default=None, description="code of the one it lies in")
    community: Code | None = Field(default=None, description="code of the one it lies in")
    grid_cell: Code | None = Field(default=None, description="code of the one it lies in")
    county: CountyCode | None = Field(default=None, description="the first six digits of its code")
    part_of: Code | None = Field(default=None, description="code of its whole; direct parts only")
    retired: Literal["true", "false", "any"] = "false"
    changed_since: Instant | None = Field(
        default=None, description="its state is newer than this; with `retired=any` to follow all"
    )

    @model_validator(mode="after")
    def _pairs_are_whole(self) -> "EntityQuery":
        if (self.near is None) != (self.radius_m is None):
            raise ValueError("near and radius_m: expected both or none")
        if self.at is not None and self.name is None:
            raise ValueError("at: expected together with name")
        return self


async def find(store: Pool, query: EntityQuery) -> bytes:
    """Return a page of entities as JSON.

    Raises:
        InvalidIdentifierError: ``name`` is none of its scheme's.
        MalformedError: a cursor of another list.
    """
    wanted = dict(_wanted(query))
    statement = _statement(frozenset(wanted))
    asked = wanted | {"more": query.limit + 1}
    codes, rests = (await tuples(store, statement, asked, prepare=False, binary=True))[0]
    if codes is None:
        return page_text([], [], None)
    after = cursors.encode(codes[query.limit - 1]) if len(codes) > query.limit else None
    return page_text(codes[: query.limit], rests.split(b"\n"), after)


@cache
def _statement(wanted: frozenset[str]) -> bytes:
    return _LIST.format(conditions=all_of(_CONDITIONS, wanted), document=SQL(_DOCUMENT)).as_bytes()


def _wanted(query: EntityQuery) -> Iterator[tuple[str, Any]]:
    """Yield the parameters of the conditions that were asked for."""
    if query.cursor is not None:
        yield "after", cursors.decode_int(query.cursor)
    if query.retired != "any":
        yield "retired", query.retired == "true"
    for name in _AS_ASKED:
        if (value := getattr(query, name)) is not None:
            yield name, value
    yield from _of_class(query.klass)
    yield from _of_text(query)
    yield from _of_place(query)
    if query.name is not None:
        yield from _of_name(query.name, query.at)


def _of_class(klass: str | None) -> Iterator[tuple[str, Any]]:
    if klass is not None and len(klass) == _CLASS_DIGITS:
        yield "klass", klass
    elif klass is not None:
        yield "classes", [code for code in entity_classes() if code.startswith(klass)]


def _of_text(query: EntityQuery) -> Iterator[tuple[str, Any]]:
    if query.q is not None:
        yield from _searched(query.q)
    if query.address is not None:
        yield "address", _within(query.address)


def _searched(text: str) -> Iterator[tuple[str, Any]]:
    try:
        yield "code", int(EntityCode.parse_printed(text))
    except InvalidEntityCodeError:
        yield "part", _within(text)


def _within(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def _of_place(query: EntityQuery) -> Iterator[tuple[str, Any]]:
    if query.bbox is not None:
        yield from zip(("west", "south", "east", "north"), query.bbox.mercator(), strict=True)
    if query.beidou is not None:
        sides = ("west", "south", "east", "north")
        for name, side in zip(("cells", "souths", "easts", "norths"), sides, strict=True):
            yield name, [getattr(cell, side) for cell in query.beidou.boxes]
    if query.near is not None:
        yield "longitude", query.near.longitude
        yield "latitude", query.near.latitude
        yield "radius_m", query.radius_m
    if query.county is not None:
        yield "first", int(query.county) * _COUNTY_SPAN
        yield "last", (int(query.county) + 1) * _COUNTY_SPAN - 1


def _of_name(name: OtherIdentifier, at: datetime | None) -> Iterator[tuple[str, Any]]:
    yield "value", canonical(name.scheme, name.value)
    # A condition is named by a parameter that only it has.
    if at is None:
        yield "scheme", name.scheme
    else:
        yield from (("at", at), ("scheme_at", name.scheme))
