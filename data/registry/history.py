"""What the register said when: versions, "as of" any instant, and differences between two."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

import psycopg
import shapely
from psycopg.sql import SQL, Composed

from data.registry.errors import ChangeRefusedError
from data.registry.staging import FIELDS

Connection = psycopg.Connection[tuple[Any, ...]]
Change = tuple[Any, Any]


class State(NamedTuple):
    """An entity as the register had it; ``geometry`` is WKB in the district's CRS."""

    name: str
    geometry: bytes | None
    height_m: float | None
    stage: str
    retired: bool
    owner: str
    steward: str
    address: str
    valid_from: datetime | None
    valid_to: datetime | None
    properties: Mapping[str, Any]


class Version(NamedTuple):
    """One change of an entity: who, when, why, from which import, and what became what.

    ``changes`` gives for each field the value before and after; a first version has before None.
    """

    change_set: int
    recorded_at: datetime | None
    actor: str
    reason: str
    source: str
    model: str
    file: str
    changes: dict[str, Change]


class Difference(NamedTuple):
    """What became of an entity between two instants: created, changed, retired or reinstated."""

    code: int
    name: str
    kind: str
    changes: dict[str, Change]


class Import(NamedTuple):
    """One import of a model."""

    change_set: int
    recorded_at: datetime
    actor: str
    file: str
    counts: Mapping[str, int]


def _columns(row: str) -> SQL:
    named = (
        f"ST_AsBinary({row}.geom)" if field.column == "geom" else f"{row}.{field.column}"
        for field in FIELDS
    )
    return SQL(", ".join([*named, f"{row}.properties"]))


_EVERY_STATE = SQL("""
    SELECT e.change_set_id AS made_in, {of_entity} FROM entity e WHERE e.code = %(code)s
    UNION ALL
    SELECT v.created_in, {of_version} FROM entity_version v WHERE v.code = %(code)s
    ORDER BY made_in""").format(of_entity=_columns("e"), of_version=_columns("v"))

_CHANGE_SETS = """
    SELECT id, recorded_at, actor, reason, source, model, file FROM change_set
    WHERE id IN (
        SELECT change_set_id FROM entity WHERE code = %(code)s
        UNION SELECT created_in FROM entity_version WHERE code = %(code)s
        UNION SELECT change_set_id FROM entity_name WHERE code = %(code)s
        UNION SELECT superseded_in FROM entity_name WHERE code = %(code)s
        UNION SELECT change_set_id FROM relation WHERE origin = %(code)s
        UNION SELECT superseded_in FROM relation WHERE origin = %(code)s
        UNION SELECT change_set_id FROM entity_forward WHERE old_code = %(code)s)
    ORDER BY id"""

_NAME_CHANGES = """
    SELECT change_set_id, 'name ' || scheme, NULL, value FROM entity_name WHERE code = %(code)s
    UNION ALL
    SELECT superseded_in, 'name ' || scheme, value, NULL FROM entity_name
    WHERE code = %(code)s AND superseded_in IS NOT NULL
    UNION ALL
    SELECT change_set_id, kind, NULL, target::text FROM relation WHERE origin = %(code)s
    UNION ALL
    SELECT superseded_in, kind, target::text, NULL FROM relation
    WHERE origin = %(code)s AND superseded_in IS NOT NULL
    UNION ALL
    SELECT change_set_id, reason, NULL, new_code::text FROM entity_forward
    WHERE old_code = %(code)s"""

_AS_OF = SQL("""
    SELECT {of_entity} FROM entity e WHERE e.code = %(code)s AND e.change_set_id <= %(newest)s
    UNION ALL
    SELECT {of_version} FROM entity_version v
    WHERE v.code = %(code)s AND v.created_in <= %(newest)s
    AND v.superseded_in > %(newest)s""").format(of_entity=_columns("e"), of_version=_columns("v"))

