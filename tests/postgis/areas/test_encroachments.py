"""What came into no-go zones and onto a river's land, and what is inside an area now."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from shapely.geometry import Point, Polygon, box

from data.areas import FoundInside, UnknownAreaError, Wanted, encroachments, inside
from data.reference import entity_classes, major_classes
from data.reference.encroachments import encroachers
from data.registry import ChangeSet, EntityChange, NewRelation, record
from spatial.crs import WGS84, transform
from tests.postgis.register import X, Y

Connection = psycopg.Connection[tuple[Any, ...]]

ZONE, RIVER_LAND, MONITORED = 4403118806000001, 4403118807000001, 4403118802000001
HOUSE, SITE, GAUGE, CAMERA = (
    4403118101000001, 4403118702000001, 4403118501000001, 4403118601000001,
)  # fmt: skip
VEHICLE = 4403118903000001
EVER = datetime(2020, 1, 1, tzinfo=UTC)


def square(x: float, y: float, side: float) -> Polygon:
    return box(X + x, Y + y, X + x + side, Y + y + side)


def say(
    connection: Connection, *entities: EntityChange, relations: tuple[NewRelation, ...] = ()
) -> datetime:
    """Record and commit; return the instant after it by the store's clock."""
    record(connection, ChangeSet("test", "so it is", "test", entities, relations=relations))
    connection.commit()
    found = connection.execute("SELECT clock_timestamp()").fetchall()
    connection.commit()
    now: datetime = found[0][0]
    return now


def seen(connection: Connection, at: Point, ago: timedelta) -> None:
    connection.execute(
        "INSERT INTO position (entity, ts, geom, source, received_at) VALUES"
        " (%s, now() - %s, ST_SetSRID(ST_MakePoint(%s, %s), 4547), 'test', now() - %s)",
        (VEHICLE, ago, at.x, at.y, ago),
    )


def event(
    connection: Connection,
    data: dict[str, object],
    *,
    mode: str = "actual",
    active: bool | None = True,
    retained: bool = False,
) -> None:
    connection.execute(
        "INSERT INTO video_event (camera, ts, topic, digest, source, active, data, mode, retained,"
        " received_at) VALUES (%s, clock_timestamp(), 'ObjectsInside', '', '', %s, %s, %s, %s,"
        " clock_timestamp())",
        (CAMERA, active, json.dumps(data), mode, retained),
    )


def degrees(place: Point) -> dict[str, object]:
    longitude, latitude = transform([place.x], [place.y], "EPSG:4547", WGS84)
    return {"longitude": float(longitude[0]), "latitude": str(latitude[0])}


def told(found: list[FoundInside]) -> list[tuple[str, int, int, str]]:
    return sorted((one.kind, one.area, one.code, one.how) for one in found)


@pytest.fixture
def zones(connection: Connection) -> datetime:
    """A no-go zone and a river's land side by side; return the instant after they were drawn."""
    return say(
        connection,
        EntityChange(ZONE, "滑坡禁入区", square(0, 0, 100)),
        EntityChange(RIVER_LAND, "茅洲河管理范围", square(100, 0, 100)),
        EntityChange(VEHICLE, "抢险车", Point(X + 50, Y + 50)),
        EntityChange(CAMERA, "摄像机", Point(X + 500, Y + 500)),
        EntityChange(MONITORED, "警戒区", square(20, 20, 10)),
    )


def test_what_is_built_inside_is_found_once(connection: Connection, zones: datetime) -> None:
    later = say(
        connection,
        EntityChange(HOUSE, "违建", square(190, 10, 20)),
        EntityChange(SITE, "工地", square(10, 10, 10)),
        EntityChange(GAUGE, "水位计", Point(X + 150, Y + 50)),
    )
    assert told(encroachments(connection, zones)) == [
        ("entity", ZONE, SITE, "in"),
        ("entity", RIVER_LAND, HOUSE, "partly"),
    ]
    assert encroachments(connection, later) == []
    (house,) = encroachments(connection, zones, areas=[RIVER_LAND])
    assert (house.area_name, house.name, house.klass) == ("茅洲河管理范围", "违建", "8101")
    assert house.longitude == pytest.approx(113.938, abs=0.01)
    assert len(encroachments(connection, zones, limit=1)) == 1


def test_what_only_touches_the_outline_is_not_inside(
    connection: Connection, zones: datetime
) -> None:
    say(connection, EntityChange(HOUSE, "邻居", square(200, 0, 20)))
    assert encroachments(connection, zones) == []


@pytest.mark.usefixtures("zones")
def test_a_thing_that_stood_inside_already_is_nothing_new(connection: Connection) -> None:
    then = say(connection, EntityChange(HOUSE, "旧屋", square(150, 10, 20)))
    say(connection, EntityChange(HOUSE, "旧屋改名", height_m=9.0))
    assert encroachments(connection, then) == []
    say(connection, EntityChange(HOUSE, geometry=square(300, 10, 20)))
    gone = say(connection, EntityChange(HOUSE, height_m=12.0))
    say(connection, EntityChange(HOUSE, geometry=square(150, 10, 20)))
    assert told(encroachments(connection, gone)) == [("entity", RIVER_LAND, HOUSE, "in")]


def test_an_area_that_is_drawn_over_a_thing_makes_it_one(
    connection: Connection, zones: datetime
) -> None:
    then = say(connection, EntityChange(HOUSE, "屋", square(300, 10, 20)))
    assert encroachments(connection, zones) == []
    say(connection, EntityChange(RIVER_LAND, geometry=square(100, 0, 300)))
    assert told(encroachments(connection, then)) == [("entity", RIVER_LAND, HOUSE, "in")]


