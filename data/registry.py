"""Change sets of the register: entities, names and relations in bulk, every one a version."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import psycopg
from psycopg.types.json import Jsonb
from shapely import to_wkb
from shapely.geometry.base import BaseGeometry

from data.tables import SRID

_STAGE_ENTITIES = """
    CREATE TEMP TABLE new_entity (
        code int8 PRIMARY KEY, name text, geom bytea, height_m float8, properties jsonb
    ) ON COMMIT DROP"""

_TAKE_ENTITIES = (
    """UPDATE entity_version v SET superseded_in = %(change_set)s
       FROM new_entity n WHERE v.code = n.code AND v.superseded_in IS NULL""",
    """INSERT INTO entity (code, name, geom, height_m, properties, change_set_id)
       SELECT code, name, ST_GeomFromWKB(geom, %(srid)s), height_m, properties, %(change_set)s
       FROM new_entity ORDER BY code
       ON CONFLICT (code) DO UPDATE SET
           name = excluded.name, geom = excluded.geom, height_m = excluded.height_m,
           properties = excluded.properties, change_set_id = excluded.change_set_id""",
    """INSERT INTO entity_version (code, created_in, name, geom, height_m, properties,
                                   stage, retired, valid_from, valid_to)
       SELECT code, change_set_id, name, geom, height_m, properties,
              stage, retired, valid_from, valid_to
       FROM entity WHERE change_set_id = %(change_set)s""",
    "DROP TABLE new_entity",
)


_LAST_SERIAL = 999_999


class CodesExhaustedError(Exception):
    """A class has no serials left in a county. Extend the class table with a further class."""


class NewEntity(NamedTuple):
    """An entity as it shall stand in the register.

    Attributes:
        code: its unified entity code as a number.
        name: in the language of its users.
        geometry: in the district's CRS (EPSG:4547 for Shenzhen), or None.
        height_m: above its own ground, or None.
        properties: free properties of its class.
    """

    code: int
    name: str
    geometry: BaseGeometry | None = None
    height_m: float | None = None
    properties: Mapping[str, object] = {}


class NewName(NamedTuple):
    """One more name of an entity: ``value`` in ``scheme``."""

    code: int
    scheme: str
    value: str


class NewRelation(NamedTuple):
    """``origin`` stands in the relation ``kind`` to ``target``; ``method`` says who found it."""

    origin: int
    kind: str
    target: int
    method: str
    distance_m: float | None = None


class LinkRefusal(NamedTuple):
    """Why a sensor stays unlinked, in a sentence."""

    origin: int
    kind: str
    reason: str


class ChangeSet(NamedTuple):
    """Everything that changes together, by one actor, for one reason.

    Attributes:
        actor: who, e.g. ``import gm-2026-05.gpkg`` or a username.
        reason: why, in words.
        source: the system or file that the data come from.
    """

    actor: str
    reason: str
    source: str
    entities: Iterable[NewEntity] = ()
    names: Iterable[NewName] = ()
    relations: Iterable[NewRelation] = ()
    refusals: Iterable[LinkRefusal] = ()


def record(connection: psycopg.Connection[tuple[Any, ...]], change: ChangeSet) -> int:
    """Write a change set in the connection's transaction and return its id.

    An entity that stands already gets a new version; a name or relation that stands already is
    left as it is. The caller commits.

    Raises:
        psycopg.IntegrityError: a name means another entity already, or a relation names none.
    """
    with connection.cursor() as cursor:
        # Change sets follow one another: the row lock keeps their order and the revision's alike.
        cursor.execute("UPDATE registry_state SET revision = revision + 1")
        change_set = _opened(cursor, change)
        _write_entities(cursor, change_set, change.entities)
        _write_names(cursor, change_set, change.names)
        _write_relations(cursor, change_set, change.relations)
        _write_refusals(cursor, change_set, change.refusals)
        cursor.execute(
            "UPDATE change_set SET recorded_at = clock_timestamp() WHERE id = %s", (change_set,)
        )
    return change_set


def issue_codes(
    connection: psycopg.Connection[tuple[Any, ...]], county: str, klass: str, count: int
) -> list[int]:
    """Return codes that nothing has had yet, in the connection's transaction.

    Concurrent callers wait for one another until the transaction ends.

    Raises:
        CodesExhaustedError: the class has no serials left in the county.
    """
    connection.execute("UPDATE registry_state SET revision = revision")
    first = int(f"{county}{klass}000000")
    found = connection.execute(
        "SELECT coalesce(max(code), %s) FROM entity WHERE code BETWEEN %s AND %s",
        (first, first, first + _LAST_SERIAL),
    ).fetchall()
    newest = int(found[0][0])
    if newest + count > first + _LAST_SERIAL:
        raise CodesExhaustedError(
            f"class {klass} in county {county}: {count} codes wanted, expected at most "
            f"{first + _LAST_SERIAL - newest}"
        )
    return [newest + number for number in range(1, count + 1)]


def revision(connection: psycopg.Connection[tuple[Any, ...]]) -> int:
    """Return how many change sets the register has taken."""
    found = connection.execute("SELECT revision FROM registry_state").fetchone()
    if found is None:
        raise LookupError("registry_state: expected one row, run twin migrate")
    return int(found[0])


def _opened(cursor: psycopg.Cursor[tuple[Any, ...]], change: ChangeSet) -> int:
    cursor.execute(
        "INSERT INTO change_set (actor, reason, source) VALUES (%s, %s, %s) RETURNING id",
        (change.actor, change.reason, change.source),
    )
    return int(cursor.fetchall()[0][0])


def _write_entities(
    cursor: psycopg.Cursor[tuple[Any, ...]], change_set: int, entities: Iterable[NewEntity]
) -> None:
    cursor.execute(_STAGE_ENTITIES)
    with cursor.copy(
        "COPY new_entity (code, name, geom, height_m, properties) FROM STDIN (FORMAT BINARY)"
    ) as copy:
        copy.set_types(["int8", "text", "bytea", "float8", "jsonb"])
        for entity in entities:
            copy.write_row(
                (
                    entity.code,
                    entity.name,
                    None if entity.geometry is None else to_wkb(entity.geometry),
                    entity.height_m,
                    Jsonb(dict(entity.properties)),
                )
            )
    for statement in _TAKE_ENTITIES:
        cursor.execute(statement, {"change_set": change_set, "srid": SRID})


def _write_names(
    cursor: psycopg.Cursor[tuple[Any, ...]], change_set: int, names: Iterable[NewName]
) -> None:
    cursor.execute("CREATE TEMP TABLE new_name (code int8, scheme text, value text) ON COMMIT DROP")
    with cursor.copy("COPY new_name FROM STDIN") as copy:
        for name in names:
            copy.write_row(name)
    cursor.execute(
        "INSERT INTO entity_name (code, scheme, value, change_set_id)"
        " SELECT code, scheme, value, %s FROM new_name n WHERE NOT EXISTS ("
        "  SELECT FROM entity_name e WHERE e.scheme = n.scheme AND e.value = n.value"
        "  AND e.code = n.code AND e.superseded_in IS NULL)",
        (change_set,),
    )
    cursor.execute("DROP TABLE new_name")


def _write_relations(
    cursor: psycopg.Cursor[tuple[Any, ...]], change_set: int, relations: Iterable[NewRelation]
) -> None:
    cursor.execute(
        "CREATE TEMP TABLE new_relation (origin int8, kind text, target int8, method text,"
        " distance_m float8) ON COMMIT DROP"
    )
    with cursor.copy("COPY new_relation FROM STDIN") as copy:
        for relation in relations:
            copy.write_row(relation)
    cursor.execute(
        "INSERT INTO relation (origin, kind, target, method, distance_m, change_set_id)"
        " SELECT origin, kind, target, method, distance_m, %s FROM new_relation"
        " ON CONFLICT (origin, kind, target) WHERE superseded_in IS NULL DO NOTHING",
        (change_set,),
    )
    cursor.execute("DROP TABLE new_relation")


def _write_refusals(
    cursor: psycopg.Cursor[tuple[Any, ...]], change_set: int, refusals: Iterable[LinkRefusal]
) -> None:
    cursor.executemany(
        "INSERT INTO link_refusal (origin, kind, reason, change_set_id) VALUES (%s, %s, %s, %s)"
        " ON CONFLICT (origin, kind) DO UPDATE"
        " SET reason = excluded.reason, change_set_id = excluded.change_set_id",
        [(*refusal, change_set) for refusal in refusals],
    )
