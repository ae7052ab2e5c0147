"""What a stranger found odd about links: later contradictions, rooms in rooms, other times."""

from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest

from data.links import Slot, Wanted, fix, list_links, release, run_links
from data.registry import EntityChange, NewRelation
from data.registry.lifecycle import Author
from tests.postgis.links.town import (
    BUILDING,
    CAMERA,
    DETECTOR,
    FIRST_FLOOR,
    GAUGE,
    OTHER_REACH,
    REACH,
    ROOM,
    at,
    box,
    build,
    code,
    line,
    reasons,
    say,
    targets,
)

Connection = psycopg.Connection[tuple[Any, ...]]
LI = Author("li", "seen on the bank", "water bureau")
SLOT = Slot(GAUGE, "monitors")


@pytest.fixture(autouse=True)
def town(connection: Connection) -> Connection:
    build(connection)
    run_links(connection)
    return connection


def monitored(town: Connection) -> list[tuple[str, str]]:
    rows = list_links(town, Wanted(device=GAUGE, relation="monitors"))
    return [(row["target"], row["method"]) for row in rows]


@pytest.mark.parametrize("everything", [False, True])
def test_an_import_that_contradicts_a_fix_later_is_overruled_by_the_next_run(
    town: Connection,
    everything: bool,  # noqa: FBT001
) -> None:
    fix(town, LI, SLOT, OTHER_REACH)
    say(town, relations=(NewRelation(GAUGE, "monitors", REACH, "import rivers"),))
    run = run_links(town, everything=everything)
    assert run.written.ended == 1
    assert monitored(town) == [(str(OTHER_REACH), "by a person")]
    assert sum(run_links(town, everything=True).written) == 0


def test_an_import_that_names_an_object_where_a_person_said_none_is_overruled_too(
    town: Connection,
) -> None:
    fix(town, LI, SLOT, None)
    say(town, relations=(NewRelation(GAUGE, "monitors", REACH, "import rivers"),))
    run_links(town)
    assert monitored(town) == []
    assert "said li" in reasons(town)[SLOT]


def test_after_the_release_an_import_may_say_it_again(town: Connection) -> None:
    fix(town, LI, SLOT, OTHER_REACH)
    release(town, LI, SLOT)
    say(town, relations=(NewRelation(GAUGE, "monitors", OTHER_REACH, "import rivers"),))
    run_links(town)
    assert monitored(town) == [(str(OTHER_REACH), "by name")]


def test_a_space_within_a_space_lies_as_high_as_the_storey_around_both(town: Connection) -> None:
    cupboard = code("8103", 2)
    say(
        town,
        EntityChange(cupboard, "柜", box(4, 104, 6, 106)),
        relations=(NewRelation(cupboard, "part_of", ROOM, "declared"),),
    )
    run_links(town)
    assert targets(town, DETECTOR)["located_in"] == cupboard
    say(town, EntityChange(FIRST_FLOOR, properties={"elevation_m": 30.0}))
    run_links(town)
    assert targets(town, DETECTOR)["located_in"] == BUILDING
    assert sum(run_links(town, everything=True).written) == 0


def test_a_camera_covers_nothing_that_was_never_there_with_it(town: Connection) -> None:
    road = code("8402", 1)
    view = {"view_range_m": 80, "view_angle_deg": 60, "direction_deg": 0}
    old, new = (datetime(year, 1, 1, tzinfo=UTC) for year in (2020, 2024))
    say(
        town,
        EntityChange(CAMERA, geometry=at(200, 200), properties=view, valid_to=old),
        EntityChange(road, "路段", line((190, 230), (210, 230)), valid_from=new),
    )
    run_links(town)
    assert list_links(town, Wanted(device=CAMERA, relation="covers")) == []
    say(town, EntityChange(CAMERA, valid_to=datetime(2025, 1, 1, tzinfo=UTC)))
    run_links(town)
    (link,) = list_links(town, Wanted(device=CAMERA, relation="covers"))
    assert (link["target"], link["valid_from"]) == (str(road), new)


def test_a_camera_of_which_every_figure_is_a_slip_does_no_harm(town: Connection) -> None:
    view = {"view_range_m": 0.01, "view_angle_deg": 60, "direction_deg": 0}
    say(town, EntityChange(CAMERA, properties=view))
    assert run_links(town).devices == 1
    assert list_links(town, Wanted(device=CAMERA, relation="covers")) == []
