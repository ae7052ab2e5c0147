"""The links that stand, one after the other: what to what, how, how sure, since when, by whom."""

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

import psycopg
from psycopg.rows import dict_row
from psycopg.sql import SQL, Composed

from data.links.running import kinds_of
from data.links.standing import LINKING
from data.reference import link_rules
from spatial.links import Method

Connection = psycopg.Connection[tuple[Any, ...]]
Row = dict[str, Any]

# Links of others are as sure as their word: an import names the object, a form declares it.
_LINKS = SQL("""
    SELECT r.id, r.origin AS device, d.name AS device_name, r.kind AS relation, r.target,
           t.name AS target_name,
           CASE WHEN r.method = ANY (%(linking)s) THEN r.method
                WHEN r.method LIKE 'import %%' THEN 'by name' ELSE 'by a person' END AS method,
           r.method AS said_by, r.distance_m,
           CASE WHEN r.method = ANY (%(linking)s) THEN l.confidence ELSE 1 END AS confidence,
           l.limit_m, l.rival, l.rival_m, l.along_m, l.side, l.share,
           lower(r.valid) AS valid_from, upper(r.valid) AS valid_to, c.recorded_at AS since,
           x.actor AS fixed_by, x.reason AS fixed_why
    FROM relation r
    JOIN entity d ON d.code = r.origin JOIN entity t ON t.code = r.target
    JOIN change_set c ON c.id = r.change_set_id
    LEFT JOIN link l ON l.relation_id = r.id
    LEFT JOIN link_fix f ON r.method = 'by a person' AND f.origin = r.origin AND f.kind = r.kind
    AND f.released_in IS NULL
    LEFT JOIN change_set x ON x.id = f.change_set_id
    WHERE r.superseded_in IS NULL AND r.kind = ANY (%(kinds)s) AND {conditions}
    ORDER BY r.id LIMIT %(most)s""")
_CONDITIONS = {
    "after": SQL("r.id > %(after)s"),
    "entity": SQL("(r.origin = %(entity)s OR r.target = %(entity)s)"),
    "device": SQL("r.origin = %(device)s"),
    "relation": SQL("r.kind = %(relation)s"),
    "method": SQL("""
        CASE WHEN r.method = ANY (%(linking)s) THEN r.method
             WHEN r.method LIKE 'import %%' THEN 'by name' ELSE 'by a person'
        END = %(method)s"""),
    "below": SQL("l.confidence < %(below)s"),
}


class Wanted(NamedTuple):
    """Which links; conditions add up.

    Attributes:
        entity: code of the device or of the object.
        device: code of the device.
        relation: the kind.
        method: how it was found.
        below: links less sure than this.
        after: ``id`` of the last link of the page before.
    """

    entity: int | None = None
    device: int | None = None
    relation: str | None = None
    method: str | None = None
    below: float | None = None
    after: int | None = None


def statement(wanted: Wanted, most: int) -> tuple[Composed, Mapping[str, object]]:
    """Return the query for links, and its parameters."""
    given = {name: value for name, value in wanted._asdict().items() if value is not None}
    told = given | {"most": most, "linking": list(LINKING), "kinds": kinds_of(link_rules())}
    return _LINKS.format(conditions=_all_of(given)), told


def list_links(connection: Connection, wanted: Wanted, most: int = 100) -> list[Row]:
    """Return links that stand, the oldest first, each with its reason."""
    query, told = statement(wanted, most)
    with connection.cursor(row_factory=dict_row) as cursor:
        return [described(row) for row in cursor.execute(query, told).fetchall()]


def described(row: Row) -> Row:
    """Return a link with the sentence that says why it is; codes become text."""
    codes = {name: row[name] and str(row[name]) for name in ("device", "target", "rival")}
    return {**row, **codes, "reason": reason_of(row)}


def reason_of(row: Mapping[str, Any]) -> str:
    """Say why a link is: what a person said, or how near it is and what came next."""
    if row["fixed_by"]:
        return f"said {row['fixed_by']}: {row['fixed_why']}"
    if row["said_by"] not in LINKING:
        return f"said so: {row['said_by']}"
    if row["method"] == Method.COVERS:
        return f"the view covers {row['share']:.0%} of it" if row["share"] else "the view covers it"
    return "; ".join(filter(None, (_where(row), _next(row))))


def _where(row: Mapping[str, Any]) -> str:
    if row["method"] == Method.INSIDE:
        return "stands in it"
    away = "no distance is known" if row["distance_m"] is None else f"{row['distance_m']:.1f} m off"
    if row["along_m"] is not None:
        side = "" if row["side"] == "on" else f" on its {row['side']}"
        return f"{row['along_m']:.1f} m from its start, {away}{side}"
    return f"nearest, {away}" + ("" if row["limit_m"] is None else f" of {row['limit_m']:g} m")


def _next(row: Mapping[str, Any]) -> str:
    if row["rival"] is None:
        return "nothing else near" if row["limit_m"] is not None else ""
    return f"the next one, {row['rival']}, is {row['rival_m']:.1f} m off"


def _all_of(given: Collection[str]) -> Composed:
    named = [condition for name, condition in _CONDITIONS.items() if name in given]
    return SQL(" AND ").join([SQL("true"), *named])
