"""What a change set says of entities, staged and compared with what stands."""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import orjson
import psycopg
from psycopg.sql import SQL, Composed, Identifier
from psycopg.types.json import Jsonb
from shapely import set_srid, to_wkb
from shapely.geometry.base import BaseGeometry

from data.registry.values import KEEP, EntityChange, Kept

Cursor = psycopg.Cursor[tuple[Any, ...]]
_ANALYZE_FROM = 1_000


class Field(NamedTuple):
    """A field that every entity has.

    Attributes:
        name: as people say it.
        column: where it is kept.
        kind: its type in the staging table.
        empty: what a new entity has, in SQL.
        document: its value as JSON, of the row ``{row}``.
    """

    name: str
    column: str
    kind: str
    empty: str
    document: str = "to_jsonb({row}.{column})"

    def as_json(self, row: str) -> SQL:
        """Return the expression of the field's value as JSON."""
        return SQL(self.document.format(row=row, column=self.column))


FIELDS = (
    Field("name", "name", "text", "''"),
    Field("geometry", "geom", "geometry", "NULL", "ST_AsGeoJSON({row}.{column}, 9, 0)::jsonb"),
    Field("height_m", "height_m", "float8", "NULL"),
    Field("stage", "stage", "text", "'in use'"),
    Field("retired", "retired", "bool", "false"),
    Field("owner", "owner", "text", "''"),
    Field("steward", "steward", "text", "''"),
    Field("address", "address", "text", "''"),
    Field("valid_from", "valid_from", "timestamptz", "NULL"),
    Field("valid_to", "valid_to", "timestamptz", "NULL"),
)
STATE = SQL(", ").join(Identifier(field.column) for field in FIELDS) + SQL(", properties")
"""The columns of an entity's state, as they stand in entity and in entity_version."""

_STAGED = """
    CREATE TEMP TABLE staged (
        code int8 PRIMARY KEY, given int4, name text, geom geometry, height_m float8, stage text,
        retired bool, owner text, steward text, address text, valid_from timestamptz,
        valid_to timestamptz, properties jsonb, removed text[]
    ) ON COMMIT DROP"""
# PostGIS reads a geometry in a binary COPY from EWKB, which is what goes as bytea here.
_TYPES = (
    "int8", "int4", "text", "bytea", "float8", "text", "bool", "text", "text", "text",
    "timestamptz", "timestamptz", "jsonb", "text[]",
)  # fmt: skip


def stage(cursor: Cursor, entities: Iterable[EntityChange], srid: int) -> int:
    """Make the temporary table ``staged`` and return how many entities it holds."""
    cursor.execute(_STAGED)
    count = 0
    with cursor.copy("COPY staged FROM STDIN (FORMAT BINARY)") as copy:
        copy.set_types(_TYPES)
        for change in entities:
            copy.write_row(_row(change, srid))
            count += 1
    if count >= _ANALYZE_FROM:
        cursor.execute("ANALYZE staged (code)")
    return count


def compare(cursor: Cursor) -> None:
    """Make the temporary table ``next_state``: what is new or differs, and in which fields."""
    cursor.execute(_next_state())
    cursor.execute("ANALYZE next_state")


def drop(cursor: Cursor) -> None:
    """Remove the temporary tables, so that a transaction can hold a second change set."""
    cursor.execute("DROP TABLE IF EXISTS staged, next_state")


def bit(field: Field) -> int:
    """Return the bit that says in ``staged.given`` that a change names this field."""
    return 1 << FIELDS.index(field)


def _row(change: EntityChange, srid: int) -> tuple[Any, ...]:
    values = (
        change.name,
        _ewkb(change.geometry, srid),
        *change[3:4],
        *change[5:],
    )
    given = 0
    told: list[object] = []
    for place, value in enumerate(values):
        if value is KEEP:
            told.append(None)
        else:
            given |= 1 << place
            told.append(value)
    return (change.code, given, *told, *_properties(change))


def _ewkb(geometry: BaseGeometry | bytes | Kept | None, srid: int) -> bytes | Kept | None:
    if isinstance(geometry, BaseGeometry):
        return to_wkb(set_srid(geometry, srid), include_srid=True)
    return geometry


def _properties(change: EntityChange) -> Iterator[object]:
    given = {key: value for key, value in change.properties.items() if value is not None}
    yield Jsonb(given, dumps=orjson.dumps)
    yield [key for key, value in change.properties.items() if value is None]


def _next_state() -> Composed:
    fields = SQL(", ").join(
        SQL(f"CASE WHEN s.given & {bit(field)} <> 0 THEN s.{field.column}"
            f" WHEN e.code IS NULL THEN {field.empty}::{field.kind}"
            f" ELSE e.{field.column} END AS {field.column}")
        for field in FIELDS
    )  # fmt: skip
    differs = SQL(", ").join(
        SQL(f"CASE WHEN s.given & {bit(field)} <> 0"
            f" AND s.{field.column} IS DISTINCT FROM e.{field.column} THEN '{field.name}' END")
        for field in FIELDS
    )  # fmt: skip
    return SQL("""
        CREATE TEMP TABLE next_state ON COMMIT DROP AS
        SELECT * FROM (
            SELECT s.code, e.code IS NULL AS is_new, {fields},
                   (coalesce(e.properties, '{{}}') || s.properties) - s.removed AS properties,
                   CASE WHEN e.code IS NULL THEN '{{}}' ELSE array_remove(ARRAY[{differs},
                       CASE WHEN (e.properties || s.properties) - s.removed <> e.properties
                            THEN 'properties' END], NULL)
                   END AS changed
            FROM staged s LEFT JOIN entity e USING (code)) AS compared
        WHERE is_new OR changed <> '{{}}'""").format(fields=fields, differs=differs)
