"""Elements of a model, staged, compared with what stands, and written."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import orjson
import psycopg
import shapely
from psycopg.types.json import Jsonb

from spatial.models import Element
from spatial.models.placing import PlacedElements

Cursor = psycopg.Cursor[tuple[Any, ...]]

_STAGED = """
    CREATE TEMP TABLE incoming_element (
        key text, native_class text, class_code text, name text, parent text, geom geometry,
        base_m float8, top_m float8, lods jsonb, measures jsonb, properties jsonb
    ) ON COMMIT DROP;
    CREATE TEMP TABLE refused_element (key text) ON COMMIT DROP"""
# What a store cannot keep can be no key that stands in it.
_REFUSED = "INSERT INTO refused_element SELECT unnest(%s::text[])"
_COPY = "COPY incoming_element FROM STDIN (FORMAT BINARY)"
# PostGIS reads a geometry in a binary COPY from EWKB, which is what goes as bytea here.
_TYPES = (
    *["text"] * 5, "bytea", "float8", "float8", "jsonb", "jsonb", "jsonb",
)  # fmt: skip

_COUNTS = """
    SELECT count(*) FILTER (WHERE e.key IS NULL),
           count(*) FILTER (WHERE i.key IS NOT NULL AND e.key IS NOT NULL AND {differs}),
           count(*) FILTER (WHERE i.key IS NULL AND NOT EXISTS (
               SELECT FROM refused_element r WHERE r.key = e.key)),
           count(*) FILTER (WHERE i.key IS NOT NULL)
    FROM incoming_element i
    FULL JOIN (SELECT * FROM model_element WHERE model = %(model)s) e ON e.key = i.key"""
_GONE = """
    DELETE FROM model_element e WHERE e.model = %(model)s
    AND NOT EXISTS (SELECT FROM incoming_element i WHERE i.key = e.key)
    AND NOT EXISTS (SELECT FROM refused_element r WHERE r.key = e.key)"""
_CHANGED = """
    UPDATE model_element e SET ({state}, change_set_id) = ROW ({of_incoming}, %(change_set)s)
    FROM incoming_element i WHERE e.model = %(model)s AND i.key = e.key AND {differs}"""
_CREATED = """
    INSERT INTO model_element (model, key, {state}, change_set_id)
    SELECT %(model)s, key, {state}, %(change_set)s FROM incoming_element i
    WHERE NOT EXISTS (SELECT FROM model_element e WHERE e.model = %(model)s AND e.key = i.key)"""

_STATE = (
    "native_class", "class_code", "name", "parent", "geom", "base_m", "top_m", "lods", "measures",
    "properties",
)  # fmt: skip

_CODES = """
    UPDATE model_element e SET code = n.code
    FROM model_element k
    LEFT JOIN entity_name n ON n.scheme = %(scheme)s AND n.value = %(prefix)s || k.key
         AND n.superseded_in IS NULL AND n.valid @> now()
    WHERE k.model = %(model)s AND e.model = k.model AND e.key = k.key
    AND e.code IS DISTINCT FROM n.code"""
# Circles of parents are never entered, for none in one is without a parent: they have no whole.
_WHOLES = """
    WITH RECURSIVE below AS (
        SELECT e.key, e.code AS whole FROM model_element e
        WHERE e.model = %(model)s AND NOT EXISTS (
            SELECT FROM model_element p WHERE p.model = e.model AND p.key = e.parent)
        UNION ALL
        SELECT e.key, coalesce(e.code, b.whole) FROM below b
        JOIN model_element e ON e.model = %(model)s AND e.parent = b.key
    )
    UPDATE model_element e SET whole = b.whole
    FROM model_element k LEFT JOIN below b ON b.key = k.key
    WHERE k.model = %(model)s AND e.model = k.model AND e.key = k.key
    AND e.whole IS DISTINCT FROM b.whole"""


class ElementCounts(NamedTuple):
    """What became, or would become, of the elements of a model."""

    created: int = 0
    changed: int = 0
    removed: int = 0
    unchanged: int = 0
    refused: int = 0

    def differ(self) -> bool:
        """Tell whether the store's elements are not those of the file."""
        return bool(self.created or self.changed or self.removed)


def open_stage(cursor: Cursor) -> None:
    """Make the table in which the elements wait for comparison; it goes with the transaction."""
    cursor.execute(_STAGED)


def stage(cursor: Cursor, placed: PlacedElements, srid: int) -> None:
    """Send some elements to the staging table; what stands of refused ones stays as it is."""
    cursor.execute(_REFUSED, ([key for key in placed.refused_keys if _storable(key)],))
    with cursor.copy(_COPY) as copy:
        copy.set_types(_TYPES)
        for row in _rows(placed, srid):
            copy.write_row(row)


def _storable(key: str) -> bool:
    return "\0" not in key and not any("\ud800" <= letter <= "\udfff" for letter in key)


def _rows(placed: PlacedElements, srid: int) -> Iterator[tuple[object, ...]]:
    shapes = shapely.to_wkb(shapely.set_srid(placed.shapes, srid), include_srid=True)
    for element, shape in zip(placed.elements, shapes, strict=True):
        yield _row(element, shape)


def _row(element: Element, shape: bytes | None) -> tuple[object, ...]:
    return (
        element.key,
        element.native_class,
        element.klass or None,
        element.name,
        element.parent,
        shape,
        element.base_m,
        element.top_m,
        _json(list(element.lods)),
        _json(dict(element.measures)),
        _json(dict(element.properties)),
    )


def _json(value: object) -> Jsonb:
    # What is not finite becomes null, where the standard library writes what is no JSON.
    return Jsonb(value, dumps=orjson.dumps)


def compare(cursor: Cursor, model: int | None, refused: int) -> ElementCounts:
    """Return how the staged elements differ from those of a model; None for one that is new."""
    cursor.execute("ANALYZE incoming_element")
    cursor.execute(_COUNTS.format(differs=_differs()).encode(), {"model": model})
    created, changed, removed, staged = cursor.fetchall()[0]
    return ElementCounts(created, changed, removed, staged - created - changed, refused)


def write(cursor: Cursor, model: int, change_set: int) -> None:
    """Make the staged elements those of a model."""
    told = {"model": model, "change_set": change_set}
    state, of_incoming = ", ".join(_STATE), ", ".join(f"i.{column}" for column in _STATE)
    cursor.execute(_GONE, told)
    changed = _CHANGED.format(state=state, of_incoming=of_incoming, differs=_differs())
    cursor.execute(changed.encode(), told)
    cursor.execute(_CREATED.format(state=state).encode(), told)


def settle(cursor: Cursor, model: int, scheme: str, prefix: str) -> None:
    """Set which entity each element is, and which one it is a part of."""
    told = {"model": model, "scheme": scheme, "prefix": prefix}
    cursor.execute(_CODES, told)
    cursor.execute(_WHOLES, told)


def _differs() -> str:
    of_incoming = ", ".join(f"i.{column}" for column in _STATE)
    return f"({of_incoming}) IS DISTINCT FROM ({', '.join(f'e.{name}' for name in _STATE)})"
