"""What the register says of a device counts for its next message; unknown names crowd nobody."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from structlog.testing import capture_logs
from typer.testing import CliRunner

from data import parked
from data.commands.checking import command_mistakes
from data.device_types import load_types
from data.parked import Choice
from data.reference.device_types import shipped_types
from data.registry import ChangeSet, EntityChange, NewName, record
from ingest.decoders import DECODERS
from ingest.decoders.hj212.frame import build
from ingest.pipeline import Pipeline, Taken
from tests.emptying import SharedStore
from tests.postgis.register import LEVEL_GAUGE, fill_register
from twin.cli.device_types import app
from twin.model import Message, Mode

NOON_US = 1_779_336_000_000_000
BEGUN_US = NOON_US - 600_000_000
STATION = 4403118511000001
MN = "ZLDSZ20210127"

Connection = psycopg.Connection[tuple[Any, ...]]


class Desk:
    """A pipeline that reads HJ 212, and its store."""

    def __init__(self, store: Connection, store_url: str) -> None:
        self.store = store
        decoder_of = {"stations": "hj212"}
        self.pipeline = Pipeline(
            store_url,
            DECODERS,
            lambda: NOON_US,
            decoder_of=decoder_of,
            device_types=load_types(),
        )

    def take(self, *messages: Message) -> Taken:
        return self.pipeline.take(self.pipeline.decode([("hj212", one) for one in messages]))

    def say(self, **properties: object) -> None:
        entity = EntityChange(STATION, "空气站", properties=properties)
        names = [NewName(STATION, "hj212", MN)]
        record(self.store, ChangeSet("li", "a station", "test", [entity], names))
        self.store.commit()

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        found = self.store.execute(query.encode()).fetchall()
        self.store.commit()
        return found

    def values(self) -> list[tuple[Any, ...]]:
        """Return quantity, period, seconds since the data began, and value of what is stored."""
        found = self.ask(
            "SELECT quantity, period_s, (extract(epoch FROM ts) * 1000000)::int8, value"
            " FROM observation JOIN series s ON s.id = series_id ORDER BY 1, 3"
        )
        return [(quantity, s, ts_us - BEGUN_US, value) for quantity, s, ts_us, value in found]

    def sentences(self) -> list[str]:
        return [row[0] for row in self.ask("SELECT sentence FROM parked_message ORDER BY id")]


@pytest.fixture
def desk(shared_store: SharedStore, connection: Connection, database_url: str) -> Iterator[Desk]:
    shared_store.fill(fill_register)
    opened = Desk(connection, database_url)
    yield opened
    opened.pipeline.close()


def minute_data(*factors: str, day: int = 0) -> Message:
    said = ";".join(f"{factor}-Avg=35" for factor in factors)
    segment = (
        f"QN=20260521115501000;ST=22;CN=2051;PW=123456;MN={MN};Flag=4;"
        f"CP=&&DataTime=202605211150{day:02};{said}&&"
    )
    received_us = NOON_US + day * 86_400_000_000
    return Message("stations", Mode.ACTUAL, "stations", build(segment), received_us)


def test_the_type_says_units_and_the_length_of_minute_data(desk: Desk) -> None:
    desk.say(device_type="hj212-air-station")
    assert desk.take(minute_data("a21026", "a34004", "a05024")).parked == 0
    assert desk.values() == [
        ("ozone", 300, 300_000_000, 35.0),
        ("pm2_5", 300, 300_000_000, 35.0),
        ("sulfur_dioxide", 300, 300_000_000, 35.0),
    ]


def test_a_device_of_no_type_speaks_as_the_vocabulary_says(desk: Desk) -> None:
    desk.say()
    assert desk.take(minute_data("a21026", "a34004", "a05024")).parked == 1
    assert desk.values() == [
        ("pm2_5", 600, 600_000_000, 35.0),
        ("sulfur_dioxide", 600, 600_000_000, 35_000.0),
    ]


def test_a_change_of_the_register_counts_from_the_next_message(desk: Desk) -> None:
    desk.say(device_type="hj212-air-station")
    desk.take(minute_data("a34004"))
    own = {"minute_interval_s": 60, "quantities": {"a34004": {"unit": "mg/m3"}}}
    desk.say(device_settings=own)
    desk.take(minute_data("a34004", day=1))
    assert desk.values() == [
        ("pm2_5", 60, 61_000_000, 35_000.0),
        ("pm2_5", 300, 300_000_000, 35.0),
    ]


def test_an_unknown_type_is_logged_and_nothing_is_parked_for_it(desk: Desk) -> None:
    desk.say(device_type="telepath")
    with capture_logs() as logs:
        taken = desk.take(minute_data("a34004"))
        desk.take(minute_data("a34004", day=1))
    assert (taken.stored, taken.parked) == (1, 0)
    (warned,) = [entry for entry in logs if entry["log_level"] == "warning"]
    assert warned["device"] == STATION
    assert warned["sentence"].startswith("device type 'telepath': expected one of ")


def test_unknown_names_are_parked_once_a_day_and_the_rest_is_stored(desk: Desk) -> None:
    desk.say()
    for second in range(5):
        assert desk.take(minute_data("a34004", "zz1", day=0 if second < 4 else 1)).parked == (
            1 if second in {0, 4} else 0
        )
    assert desk.sentences() == ["zz1: expected names of hj212.csv or of the device's type"] * 2
    assert len(desk.values()) == 2


def test_a_batch_that_is_not_committed_forgets_that_it_parked(desk: Desk) -> None:
    desk.say()
    desk.store.execute("ALTER TABLE parked_message ADD CONSTRAINT none CHECK (false) NOT VALID")
    desk.store.commit()
    try:
        with pytest.raises(psycopg.Error):
            desk.take(minute_data("zz1"))
    finally:
        desk.store.execute("ALTER TABLE parked_message DROP CONSTRAINT none")
        desk.store.commit()
    assert desk.take(minute_data("zz1")).parked == 1


def test_names_of_unknown_devices_are_parked_each_time(desk: Desk) -> None:
    assert [desk.take(minute_data("zz1", day=day)).parked for day in (0, 0)] == [1, 1]


def test_a_message_offered_again_stays_parked_while_its_names_are_unknown(desk: Desk) -> None:
    desk.say()
    desk.take(minute_data("zz1"))
    parked.want_replay(desk.store, Choice(everything=True))
    desk.store.commit()
    desk.pipeline.offer_parked_again()
    assert len(desk.sentences()) == 1
    desk.say(device_settings={"quantities": {"zz1": {"quantity": "pm10"}}})
    parked.want_replay(desk.store, Choice(everything=True))
    desk.store.commit()
    desk.pipeline.offer_parked_again()
    assert desk.sentences() == []
    assert [row[0] for row in desk.values()] == ["pm10"]


def test_the_register_refuses_settings_that_are_none(connection: Connection) -> None:
    fill_register(connection)
    change = EntityChange(LEVEL_GAUGE, properties={"device_settings": {"colour": "red"}})
    with pytest.raises(ValueError, match="unknown field 'colour'"):
        record(connection, ChangeSet("li", "a mistake", "test", [change]))


def test_the_command_lists_shows_and_checks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CITYTWIN_STATE_DIR", str(tmp_path))
    folder = tmp_path / "device_types"
    folder.mkdir()
    sound = folder / "our-probe.toml"
    sound.write_text('name_en = "p"\nname_zh = "探头"\nprotocol = "json"\ninterval_s = 60\n')
    run = CliRunner().invoke
    assert "our-probe" in run(app, ["list"]).stdout
    assert "interval_s         60" in run(app, ["show", "our-probe"]).stdout
    assert run(app, ["show", "telepath"]).exit_code == 2
    assert run(app, ["check", str(sound)]).exit_code == 0
    unsound = tmp_path / "other.toml"
    unsound.write_text('name_en = "p"\nprotocol = "json"\n')
    done = run(app, ["check", str(unsound)])
    assert (done.exit_code, done.stderr.strip()) == (
        1,
        "device type 'other': field 'name_zh' is missing",
    )


@pytest.mark.parametrize(
    ("protocol", "table", "sentence"),
    [
        (
            "json",
            "[commands.open]\nanswer_s = 0\n",
            "command 'open' of the device's type: answer_s 0",
        ),
        (
            "json",
            '[commands.open]\ncode = "{pump"\n',
            "command 'open' of the device's type: expected '}' before end of string",
        ),
        ("hj212", "[commands.sing]\n", "command 'sing': expected one that hj212 carries"),
    ],
)
def test_a_mistake_in_a_command_is_told_before_anybody_asks_for_it(
    tmp_path: Path, protocol: str, table: str, sentence: str
) -> None:
    file = tmp_path / "our-gate.toml"
    file.write_text(f'name_en = "g"\nname_zh = "闸"\nprotocol = "{protocol}"\n{table}')
    done = CliRunner().invoke(app, ["check", str(file)])
    assert done.exit_code == 1
    assert f"device type 'our-gate': {sentence}" in done.stderr


def test_the_commands_of_the_shipped_types_have_no_mistakes() -> None:
    mistakes = [one for kind in shipped_types().items() for one in command_mistakes(*kind)]
    assert mistakes == []
