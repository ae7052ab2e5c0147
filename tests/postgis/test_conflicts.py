"""One datum, one source: what another says is kept apart until it agrees or a person decides."""

from typing import Any

import psycopg
import pytest
from shapely import from_wkb
from shapely.geometry import Point

from data.registry import ChangeRefusedError, ChangeSet, EntityChange, record
from data.registry.conflicts import Conflict, open_conflicts
from data.registry.deciding import authority_of, dismiss, set_authority, take
from data.registry.lifecycle import Author
from tests.emptying import SharedStore
from tests.postgis.register import FREE_GAUGE, REACH, X, Y, fill_register

Connection = psycopg.Connection[tuple[Any, ...]]
LI = Author("li", "decided on site", "decision")
BUREAU, ROADS = "water bureau", "roads office"


@pytest.fixture
def register(shared_store: SharedStore, connection: Connection) -> Connection:
    """The small district, where only the water bureau says how high a reach warns."""
    shared_store.fill(fill_register)
    set_authority(connection, LI, "8202", "warning_level_m", BUREAU)
    return connection


def say(register: Connection, source: str, *entities: EntityChange) -> int:
    """Record what a source says and return how many values were set apart."""
    return record(register, ChangeSet("wang", "import", source, entities)).conflicts


def warning(value: float | None) -> EntityChange:
    return EntityChange(REACH, properties={"warning_level_m": value})


def standing(register: Connection) -> Any:  # noqa: ANN401 - JSON
    found = register.execute(
        "SELECT properties -> 'warning_level_m' FROM entity WHERE code = %s", (REACH,)
    ).fetchall()
    return found[0][0]


def resolutions(register: Connection) -> list[str | None]:
    found = register.execute("SELECT resolution FROM property_conflict ORDER BY id").fetchall()
    return [resolution for (resolution,) in found]


def change_sets(register: Connection) -> int:
    return int(register.execute("SELECT count(*) FROM change_set").fetchall()[0][0])


def test_another_source_does_not_overwrite_and_its_word_is_kept(register: Connection) -> None:
    assert say(register, ROADS, warning(2.5)) == 1
    assert standing(register) == 3.0
    (kept,) = open_conflicts(register, REACH)
    assert kept == Conflict(kept.id, REACH, "warning_level_m", ROADS, 2.5)
    assert open_conflicts(register, FREE_GAUGE) == []


def test_the_authority_itself_changes_the_value(register: Connection) -> None:
    assert say(register, BUREAU, warning(2.8)) == 0
    assert standing(register) == 2.8


def test_what_else_a_source_says_still_counts(register: Connection) -> None:
    both = warning(2.5)._replace(owner="水务局")
    assert say(register, ROADS, both) == 1
    found = register.execute("SELECT owner FROM entity WHERE code = %s", (REACH,)).fetchall()
    assert found == [("水务局",)]


def test_anybody_may_fill_what_is_empty(register: Connection) -> None:
    say(register, BUREAU, warning(None))
    assert say(register, ROADS, warning(2.5)) == 0
    assert standing(register) == 2.5
    assert open_conflicts(register) == []


def test_removing_what_another_says_is_a_conflict_too(register: Connection) -> None:
    assert say(register, ROADS, warning(None)) == 1
    assert standing(register) == 3.0
    assert [kept.value for kept in open_conflicts(register)] == [None]


def test_the_same_word_twice_is_one_conflict_and_leaves_no_second_trace(
    register: Connection,
) -> None:
    say(register, ROADS, warning(2.5))
    before = change_sets(register)
    assert say(register, ROADS, warning(2.5)) == 0
    assert (len(open_conflicts(register)), change_sets(register)) == (1, before)
    assert say(register, ROADS, warning(2.6)) == 1
    assert [kept.value for kept in open_conflicts(register)] == [2.6]


def test_a_conflict_ends_when_its_source_takes_the_word_back(register: Connection) -> None:
    say(register, ROADS, warning(2.5))
    say(register, ROADS, warning(3.0))
    assert open_conflicts(register) == []
    assert resolutions(register) == ["withdrawn"]


