"""What happens to entities in their life: retired, merged, split, renumbered, reinstated."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import psycopg

from data.registry.errors import ChangeRefusedError, EntityRetiredError, EntityUnknownError
from data.registry.recording import lock, record
from data.registry.values import (
    ChangeSet,
    EndedName,
    EndedRelation,
    EntityChange,
    Forward,
    NewName,
    NewRelation,
    Recorded,
)

Connection = psycopg.Connection[tuple[Any, ...]]

_STANDING = "SELECT code, retired FROM entity WHERE code = ANY (%s)"
_NAMES = """
    SELECT code, scheme, value, code_system, lower(valid), upper(valid) FROM entity_name
    WHERE code = ANY (%s) AND superseded_in IS NULL ORDER BY id"""
_RELATIONS = """
    SELECT origin, kind, target, method, distance_m FROM relation
    WHERE (origin = ANY (%(codes)s) OR target = ANY (%(codes)s)) AND superseded_in IS NULL
    ORDER BY id"""
_STATE = """
    SELECT name, ST_AsEWKB(geom), height_m, properties, stage, retired, owner, steward, address,
           valid_from, valid_to FROM entity WHERE code = %s"""
_FORWARDED = """
    WITH RECURSIVE way (code, hops) AS (
        SELECT new_code, 1 FROM entity_forward WHERE old_code = %(code)s AND new_code <> %(code)s
        UNION
        SELECT f.new_code, w.hops + 1 FROM way w JOIN entity_forward f ON f.old_code = w.code
        WHERE f.new_code <> f.old_code AND w.hops < 50)
    SELECT DISTINCT w.code FROM way w JOIN entity e USING (code)
    WHERE NOT e.retired ORDER BY w.code"""


class Author(NamedTuple):
    """Who changes the register, why, and whose word it is."""

    actor: str
    reason: str
    source: str


def retire(connection: Connection, author: Author, codes: Sequence[int]) -> Recorded:
    """Take entities out of the register's present; their names and versions stay theirs.

    Raises:
        EntityUnknownError: a code that is not in the register.
        EntityRetiredError: one is retired already.
    """
    lock(connection)
    _require_in_use(connection, codes)
    return record(
        connection,
        ChangeSet(
            *author,
            entities=[EntityChange(code, retired=True) for code in codes],
            ended_relations=[EndedRelation(*row[:3]) for row in _relations(connection, codes)],
        ),
    )


def reinstate(connection: Connection, author: Author, code: int) -> Recorded:
    """Bring a retired entity back, unless another has taken its place.

    Raises:
        EntityUnknownError: it is not in the register.
        ChangeRefusedError: it is in use, or its code leads to another entity.
    """
    lock(connection)
    if not _standing(connection, [code])[code]:
        raise ChangeRefusedError(f"entity {code} is in use: expected a retired one")
    if successors := follow(connection, code):
        raise ChangeRefusedError(
            f"entity {code}: its code leads to {_listed(successors)}, expected one without "
            "a successor"
        )
    change = EntityChange(code, retired=False)
    return record(connection, ChangeSet(*author, entities=[change]))


def merge(connection: Connection, author: Author, codes: Sequence[int], into: int) -> Recorded:
    """Make several entities one: they retire, and their codes, names and relations lead to it.

    Args:
        connection: the caller commits.
        author: who and why.
        codes: of the entities that end.
        into: the entity that stays; of the same class.

    Raises:
        EntityUnknownError: a code that is not in the register.
        EntityRetiredError: one is retired.
        ChangeRefusedError: an entity into itself, twice, or into one of another class.
    """
    if into in codes or len(set(codes)) != len(codes) or not codes:
        raise ChangeRefusedError(
            f"{_listed(codes)} into {into}: expected other entities, each named once"
        )
    if strangers := [code for code in codes if _klass(code) != _klass(into)]:
        raise ChangeRefusedError(
            f"entity {strangers[0]} of class {_klass(strangers[0])} into {into}: expected class "
            f"{_klass(into)}"
        )
    lock(connection)
    _require_in_use(connection, [*codes, into])
    change = _led_to(connection, author, dict.fromkeys(codes, into), "merged")
    # The entity that stays is a part of what it was a part of before.
    kept = [r for r in change.relations if (r.origin, r.kind) != (into, "part_of")]
    return record(connection, change._replace(relations=kept))


def split(
    connection: Connection,
    author: Author,
    code: int,
    parts: Sequence[EntityChange],
    names: Mapping[tuple[str, str], int] | None = None,
) -> Recorded:
    """Make one entity several: it retires, and its code leads to all of them.

    Args:
        connection: the caller commits.
        author: who and why.
        code: of the entity that ends.
        parts: at least two entities of its class, with issued codes; one may be in the register.
        names: which of its names goes to which part; the others stay with the retired one.

    Raises:
        EntityUnknownError: the entity is not in the register.
        EntityRetiredError: it is retired.
        ChangeRefusedError: fewer than two parts, one of another class, or itself.
    """
    found = [part.code for part in parts]
    if len(set(found)) < 2 or code in found:  # noqa: PLR2004 - a part alone is no split
        raise ChangeRefusedError(f"{code} into {_listed(found)}: expected two or more others")
    if strangers := [part for part in found if _klass(part) != _klass(code)]:
        raise ChangeRefusedError(f"part {strangers[0]}: expected class {_klass(code)}")
    lock(connection)
    _require_in_use(connection, [code])
    change = _ended(connection, author, code, names or {})
    return record(
        connection,
        change._replace(
            entities=[EntityChange(code, retired=True), *parts],
            forwards=[Forward(code, part, "split") for part in found],
        ),
    )


def renumber(connection: Connection, author: Author, code: int, new_code: int) -> Recorded:
    """Give an entity another code, as when it was of a wrong class; the old one leads to it.

    Raises:
        EntityUnknownError: the entity is not in the register.
        EntityRetiredError: it is retired.
        ChangeRefusedError: the new code has an entity already.
    """
    lock(connection)
    _require_in_use(connection, [code])
    if connection.execute("SELECT 1 FROM entity WHERE code = %s", (new_code,)).fetchone():
        raise ChangeRefusedError(f"code {new_code}: it has an entity, expected one just issued")
    state = connection.execute(_STATE, (code,)).fetchall()[0]
    change = _led_to(connection, author, {code: new_code}, "renumbered")
    entities = [EntityChange(new_code, *state), *change.entities]
    return record(connection, change._replace(entities=entities))


def follow(connection: Connection, code: int) -> list[int]:
    """Return the entities in use that an old code leads to, none if it leads nowhere."""
    return [int(row[0]) for row in connection.execute(_FORWARDED, {"code": code})]


def _led_to(
    connection: Connection, author: Author, way: Mapping[int, int], reason: str
) -> ChangeSet:
    """Return the change that retires the keys of ``way`` in favour of its values."""
    named = connection.execute(_NAMES, (list(way),)).fetchall()
    related = _relations(connection, list(way))
    moved = (
        NewRelation(way.get(origin, origin), kind, way.get(target, target), method, distance)
        for origin, kind, target, method, distance in related
    )
    return ChangeSet(
        *author,
        entities=[EntityChange(code, retired=True) for code in way],
        ended_names=[EndedName(*row[:3]) for row in named],
        names=[NewName(way[row[0]], *row[1:]) for row in named],
        ended_relations=[EndedRelation(*row[:3]) for row in related],
        relations=[relation for relation in moved if relation.origin != relation.target],
        forwards=[Forward(old, new, reason) for old, new in way.items()],
    )


def _ended(
    connection: Connection, author: Author, code: int, names: Mapping[tuple[str, str], int]
) -> ChangeSet:
    named = connection.execute(_NAMES, ([code],)).fetchall()
    unknown = set(names) - {(row[1], row[2]) for row in named}
    if unknown:
        scheme, value = min(unknown)
        raise ChangeRefusedError(f"{scheme} name {value!r}: expected a name of entity {code}")
    return ChangeSet(
        *author,
        ended_names=[EndedName(*row[:3]) for row in named if (row[1], row[2]) in names],
        names=[NewName(names[row[1], row[2]], *row[1:]) for row in named if row[1:3] in names],
        ended_relations=[EndedRelation(*row[:3]) for row in _relations(connection, [code])],
    )


def _relations(connection: Connection, codes: Sequence[int]) -> list[tuple[Any, ...]]:
    return connection.execute(_RELATIONS, {"codes": list(codes)}).fetchall()


def _require_in_use(connection: Connection, codes: Sequence[int]) -> None:
    for code, retired in _standing(connection, codes).items():
        if retired:
            successors = follow(connection, code)
            instead = f", it is {_listed(successors)} now" if successors else ""
            raise EntityRetiredError(f"entity {code} is retired{instead}: expected one in use")


def _standing(connection: Connection, codes: Sequence[int]) -> dict[int, bool]:
    """Return for each code whether it is retired."""
    found: dict[int, bool] = dict(connection.execute(_STANDING, (list(codes),)).fetchall())
    if missing := [code for code in codes if code not in found]:
        raise EntityUnknownError(f"entity {missing[0]}: not in the register")
    return found


def _klass(code: int) -> str:
    return str(code)[6:10]


def _listed(codes: Sequence[int]) -> str:
    return ", ".join(map(str, codes))
