"""What is asked of roads and areas has answers in the demo district, nothing being named."""

from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest

from data.areas import area_of, encroachments, summary
from data.demo.district import make_district
from data.positions import mobile_classes
from data.registry import ChangeSet, record
from data.roads import Asked, Wanted, coverage, nearest, places, reach
from data.roads.spots import STATIONS

Connection = psycopg.Connection[tuple[Any, ...]]

EVER = datetime(2020, 1, 1, tzinfo=UTC)
KEY_AREA = 4403118808000001


@pytest.fixture
def demo(connection: Connection) -> Connection:
    """A third of the demo district in the store."""
    made = make_district(size=10_000)
    change = ChangeSet("test", "demo", "demo", made.entities, made.names, made.relations)
    record(connection, change)
    connection.commit()
    return connection


def test_stations_reach_key_areas_with_people_in_them(demo: Connection) -> None:
    stations = places(demo, (), STATIONS)
    assert len(stations) >= 2
    found = coverage(demo, stations, Asked(), [])
    assert len(found.areas) == 6
    assert all(area.people.total > 0 for area in found.areas)
    assert any((area.people.share or 0) > 0 for area in found.areas)
    assert any((area.land_m2.share or 0) < 1 for area in found.areas)
    five, fifteen = reach(demo, stations, [5, 15], []).reached
    assert 0 < five.length_m < fifteen.length_m


def test_somebody_comes_to_every_key_area(demo: Connection) -> None:
    wanted = Wanted((), mobile_classes(), datetime.now(UTC))
    for place in places(demo, (), ["8808"]):
        coming = [one for one in nearest(demo, place, wanted, []).helpers if not one.reason]
        assert coming
        assert coming[0].seconds is not None


def test_there_are_people_in_key_areas_and_houses_on_river_land(demo: Connection) -> None:
    assert summary(demo, area_of(demo, KEY_AREA)).residents > 0
    found = encroachments(demo, EVER)
    assert {one.area_class for one in found} >= {"8807"}
    assert {one.klass for one in found} >= {"8101"}
