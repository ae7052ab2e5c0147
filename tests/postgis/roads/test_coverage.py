"""How much of key areas is reached in time in the small town, and where the gaps are."""

import pytest
from shapely.geometry import Polygon, box

from data.registry import EntityChange
from data.roads import Asked, Closure, UnknownPlaceError, coverage
from data.roads.coverage import Covered
from tests.postgis.register import X, Y
from tests.postgis.roads.town import Connection, at, code, line, road, say, station

AREA = code("8808", 1)
HOUSE = code("8101", 1)
SLOPE = code("8701", 1)
MINUTE = 1.0


def square(west: float, south: float, east: float, north: float) -> Polygon:
    return box(X + west, Y + south, X + east, Y + north)


def house(number: int, x: float, **properties: object) -> EntityChange:
    shape = square(x - 5, 20, x + 5, 30)
    return EntityChange(HOUSE + number, f"house {number}", shape, properties=properties)


def street(connection: Connection) -> None:
    """A street of 1,200 m, of which a minute reaches the first half; an area along all of it."""
    say(
        connection,
        road(1, line((0, 0), (1200, 0))),
        EntityChange(AREA, "重点区域", square(0, -50, 1200, 50)),
        house(0, 100, residents=30),
        house(1, 500, households=10),
        house(2, 1100, residents=70),
        house(3, 300),
        EntityChange(SLOPE, "slope near", at(200, 0)),
        EntityChange(SLOPE + 1, "slope far", at(900, 0)),
    )


def covered(connection: Connection, *closed: Closure, **asked: object) -> Covered:
    told = Asked(minutes=MINUTE, off_road_m=100.0)._replace(**asked)  # type: ignore[arg-type]
    found = coverage(connection, [station(0, 0)], told, list(closed))
    (area,) = found.areas
    return area


def test_half_of_an_area_is_reached_with_its_people_and_sites(connection: Connection) -> None:
    street(connection)
    area = covered(connection)
    assert area.land_m2.share == pytest.approx(0.5, abs=0.01)
    assert area.land_m2.total == pytest.approx(120_000)
    assert (area.people.reached, area.people.total) == pytest.approx((30 + 26.2, 126.2))
    assert (area.buildings.reached, area.buildings.total, area.unknown_buildings) == (3, 4, 1)
    assert (area.sites.reached, area.sites.total) == (1, 2)
    assert [site.name for site in area.missed] == ["slope far"]
    assert area.gap.symmetric_difference(square(600, -50, 1200, 50)).area < 1500


def test_people_of_a_building_across_the_outline_count_in_part(connection: Connection) -> None:
    street(connection)
    say(connection, EntityChange(AREA, geometry=square(0, -50, 100, 50)))
    assert covered(connection).people.total == pytest.approx(15)


def test_closing_the_only_road_leaves_everything_a_gap(connection: Connection) -> None:
    street(connection)
    area = covered(connection, Closure(code("8402", 1), "named"))
    assert (area.land_m2.share, area.people.share, area.sites.share) == (0, 0, 0)
    assert area.gap.area == pytest.approx(120_000)


def test_land_far_from_every_road_is_a_gap(connection: Connection) -> None:
    street(connection)
    say(connection, EntityChange(AREA, geometry=square(0, 0, 400, 300)))
    area = covered(connection)
    assert area.land_m2.share == pytest.approx(1 / 3, abs=0.01)
    assert area.gap.bounds[1] == pytest.approx(Y + 100, abs=1)


def test_an_area_without_people_and_sites_has_no_share_of_them(connection: Connection) -> None:
    street(connection)
    say(connection, EntityChange(AREA, geometry=square(700, -50, 800, -20)))
    area = covered(connection)
    assert (area.people.share, area.sites.share) == (None, None)


def test_any_area_and_any_sites_can_be_asked_for(connection: Connection) -> None:
    street(connection)
    house_area = covered(connection, classes=(), codes=(HOUSE,), sites=("81",))
    assert (house_area.name, house_area.land_m2.share) == ("house 0", 1)
    assert house_area.sites.total == 1


def test_what_is_no_area_is_refused(connection: Connection) -> None:
    street(connection)
    with pytest.raises(UnknownPlaceError, match="expected an area in use with an outline"):
        coverage(connection, [station(0, 0)], Asked(codes=(SLOPE,)), [])