_BETWEEN = SQL("""
    WITH touched AS (
        SELECT code FROM entity WHERE change_set_id > %(before)s AND change_set_id <= %(after)s
        UNION
        SELECT code FROM entity_version
        WHERE superseded_in > %(before)s AND created_in <= %(after)s
        AND (superseded_in <= %(after)s OR created_in > %(before)s)
        UNION
        SELECT code FROM ({others}) AS other
    )
    SELECT t.code, a.made_in, {of_a}, b.made_in, {of_b}
    FROM touched t
    LEFT JOIN LATERAL ({at_before}) a ON true
    LEFT JOIN LATERAL ({at_after}) b ON true
    WHERE b.made_in IS NOT NULL AND {wanted} ORDER BY t.code""")

# What came between two change sets and stands after the later one, or the other way round.
_CAME = """change_set_id > %(before)s AND change_set_id <= %(after)s
        AND (superseded_in IS NULL OR superseded_in > %(after)s)"""
_WENT = """change_set_id <= %(before)s
        AND superseded_in > %(before)s AND superseded_in <= %(after)s"""
_OTHERS = SQL("""
    SELECT code, 'name ' || scheme AS field, NULL AS old, value AS new
    FROM entity_name WHERE {came}
    UNION ALL
    SELECT code, 'name ' || scheme, value, NULL FROM entity_name WHERE {went}
    UNION ALL
    SELECT origin, kind, NULL, target::text FROM relation WHERE {came}
    UNION ALL
    SELECT origin, kind, target::text, NULL FROM relation WHERE {went}""").format(
    came=SQL(_CAME), went=SQL(_WENT)
)
_OTHERS_BETWEEN = SQL("""
    SELECT * FROM ({others}) AS t WHERE {wanted} ORDER BY code, field, old, new""")

_AT = """
    SELECT e.change_set_id AS made_in, e.* FROM entity e
    WHERE e.code = t.code AND e.change_set_id <= %({when})s
    UNION ALL
    SELECT v.created_in, {columns} FROM entity_version v
    WHERE v.code = t.code AND v.created_in <= %({when})s AND v.superseded_in > %({when})s"""

_SCOPES = {
    "code": SQL("""t.code IN (
        WITH RECURSIVE part (code) AS (
            SELECT %(code)s::int8
            UNION SELECT r.origin FROM part p JOIN relation r ON r.target = p.code
            WHERE r.kind = 'part_of')
        SELECT code FROM part)"""),
    "klass": SQL("substr(t.code::text, 7, 4) = %(klass)s"),
    "model": SQL("""t.code IN (
        SELECT n.code FROM entity_name n JOIN change_set c ON c.id = n.change_set_id
        WHERE c.model = %(model)s)"""),
}


def versions(connection: Connection, code: int) -> list[Version]:
    """Return every change of an entity, oldest first; none if the register never had it."""
    told = {"code": code}
    states = {row[0]: State(*row[1:]) for row in connection.execute(_EVERY_STATE, told)}
    others: dict[int, dict[str, Change]] = {}
    for made_in, field, before, after in connection.execute(_NAME_CHANGES, told):
        _add(others.setdefault(made_in, {}), field, before, after)
    found = []
    state: State | None = None
    for row in connection.execute(_CHANGE_SETS, told).fetchall():
        now = states.get(row[0])
        changes = changes_between(state, now) if now is not None else {}
        found.append(Version._make([*row, changes | others.get(row[0], {})]))
        state = now or state
    return found


def as_of(connection: Connection, code: int, instant: datetime) -> State | None:
    """Return an entity as the register had it at an instant; None if it did not have it yet."""
    newest = last_change_set(connection, instant)
    found = connection.execute(_AS_OF, {"code": code, "newest": newest}).fetchone()
    return None if found is None else State(*found)


def last_change_set(connection: Connection, instant: datetime) -> int:
    """Return the id of the newest change set at an instant, 0 if there was none."""
    found = connection.execute(
        "SELECT coalesce(max(id), 0) FROM change_set WHERE recorded_at <= %s", (instant,)
    ).fetchall()
    return int(found[0][0])


def imports_of(connection: Connection, model: str) -> list[Import]:
    """Return the imports of a model that changed something, oldest first."""
    rows = connection.execute(
        "SELECT id, recorded_at, actor, file, counts FROM change_set WHERE model = %s ORDER BY id",
        (model,),
    )
    return [Import(*row) for row in rows]


