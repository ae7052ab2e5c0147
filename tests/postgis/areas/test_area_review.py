"""What a stranger found odd about areas: people twice, people of houses that are not there."""

from datetime import UTC, datetime
from time import monotonic
from typing import Any

import psycopg
import pytest
import shapely
from shapely.geometry import LineString

from data import areas
from data.areas.affected import downstream_of
from data.registry import ChangeSet, EntityChange, NewRelation, record
from tests.postgis.areas.test_contents import HOUSE, ZONE, X, Y, found, register, square
from tests.unit.spatial.kinds import MAKERS

Connection = psycopg.Connection[tuple[Any, ...]]
REACH = 4403118202000001
PAST, FUTURE = datetime(2020, 1, 1, tzinfo=UTC), datetime(2090, 1, 1, tzinfo=UTC)


def house(serial: int, side: float = 10, **more: Any) -> EntityChange:  # noqa: ANN401 - of a change
    people = more.pop("residents", None)
    told = {} if people is None else {"residents": people}
    return EntityChange(HOUSE + serial, "house", square(1, 1, side), properties=told, **more)


def people(connection: Connection) -> areas.Summary:
    return areas.summary(connection, areas.area_of(connection, ZONE))


def part_of(connection: Connection, *parts: tuple[int, int]) -> None:
    relations = [NewRelation(HOUSE + a, "part_of", HOUSE + b, "declared") for a, b in parts]
    record(connection, ChangeSet("li", "parts", "test", relations=relations))


@pytest.mark.parametrize(
    "gone",
    [
        {"stage": "demolished"},
        {"stage": "planned"},
        {"stage": "building"},
        {"valid_to": PAST},
        {"valid_from": FUTURE},
    ],
    ids=str,
)
def test_nobody_lives_in_a_building_that_is_not_there_now(
    connection: Connection, gone: dict[str, Any]
) -> None:
    zone = EntityChange(ZONE, "zone", square(0, 0, 100))
    register(connection, zone, house(0, residents=40), house(1, residents=500, **gone))
    told = people(connection)
    assert (told.buildings, told.residents) == (1, 40)
    assert told.counts["8101"] == (2, 2)


def test_people_of_a_complex_are_those_of_its_buildings(connection: Connection) -> None:
    zone = EntityChange(ZONE, "zone", square(0, 0, 100))
    register(connection, zone, house(0, 50, residents=100), house(1, residents=60), house(2))
    part_of(connection, (1, 0), (2, 0))
    told = people(connection)
    assert (told.buildings, told.residents, told.unknown) == (2, 60, 1)


def test_of_a_complex_whose_buildings_say_nothing_its_own_people_count(
    connection: Connection,
) -> None:
    zone = EntityChange(ZONE, "zone", square(0, 0, 100))
    register(connection, zone, house(0, 50, residents=100), house(1), house(2))
    part_of(connection, (1, 0), (2, 0))
    told = people(connection)
    assert (told.buildings, told.residents, told.unknown) == (1, 100, 0)


def test_of_a_complex_of_which_nothing_is_known_the_buildings_are_unknown(
    connection: Connection,
) -> None:
    zone = EntityChange(ZONE, "zone", square(0, 0, 100))
    register(connection, zone, house(0, 50), house(1), house(2))
    part_of(connection, (1, 0), (2, 0))
    told = people(connection)
    assert (told.buildings, told.residents, told.unknown) == (2, 0, 2)


@pytest.mark.parametrize("kind", sorted(MAKERS))
def test_an_area_and_a_thing_of_any_kind_have_an_answer(connection: Connection, kind: str) -> None:
    odd = shapely.force_2d(MAKERS[kind](X + 20, Y + 20, 10.0))
    large = square(0, 0, 100)
    register(
        connection,
        EntityChange(ZONE, "zone", odd),
        EntityChange(HOUSE, "large", large, properties={"residents": 100}),
        EntityChange(HOUSE + 1, "odd", odd, properties={"residents": 10}),
    )
    of_odd = found(connection, near_m=5.0)
    assert of_odd[HOUSE].relation == "partly"
    assert all(one.share is None or 0 <= one.share <= 1 for one in of_odd.values())
    told = people(connection)
    assert 10 <= told.residents <= 20
    of_large = found(connection, HOUSE)
    assert (of_large[HOUSE + 1].relation, of_large[HOUSE + 1].share) == ("in", 1.0)


def test_water_that_parts_and_meets_again_and_again_is_followed_in_no_time(
    connection: Connection,
) -> None:
    """Of 40 braids there are 2 ** 40 ways, and 120 reaches."""
    reaches, flows = [], []
    for braid in range(40):
        above, left, right, below = (REACH + 3 * braid + at for at in (0, 1, 2, 3))
        x = X + 30 * braid
        for code, dy in ((above, 0), (left, 5), (right, -5)):
            line = LineString([(x, Y + dy), (x + 10, Y + dy)])
            reaches.append(EntityChange(code, "reach", line))
        pairs = ((above, left), (above, right), (left, below), (right, below))
        flows += [NewRelation(a, "flows_to", b, "declared") for a, b in pairs]
    reaches.append(EntityChange(REACH + 120, "reach", LineString([(X + 1200, Y), (X + 1210, Y)])))
    record(connection, ChangeSet("li", "braids", "test", reaches, relations=flows))
    start = monotonic()
    assert len(downstream_of(connection, REACH, 1e6)) == 120
    assert monotonic() - start < 5
    # A braid is 20 m long: after 100 m come five of them, and no more.
    assert len(downstream_of(connection, REACH, 100)) == 14
    assert len(downstream_of(connection, REACH, 0)) == 0


def test_a_circle_of_reaches_is_followed_once(connection: Connection) -> None:
    line = LineString([(X, Y), (X + 10, Y)])
    reaches = [EntityChange(REACH + at, "reach", line) for at in range(3)]
    flows = [
        NewRelation(REACH + at, "flows_to", REACH + (at + 1) % 3, "declared") for at in range(3)
    ]
    record(connection, ChangeSet("li", "circle", "test", reaches, relations=flows))
    assert len(downstream_of(connection, REACH, 1e6)) == 2
