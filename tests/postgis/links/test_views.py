"""What cameras see of objects: a link to each, with its share, and buildings in the way."""

from typing import Any

import psycopg
import pytest

from data.links import Wanted, explain_links, list_links, run_links
from data.registry import ChangeSet, EntityChange, record
from tests.postgis.links.town import at, box, code, line

Connection = psycopg.Connection[tuple[Any, ...]]
CAMERA, ROAD, SITE, WALL = code("8601", 1), code("8402", 1), code("8702", 1), code("8101", 1)
LOOKING_NORTH = {"view_range_m": 80, "view_angle_deg": 60, "direction_deg": 0}


def say(connection: Connection, *entities: EntityChange) -> None:
    # The register does not know the properties of views yet.
    record(connection, ChangeSet("test", "so it is", "test", entities), checked=True)
    connection.commit()


@pytest.fixture(autouse=True)
def town(connection: Connection) -> Connection:
    say(
        connection,
        EntityChange(CAMERA, "摄像机", at(0, 0), properties=LOOKING_NORTH),
        EntityChange(ROAD, "路段", line((-200, 50), (200, 50))),
        EntityChange(SITE, "工地", box(-5, 60, 5, 70)),
    )
    run_links(connection)
    return connection


def covered(connection: Connection) -> dict[str, float]:
    rows = list_links(connection, Wanted(device=CAMERA, relation="covers"))
    return {row["target"]: row["share"] for row in rows}


def test_a_camera_covers_all_that_it_sees_and_how_much_of_each(town: Connection) -> None:
    found = covered(town)
    assert found[str(SITE)] == 1.0
    assert found[str(ROAD)] == pytest.approx(2 * 50 * 0.577 / 400, abs=0.01)
    (site,) = list_links(town, Wanted(entity=SITE, relation="covers"))
    assert (site["method"], site["reason"]) == ("covers", "the view covers 100% of it")


def test_a_building_in_the_way_takes_away_what_lies_behind_it(town: Connection) -> None:
    say(town, EntityChange(WALL, "楼", box(-40, 20, 40, 30), 30.0))
    assert run_links(town).devices == 1
    assert covered(town) == {}
    say(town, EntityChange(WALL, retired=True))
    run_links(town)
    assert set(covered(town)) == {str(SITE), str(ROAD)}


def test_a_camera_that_turns_away_sees_something_else(town: Connection) -> None:
    say(town, EntityChange(CAMERA, properties={"direction_deg": 180}))
    run_links(town)
    assert covered(town) == {}


@pytest.mark.parametrize("name", sorted(LOOKING_NORTH))
def test_a_camera_of_which_not_enough_is_known_covers_nothing(town: Connection, name: str) -> None:
    say(town, EntityChange(CAMERA, properties={name: None}))
    run_links(town)
    assert covered(town) == {}


def test_the_explanation_says_how_much_is_seen(town: Connection) -> None:
    seen = [one for one in explain_links(town, CAMERA).candidates if one["relation"] == "covers"]
    assert {one["sentence"] for one in seen} == {
        "the view covers 100% of it",
        "the view covers 14% of it",
    }
