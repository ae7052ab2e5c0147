"""Only edges are read to which somebody can come, and answers stay those of the whole network."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest

from data.registry import EntityChange
from data.roads import Wanted, nearest, reach, ready
from data.roads.boxes import Box, near_box, places_of, proven, reached_box
from data.roads.driven import grow
from data.roads.spots import Spot, spots
from tests.postgis.api.district import NOON
from tests.postgis.roads.town import Connection, at, code, grid, line, road, say, station

HELPER = code("8903", 1)


@contextmanager
def read_edges(connection: Connection, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[bool]]:
    """Give whether each tree that is grown meanwhile reads all edges."""
    whole: list[bool] = []

    def noted(*args: object, **options: object) -> object:
        whole.append(options.get("box") is None)
        return grow(*args, **options)  # type: ignore[arg-type]

    # The package has a function of the module's name.
    monkeypatch.setattr(sys.modules["data.roads.nearest"], "grow", noted)
    yield whole
    connection.rollback()


def found_spots(connection: Connection, *places: tuple[float, float]) -> list[Spot]:
    found = spots(connection, [at(*place) for place in places], [])
    return [spot for spot in found if spot is not None]


def test_who_drives_so_long_does_not_leave_the_box(connection: Connection) -> None:
    say(connection, *grid())
    assert ready(connection).fastest_kmh == pytest.approx(36, rel=1e-3)
    (spot,) = found_spots(connection, (180, 0))
    assert places_of(connection, [spot])[0] == pytest.approx(at(180, 0).coords[0], abs=0.01)
    box = reached_box(connection, [spot], 60, 36)
    assert box is not None
    assert (box.east - box.west) / 2 == pytest.approx(660, rel=1e-3)
    assert reached_box(connection, [], 60, 36) is None


@pytest.mark.parametrize("within_s", [20, 60, 90, 500])
def test_a_box_gives_what_the_whole_gives(connection: Connection, within_s: float) -> None:
    say(connection, *grid(_0_1={"x_oneway": "yes"}, _4_5={"x_maxspeed": "90"}))
    network = ready(connection)
    roots = found_spots(connection, (170, 0), (720, 700))
    for backwards in (False, True):
        whole = grow(connection, roots, [], within_s, backwards=backwards)
        box = reached_box(connection, roots, within_s, network.fastest_kmh)
        assert grow(connection, roots, [], within_s, backwards=backwards, box=box) == whole


def test_edges_outside_of_a_box_are_not_read(connection: Connection) -> None:
    say(connection, *grid())
    ready(connection)
    (spot,) = found_spots(connection, (180, 0))
    west, south = at(100, -50).coords[0]
    east, north = at(260, 50).coords[0]
    tree = grow(connection, [spot], [], 1000, box=Box(west, south, east, north))
    assert len([node for node in tree.step if node > 0]) == 2


def test_a_sooner_way_round_is_found_though_it_leaves_the_box(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The road between is walked along; the motorway goes 5 km out and back."""
    say(
        connection,
        road(1, line((0, 0), (1000, 0)), x_maxspeed="5"),
        road(2, line((0, 0), (0, 5000), (1000, 5000), (1000, 0)), x_maxspeed="120"),
        EntityChange(HELPER, "抢险车", at(0, 0)),
    )
    with read_edges(connection, monkeypatch) as whole:
        wanted = Wanted([HELPER], (), NOON)
        (helper,) = nearest(connection, station(1000, 0), wanted, []).helpers
    assert whole == [False, True]
    assert helper.distance_m == pytest.approx(11_000, rel=1e-3)


def test_the_whole_is_not_read_where_a_box_is_enough(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    say(connection, *grid(), EntityChange(HELPER, "抢险车", at(0, 0)))
    with read_edges(connection, monkeypatch) as whole:
        wanted = Wanted([HELPER], (), NOON)
        (helper,) = nearest(connection, station(360, 0), wanted, []).helpers
    assert whole == [False]
    assert helper.seconds == pytest.approx(36, rel=1e-3)


def test_who_is_not_reached_around_is_looked_for_everywhere(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    say(connection, *grid(), road(31, line((2000, 0), (2200, 0))))
    say(connection, EntityChange(HELPER, "抢险车", at(2100, 0)))
    with read_edges(connection, monkeypatch) as whole:
        wanted = Wanted([HELPER], (), NOON)
        (helper,) = nearest(connection, station(360, 0), wanted, []).helpers
    assert whole == [False, True]
    assert helper.reason == "no open road leads from it to the incident"


def test_a_network_of_an_older_version_is_made_anew(connection: Connection) -> None:
    say(connection, *grid())
    ready(connection)
    connection.execute("UPDATE road_network SET made_of = '1 x', report = report - 'fastest_kmh'")
    assert ready(connection).built
    assert len(reach(connection, [station(0, 0)], [1.0], []).reached) == 1


def test_a_way_is_proven_by_the_shortest_one_that_leaves_the_box() -> None:
    root, others = np.array([[0.0, 0.0]]), np.array([[100.0, 0.0]])
    box = near_box(root, others)
    assert box == Box(-1300.0, -1300.0, 1400.0, 1300.0)
    seconds_out_and_back = 2600 / 10 / 1.1
    assert proven(box, root, others, np.array([seconds_out_and_back - 1]), 36.0)
    assert not proven(box, root, others, np.array([seconds_out_and_back + 1]), 36.0)
    assert not proven(box, root, others, np.array([np.inf]), 36.0)
