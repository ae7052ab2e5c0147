"""What a stranger found odd about roads: a network made anew between two questions, houses."""

from math import inf

import psycopg
import pytest
from shapely.geometry import box

from data.registry import EntityChange, NewRelation
from data.roads import Asked, coverage, places, ready
from data.roads.driven import grow
from tests.postgis.register import X, Y
from tests.postgis.roads.test_times import FAR_S, own_times, spots_in, town
from tests.postgis.roads.town import SIDES, Connection, at, code, edges, grid, say

AREA = code("8808", 1)
HOUSE = code("8101", 1)
STATION = code("2115", 1)


def test_nobody_makes_the_network_anew_while_it_is_asked(
    connection: Connection, database_url: str
) -> None:
    say(connection, *grid())
    connection.commit()
    ready(connection)
    connection.commit()
    ready(connection)
    with psycopg.connect(database_url) as other:
        other.execute("SET lock_timeout = '200ms'")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            ready(other, anew=True)
        other.rollback()
        # Others ask meanwhile.
        assert not ready(other).built
    connection.commit()


def test_people_of_a_complex_and_of_what_is_not_there_are_not_counted_again(
    connection: Connection,
) -> None:
    def house(serial: int, people: int, stage: str = "in use") -> EntityChange:
        shape = box(X + 10, Y + 10, X + 40, Y + 40)
        told = {"residents": people}
        return EntityChange(HOUSE + serial, "house", shape, properties=told, stage=stage)

    area = EntityChange(AREA, "area", box(X, Y, X + 100, Y + 100))
    station = EntityChange(STATION, "station", at(5, 5))
    houses = house(0, 100), house(1, 60), house(2, 500, "demolished")
    parts = NewRelation(HOUSE + 1, "part_of", HOUSE, "declared")
    say(connection, *grid(), area, station, *houses, relations=(parts,))
    (found,) = coverage(connection, places(connection, [STATION]), Asked(codes=[AREA]), []).areas
    assert (found.people.total, found.people.share) == (60, 1.0)
    assert found.buildings.total == 1


def test_a_node_that_two_roots_are_far_from_has_the_time_of_the_nearer(
    connection: Connection,
) -> None:
    """pgRouting's own ``equicost`` (3.7.3) gave node 1 the time of the farther one here."""
    ways = [("yes", 50 if at in {2, 6} else 20) for at in range(len(SIDES))]
    say(connection, *town(ways))
    ready(connection)
    found = edges(connection)
    roots = spots_in(found, [(61, 1e-6), (1, 1 - 1e-6)])
    tree = grow(connection, roots, [], FAR_S, backwards=True)
    turned = [edge._replace(seconds=edge.back_s, back_s=edge.seconds) for edge in found]
    expected, _ = own_times(turned, roots)
    times = {node: step.seconds for node, step in tree.step.items() if node > 0}
    assert times == pytest.approx({at: s for at, s in expected.items() if s != inf}, abs=1e-6)
    assert all(tree.step[tree.node_of(root)].seconds == 0 for root in roots)
