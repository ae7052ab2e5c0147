"""What is reached from a station in the small town, in answers that a pencil gives too."""

import itertools

import pytest
from shapely.geometry import Point

from data.registry import EntityChange
from data.roads import Closure, closures, reach
from data.roads.closures import UnknownPlaceError
from data.roads.reach import Reach
from tests.postgis.api.district import NOON
from tests.postgis.register import X, Y
from tests.postgis.roads.town import (
    SIDE_M,
    Connection,
    code,
    corner,
    grid,
    line,
    road,
    say,
    section,
    station,
)


def reached(
    connection: Connection, x: float, y: float, minutes: float, *closed: int
) -> tuple[float, Reach]:
    """Return how many metres of road are reached, and everything else."""
    shut = [Closure(one, "named") for one in closed]
    found = reach(connection, [station(x, y)], [minutes], shut, off_road_m=200.0)
    return found.reached[0].length_m, found


def test_roads_are_cut_where_time_ends(connection: Connection) -> None:
    say(connection, *grid())
    # From the corner two sides of 36 s, and 4 s more into four others where three begin anew.
    length, found = reached(connection, 0, 0, 40 / 60)
    assert length == pytest.approx(2 * SIDE_M + 4 * 40, rel=1e-3)
    assert found.reached[0].edges == 6


def test_the_first_side_counts_in_part(connection: Connection) -> None:
    say(connection, *grid())
    length, found = reached(connection, 100, 30, 10 / 60)
    assert length == pytest.approx(200, rel=1e-3)
    start = found.starts[0]
    assert start.spot is not None
    assert start.spot.off_road_m == pytest.approx(30)
    assert reached(connection, 50, 30, 10 / 60)[0] == pytest.approx(200, rel=1e-3)


def test_times_that_are_asked_for_together_come_in_their_order(connection: Connection) -> None:
    say(connection, *grid())
    found = reach(connection, [station(0, 0)], [2, 0.5, 1, 1], [])
    lengths = [one.length_m for one in found.reached]
    assert [one.minutes for one in found.reached] == [0.5, 1, 2]
    assert lengths == sorted(lengths)
    areas = [one.land for one in found.reached]
    assert all(
        less.difference(more.buffer(3)).area == 0 for less, more in itertools.pairwise(areas)
    )


def test_each_place_is_reached_from_the_nearest_station(connection: Connection) -> None:
    say(connection, *grid())
    both = reach(connection, [station(0, 0), station(720, 720)], [0.5], [])
    assert both.reached[0].length_m == pytest.approx(4 * 300, rel=1e-3)


def test_a_one_way_road_is_driven_one_way(connection: Connection) -> None:
    say(connection, road(1, line((0, 0), (360, 0)), x_oneway="yes"))
    assert reached(connection, 180, 0, 1.0)[0] == pytest.approx(180, rel=1e-3)
    assert reached(connection, 0, 0, 1.0)[0] == pytest.approx(360, rel=1e-3)
    assert reached(connection, 360, 0, 1.0)[0] == pytest.approx(0, abs=0.1)


def test_a_closed_section_is_gone_round(connection: Connection) -> None:
    say(connection, *grid())
    length, found = reached(connection, 0, 0, 40 / 60, section(0, 1))
    assert length == pytest.approx(SIDE_M + 2 * 40 + 0, rel=1e-3)
    assert [one.code for one in found.closed] == [section(0, 1)]


def test_a_bridge_leads_over_the_grid_and_not_into_it(connection: Connection) -> None:
    say(connection, *grid(), road(30, line((180, -300), (180, 900)), x_bridge="yes"))
    length, _ = reached(connection, 180, -300, 3.0)
    assert length == pytest.approx(1200, rel=1e-3)


def test_an_island_is_reached_from_itself_only(connection: Connection) -> None:
    say(connection, *grid(), road(31, line((2000, 0), (2200, 0))))
    assert reached(connection, 2000, 0, 15)[0] == pytest.approx(200, rel=1e-3)
    assert reached(connection, 0, 0, 15)[0] == pytest.approx(12 * SIDE_M, rel=1e-3)


