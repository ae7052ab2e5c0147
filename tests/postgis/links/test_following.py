"""Links follow the register without anybody asking, whatever is killed between two steps."""

import threading
import time
from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from data.links import link_status, run_links
from data.links.following import become_follower, due, link_portion, note_changes
from data.registry import ChangeSet, EntityChange, record, revision
from ingest import link_upkeep
from ingest.config import PipelineConfig
from ingest.link_upkeep import catch_up, keep_linked
from tests.postgis.links.town import (
    AREA,
    BUILDING,
    CAMERA,
    DETECTOR,
    GAUGE,
    OTHER_REACH,
    REACH,
    ROOM,
    at,
    build,
    code,
    links,
    reasons,
    say,
    targets,
)

Connection = psycopg.Connection[tuple[Any, ...]]


@pytest.fixture(autouse=True)
def town(connection: Connection) -> Connection:
    build(connection)
    return connection


def fresh(connection: Connection) -> Connection:
    connection.commit()
    return connection


def wait_for(connection: Connection, condition: Callable[[], bool]) -> None:
    deadline, never = time.monotonic() + 20, threading.Event()
    while not condition():
        connection.commit()
        assert time.monotonic() < deadline
        never.wait(0.01)
    connection.commit()


def break_off(connection: Connection) -> None:
    with connection.transaction():
        assert link_portion(connection, 2).devices == 2
        raise ZeroDivisionError


def test_what_is_imported_is_linked(town: Connection) -> None:
    assert catch_up(town) == 4
    assert targets(town, GAUGE) == {"monitors": REACH}
    assert targets(town, DETECTOR) == {"monitors": BUILDING, "located_in": ROOM}
    assert targets(town, CAMERA) == {"watches": AREA}


def test_a_moved_device_is_linked_to_what_is_near_it_now(town: Connection) -> None:
    catch_up(town)
    say(town, EntityChange(GAUGE, geometry=at(50, 28)))
    assert catch_up(fresh(town)) == 1
    assert targets(town, GAUGE) == {"monitors": OTHER_REACH}


def test_links_of_its_own_are_nothing_new_to_it(town: Connection) -> None:
    catch_up(town)
    before = revision(town)
    assert catch_up(fresh(town)) == 0
    assert revision(town) == before
    status = link_status(town)
    assert (status.reached, status.behind, status.due, status.lag_s) == (status.newest, 0, 0, 0.0)


def test_what_was_noted_before_a_crash_is_linked_after_it(
    town: Connection, database_url: str
) -> None:
    with psycopg.connect(database_url) as killed:
        assert note_changes(killed)
        assert link_status(killed).due == 4
    with pytest.raises(ZeroDivisionError), psycopg.connect(database_url) as killed:
        break_off(killed)
    assert link_status(town).due == 4
    assert links(town) == {}
    assert catch_up(fresh(town)) == 4
    assert targets(town, GAUGE) == {"monitors": REACH}


def test_portions_give_what_one_run_gives(town: Connection) -> None:
    note_changes(fresh(town))
    while link_portion(fresh(town), 1).devices:
        pass
    assert link_status(town).due == 0
    assert sum(run_links(town, everything=True).written) == 0


def test_a_change_between_two_portions_is_not_missed(town: Connection) -> None:
    note_changes(fresh(town))
    link_portion(fresh(town), 3)
    say(town, EntityChange(GAUGE, geometry=at(50, 28)))
    catch_up(fresh(town))
    assert targets(town, GAUGE) == {"monitors": OTHER_REACH}
    assert sum(run_links(town, everything=True).written) == 0


def test_what_changed_last_comes_first(town: Connection) -> None:
    note_changes(fresh(town))
    newcomer = code("8501", 9)
    say(town, EntityChange(newcomer, "水位计9", at(50, 29)))
    note_changes(fresh(town))
    assert due(town, 1) == [newcomer]


def test_a_run_by_hand_leaves_nothing_due(town: Connection) -> None:
    note_changes(fresh(town))
    assert run_links(town).devices == 4
    assert link_status(town).due == 0
    assert catch_up(fresh(town)) == 0


def test_status_says_how_far_behind_links_are(town: Connection) -> None:
    status = link_status(town)
    assert (status.reached, status.newest, status.behind, status.due) == (0, 1, 1, 0)
    assert status.lag_s > 0
    assert (status.ran_at, status.followed) == (None, False)


def test_one_session_follows_and_status_says_so(town: Connection, database_url: str) -> None:
    with psycopg.connect(database_url) as other:
        assert become_follower(other)
        assert not become_follower(town)
        assert link_status(town).followed
    wait_for(town, lambda: become_follower(town))


def test_a_device_that_cannot_be_linked_keeps_no_other_waiting(
    town: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    def brittle(connection: Connection, most: int) -> object:
        if CAMERA in due(connection, most):
            connection.rollback()
            raise ValueError(f"device {CAMERA}: made to fail")
        connection.rollback()
        return link_portion(connection, most)

    monkeypatch.setattr(link_upkeep, "link_portion", brittle)
    catch_up(fresh(town))
    assert targets(town, GAUGE) == {"monitors": REACH}
    assert targets(town, CAMERA) == {}
    status = link_status(town)
    assert (status.due, status.set_aside, status.lag_s) == (1, 1, 0.0)
    monkeypatch.undo()
    say(town, EntityChange(CAMERA, geometry=at(60, 61)))
    catch_up(fresh(town))
    assert targets(town, CAMERA) == {"watches": AREA}
    assert link_status(town).set_aside == 0


def test_a_retired_device_loses_its_links_by_itself(town: Connection) -> None:
    catch_up(fresh(town))
    say(town, EntityChange(GAUGE, retired=True))
    catch_up(fresh(town))
    assert targets(town, GAUGE) == {}
    assert (GAUGE, "monitors") not in reasons(town)


def test_other_changes_wait_for_a_portion_and_not_for_the_search(
    town: Connection, database_url: str
) -> None:
    with psycopg.connect(database_url) as changing:
        changing.execute("SET lock_timeout = '2s'")
        record(changing, ChangeSet("test", "slow", "test", [EntityChange(GAUGE, "别名")]))
        # The change above is not committed: who waited for it would wait for ever.
        town.execute("SET lock_timeout = '2s'")
        town.commit()
        assert note_changes(town)
    catch_up(fresh(town))
    assert targets(town, GAUGE) == {"monitors": REACH}


def test_a_thread_of_ingest_lets_links_follow_until_it_is_told_to_stop(
    town: Connection, database_url: str
) -> None:
    stopping = threading.Event()
    config = PipelineConfig(link_seconds=0.01, retry_seconds=0.01)
    thread = threading.Thread(
        target=keep_linked, args=(database_url, config, stopping, lambda: False)
    )
    thread.start()
    try:
        wait_for(town, lambda: targets(town, GAUGE) == {"monitors": REACH})
        say(town, EntityChange(GAUGE, geometry=at(50, 28)))
        wait_for(town, lambda: targets(town, GAUGE) == {"monitors": OTHER_REACH})
    finally:
        stopping.set()
        thread.join(10)
    assert not thread.is_alive()


def test_nobody_follows_where_the_settings_say_never(database_url: str) -> None:
    keep_linked(database_url, PipelineConfig(link_seconds=0), threading.Event(), lambda: False)
