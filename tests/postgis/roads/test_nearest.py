"""Who is soonest at an incident in the small town, and who does not come and why."""

from datetime import timedelta

import pytest
from shapely.geometry import Point

from data.registry import EntityChange
from data.roads import Closure, UnknownPlaceError, Wanted, nearest, place_of_alert
from data.roads.nearest import Helper, Nearest
from tests.postgis.api.district import NOON
from tests.postgis.roads.test_reach import flood
from tests.postgis.roads.town import (
    Connection,
    at,
    code,
    grid,
    line,
    road,
    say,
    section,
    station,
)

PUMP = "2115"
PUMPS = [code(PUMP, serial) for serial in range(1, 6)]


def pumps(*places: Point | None) -> list[EntityChange]:
    return [
        EntityChange(pump, f"泵{number}", place)
        for number, (pump, place) in enumerate(zip(PUMPS, places, strict=False), start=1)
    ]


def seen(connection: Connection, pump: int, place: Point, minutes_ago: float = 1.0) -> None:
    connection.execute(
        "INSERT INTO position (entity, ts, geom, source, received_at)"
        " VALUES (%s, %s, ST_SetSRID(ST_GeomFromWKB(%s), 4547), 'test', %s)",
        (pump, NOON - timedelta(minutes=minutes_ago), place.wkb, NOON),
    )


def asked(connection: Connection, x: float, y: float, *closed: int) -> Nearest:
    shut = [Closure(one, "named") for one in closed]
    wanted = Wanted((), (PUMP,), NOON, off_road_m=200.0)
    return nearest(connection, station(x, y), wanted, shut)


def helpers(found: Nearest) -> dict[str, Helper]:
    return {one.place.name: one for one in found.helpers}


def test_the_soonest_comes_first_with_time_distance_and_route(connection: Connection) -> None:
    say(connection, *grid(), *pumps(at(720, 720), at(180, 20), at(0, 360)))
    found = asked(connection, 360, 0)
    assert [one.place.name for one in found.helpers] == ["泵2", "泵3", "泵1"]
    assert [one.seconds for one in found.helpers] == pytest.approx([18, 72, 108], rel=1e-3)
    assert [one.distance_m for one in found.helpers] == pytest.approx([180, 720, 1080], rel=1e-3)
    route = found.helpers[0].route
    assert route is not None
    assert route.length == pytest.approx(180, rel=1e-3)
    assert Point(route.coords[0]).distance(at(180, 0)) < 0.1
    assert Point(route.coords[-1]).distance(at(360, 0)) < 0.1
    assert found.helpers[0].off_road_m == pytest.approx(20)


def test_a_route_leads_one_way_roads_in_their_direction(connection: Connection) -> None:
    say(connection, *grid(_0_1={"x_oneway": "-1"}), *pumps(at(0, 0)))
    (helper,) = asked(connection, 360, 0).helpers
    # Against the one-way side it would take 36 s.
    assert helper.seconds == pytest.approx(108, rel=1e-3)


def test_a_route_goes_round_what_is_closed(connection: Connection) -> None:
    say(connection, *grid(), *pumps(at(0, 0)))
    (helper,) = asked(connection, 360, 0, section(0, 1)).helpers
    assert helper.seconds == pytest.approx(108, rel=1e-3)
    assert helper.route is not None
    assert helper.route.distance(at(180, 0)) > 100


def test_an_incident_on_a_closed_road_is_driven_to_as_near_as_may_be(
    connection: Connection,
) -> None:
    say(connection, *grid(), *pumps(at(0, 720)))
    found = asked(connection, 100, 0, section(0, 1))
    assert found.incident.spot is not None
    assert found.incident.spot.off_road_m == pytest.approx(100, rel=1e-3)
    assert helpers(found)["泵1"].seconds == pytest.approx(72, rel=1e-3)


def test_the_latest_position_counts_and_not_the_place_in_the_register(
    connection: Connection,
) -> None:
    say(connection, *grid(), *pumps(at(0, 720), at(0, 720), at(180, 0)))
    seen(connection, PUMPS[0], at(720, 720), minutes_ago=9)
    seen(connection, PUMPS[0], at(360, 100), minutes_ago=2)
    seen(connection, PUMPS[0], at(0, 720), minutes_ago=-5)
    seen(connection, PUMPS[1], at(360, 50), minutes_ago=16)
    found = helpers(asked(connection, 360, 0))
    assert found["泵1"].seconds == pytest.approx(10, rel=1e-2)
    assert found["泵1"].seen_at == NOON - timedelta(minutes=2)
    assert (found["泵1"].stale, found["泵2"].stale, found["泵3"].stale) == (False, True, False)
    assert found["泵2"].seconds == pytest.approx(5, rel=1e-2)
    assert found["泵3"].seen_at is None


def test_who_does_not_come_is_listed_with_the_reason(connection: Connection) -> None:
    say(
        connection,
        *grid(),
        road(31, line((2000, 0), (2200, 0))),
        *pumps(at(2100, 0), None, at(0, -3000), at(0, 0)),
    )
    found = helpers(asked(connection, 360, 0))
    assert {name: one.reason for name, one in found.items()} == {
        "泵1": "no open road leads from it to the incident",
        "泵2": "it has neither a position nor a place",
        "泵3": "3,000 m from the nearest open road, more than 200 m",
        "泵4": "",
    }
    assert found["泵1"].route is None


def test_an_incident_far_from_any_road_is_said_to_be(connection: Connection) -> None:
    say(connection, *grid(), *pumps(at(0, 0)))
    found = asked(connection, 360, -900)
    assert found.incident.reason == "900 m from the nearest open road, more than 200 m"
    assert helpers(found)["泵1"].reason.startswith("the incident: 900 m from")


def test_who_is_there_already_needs_no_route(connection: Connection) -> None:
    say(connection, *grid(), *pumps(at(90, 0)))
    (helper,) = asked(connection, 90, 0).helpers
    assert (helper.seconds, helper.distance_m, helper.route) == (0, 0, None)


def test_no_more_come_than_were_asked_for(connection: Connection) -> None:
    say(connection, *grid(), *pumps(at(0, 0), at(360, 0), at(720, 0)))
    wanted = Wanted(PUMPS[:3], (), NOON, most=2)
    found = nearest(connection, station(720, 0), wanted, [])
    assert [one.place.code for one in found.helpers] == [PUMPS[2], PUMPS[1]]


def test_the_place_of_an_alert_is_that_of_its_entity(connection: Connection) -> None:
    say(connection, *grid())
    flood(connection, section(0, 1))
    assert place_of_alert(connection, 1).code == section(0, 1)
    with pytest.raises(UnknownPlaceError, match="alert 2: not in the store"):
        place_of_alert(connection, 2)


def test_a_helper_that_is_not_in_the_register_is_refused(connection: Connection) -> None:
    say(connection, *grid())
    with pytest.raises(UnknownPlaceError, match=f"entity {PUMPS[0]}: expected one in use"):
        nearest(connection, station(0, 0), Wanted(PUMPS[:1], (), NOON), [])
