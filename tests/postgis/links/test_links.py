"""Links in the store: found, kept, ended, described, and only where something changed."""

from typing import Any

import psycopg
import pytest

from data.links import run_links
from data.reference import link_rules
from data.registry import EntityChange, NewRelation, revision
from data.registry.lifecycle import Author, merge, retire
from tests.postgis.links.town import (
    AREA,
    BUILDING,
    CAMERA,
    DETECTOR,
    FIRST_FLOOR,
    GAUGE,
    GROUND_FLOOR,
    OTHER_GAUGE,
    OTHER_REACH,
    REACH,
    ROOM,
    at,
    build,
    line,
    links,
    reasons,
    say,
    targets,
)

Connection = psycopg.Connection[tuple[Any, ...]]
LI = Author("li", "survey of May", "water bureau")


@pytest.fixture(autouse=True)
def town(connection: Connection) -> Connection:
    build(connection)
    return connection


def test_the_first_run_links_everything_and_is_one_change_set(town: Connection) -> None:
    before = revision(town)
    done = run_links(town)
    assert (done.everything, done.devices) == (True, 4)
    assert revision(town) == before + 1
    assert targets(town, GAUGE) == {"monitors": REACH}
    assert targets(town, DETECTOR) == {"monitors": BUILDING, "located_in": ROOM}
    assert targets(town, CAMERA) == {"watches": AREA}
    assert reasons(town)[OTHER_GAUGE, "monitors"].startswith("there is no reach within 100 m")


def test_a_link_at_a_reach_says_where_along_it_and_on_which_side(town: Connection) -> None:
    run_links(town)
    method, distance, valid, confidence, limit, rival, rival_m, along, side, share = links(town)[
        GAUGE, "monitors", REACH
    ]
    assert (method, distance, along, side, share) == ("at", 4.0, 50.0, "left", None)
    assert (limit, rival, rival_m) == (50.0, OTHER_REACH, 26.0)
    assert confidence == pytest.approx((1 - 4 / 100) * (1 + 22 / 50) / 2, abs=0.001)
    assert (valid.lower, valid.upper) == (None, None)


def test_a_second_run_leaves_no_trace(town: Connection) -> None:
    run_links(town)
    before = revision(town)
    for everything in (False, True):
        done = run_links(town, everything=everything)
        assert (done.change_set, sum(done.written)) == (None, 0)
    assert revision(town) == before


def test_a_dry_run_says_what_would_change_and_changes_nothing(town: Connection) -> None:
    before = revision(town)
    assert run_links(town, dry_run=True).written.added == 4
    assert (links(town), reasons(town), revision(town)) == ({}, {}, before)


def test_relations_of_before_are_described_and_stay(town: Connection) -> None:
    say(town, relations=(NewRelation(CAMERA, "watches", AREA, "inside", 0.0),))
    done = run_links(town)
    assert (done.written.ended, done.written.described) == (0, 1)
    assert links(town)[CAMERA, "watches", AREA][3] == 1.0


def test_what_others_said_is_theirs(town: Connection) -> None:
    say(town, relations=(NewRelation(GAUGE, "monitors", OTHER_REACH, "import rivers"),))
    run_links(town)
    assert targets(town, GAUGE) == {"monitors": OTHER_REACH}


def test_a_moved_device_is_the_only_one_that_is_looked_at(town: Connection) -> None:
    run_links(town)
    say(town, EntityChange(GAUGE, geometry=at(50, 28)))
    done = run_links(town)
    assert (done.everything, done.devices) == (False, 1)
    assert targets(town, GAUGE) == {"monitors": OTHER_REACH}


def test_a_moved_object_lets_those_around_its_old_and_new_place_be_looked_at(
    town: Connection,
) -> None:
    run_links(town)
    say(town, EntityChange(REACH, geometry=line((450, 500), (550, 500))))
    done = run_links(town)
    assert done.devices == 2
    assert targets(town, GAUGE) == {"monitors": OTHER_REACH}
    assert targets(town, OTHER_GAUGE) == {"monitors": REACH}
    assert (OTHER_GAUGE, "monitors") not in reasons(town)


def test_a_name_is_nothing_to_links(town: Connection) -> None:
    run_links(town)
    say(town, EntityChange(REACH, "别名"))
    assert run_links(town).devices == 0


def test_a_storey_is_told_by_height_and_a_space_lies_as_high_as_its_storey(
    town: Connection,
) -> None:
    run_links(town)
    say(town, EntityChange(DETECTOR, properties={"mounting_level_m": 11.0}))
    run_links(town)
    assert targets(town, DETECTOR)["located_in"] == GROUND_FLOOR
    say(town, EntityChange(FIRST_FLOOR, properties={"elevation_m": 10.5}))
    assert run_links(town).devices == 1
    assert targets(town, DETECTOR)["located_in"] == ROOM
    say(town, EntityChange(DETECTOR, properties={"mounting_level_m": None}))
    run_links(town)
    assert targets(town, DETECTOR)["located_in"] == BUILDING


def test_a_retired_device_and_a_retired_object_lose_their_links(town: Connection) -> None:
    run_links(town)
    retire(town, LI, [CAMERA, REACH])
    town.commit()
    run_links(town)
    assert targets(town, CAMERA) == {}
    assert targets(town, GAUGE) == {"monitors": OTHER_REACH}
    assert not [slot for slot in reasons(town) if slot[0] == CAMERA]


def test_a_merged_object_hands_its_devices_on(town: Connection) -> None:
    run_links(town)
    merge(town, LI, [REACH], OTHER_REACH)
    town.commit()
    run_links(town)
    assert targets(town, GAUGE) == {"monitors": OTHER_REACH}
    assert links(town)[GAUGE, "monitors", OTHER_REACH][1] == 26.0


def test_changed_rules_let_only_their_devices_be_looked_at(town: Connection) -> None:
    run_links(town)
    stricter = [
        rule._replace(max_distance_m=3.0) if rule.sensor_class == "8501" else rule
        for rule in link_rules()
    ]
    done = run_links(town, rules=stricter)
    assert (done.everything, done.devices) == (False, 2)
    assert targets(town, GAUGE) == {}
    assert run_links(town, rules=stricter).devices == 0
    assert run_links(town).devices == 2
    assert targets(town, GAUGE) == {"monitors": REACH}


def test_what_an_import_says_later_ends_what_linking_said(town: Connection) -> None:
    run_links(town)
    say(town, relations=(NewRelation(GAUGE, "monitors", OTHER_REACH, "import rivers"),))
    assert run_links(town).devices == 1
    assert targets(town, GAUGE) == {"monitors": OTHER_REACH}
