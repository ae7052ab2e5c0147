"""Devices and objects out of the register, as arrays, by the hundred thousand."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import psycopg
import shapely
from numpy.typing import NDArray
from psycopg.sql import SQL, Composed

from data.reference import entity_classes
from spatial.links import Entities

Connection = psycopg.Connection[tuple[Any, ...]]

DEVICE_CLASSES = tuple(
    code for code, found in entity_classes().items() if found.role in {"device", "camera"}
)
STANDING = SQL("(NOT e.retired AND e.stage <> 'demolished')")
"""What is there to be linked, of the row ``e`` of entity."""
_OF_CLASSES = SQL("e.class_code = ANY (%(classes)s)")
_OF_CODES = SQL("e.code = ANY (%(codes)s)")

# Numbers and shapes come as a few long strings of bytes, which NumPy reads without a loop: to fetch
# a row each takes longer than to find the links. No string may be longer than a gigabyte.
_SHAPES = SQL("""
    SELECT string_agg(int8send(e.code), ''),
           string_agg(int4send(coalesce(length(ST_AsBinary(e.geom)), 0)), ''),
           string_agg(coalesce(ST_AsBinary(e.geom), ''), '')
    FROM entity e WHERE {which} AND {standing} GROUP BY e.code / 20000""")

# Few have any of these. A space lies as high as its storey does, or as that of a space around it.
_FACTS = SQL("""
    SELECT string_agg(int8send(f.code), ''),
           string_agg(float8send(coalesce(f.base, 'NaN')), ''),
           string_agg(float8send(coalesce(f.base + f.height, 'NaN')), ''),
           string_agg(timestamptz_send(coalesce(f.valid_from, '-infinity')), ''),
           string_agg(timestamptz_send(coalesce(f.valid_to, 'infinity')), '')
    FROM (
        SELECT e.code, e.valid_from, e.valid_to,
               CASE WHEN e.class_code IN ('8102', '8103') THEN coalesce(e.height_m, s.height_m)
               END AS height,
               CASE WHEN e.class_code = '8102' THEN (e.properties ->> 'elevation_m')::float8
                    WHEN e.class_code = '8103' THEN (s.properties ->> 'elevation_m')::float8
                    WHEN e.class_code LIKE '85%%' OR e.class_code LIKE '86%%'
                    THEN (e.properties ->> 'mounting_level_m')::float8 END AS base
        FROM entity e
        LEFT JOIN entity s ON s.code = CASE WHEN e.class_code = '8103' THEN (
            WITH RECURSIVE whole (code, class_code) AS (
                SELECT e.code, e.class_code UNION
                SELECT t.code, t.class_code FROM whole w
                JOIN relation r ON r.origin = w.code AND r.kind = 'part_of'
                     AND r.superseded_in IS NULL
                JOIN entity t ON t.code = r.target AND t.class_code IN ('8102', '8103')
                WHERE w.class_code = '8103')
            SELECT min(code) FROM whole WHERE class_code = '8102') END
        WHERE {which} AND (
            e.class_code IN ('8102', '8103') OR e.valid_from IS NOT NULL
            OR e.valid_to IS NOT NULL OR e.properties ? 'mounting_level_m')
        AND {standing}
    ) AS f""")


def load_classes(connection: Connection, classes: Sequence[str]) -> Entities:
    """Return everything of some classes that stands."""
    shapes, facts, told = *_queries(_OF_CLASSES), {"classes": list(classes)}
    with connection.cursor(binary=True) as cursor:
        # While one row is read here, the server makes the next.
        found = _placed(cursor.stream(shapes, told, binary=True))
        return _with_facts(found, cursor.execute(facts, told).fetchall())


def load_codes(connection: Connection, codes: Sequence[int]) -> Entities:
    """Return those of some entities that stand."""
    shapes, facts, told = *_queries(_OF_CODES), {"codes": list(codes)}
    with connection.cursor(binary=True) as first, connection.cursor(binary=True) as second:
        with connection.pipeline():
            first.execute(shapes, told)
            second.execute(facts, told)
        return _with_facts(_placed(first.fetchall()), second.fetchall())


def _queries(which: SQL) -> tuple[Composed, Composed]:
    parts = {"which": which, "standing": STANDING}
    return _SHAPES.format(**parts), _FACTS.format(**parts)


def _placed(rows: Iterable[tuple[Any, ...]]) -> Entities:
    """Return entities in the order of their codes, with their shapes."""
    codes, shapes = [np.empty(0, np.int64)], [np.empty(0, object)]
    for code, lengths, text in rows:
        codes.append(_numbers(code, ">i8"))
        shapes.append(shapely.from_wkb(_cut(text, _numbers(lengths, ">i4"))))
    code = np.concatenate(codes)
    order = np.argsort(code)
    return Entities.placed(code[order], np.concatenate(shapes)[order])


def _with_facts(found: Entities, rows: Sequence[tuple[Any, ...]]) -> Entities:
    """Write heights and validity into the columns of entities."""
    codes, *columns = rows[0]
    if codes is not None:
        at = np.searchsorted(found.code, _numbers(codes, ">i8"))
        kinds = (">f8", ">f8", ">i8", ">i8")
        for column, text, kind in zip(found[2:], columns, kinds, strict=True):
            column[at] = _numbers(text, kind)
    return found


def _cut(text: bytes, lengths: NDArray[np.int64]) -> NDArray[Any]:
    """Return the shapes that follow one another in the text, None of no length."""
    ends = lengths.cumsum().tolist()
    cut = np.empty(len(lengths), object)
    cut[:] = [text[a:b] or None for a, b in zip([0, *ends], ends, strict=False)]
    return cut


def _numbers(text: bytes, kind: str) -> NDArray[Any]:
    """Return numbers as PostgreSQL sends them."""
    return np.frombuffer(text, kind).astype(kind.replace(">", "="))
