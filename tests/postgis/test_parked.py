"""What could not be taken waits, is offered again as of its arrival, and never grows for ever."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from typer.testing import CliRunner, Result

from data import parked
from data.parked import Choice
from data.registry import ChangeSet, EntityChange, record
from ingest.decoders import DECODERS
from ingest.pipeline import Pipeline, Taken
from tests.emptying import SharedStore
from tests.postgis.register import FREE_GAUGE, fill_register
from twin.cli.parked import app
from twin.model import Message, Mode, from_us

NOON_US = 1_779_336_000_000_000
STRANGER = FREE_GAUGE + 1
MINUTE_US = 60_000_000

Connection = psycopg.Connection[tuple[Any, ...]]


class Desk:
    """A pipeline, what is asked of its store, and the command."""

    def __init__(self, store: Connection, store_url: str) -> None:
        self.store = store
        self.pipeline = Pipeline(
            store_url, DECODERS, lambda: NOON_US, decoder_of={"telemetry": "json"}
        )

    def take(self, *messages: Message) -> Taken:
        return self.pipeline.take(self.pipeline.decode([("json", one) for one in messages]))

    def want(self) -> int:
        count = parked.want_replay(self.store, Choice(everything=True))
        self.store.commit()
        return count

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        found = self.store.execute(query.encode()).fetchall()
        self.store.commit()
        return found

    def register(self, code: int) -> None:
        record(self.store, ChangeSet("li", "a gauge", "test", [EntityChange(code, "新水位计")]))
        self.store.commit()


@pytest.fixture
def desk(
    shared_store: SharedStore,
    connection: Connection,
    database_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Desk]:
    shared_store.fill(fill_register)
    lines = ["[store]", f"url = {json.dumps(database_url)}"]
    lines += ["[mqtt]", 'host = "127.0.0.1"', "port = 1", "[mqtt.accounts]"]
    (tmp_path / "services.toml").write_text("\n".join(lines))
    monkeypatch.setenv("CITYTWIN_STATE_DIR", str(tmp_path))
    opened = Desk(connection, database_url)
    yield opened
    opened.pipeline.close()


def told(payload: str, code: int = STRANGER, source: str = "telemetry") -> Message:
    topic = f"citytwin/v1/{code}/telemetry"
    return Message(source, Mode.ACTUAL, topic, payload.encode(), NOON_US - MINUTE_US)


def twin(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


def test_a_message_of_a_device_registered_later_is_taken_as_of_its_arrival(desk: Desk) -> None:
    desk.take(told('{"level": 1.5}'))
    assert desk.ask("SELECT reason FROM parked_message") == [("unknown device",)]
    desk.register(STRANGER)
    assert desk.pipeline.offer_parked_again() is None
    assert desk.want() == 1
    taken = desk.pipeline.offer_parked_again()
    assert taken is not None
    assert taken.stored == 1
    assert desk.ask("SELECT ts, value FROM observation") == [(from_us(NOON_US - MINUTE_US), 1.5)]
    assert desk.ask("SELECT count(*) FROM parked_message") == [(0,)]


def test_what_is_still_not_understood_stays_with_its_new_reason(desk: Desk) -> None:
    desk.take(told('{"level": 1.5, "hight": 2}'))
    desk.register(STRANGER)
    desk.want()
    desk.pipeline.offer_parked_again()
    query = "SELECT reason, times, replayed_at IS NULL, replay_wanted_at FROM parked_message"
    assert desk.ask(query) == [("unknown quantity", 1, False, None)]
    assert desk.ask("SELECT count(*) FROM observation") == [(1,)]
    assert desk.pipeline.offer_parked_again() is None


def test_the_same_message_coming_again_takes_no_wish_back(desk: Desk) -> None:
    desk.take(told('{"level": 1.5}'))
    desk.want()
    desk.take(told('{"level": 1.5}'))
    query = "SELECT times, replay_wanted_at IS NULL FROM parked_message"
    assert desk.ask(query) == [(2, False)]
    desk.pipeline.offer_parked_again()
    assert desk.ask(query) == [(2, True)]


def test_offered_twice_it_is_stored_once(desk: Desk) -> None:
    desk.take(told('{"level": 1.5}'))
    desk.register(STRANGER)
    desk.want()
    with psycopg.connect(desk.store.info.dsn, password=desk.store.info.password) as other:
        other.execute("CREATE TABLE kept AS SELECT * FROM parked_message")
    desk.pipeline.offer_parked_again()
    columns = "source, mode, topic, payload, digest, reason, sentence, first_received_at"
    desk.ask(
        f"INSERT INTO parked_message ({columns}, last_received_at, replay_wanted_at) "  # noqa: S608
        f"SELECT {columns}, last_received_at, now() FROM kept RETURNING id"
    )
    desk.store.execute("DROP TABLE kept")
    desk.store.commit()
    again = desk.pipeline.offer_parked_again()
    assert again is not None
    assert (again.stored, again.known) == (0, 1)


def test_a_retained_message_stays_what_was_and_no_reading(desk: Desk) -> None:
    desk.take(told('{"level": 1.5}')._replace(retained=True))
    desk.register(STRANGER)
    desk.want()
    desk.pipeline.offer_parked_again()
    assert desk.ask("SELECT count(*) FROM observation") == [(0,)]
    assert desk.ask("SELECT value FROM series_latest") == [(1.5,)]


def test_a_message_of_a_source_that_is_gone_stays(desk: Desk) -> None:
    desk.take(told("{", source="former"))
    desk.want()
    desk.pipeline.offer_parked_again()
    (row,) = desk.ask("SELECT sentence FROM parked_message")
    assert row[0] == "source 'former': expected one that is configured"


def test_the_oldest_go_when_there_are_too_many_or_they_are_too_large(desk: Desk) -> None:
    for number in range(5):
        late = told(f"not json {number}")._replace(received_us=NOON_US + number)
        desk.take(late)
    assert desk.pipeline.bound_parked(messages=3, size=10**6) == 2
    rest = desk.ask("SELECT encode(payload, 'escape') FROM parked_message ORDER BY id")
    assert [payload for (payload,) in rest] == ["not json 2", "not json 3", "not json 4"]
    assert desk.pipeline.bound_parked(messages=3, size=600) == 2
    assert desk.pipeline.bound_parked(messages=3, size=600) == 0


def test_the_command_lists_shows_replays_and_drops(desk: Desk) -> None:
    desk.take(told('{"level": 1.5}'), told("not json"), told("nor this"))
    listed = json.loads(twin("list", "--json").stdout)
    assert [(each["reason"], each["messages"]) for each in listed["reasons"]] == [
        ("undecodable", 2),
        ("unknown device", 1),
    ]
    newest = listed["messages"][0]
    assert newest["sentence"].startswith("payload is not JSON")
    assert twin("show", str(newest["id"])).stdout_bytes == b"nor this"
    assert "unknown device" in twin("list").stdout
    wanted = twin("replay", "--reason", "unknown device", "--json")
    assert json.loads(wanted.stdout) == {"wanted": 1}
    assert json.loads(twin("drop", str(newest["id"]), "--json").stdout) == {"dropped": 1}
    logged = desk.ask("SELECT action, subject, detail FROM actor_log ORDER BY id")
    assert logged == [
        ("parked.replay", "unknown device", {"messages": 1}),
        ("parked.drop", str(newest["id"]), {"messages": 1}),
    ]


@pytest.mark.parametrize(
    "arguments", [("replay",), ("drop", "1", "--all"), ("show", "999999")], ids=" ".join
)
def test_a_choice_that_says_nothing_is_refused(desk: Desk, arguments: tuple[str, ...]) -> None:
    done = twin(*arguments)
    assert done.exit_code == 2
    assert "expected" in done.stderr
    assert desk.ask("SELECT count(*) FROM actor_log") == [(0,)]