def test_who_moves_counts_by_positions_alone(connection: Connection, zones: datetime) -> None:
    assert encroachments(connection, EVER) == []
    seen(connection, Point(X + 60, Y + 60), timedelta(minutes=30))
    seen(connection, Point(X + 500, Y + 60), timedelta(minutes=10))
    now = datetime.now(UTC)
    (hit,) = encroachments(connection, now - timedelta(hours=1))
    assert (hit.kind, hit.area, hit.code) == ("position", ZONE, VEHICLE)
    assert encroachments(connection, now - timedelta(minutes=20)) == []
    assert zones < now


@pytest.mark.parametrize(("x", "hit"), [(50, [("detection", ZONE, CAMERA, "place")]), (500, [])])
def test_an_event_that_says_where_it_was_counts_there(
    connection: Connection, zones: datetime, x: float, hit: list[object]
) -> None:
    say(connection, relations=(NewRelation(CAMERA, "watches", MONITORED, "test"),))
    event(connection, degrees(Point(X + x, Y + 50)))
    found = encroachments(connection, zones)
    assert told(found) == hit


def test_an_event_without_a_place_is_where_its_camera_looks(
    connection: Connection, zones: datetime
) -> None:
    event(connection, {})
    assert encroachments(connection, zones) == []
    say(connection, relations=(NewRelation(CAMERA, "watches", MONITORED, "test"),))
    (hit,) = encroachments(connection, zones)
    assert (hit.area, hit.code, hit.how, hit.topic) == (ZONE, CAMERA, "view", "ObjectsInside")


@pytest.mark.parametrize(
    "data",
    [
        {"longitude": "113,9", "latitude": "x"},
        {"longitude": 1e300, "latitude": 22},
        {"longitude": None},
        {"longitude": "NaN", "latitude": "Infinity"},
        {"longitude": [1], "latitude": {}},
        {"longitude": 0, "latitude": 0},
    ],
)
def test_a_place_that_is_none_harms_nobody(
    connection: Connection, zones: datetime, data: dict[str, object]
) -> None:
    event(connection, data)
    assert encroachments(connection, zones) == []


def test_what_ended_was_kept_or_played_is_no_event_of_now(
    connection: Connection, zones: datetime
) -> None:
    here = degrees(Point(X + 50, Y + 50))
    event(connection, here, active=False)
    event(connection, {**here, "n": 2}, retained=True)
    event(connection, {**here, "n": 3}, mode="exercise")
    assert encroachments(connection, zones) == []
    assert len(encroachments(connection, zones, mode="exercise")) == 1


def test_inside_an_area_are_things_movers_and_what_cameras_saw(
    connection: Connection, zones: datetime
) -> None:
    say(
        connection,
        EntityChange(GAUGE, "水位计", Point(X + 50, Y + 50)),
        EntityChange(HOUSE, "屋", square(95, 10, 10)),
    )
    event(connection, degrees(Point(X + 10, Y + 10)))
    found = inside(connection, ZONE, Wanted(None, zones))
    assert told(found) == [
        ("detection", ZONE, CAMERA, "place"),
        ("entity", ZONE, HOUSE, "partly"),
        ("entity", ZONE, GAUGE, "in"),
        ("entity", ZONE, MONITORED, "in"),
        ("entity", ZONE, VEHICLE, "in"),
    ]
    assert told(inside(connection, ZONE, Wanted("85", zones))) == [("entity", ZONE, GAUGE, "in")]
    seen(connection, Point(X + 500, Y + 60), timedelta(0))
    assert inside(connection, ZONE, Wanted("8903", zones)) == []
    assert told(inside(connection, ZONE, Wanted("8101", zones, limit=1)))[0][2] == HOUSE


def test_who_was_inside_and_left_is_not_inside(connection: Connection, zones: datetime) -> None:
    seen(connection, Point(X + 60, Y + 60), timedelta(minutes=2))
    before = zones - timedelta(hours=1)
    assert told(inside(connection, ZONE, Wanted("89", before))) == [
        ("position", ZONE, VEHICLE, "position")
    ]
    seen(connection, Point(X + 500, Y + 60), timedelta(minutes=1))
    assert inside(connection, ZONE, Wanted("89", before)) == []


def test_broken_outlines_harm_nobody(connection: Connection, zones: datetime) -> None:
    bow = Polygon([(X, Y), (X + 80, Y + 80), (X + 80, Y), (X, Y + 80)])
    say(connection, EntityChange(HOUSE, "断环", bow), EntityChange(ZONE, geometry=bow))
    say(connection, EntityChange(SITE, "工地", square(60, 35, 10)))
    say(connection, EntityChange(GAUGE, "无处"))
    assert told(encroachments(connection, zones)) == [
        ("entity", ZONE, HOUSE, "in"),
        ("entity", ZONE, SITE, "in"),
    ]
    assert ("entity", ZONE, SITE, "in") in told(inside(connection, ZONE, Wanted(None, zones)))


def test_an_area_that_is_not_there_is_said_to_be(connection: Connection) -> None:
    with pytest.raises(UnknownAreaError, match="expected one in use"):
        inside(connection, ZONE, Wanted(None, EVER))


def test_the_table_names_classes_that_there_are() -> None:
    for row in encroachers():
        assert entity_classes()[row.area_class].role == "area"
        assert row.klass in entity_classes() or row.klass in major_classes()
        assert row.status
        assert row.why
