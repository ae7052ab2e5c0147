"""Spaces of models get a code when a device stands in them: only then is something bound to them.

A city has more rooms than a class of a county has serials, so a model's spaces are elements only
until then (docs/models.md).
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import psycopg
import shapely
from psycopg.rows import class_row

from data.links.running import ACTOR, SOURCE
from data.reference import link_rules
from data.reference.parts import may_be_part_of
from data.registry import ChangeSet, EntityChange, NewName, NewRelation, issue_codes, record
from spatial.models import FORMATS

Connection = psycopg.Connection[tuple[Any, ...]]

SPACE = "8103"
_REASON = "a device stands in it"

# As linking takes it: a space without heights lies as high as its storey, and where heights are
# known a device of unknown height is in none.
_ROOMS = """
    SELECT DISTINCT ON (m.model, m.key) m.model, m.key, m.name, ST_AsBinary(m.geom) AS shape,
           m.top_m - m.base_m AS height_m, o.format, o.name AS model_name,
           w.code AS whole, w.class_code AS whole_class, substr(d.code::text, 1, 6) AS county
    FROM entity d
    JOIN model_element m ON m.geom && d.geom AND ST_Covers(m.geom, d.geom)
    JOIN model o ON o.id = m.model
    LEFT JOIN entity w ON w.code = m.whole AND NOT w.retired
    CROSS JOIN LATERAL (
        SELECT (d.properties ->> 'mounting_level_m')::float8 AS level,
               coalesce(m.base_m, (w.properties ->> 'elevation_m')::float8) AS base,
               coalesce(m.top_m, (w.properties ->> 'elevation_m')::float8 + w.height_m) AS top) h
    WHERE d.code = ANY (%(codes)s) AND d.class_code = ANY (%(sensors)s) AND NOT d.retired
    AND m.class_code = %(space)s AND m.code IS NULL AND ST_Dimension(m.geom) = 2
    AND ((h.base IS NULL AND h.top IS NULL)
         OR (h.level >= coalesce(h.base, h.level) AND h.level < coalesce(h.top, 'infinity')))
    ORDER BY m.model, m.key, d.code"""
_TAKEN = """
    SELECT scheme, value FROM entity_name
    JOIN unnest(%s::text[], %s::text[]) AS asked (scheme, value) USING (scheme, value)
    WHERE superseded_in IS NULL"""
_CODED = "UPDATE model_element SET code = %s WHERE model = %s AND key = %s AND code IS NULL"
# Parents may go in a circle; what was met is not entered again.
_WHOLE = """
    WITH RECURSIVE inner_part AS (
        SELECT model, key FROM model_element WHERE model = %(model)s AND key = %(key)s
        UNION
        SELECT e.model, e.key FROM inner_part b
        JOIN model_element e ON e.model = b.model AND e.parent = b.key AND e.code IS NULL
    )
    UPDATE model_element e SET whole = %(code)s FROM inner_part b
    WHERE e.model = b.model AND e.key = b.key"""


class Room(NamedTuple):
    """A space of a model that has no code, and a device in it."""

    model: int
    key: str
    name: str
    shape: bytes
    height_m: float | None
    format: str
    model_name: str
    whole: int | None
    whole_class: str | None
    county: str

    @property
    def named(self) -> tuple[str, str]:
        """Scheme and value of its name, as an import of its model would know it again."""
        scheme = next((form.scheme for form in FORMATS if form.name == self.format), "model")
        return scheme, f"{self.model_name}/{self.key}" if scheme == "model" else self.key


def code_rooms(connection: Connection, devices: Sequence[int]) -> int:
    """Give codes to the spaces in which some devices stand; return how many. It commits by itself.

    Args:
        connection: in no transaction.
        devices: codes; what is no device in use is passed over.

    Raises:
        CodesExhaustedError: the county has no serials of spaces left.
        ChangeRefusedError: the register cannot take one.
    """
    rooms = _found(connection, devices)
    connection.commit()
    if not rooms:
        return 0
    coded = list(_coded(connection, rooms))
    with connection.transaction():
        record(connection, _change(coded))
        for code, room in coded:
            connection.execute(_CODED, (code, room.model, room.key))
            told = {"model": room.model, "key": room.key, "code": code}
            connection.execute(_WHOLE, told)
    return len(coded)


def _found(connection: Connection, devices: Sequence[int]) -> list[Room]:
    sensors = [rule.sensor_class for rule in link_rules() if rule.target_class == SPACE]
    told = {"codes": list(devices), "sensors": sensors, "space": SPACE}
    with connection.cursor(row_factory=class_row(Room)) as cursor:
        rooms = cursor.execute(_ROOMS, told).fetchall()
    names = [room.named for room in rooms]
    columns = [list(column) for column in zip(*names, strict=True)] or [[], []]
    # Another model has the same key for something else: its next import says which is which.
    taken = {(row[0], row[1]) for row in connection.execute(_TAKEN, columns)}
    once = {room.named: room for room in rooms}
    return [room for name, room in once.items() if name not in taken]


def _coded(connection: Connection, rooms: Sequence[Room]) -> Iterator[tuple[int, Room]]:
    by_county: dict[str, list[Room]] = defaultdict(list)
    for room in rooms:
        by_county[room.county].append(room)
    for county, mine in sorted(by_county.items()):
        issued = issue_codes(connection, county, SPACE, len(mine))
        yield from zip(issued.codes, mine, strict=True)


def _change(coded: Sequence[tuple[int, Room]]) -> ChangeSet:
    return ChangeSet(
        ACTOR,
        _REASON,
        SOURCE,
        entities=[_entity(code, room) for code, room in coded],
        names=[NewName(code, *room.named) for code, room in coded],
        relations=[
            NewRelation(code, "part_of", room.whole, f"import {room.model_name}")
            for code, room in coded
            if room.whole is not None and may_be_part_of(SPACE, room.whole_class or "")
        ],
    )


def _entity(code: int, room: Room) -> EntityChange:
    return EntityChange(code, room.name, shapely.from_wkb(room.shape), room.height_m)
