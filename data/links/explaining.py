"""Why a device is linked to what it is linked to, and what else was looked at."""

from datetime import datetime
from typing import Any, NamedTuple

import psycopg
from psycopg.rows import dict_row

from data.links.listing import Row, Wanted, list_links
from data.links.running import kinds_of
from data.links.surroundings import ask_around, load_around
from data.links.views import views_of
from data.reference import entity_classes, link_rules
from data.registry import EntityUnknownError
from spatial.links import Looked, explain

Connection = psycopg.Connection[tuple[Any, ...]]

_DEVICE = "SELECT name, class_code, retired FROM entity WHERE code = %s"
# Parts may be part of one another in a register that is not in order.
_INSIDE = """
    WITH RECURSIVE around AS (
        SELECT target AS code, ARRAY[target] AS way FROM relation
        WHERE origin = %s AND kind = 'located_in' AND superseded_in IS NULL
        UNION ALL
        SELECT r.target, a.way || r.target FROM around a
        JOIN relation r ON r.origin = a.code AND r.kind = 'part_of' AND r.superseded_in IS NULL
        WHERE NOT r.target = ANY (a.way)
    )
    SELECT a.code::text AS target, e.name AS target_name, e.class_code
    FROM around a JOIN entity e ON e.code = a.code ORDER BY cardinality(a.way), a.code"""
_NAMES = "SELECT code, name FROM entity WHERE code = ANY (%s)"
_REASONS = "SELECT kind AS relation, reason FROM link_refusal WHERE origin = %s ORDER BY kind"
_FIXES = """
    SELECT f.kind AS relation, f.target::text, c.actor, c.reason, c.recorded_at AS at
    FROM link_fix f JOIN change_set c ON c.id = f.change_set_id
    WHERE f.origin = %s AND f.released_in IS NULL ORDER BY f.kind"""

# A link whose figures change is ended and begun in one change set.
_ROWS = """
    SELECT r.kind, r.target, r.change_set_id, r.superseded_in, c.recorded_at
    FROM relation r JOIN change_set c ON c.id = r.change_set_id
    WHERE r.origin = %s AND r.kind = ANY (%s) ORDER BY r.id DESC"""


class Explanation(NamedTuple):
    """Why a device is linked as it is.

    Attributes:
        device: its code.
        name: what people call it.
        class_name: what it is.
        retired: whether it is out of use, and has no links.
        inside: what it stands in, from the inside out: space, storey, building and what these are
            parts of.
        links: those that stand, with ``since``: since when it has been linked to that object.
        fixes: what people said: ``relation``, ``target`` (None: to none of these), who, why, when.
        unlinked: why it has no link.
        candidates: what was looked at, as the register is now: what linking takes first.
    """

    device: int
    name: str
    class_name: str
    retired: bool
    inside: list[Row]
    links: list[Row]
    fixes: list[Row]
    unlinked: list[Row]
    candidates: list[Row]


def explain_links(connection: Connection, device: int) -> Explanation:
    """Say why a device is linked as it is.

    Args:
        connection: in no failed transaction; nothing is written.
        device: code of a sensor or camera.

    Raises:
        EntityUnknownError: the register does not have it.
    """
    found = connection.execute(_DEVICE, (device,)).fetchone()
    if found is None:
        raise EntityUnknownError(f"entity {device}: not in the register")
    name, klass, retired = found
    links = list_links(connection, Wanted(device=device), 1000)
    begun = _begun(connection, device)
    with connection.cursor(row_factory=dict_row) as cursor:
        inside = cursor.execute(_INSIDE, (device,)).fetchall()
        fixes = cursor.execute(_FIXES, (device,)).fetchall()
        unlinked = cursor.execute(_REASONS, (device,)).fetchall()
    return Explanation(
        device,
        name,
        _class_name(klass),
        retired,
        [_around(row) for row in inside],
        [link | {"since": begun[link["relation"], int(link["target"])]} for link in links],
        fixes,
        unlinked,
        _candidates(connection, device),
    )


def _candidates(connection: Connection, device: int) -> list[Row]:
    rules = link_rules()
    with connection.cursor() as cursor:
        ask_around(cursor, rules, [device])
        around = [code for (code,) in cursor.fetchall()]
    devices, objects = load_around(connection, rules, [], [device], around)
    if not len(devices.code):
        return []
    looked = explain(devices, objects, rules, views_of(connection, devices, rules))
    names: dict[int, str] = dict(
        connection.execute(_NAMES, ([one.target for one in looked],)).fetchall()
    )
    return [_candidate(one, names[one.target]) for one in looked]


def _candidate(one: Looked, name: str) -> Row:
    return {
        "target": str(one.target),
        "target_name": name,
        "class_name": _class_name(one.rule.target_class),
        "relation": one.relation,
        "rule": f"{one.rule.method} within {one.rule.max_distance_m:g} m",
        "distance_m": one.distance_m,
        "share": one.share,
        "taken": one.taken,
        "sentence": one.sentence,
    }


def _around(row: Row) -> Row:
    named = {name: row[name] for name in ("target", "target_name")}
    return {**named, "class_name": _class_name(row["class_code"])}


def _class_name(klass: str) -> str:
    found = entity_classes().get(klass)
    return found.name_en if found else klass


def _begun(connection: Connection, device: int) -> dict[tuple[str, int], datetime]:
    """Return since when a device has been linked to each object, whatever the figures were."""
    rows = connection.execute(_ROWS, (device, kinds_of(link_rules()))).fetchall()
    begun: dict[tuple[str, int], datetime] = {}
    before: dict[tuple[str, int], int] = {}
    for kind, target, change_set, superseded_in, recorded_at in rows:
        link = kind, target
        if superseded_in is None or before.get(link) == superseded_in:
            begun[link], before[link] = recorded_at, change_set
    return begun


def as_document(found: Explanation) -> Row:
    """Return an explanation as JSON has it."""
    return {**found._asdict(), "device": str(found.device)}
