"""A vehicle publishes where it is over the normal ingest, and is found by it."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from shapely.geometry import Point

from data.positions import drop_positions, mobile_classes
from data.registry import ChangeSet, EntityChange, NewRelation, record
from data.roads import Wanted, nearest
from ingest.decoders import DECODERS
from ingest.pipeline import Pipeline
from spatial.crs import WGS84, transform
from tests.postgis.roads.town import at, code, grid, say, station
from twin.model import Message, Mode, from_us

Connection = psycopg.Connection[tuple[Any, ...]]

NOW_US = 1_779_336_000_000_000
VEHICLE, OTHER_VEHICLE, SITE = code("8903", 1), code("8903", 2), code("8702", 1)
LOCATOR, OTHER_LOCATOR, SITE_LOCATOR = (code("8513", serial) for serial in (1, 2, 3))


class Desk:
    """A pipeline over the grid of roads, with vehicles that carry locators."""

    def __init__(self, store_url: str) -> None:
        self.pipeline = Pipeline(store_url, DECODERS, lambda: NOW_US)

    def say(
        self, locator: int, said: dict[str, float], second: float = 0, mode: Mode = Mode.ACTUAL
    ) -> None:
        """Let a locator publish."""
        root = "" if mode is Mode.ACTUAL else f"{mode}/"
        payload = said | {"ts": NOW_US // 1000 + int(second * 1000)}
        topic = f"citytwin/{root}v1/{locator}/telemetry"
        sent = Message("telemetry", mode, topic, json.dumps(payload).encode(), NOW_US, 1)
        self.pipeline.take(self.pipeline.decode([("json", sent)]))


def degrees(place: Point) -> dict[str, float]:
    longitude, latitude = transform([place.x], [place.y], "EPSG:4547", WGS84)
    return {"longitude": float(longitude[0]), "latitude": float(latitude[0])}


@pytest.fixture
def desk(connection: Connection, database_url: str) -> Iterator[Desk]:
    """Give the desk over a committed town."""
    say(connection, *grid())
    entities = [
        EntityChange(VEHICLE, "抢险车1", at(0, 720)),
        EntityChange(OTHER_VEHICLE, "抢险车2", at(720, 720)),
        EntityChange(SITE, "工地", at(400, 400)),
        *(EntityChange(one, "定位终端") for one in (LOCATOR, OTHER_LOCATOR, SITE_LOCATOR)),
    ]
    carried = [
        NewRelation(LOCATOR, "monitors", VEHICLE, "declared"),
        NewRelation(OTHER_LOCATOR, "monitors", OTHER_VEHICLE, "declared"),
        NewRelation(SITE_LOCATOR, "monitors", SITE, "declared"),
    ]
    record(connection, ChangeSet("test", "crews", "test", entities, relations=carried))
    connection.commit()
    opened = Desk(database_url)
    yield opened
    opened.pipeline.close()


def positions(connection: Connection) -> list[tuple[int, float, float]]:
    rows = connection.execute(
        "SELECT entity, ST_X(geom), ST_Y(geom) FROM position ORDER BY entity, ts"
    ).fetchall()
    connection.commit()
    return [(entity, round(x, 2), round(y, 2)) for entity, x, y in rows]


def standing(place: Point) -> tuple[float, float]:
    return round(place.x, 2), round(place.y, 2)


def test_who_comes_first_is_found_by_what_vehicles_publish(
    desk: Desk, connection: Connection
) -> None:
    desk.say(LOCATOR, degrees(at(720, 0)), -60)
    desk.say(LOCATOR, degrees(at(180, 10)), -5)
    found = nearest(
        connection, station(0, 0), Wanted((), mobile_classes(), from_us(NOW_US), off_road_m=200), []
    )
    first, second = found.helpers
    assert (first.place.code, first.seen_at) == (VEHICLE, from_us(NOW_US - 5_000_000))
    assert first.seconds == pytest.approx(18, rel=1e-2)
    assert first.off_road_m == pytest.approx(10, rel=1e-2)
    assert (second.place.code, second.seen_at) == (OTHER_VEHICLE, None)


def test_a_position_is_of_what_carries_the_locator(desk: Desk, connection: Connection) -> None:
    desk.say(LOCATOR, degrees(at(100, 50)))
    assert positions(connection) == [(VEHICLE, *standing(at(100, 50)))]


def test_halves_in_two_messages_are_one_position(desk: Desk, connection: Connection) -> None:
    said = degrees(at(100, 50))
    desk.say(LOCATOR, {"longitude": said["longitude"]})
    assert positions(connection) == []
    desk.say(LOCATOR, {"latitude": said["latitude"]})
    assert positions(connection) == [(VEHICLE, *standing(at(100, 50)))]


def test_the_same_message_again_is_the_same_position(desk: Desk, connection: Connection) -> None:
    for _ in range(2):
        desk.say(LOCATOR, degrees(at(100, 50)))
    assert len(positions(connection)) == 1


@pytest.mark.parametrize(
    "said",
    [
        {"longitude": 0.0, "latitude": 0.0},
        {"longitude": 22.7, "latitude": 113.9},
        {"longitude": 400.0, "latitude": 22.7},
        {"longitude": 113.9},
    ],
)
def test_what_is_no_place_of_the_district_is_no_position(
    desk: Desk, connection: Connection, said: dict[str, float]
) -> None:
    desk.say(LOCATOR, said)
    assert positions(connection) == []


def test_a_thing_that_stands_keeps_its_place(desk: Desk, connection: Connection) -> None:
    desk.say(SITE_LOCATOR, degrees(at(100, 50)))
    assert positions(connection) == []


@pytest.mark.parametrize("mode", [Mode.EXERCISE, Mode.REPLAY])
def test_what_is_played_is_nobodys_place(desk: Desk, connection: Connection, mode: Mode) -> None:
    desk.say(LOCATOR, degrees(at(100, 50)), mode=mode)
    assert positions(connection) == []


def test_old_positions_are_dropped_by_the_chunk(desk: Desk, connection: Connection) -> None:
    desk.say(LOCATOR, degrees(at(100, 50)))
    assert drop_positions(connection, before=from_us(NOW_US) - timedelta(days=30)) == 0
    assert drop_positions(connection, before=from_us(NOW_US) + timedelta(days=30)) == 1
    assert positions(connection) == []