def difference(
    connection: Connection, before: int, after: int, **scope: object
) -> Iterator[Difference]:
    """Yield what is otherwise after change set ``after`` than after ``before``, by code.

    Names and relations of an entity are told like its fields, as lists of those that went and
    those that came: ``name mqtt``, ``part_of``.

    Args:
        connection: in a transaction, or not: the rows are fetched at once.
        before: id of a change set, 0 for the empty register.
        after: id of a later one.
        scope: ``code`` (an entity and its parts), ``klass`` or ``model``; they add up.

    Raises:
        ChangeRefusedError: ``after`` lies before ``before``, or a scope that there is not.
    """
    if after < before:
        raise ChangeRefusedError(f"change set {after}: expected one not before {before}")
    if unknown := set(scope) - set(_SCOPES):
        raise ChangeRefusedError(f"scope {min(unknown)!r}: expected one of {', '.join(_SCOPES)}")
    wanted = {name: value for name, value in scope.items() if value is not None}
    query, of_others = _between([name for name in _SCOPES if name in wanted])
    told = wanted | {"before": before, "after": after}
    others: dict[int, dict[str, Change]] = {}
    for code, field, old_value, new_value in connection.execute(of_others, told):
        _add(others.setdefault(code, {}), field, old_value, new_value)
    width = len(State._fields) + 1
    for row in connection.execute(query, told):
        old = None if row[1] is None else State(*row[2 : width + 1])
        new = State(*row[width + 2 :])
        changes = changes_between(old, new) | others.get(row[0], {})
        if old is None or changes:
            yield Difference(int(row[0]), new.name, _kind(old, new), changes)


def changes_between(old: State | None, new: State) -> dict[str, Change]:
    """Return the fields and properties that differ, each with the value before and after.

    Of a geometry the place, kind and size are told, not the coordinates: ``[type, x, y, measure]``
    with metres and square metres in the district's CRS.
    """
    changes: dict[str, Change] = {}
    for field in State._fields[:-1]:
        before, after = (getattr(old, field) if old else None), getattr(new, field)
        if field == "geometry" and before != after:
            changes[field] = (_shape(before), _shape(after))
        elif before != after and not (old is None and after in {"", False, None}):
            changes[field] = (before, after)
    former = old.properties if old else {}
    for name in {**former, **new.properties}:
        if former.get(name) != new.properties.get(name):
            changes[name] = (former.get(name), new.properties.get(name))
    return changes


def _kind(old: State | None, new: State) -> str:
    if old is None:
        return "created"
    if old.retired != new.retired:
        return "retired" if new.retired else "reinstated"
    return "changed"


def _shape(wkb: bytes | None) -> list[Any] | None:
    if wkb is None:
        return None
    shape = shapely.from_wkb(wkb)
    middle = shapely.centroid(shape)
    measure = shape.area or shape.length
    return [shape.geom_type, round(middle.x, 3), round(middle.y, 3), round(measure, 3)]


def _add(changes: dict[str, Change], field: str, before: Any, after: Any) -> None:  # noqa: ANN401
    """Tell a name or relation; several of a kind in one change set become lists."""
    if field not in changes:
        changes[field] = ([], [])
    for side, value in zip(changes[field], (before, after), strict=True):
        if value is not None:
            side.append(value)


def _between(scopes: list[str]) -> tuple[Composed, Composed]:
    """Return the statements for states, and for names and relations."""
    columns = ", ".join(
        f"v.{column}" for column in (*(field.column for field in FIELDS), "properties")
    )
    at = _AT.replace("e.*", columns.replace("v.", "e."))
    wanted = SQL(" AND ").join([SQL("true"), *(_SCOPES[name] for name in scopes)])
    states = _BETWEEN.format(
        of_a=_columns("a"),
        of_b=_columns("b"),
        at_before=SQL(at.format(when="before", columns=columns)),
        at_after=SQL(at.format(when="after", columns=columns)),
        others=_OTHERS,
        wanted=wanted,
    )
    return states, _OTHERS_BETWEEN.format(others=_OTHERS, wanted=wanted)
