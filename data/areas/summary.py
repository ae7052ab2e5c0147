"""How many entities, buildings and people there are in an area."""

from typing import Any, NamedTuple

import psycopg

from data.areas.contents import Area
from data.areas.people import LIVED_IN, share_in

Connection = psycopg.Connection[tuple[Any, ...]]

PERSONS_A_HOUSEHOLD = 2.62
"""Mean of China's census of 2020; for buildings whose residents nobody has counted."""

_COUNTS = """
    WITH area AS MATERIALIZED (SELECT ST_MakeValid(%(area)s::geometry) AS geom)
    SELECT e.class_code, count(*) FILTER (WHERE ST_Covers(a.geom, e.geom)), count(*)
    FROM area a JOIN entity e ON ST_Intersects(e.geom, a.geom)
    WHERE NOT e.retired AND e.code <> %(but)s
    GROUP BY 1 ORDER BY 1"""

_PEOPLE = f"""
    WITH area AS MATERIALIZED (SELECT ST_MakeValid(%(area)s::geometry) AS geom),
    house AS (
        SELECT (e.properties->>'residents')::float8 AS residents,
               (e.properties->>'households')::float8 AS households,
               {share_in("a.geom")} AS share
        FROM area a JOIN entity e ON ST_Intersects(e.geom, a.geom)
        WHERE NOT e.retired AND e.class_code = '8101' AND {LIVED_IN})
    SELECT count(*), coalesce(sum(residents * share), 0),
           coalesce(sum(households * share) FILTER (WHERE residents IS NULL), 0),
           count(*) FILTER (WHERE residents IS NULL AND households IS NULL)
    FROM house"""  # noqa: S608 - conditions of ours


class Summary(NamedTuple):
    """What there is in an area.

    Attributes:
        counts: by class: how many entities lie wholly inside, and how many inside or crossing.
        buildings: inside or crossing, that stand now; a complex counts as its buildings.
        residents: counted, of those buildings; of one that crosses as much as lies inside.
        estimated: people of buildings of which only the households are known.
        unknown: buildings of which neither is known: nobody is counted for them.
    """

    counts: dict[str, tuple[int, int]]
    buildings: int
    residents: int
    estimated: int
    unknown: int


def summary(connection: Connection, area: Area) -> Summary:
    """Count what is in an area."""
    told = {"area": area.wkb, "but": area.code}
    counts = {
        str(klass): (int(inside), int(touched))
        for klass, inside, touched in connection.execute(_COUNTS, told)
    }
    people = connection.execute(_PEOPLE, told).fetchone()
    buildings, residents, households, unknown = people or (0, 0.0, 0.0, 0)
    estimated = round(households * PERSONS_A_HOUSEHOLD)
    return Summary(counts, int(buildings), round(residents), estimated, int(unknown))
