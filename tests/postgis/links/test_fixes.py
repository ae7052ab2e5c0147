"""What people fix stays, is shown as theirs, follows what took its place, and can be released."""

from typing import Any

import psycopg
import pytest

from data.links import (
    FixRefusedError,
    Slot,
    Wanted,
    explain_links,
    fix,
    list_links,
    relation_of,
    release,
    run_links,
)
from data.registry import EntityChange, EntityRetiredError, EntityUnknownError, NewRelation
from data.registry.lifecycle import Author, merge, retire
from tests.postgis.links.town import (
    AREA,
    BUILDING,
    CAMERA,
    DETECTOR,
    GAUGE,
    OTHER_BUILDING,
    OTHER_GAUGE,
    OTHER_REACH,
    REACH,
    at,
    build,
    code,
    links,
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


def test_a_fix_survives_the_next_run_and_is_shown_as_whose_it_is(town: Connection) -> None:
    fix(town, LI, SLOT, OTHER_REACH)
    assert targets(town, GAUGE) == {"monitors": OTHER_REACH}
    for everything in (False, True):
        assert sum(run_links(town, everything=everything).written) == 0
    (link,) = list_links(town, Wanted(device=GAUGE))
    assert (link["method"], link["confidence"], link["distance_m"]) == ("by a person", 1.0, 26.0)
    assert link["reason"] == "said li: seen on the bank"


def test_none_of_these_ends_the_link_and_says_who_wanted_that(town: Connection) -> None:
    fix(town, LI, SLOT, None)
    run_links(town, everything=True)
    assert targets(town, GAUGE) == {}
    assert reasons(town)[SLOT] == "to none of these, said li: seen on the bank"


def test_a_moved_device_keeps_its_fix_with_another_distance(town: Connection) -> None:
    fix(town, LI, SLOT, OTHER_REACH)
    say(town, EntityChange(GAUGE, geometry=at(50, 10)))
    run_links(town)
    assert links(town)[GAUGE, "monitors", OTHER_REACH][1] == 20.0


def test_the_same_fix_again_leaves_no_trace(town: Connection) -> None:
    assert fix(town, LI, SLOT, OTHER_REACH).change_set is not None
    assert fix(town, LI, SLOT, OTHER_REACH).change_set is None


def test_another_fix_takes_the_place_of_the_first(town: Connection) -> None:
    fix(town, LI, SLOT, None)
    fix(town, LI, SLOT, REACH)
    assert targets(town, GAUGE) == {"monitors": REACH}
    assert SLOT not in reasons(town)
    assert len(explain_links(town, GAUGE).fixes) == 1


def test_a_released_link_is_found_anew_at_once(town: Connection) -> None:
    fix(town, LI, SLOT, OTHER_REACH)
    release(town, LI, SLOT)
    assert targets(town, GAUGE) == {"monitors": REACH}
    assert links(town)[GAUGE, "monitors", REACH][0] == "at"
    with pytest.raises(FixRefusedError, match="nobody has fixed it"):
        release(town, LI, SLOT)


def test_a_fix_holds_for_what_its_object_was_merged_into(town: Connection) -> None:
    slot = Slot(DETECTOR, "monitors")
    fix(town, LI, slot, OTHER_BUILDING)
    merge(town, LI, [OTHER_BUILDING], BUILDING)
    town.commit()
    run_links(town)
    assert targets(town, DETECTOR)["monitors"] == BUILDING
    assert links(town)[DETECTOR, "monitors", BUILDING][0] == "by a person"


def test_a_fix_to_what_is_there_no_more_leaves_the_device_without_a_link(town: Connection) -> None:
    fix(town, LI, SLOT, OTHER_REACH)
    retire(town, LI, [OTHER_REACH])
    town.commit()
    run_links(town)
    assert targets(town, GAUGE) == {}
    assert "which is there no more" in reasons(town)[SLOT]


def test_a_fix_overrules_what_an_import_said(town: Connection) -> None:
    say(town, relations=(NewRelation(OTHER_GAUGE, "monitors", OTHER_REACH, "import rivers"),))
    fix(town, LI, Slot(OTHER_GAUGE, "monitors"), REACH)
    assert targets(town, OTHER_GAUGE) == {"monitors": REACH}


def test_a_device_that_no_rule_knows_can_be_fixed(town: Connection) -> None:
    station = code("8511", 1)
    say(town, EntityChange(station, "气象站", at(10, 130)))
    fix(town, LI, Slot(station, relation_of(station, None)), BUILDING)
    assert targets(town, station) == {"monitors": BUILDING}
    assert sum(run_links(town, everything=True).written) == 0


@pytest.mark.parametrize(
    ("slot", "target", "error", "sentence"),
    [
        (Slot(BUILDING, "monitors"), REACH, FixRefusedError, "expected a sensor or camera"),
        (Slot(GAUGE, "flows_to"), REACH, FixRefusedError, "expected one of monitors, watches"),
        (Slot(GAUGE, "monitors"), GAUGE, FixRefusedError, "expected another one"),
        (Slot(GAUGE, "monitors"), REACH + 90, EntityUnknownError, "not in the register"),
        (Slot(GAUGE + 90, "monitors"), REACH, EntityUnknownError, "not in the register"),
    ],
)
def test_a_fix_that_makes_no_sense_is_refused(
    town: Connection, slot: Slot, target: int, error: type[Exception], sentence: str
) -> None:
    with pytest.raises(error, match=sentence):
        fix(town, LI, slot, target)


def test_nothing_is_fixed_to_what_is_retired(town: Connection) -> None:
    retire(town, LI, [AREA])
    town.commit()
    with pytest.raises(EntityRetiredError, match="expected one in use"):
        fix(town, LI, Slot(CAMERA, "watches"), AREA)


def test_an_explanation_says_what_was_looked_at_and_why_the_others_lost(town: Connection) -> None:
    found = explain_links(town, GAUGE)
    assert [one["target"] for one in found.candidates] == [str(REACH), str(OTHER_REACH)]
    first, second = found.candidates
    assert (first["taken"], second["taken"]) == (True, False)
    assert first["sentence"].startswith("4.0 m away, allowed 50 m, the next one 26.0 m away")
    assert second["sentence"] == f"26.0 m away, and {REACH} is nearer"
    assert found.links[0]["reason"] == (
        f"50.0 m from its start, 4.0 m off on its left; the next one, {OTHER_REACH}, is 26.0 m off"
    )


def test_since_when_is_since_when_it_was_that_object_whatever_the_figures_were(
    town: Connection,
) -> None:
    before = explain_links(town, GAUGE).links[0]["since"]
    say(town, EntityChange(GAUGE, geometry=at(40, 5)))
    run_links(town)
    (link,) = explain_links(town, GAUGE).links
    assert (link["distance_m"], link["since"]) == (5.0, before)


def test_links_are_listed_by_what_they_are(town: Connection) -> None:
    assert {row["device"] for row in list_links(town, Wanted(entity=BUILDING))} == {str(DETECTOR)}
    assert len(list_links(town, Wanted(relation="watches"))) == 1
    assert len(list_links(town, Wanted(method="at"))) == 1
    assert list_links(town, Wanted(below=0.05)) == []
    assert len(list_links(town, Wanted(), 2)) == 2
    say(town, relations=(NewRelation(OTHER_GAUGE, "monitors", REACH, "import rivers"),))
    (named,) = list_links(town, Wanted(method="by name"))
    assert (named["confidence"], named["reason"]) == (1, "said so: import rivers")
