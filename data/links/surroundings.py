"""What linking needs to know: devices, what lies around them, and what is not its to say."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import psycopg
from psycopg.sql import SQL

from data.links.affected import look_m
from data.links.loading import DEVICE_CLASSES, STANDING, load_classes, load_codes
from data.links.standing import RELATIONS, Spoken
from data.registry.lifecycle import follow
from spatial.links import Decided, Entities, LinkRule
from spatial.links.rules import class_of

Connection = psycopg.Connection[tuple[Any, ...]]
Cursor = psycopg.Cursor[tuple[Any, ...]]

# One look into the index for each device, as far as its farthest rule; then each rule's own bound.
_AROUND = """
    WITH rule AS (
        SELECT * FROM unnest(%(sensors)s::text[], %(targets)s::text[], %(reaches)s::float8[])
                 AS r (sensor, target, reach)
    ), look AS (
        SELECT sensor, array_agg(target) AS targets, max(reach) AS reach FROM rule GROUP BY sensor
    ), near AS MATERIALIZED (
        SELECT d.class_code AS sensor, d.geom AS place, o.*
        FROM entity d JOIN look l ON l.sensor = d.class_code
        CROSS JOIN LATERAL (
            SELECT e.code, e.class_code, e.geom FROM entity e
            WHERE e.geom && ST_Expand(d.geom, l.reach) AND e.class_code = ANY (l.targets)
            OFFSET 0) AS o
        WHERE d.code = ANY (%(codes)s)
    )
    SELECT DISTINCT n.code FROM near n JOIN rule r
    ON r.sensor = n.sensor AND r.target = n.class_code AND ST_DWithin(n.geom, n.place, r.reach)"""

_FIXES = SQL("""
    SELECT f.origin, f.kind, f.target, NOT {standing}, c.actor, c.reason
    FROM link_fix f JOIN change_set c ON c.id = f.change_set_id
    LEFT JOIN entity e ON e.code = f.target
    WHERE f.released_in IS NULL AND (%(codes)s::int8[] IS NULL OR f.origin = ANY (%(codes)s))
    ORDER BY f.origin, f.kind""").format(standing=STANDING)


class Fix(NamedTuple):
    """What a person said of a device and a kind of relation.

    ``target`` is the code that stands now for what they named, 0 for "to none of these" and for
    what is there no more; ``sentence`` says why there is no link then.
    """

    device: int
    relation: str
    target: int
    sentence: str


def load_all(
    connection: Connection, rules: Sequence[LinkRule], fixes: list[Fix]
) -> tuple[Entities, Entities]:
    """Return all devices, and everything that they can belong to."""
    devices = load_classes(connection, sensors_of(rules))
    objects = load_classes(connection, sorted({rule.target_class for rule in rules}))
    named = np.array([fix.target for fix in fixes if fix.target], np.int64)
    missing = np.setdiff1d(named, objects.code) if len(named) else named
    if not len(missing):
        return devices, objects
    more = load_codes(connection, missing.tolist())
    joined = (np.concatenate(pair) for pair in zip(objects, more, strict=True))
    return devices, Entities._make(joined)


def load_around(
    connection: Connection,
    rules: Sequence[LinkRule],
    fixes: list[Fix],
    codes: list[int],
    around: Sequence[int],
) -> tuple[Entities, Entities]:
    """Return some devices, and what lies around them.

    Args:
        connection: in a transaction.
        rules: in the order of preference.
        fixes: what people said of these devices.
        codes: of devices; what is none, or stands no more, is left out.
        around: codes of what lies around them, as ``ask_around`` has it.
    """
    near = {*around, *(fix.target for fix in fixes if fix.target)}
    both = load_codes(connection, sorted(near.union(codes)))
    sensors = np.array([int(klass) for klass in sensors_of(rules)])
    devices = np.isin(both.code, codes) & np.isin(class_of(both.code), sensors)
    return both.taken(devices), both.taken(np.isin(both.code, sorted(near)))


def ask_around(cursor: Cursor, rules: Sequence[LinkRule], codes: list[int]) -> None:
    """Ask for the codes of what lies within the reach of some devices."""
    told = {
        "sensors": [rule.sensor_class for rule in rules],
        "targets": [rule.target_class for rule in rules],
        "reaches": [look_m(rule) for rule in rules],
        "codes": codes,
    }
    cursor.execute(_AROUND, told)


def sensors_of(rules: Sequence[LinkRule]) -> list[str]:
    """Return the classes of everything that is linked, or told why it is not."""
    return sorted({*DEVICE_CLASSES, *(rule.sensor_class for rule in rules)})


def ask_fixes(cursor: Cursor, codes: list[int] | None) -> None:
    """Ask what people said of some devices, or of all; ``fixes_of`` reads the rows."""
    cursor.execute(_FIXES, {"codes": codes})


def fixes_of(connection: Connection, rows: Sequence[tuple[Any, ...]]) -> list[Fix]:
    """Return what people said; it holds for what took the place of what they named."""
    return [_fix(connection, *row[:3], there=not row[3], why=row[4:]) for row in rows]


def decisions(fixes: list[Fix], spoken: Spoken) -> Decided:
    """Return what is not linking's to say: fixes of people, and relations that others made."""
    others = zip(spoken.device.tolist(), spoken.relation.tolist(), strict=True)
    slots = {(device, RELATIONS[relation]): 0 for device, relation in others}
    slots |= {(fix.device, fix.relation): fix.target for fix in fixes}
    return Decided(
        np.array([device for device, _ in slots], np.int64),
        [relation for _, relation in slots],
        np.array(list(slots.values()), np.int64),
    )


def _fix(
    connection: Connection,
    device: int,
    relation: str,
    target: int | None,
    *,
    there: bool,
    why: tuple[str, str],
) -> Fix:
    actor, reason = why
    if target is None:
        return Fix(device, relation, 0, f"to none of these, said {actor}: {reason}")
    if there:
        return Fix(device, relation, target, "")
    successors = follow(connection, target)
    if len(successors) == 1:
        return Fix(device, relation, successors[0], "")
    gone = f"fixed by {actor} to entity {target}, which is there no more: {reason}"
    return Fix(device, relation, 0, gone)