def test_a_conflict_ends_when_the_authority_comes_to_agree(register: Connection) -> None:
    say(register, ROADS, warning(2.5))
    say(register, BUREAU, warning(2.5))
    assert resolutions(register) == ["agreed"]


def test_a_dismissed_word_is_not_brought_up_again_but_another_is(register: Connection) -> None:
    say(register, ROADS, warning(2.5))
    (kept,) = open_conflicts(register)
    assert dismiss(register, LI, kept.id).value == 2.5
    assert say(register, ROADS, warning(2.5)) == 0
    assert open_conflicts(register) == []
    assert say(register, ROADS, warning(2.4)) == 1
    assert standing(register) == 3.0


def test_a_word_that_is_taken_stands_as_the_authoritys(register: Connection) -> None:
    say(register, ROADS, warning(2.5))
    (kept,) = open_conflicts(register)
    assert take(register, LI, kept.id).changed == 1
    assert standing(register) == 2.5
    assert resolutions(register) == ["taken"]
    newest = register.execute(
        "SELECT c.actor, c.reason, c.source FROM entity e JOIN change_set c"
        " ON c.id = e.change_set_id WHERE e.code = %s",
        (REACH,),
    ).fetchone()
    assert newest == ("li", "decided on site", BUREAU)


@pytest.mark.parametrize(
    ("name", "said", "taken"),
    [
        ("name", "甲段", "甲段"),
        ("owner", "交通局", "交通局"),
        ("stage", "planned", "planned"),
        ("height_m", 12.5, 12.5),
        ("height_m", None, None),
    ],
)
def test_a_field_that_is_taken_stands(
    register: Connection,
    name: str,
    said: Any,  # noqa: ANN401 - of the field's type
    taken: object,
) -> None:
    filled = EntityChange(REACH, height_m=3.0, owner="水务局")
    say(register, BUREAU, filled)
    set_authority(register, LI, "8202", name, BUREAU)
    assert say(register, ROADS, EntityChange(REACH)._replace(**{name: said})) == 1
    take(register, LI, open_conflicts(register)[0].id)
    query = f"SELECT {name} FROM entity WHERE code = %s"  # noqa: S608 - one of the list above
    assert register.execute(query.encode(), (REACH,)).fetchone() == (taken,)


def test_a_place_that_is_taken_is_the_place_that_was_said(register: Connection) -> None:
    set_authority(register, LI, "8501", "geometry", BUREAU)
    there = Point(X + 10.25, Y + 20.5)
    assert say(register, ROADS, EntityChange(FREE_GAUGE, geometry=there)) == 1
    take(register, LI, open_conflicts(register)[0].id)
    found = register.execute(
        "SELECT ST_AsBinary(geom), ST_SRID(geom) FROM entity WHERE code = %s", (FREE_GAUGE,)
    ).fetchall()
    assert str(from_wkb(found[0][0])) == str(there)
    assert found[0][1] == 4547


def test_what_is_decided_is_decided_once(register: Connection) -> None:
    say(register, ROADS, warning(2.5))
    (kept,) = open_conflicts(register)
    take(register, LI, kept.id)
    for decide in (take, dismiss):
        with pytest.raises(ChangeRefusedError, match="expected one that is open"):
            decide(register, LI, kept.id)


def test_without_an_authority_the_last_word_counts(register: Connection) -> None:
    set_authority(register, LI, "8202", "warning_level_m", None)
    assert authority_of(register, "8202", "warning_level_m") is None
    assert say(register, ROADS, warning(2.5)) == 0
    assert standing(register) == 2.5


def test_naming_the_same_authority_again_leaves_no_trace(register: Connection) -> None:
    before = change_sets(register)
    set_authority(register, LI, "8202", "warning_level_m", BUREAU)
    set_authority(register, LI, "8202", "width_m", None)
    assert change_sets(register) == before
    set_authority(register, LI, "8202", "warning_level_m", ROADS)
    assert authority_of(register, "8202", "warning_level_m") == ROADS