def test_who_is_too_far_from_any_road_drives_nowhere_and_it_is_said(connection: Connection) -> None:
    say(connection, *grid())
    length, found = reached(connection, 0, -5000, 15)
    assert length == 0
    assert found.reached[0].land.is_empty
    assert found.starts[0].reason == "5,000 m from the nearest open road, more than 200 m"


def test_without_roads_it_is_said_that_there_is_none(connection: Connection) -> None:
    length, found = reached(connection, 0, 0, 15)
    assert (length, found.starts[0].reason) == (0, "there is no open road")


def test_land_belongs_to_the_nearest_open_road(connection: Connection) -> None:
    say(connection, *grid())
    # In 18 s half of both first sides: the land nearer to them than to the rest.
    _, found = reached(connection, 0, 0, 18 / 60)
    land = found.reached[0].land
    assert land.covers(Point(X + 60, Y + 60))
    assert land.covers(Point(X - 100, Y - 100))
    assert not land.covers(Point(X + 180, Y + 300))
    assert not land.covers(Point(X - 250, Y))
    everything = reached(connection, 0, 0, 15)[1].reached[0].land
    assert everything.covers(Point(*corner(8)))
    assert everything.area > (2 * SIDE_M) ** 2


def flood(connection: Connection, entity: int, **other: str) -> None:
    """Raise an alert on a section."""
    told = {"level": "red", "state": "raised", "mode": "actual", "domain": "flood"} | other
    connection.execute(
        "INSERT INTO alert (mode, domain, level, entity, rule, rule_version, state, raised_at,"
        " observed_at, reason) VALUES (%(mode)s, %(domain)s, %(level)s, %(entity)s, %(rule)s, 1,"
        " %(state)s, %(noon)s, %(noon)s, 'deep')",
        told | {"entity": entity, "noon": NOON, "rule": f"r{entity} {sorted(told.values())}"},
    )


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        ({}, "alert 1 (red)"),
        ({"level": "orange", "state": "acknowledged"}, "alert 1 (orange)"),
        ({"level": "yellow"}, None),
        ({"state": "cleared"}, None),
        ({"state": "closed"}, None),
        ({"domain": "safety"}, None),
        ({"mode": "exercise"}, None),
    ],
)
def test_roads_under_water_are_closed(
    connection: Connection, other: dict[str, str], reason: str | None
) -> None:
    say(connection, *grid())
    flood(connection, section(0, 1), **other)
    expected = [] if reason is None else [(section(0, 1), reason)]
    assert closures(connection) == expected
    assert closures(connection, flooded=False) == []


def test_an_exercise_closes_roads_of_the_exercise(connection: Connection) -> None:
    say(connection, *grid())
    flood(connection, section(0, 1), mode="exercise")
    (found,) = closures(connection, mode="exercise")
    assert found == (section(0, 1), "alert 1 (red)")


def test_only_roads_can_be_closed(connection: Connection) -> None:
    say(connection, *grid())
    assert closures(connection, (section(0, 1),)) == [(section(0, 1), "named")]
    with pytest.raises(UnknownPlaceError, match=r"closed 44.*: expected a road \(8401\)"):
        closures(connection, (code("8101", 1),))


def test_a_closed_road_is_closed_with_all_its_sections(connection: Connection) -> None:
    whole, side = code("8401", 1), code("8401", 2)
    say(
        connection,
        EntityChange(whole, "路", line((0, 0), (360, 0), (720, 0))),
        EntityChange(side, "支路", line((360, 0), (360, 360))),
    )
    assert reached(connection, 360, 360, 15)[0] == pytest.approx(1080, rel=1e-3)
    assert reached(connection, 360, 360, 15, whole)[0] == pytest.approx(360, rel=1e-3)
