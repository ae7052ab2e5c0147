"""Links follow the register while ingest runs, and after it was killed."""

import psycopg
from shapely.geometry import LineString, Point

from data.registry import ChangeSet, EntityChange, record
from tests.city.town import Town
from tests.postgis.register import X, Y

GAUGE, NEAR, FAR = 4403118501000009, 4403118202000008, 4403118202000009
_TARGET = "SELECT target FROM relation WHERE origin = %s AND superseded_in IS NULL"


def said(town: Town, *entities: EntityChange) -> None:
    with psycopg.connect(town.settings.store_url) as connection:
        record(connection, ChangeSet("test", "so it is", "test", entities))


def stands_at(town: Town, reach: int) -> bool:
    found: bool = town.ask(_TARGET, GAUGE) == reach
    return found


def test_what_changes_is_linked_within_seconds_and_after_a_kill(town: Town) -> None:
    ingest = town.start_ingest()
    said(
        town,
        EntityChange(NEAR, "近河段", LineString([(X, Y + 800), (X + 300, Y + 800)])),
        EntityChange(FAR, "远河段", LineString([(X, Y + 1000), (X + 300, Y + 1000)])),
        EntityChange(GAUGE, "新水位计", Point(X + 100, Y + 805)),
    )
    town.until(lambda: stands_at(town, NEAR), "a new gauge is linked", seconds=10)
    ingest.kill()
    ingest.wait()
    said(town, EntityChange(GAUGE, geometry=Point(X + 100, Y + 995)))
    assert stands_at(town, NEAR)
    town.start_ingest()
    town.until(lambda: stands_at(town, FAR), "what moved meanwhile is linked", seconds=20)
    town.until(lambda: "links follow the register" in town.log_of("ingest"), "it is logged")
