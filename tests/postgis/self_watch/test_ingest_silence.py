"""The alert that ingest is not running: one of them, whoever looks, and no longer than it is so."""

from collections.abc import Callable
from threading import Thread

import psycopg
import pytest

from alerts.ingest_silence import RULE, Silence, tell_return, tell_silence
from data.heartbeats import INGEST, Beat, LastBeat, read_beat, write_beat
from data.own_parts import make_own_parts
from tests.postgis.self_watch.conftest import Connection

PATIENCE_S = 30.0
_ALERTS = b"SELECT level, state, reason FROM alert WHERE rule = %s ORDER BY id"
_EVENTS = b"SELECT event FROM alert_transition ORDER BY id"
_AGE = b"UPDATE heartbeat SET at = now() - make_interval(secs => %s)"
_CLOSE = b"UPDATE alert SET state = 'closed', closed_at = now()"

Look = Callable[[float], list[str]]


def beat(store: Connection, age_s: float) -> LastBeat:
    with store.cursor() as cursor:
        write_beat(cursor, Beat(INGEST, 1, "0.1.0", {"stored": 3}))
    store.execute(_AGE, [age_s])
    found = read_beat(store)
    assert found is not None
    return found


@pytest.fixture
def look(district: Connection) -> Look:
    """Look at a heartbeat of so many seconds ago; gives the events that were written."""
    make_own_parts(district)

    def judge(age_s: float) -> list[str]:
        silence = Silence(beat(district, age_s), age_s, PATIENCE_S)
        return [step.event for step in tell_silence(district, silence)]

    return judge


def test_silence_is_raised_once_gets_worse_and_ends(district: Connection, look: Look) -> None:
    steps = [look(age_s) for age_s in (5, 31, 40, 331, 340, 1, 1)]
    assert steps == [[], ["raised"], [], ["escalated"], [], ["cleared"], []]
    (alert,) = district.execute(_ALERTS, [RULE]).fetchall()
    assert alert[:2] == ("red", "cleared")
    assert district.execute(b"SELECT count(*) FROM outbox").fetchall() == [(3,)]


def test_the_sentence_says_since_when_and_what_to_do(district: Connection, look: Look) -> None:
    look(42)
    (alert,) = district.execute(_ALERTS, [RULE]).fetchall()
    sentence = (
        "ingest is not running: its last sign of life was 42 s ago; run twin up or twin ingest"
    )
    assert alert == ("orange", "raised", sentence)


def test_what_a_person_closed_stays_closed_until_ingest_was_back(
    district: Connection, look: Look
) -> None:
    look(31)
    district.execute(_CLOSE)
    assert look(60) == []
    assert look(1) == []
    # Two outages of the same length: the second one begins after the alert of the first.
    district.execute(b"UPDATE alert SET raised_at = now() - interval '1 day'")
    assert look(31) == ["raised"]


def test_two_processes_that_look_at_once_raise_one_alert(
    district: Connection, look: Look, database_url: str
) -> None:
    assert look(1) == []
    found = beat(district, 60)

    def tell() -> None:
        with psycopg.connect(database_url) as own:
            tell_silence(own, Silence(found, 60, PATIENCE_S))

    threads = [Thread(target=tell) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(district.execute(_ALERTS, [RULE]).fetchall()) == 1
    assert district.execute(_EVENTS).fetchall() == [("raised",)]


def test_ingest_that_is_back_clears_it_itself(district: Connection, look: Look) -> None:
    look(60)
    assert not tell_return(district, PATIENCE_S)
    beat(district, 0)
    assert tell_return(district, PATIENCE_S)
    assert [row[1] for row in district.execute(_ALERTS, [RULE]).fetchall()] == ["cleared"]


def test_a_store_in_which_nothing_stands_for_ingest_has_no_such_alert(store: Connection) -> None:
    silence = Silence(beat(store, 60), 60, PATIENCE_S)
    assert tell_silence(store, silence) == []


def test_a_session_that_holds_the_store_and_commits_nothing_is_told_apart(
    district: Connection,
) -> None:
    found = beat(district, 60)
    assert Silence(found, 60, PATIENCE_S).sentence.startswith("ingest is not running")
    stuck = Silence(found._replace(writes=True), 60, PATIENCE_S)
    assert stuck.sentence == (
        "ingest commits nothing: its last sign of life was 1 min ago, and it still holds the"
        " store; look at its log"
    )
