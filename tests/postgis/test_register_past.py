"""Whatever changes are made, each past state and each difference is what a plain dict says."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Event
from typing import Any

import psycopg
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.registry import ChangeSet, EntityChange, record
from data.registry.history import as_of, difference, versions
from data.registry.values import EndedName, NewName, NewRelation

Connection = psycopg.Connection[tuple[Any, ...]]
States = dict[int, dict[str, Any]]

FIRST = 4403118101000001
EMPTY = {"name": "", "height_m": None, "owner": "", "retired": False}

_changes = st.fixed_dictionaries(
    {},
    optional={
        "name": st.sampled_from(["一", "二", "三"]),
        "height_m": st.sampled_from([None, 3.0, 6.0]),
        "owner": st.sampled_from(["", "水务局"]),
        "retired": st.booleans(),
        "properties": st.dictionaries(
            st.sampled_from(["storeys", "basements"]), st.sampled_from([None, 1, 2]), max_size=2
        ),
    },
)
_sets = st.lists(
    st.dictionaries(st.integers(FIRST, FIRST + 2), _changes, min_size=1, max_size=3),
    min_size=1,
    max_size=6,
)


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(_sets)
def test_every_past_state_can_be_asked_for(
    connection: Connection, sets: list[Mapping[int, Mapping[str, Any]]]
) -> None:
    past: list[tuple[int, datetime, States]] = []
    states: States = {}
    for changes in sets:
        entities = [EntityChange(code, **change) for code, change in changes.items()]
        done = record(connection, ChangeSet("li", "test", "desk", entities))
        expected = {code: after(states.get(code), change) for code, change in changes.items()}
        assert (done.change_set is None) == all(
            states.get(code) == state for code, state in expected.items()
        )
        states = states | expected
        if done.change_set is not None:
            past.append((done.change_set, stamp_of(connection, done.change_set), states))
    try:
        check_states(connection, past)
        check_differences(connection, past)
        for code in states:
            told = [version.change_set for version in versions(connection, code)]
            assert told == sorted(set(told))
    finally:
        connection.rollback()


def check_states(connection: Connection, past: list[tuple[int, datetime, States]]) -> None:
    for _, instant, states in past:
        for code in range(FIRST, FIRST + 3):
            found = as_of(connection, code, instant)
            said = found and {
                **{field: getattr(found, field) for field in EMPTY},
                "properties": dict(found.properties),
            }
            assert said == states.get(code)


def check_differences(connection: Connection, past: list[tuple[int, datetime, States]]) -> None:
    points: list[tuple[int, States]] = [(0, {}), *((at, states) for at, _, states in past)]
    for index, (before, old) in enumerate(points):
        for later, new in points[index:]:
            found = {item.code: item.kind for item in difference(connection, before, later)}
            expected = {code for code in new if old.get(code) != new[code]}
            assert found.keys() == expected
            assert {code for code, kind in found.items() if kind == "created"} == {
                code for code in found if code not in old
            }


def test_a_difference_tells_names_and_relations(connection: Connection) -> None:
    building, storey = FIRST, 4403118102000001
    named, other = NewName(building, "asset", "A-1"), NewName(building, "asset", "A-2")
    first = change_of(
        connection, entities=[EntityChange(building, "楼"), EntityChange(storey, "层")]
    )
    second = change_of(
        connection, names=[named], relations=[NewRelation(storey, "part_of", building, "desk")]
    )
    third = change_of(connection, names=[other], ended_names=[EndedName(building, "asset", "A-1")])

    def told(before: int, after: int, **scope: object) -> dict[int, dict[str, Any]]:
        return {each.code: each.changes for each in difference(connection, before, after, **scope)}

    part: dict[str, Any] = {"part_of": ([], [str(building)])}
    assert told(first, second) == {building: {"name asset": ([], ["A-1"])}, storey: part}
    assert told(second, third) == {building: {"name asset": (["A-1"], ["A-2"])}}
    assert told(first, third, code=storey) == {storey: part}
    assert told(0, third, klass="8101")[building]["name asset"] == ([], ["A-2"])
    connection.rollback()


def change_of(connection: Connection, **said: Any) -> int:  # noqa: ANN401
    done = record(connection, ChangeSet("li", "test", "desk", **said))
    assert done.change_set is not None
    return done.change_set


def test_change_sets_follow_one_another(database_url: str) -> None:
    written, may_commit = Event(), Event()

    def first() -> None:
        with psycopg.connect(database_url) as connection:
            record(connection, ChangeSet("a", "first", "desk", [EntityChange(FIRST, "一")]))
            written.set()
            may_commit.wait(20)

    def second() -> bool:
        written.wait(20)
        with psycopg.connect(database_url) as connection:
            connection.execute("SET lock_timeout = '200ms'")
            try:
                record(connection, ChangeSet("b", "second", "desk", [EntityChange(FIRST, "二")]))
            except psycopg.errors.LockNotAvailable:
                waited = True
            else:
                waited = False
            finally:
                may_commit.set()
        return waited

    with ThreadPoolExecutor(2) as pool:
        begun = pool.submit(first)
        assert pool.submit(second).result(30)
        begun.result(30)
    with psycopg.connect(database_url) as connection:
        record(connection, ChangeSet("b", "second", "desk", [EntityChange(FIRST, "二")]))
        sets = connection.execute("SELECT actor, recorded_at FROM change_set ORDER BY id")
        (one, earlier), (two, later) = sets.fetchall()
        assert (one, two) == ("a", "b")
        assert earlier < later


def after(state: Mapping[str, Any] | None, change: Mapping[str, Any]) -> dict[str, Any]:
    told = {field: value for field, value in change.items() if field != "properties"}
    former = state["properties"] if state else {}
    properties = {**former, **change.get("properties", {})}
    kept = {name: value for name, value in properties.items() if value is not None}
    return {**EMPTY, **(state or {}), **told, "properties": kept}


def stamp_of(connection: Connection, change_set: int) -> datetime:
    found = connection.execute(
        "SELECT recorded_at FROM change_set WHERE id = %s", (change_set,)
    ).fetchall()
    instant = found[0][0]
    assert isinstance(instant, datetime)
    return instant
