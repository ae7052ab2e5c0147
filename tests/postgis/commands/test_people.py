"""Who may ask for commands and approve them; each is asked for once."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import psycopg
import pytest

from data.commands import (
    CommandRefusedError,
    CommandUnknownError,
    IllegalStepError,
    KeyReusedError,
    SecondPersonError,
    Wish,
    approve,
    request,
    withdraw,
)
from data.reference.device_types import shipped_types
from data.registry import EntityUnknownError
from tests.postgis.commands.commanded import (
    AIR_STATION,
    GATE,
    NOW,
    Connection,
    Post,
    ask,
    events,
    told,
)
from tests.postgis.register import LEVEL_GAUGE, REACH
from twin.api.accounts import create_api_key


def test_nobody_approves_what_they_asked_for_not_even_with_a_key(store: Connection) -> None:
    create_api_key(store, "lis-key", "dispatcher", by="li")
    create_api_key(store, "wangs-key", "dispatcher", by="wang")
    store.execute("UPDATE api_key SET created_by = 'li' WHERE name = 'lis-key'")
    store.execute("UPDATE api_key SET created_by = 'wang' WHERE name = 'wangs-key'")
    number = ask(store).id
    for actor in ("li", "key lis-key"):
        with pytest.raises(SecondPersonError, match="expected the approval of another person"):
            approve(store, number, actor=actor, note="", now=NOW)
    by_key = ask(store, by="key lis-key").id
    for actor in ("li", "key lis-key"):
        with pytest.raises(SecondPersonError, match="was asked for by key lis-key"):
            approve(store, by_key, actor=actor, note="", now=NOW)
    approve(store, by_key, actor="key wangs-key", note="", now=NOW)
    assert told(store, number)["state"] == "requested"


def test_sudo_does_not_make_two_persons_of_one_user(store: Connection) -> None:
    number = ask(store, by="os:root (sudo by li)").id
    with pytest.raises(SecondPersonError):
        approve(store, number, actor="os:root (sudo by wang)", note="", now=NOW)


def test_fifty_approvals_at_once_happen_once(database_url: str, store: Connection) -> None:
    number = ask(store).id
    ready = threading.Barrier(10)

    def approve_it(person: int) -> bool:
        if person < 10:
            ready.wait(10)
        with psycopg.connect(database_url) as connection:
            try:
                approve(connection, number, actor=f"person {person}", note="", now=NOW)
            except IllegalStepError:
                return False
        return True

    with ThreadPoolExecutor(10) as people:
        outcomes = list(people.map(approve_it, range(50)))
    assert outcomes.count(True) == 1
    assert events(store, number) == ["request", "approve"]


def test_what_nobody_approves_expires(post: Post) -> None:
    number = ask(post.store).id
    post.clock.go_on(600)
    with pytest.raises(IllegalStepError, match="expired at 2026-05-01"):
        approve(post.store, number, actor="wang", note="", now=post.clock.now)
    post.once()
    assert post.state(number) == "expired"


def test_the_same_key_means_the_same_command(store: Connection) -> None:
    wish = Wish(GATE, "open", {}, "storm", 600, key="k1")
    first = request(store, wish, actor="li", now=NOW, types=shipped_types())
    later = NOW + timedelta(minutes=5)
    again = request(store, wish, actor="li", now=later, types=shipped_types())
    other = request(store, wish, actor="wang", now=NOW, types=shipped_types())
    assert (first.new, again, other.new) == (True, (first.id, False), True)
    for changed in (wish._replace(name="close"), wish._replace(reason="other")):
        with pytest.raises(KeyReusedError, match=f"stands for command {first.id}"):
            request(store, changed, actor="li", now=NOW, types=shipped_types())


def test_a_key_used_many_times_at_once_makes_one_command(
    database_url: str, store: Connection
) -> None:
    wish = Wish(GATE, "open", {}, "storm", 600, key="k1")
    ready = threading.Barrier(8)

    def ask_for_it(_: int) -> int:
        with psycopg.connect(database_url) as connection:
            ready.wait(10)
            return request(connection, wish, actor="li", now=NOW, types=shipped_types()).id

    with ThreadPoolExecutor(8) as askers:
        assert len(set(askers.map(ask_for_it, range(8)))) == 1
    assert store.execute("SELECT count(*) FROM command").fetchall() == [(1,)]


@pytest.mark.parametrize(
    ("device", "name", "error", "sentence"),
    [
        (GATE, "dance", CommandRefusedError, "expected close, open, restart, set_clock"),
        (REACH, "open", CommandRefusedError, "is a reach: expected a device"),
        (LEVEL_GAUGE, "open", CommandRefusedError, "command 'open' to device"),
        (AIR_STATION, "restart", CommandRefusedError, "expected read_now, retain_sample"),
        (4403118599000099, "open", EntityUnknownError, "not in the register"),
    ],
)
def test_what_a_device_does_not_take_is_refused(
    store: Connection, device: int, name: str, error: type[Exception], sentence: str
) -> None:
    with pytest.raises(error, match=sentence):
        ask(store, name, device)
    with pytest.raises(CommandRefusedError, match="reason ' ': expected why"):
        request(store, Wish(GATE, "open", {}, " ", 60), actor="li", now=NOW, types=shipped_types())
    with pytest.raises(CommandUnknownError):
        withdraw(store, 99, actor="li", note="", now=NOW)
