"""Quality on a real store: last values, settings, calibrations, flags, and no false flood."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from alerts.rule_files import shipped_rules
from alerts.rulebook import enforce
from data import quality, quality_calibrations, quality_flags, rollups
from data.quality_calibrations import Calibration, CalibrationRefusedError, Period
from data.quality_flags import TooManyValuesError, Verdict, Wanted
from data.registry import ChangeSet, EntityChange, NewRelation, record
from ingest.decoders import DECODERS
from ingest.pipeline import Pipeline, Taken
from tests.emptying import SharedStore
from tests.postgis.register import LEVEL_GAUGE, REACH, ROAD_GAUGE, fill_register
from twin.model import Check, Message, Mode, from_us, to_us

Connection = psycopg.Connection[tuple[Any, ...]]

NOON = datetime(2026, 5, 21, 4, 0, tzinfo=UTC)
RESERVOIR = 4403118203000001
RESERVOIR_GAUGE = 4403118501000077
FULL_SCALES = (9999.0, 9999.99, 999.99, 65535.0, 32767.0, 6553.5, 327.67)
TELEMETRY = "citytwin/v1/{}/telemetry"


class Station:
    """A gauge, the pipeline that takes what it sends, and questions to its store."""

    def __init__(self, store_url: str, gauge: int) -> None:
        self.store_url = store_url
        self.gauge = gauge
        self.pipeline = Pipeline(store_url, DECODERS, lambda: to_us(NOON) + 86_400_000_000)

    def send(self, minute: float, value: float, quantity: str = "level") -> Taken:
        """Take one value, observed some minutes after noon, as it arrives a second later."""
        at = to_us(NOON) + round(minute * 60_000_000)
        payload = json.dumps({"ts": at // 1000, quantity: value}).encode()
        topic = TELEMETRY.format(self.gauge)
        sent = Message("telemetry", Mode.ACTUAL, topic, payload, at + 1_000_000, 1)
        return self.pipeline.take(self.pipeline.decode([("json", sent)]))

    def restart(self) -> None:
        """Lose all memory."""
        self.pipeline.close()
        self.pipeline = Pipeline(self.store_url, DECODERS, lambda: to_us(NOON) + 86_400_000_000)

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""
        with psycopg.connect(self.store_url) as connection:
            return connection.execute(query.encode()).fetchall()

    def floods(self) -> list[tuple[Any, ...]]:
        """Return rule, level and state of each alert about water."""
        return self.ask("SELECT rule, level, state FROM alert WHERE domain = 'flood' ORDER BY id")

    def doubts(self) -> list[tuple[Any, ...]]:
        """Return level and state of each alert that a sensor is to be looked at."""
        return self.ask("SELECT level, state FROM alert WHERE rule = 'check-sensor' ORDER BY id")

    def over_the_limit(self) -> list[tuple[Any, ...]]:
        """Return level and state of each alert about the limit of a reservoir."""
        return self.ask(
            "SELECT level, state FROM alert WHERE rule = 'reservoir-flood-limit' ORDER BY id"
        )

    def grades(self) -> list[int]:
        """Return the grades of all values in the order of their times."""
        return [grade for (grade,) in self.ask("SELECT quality & 3 FROM observation ORDER BY ts")]


@pytest.fixture
def station(
    shared_store: SharedStore, connection: Connection, database_url: str
) -> Iterator[Station]:
    """The level gauge at the reach, with the shipped rules in force."""
    shared_store.fill(fill_register)
    enforce(connection, shipped_rules(), actor="test")
    connection.commit()
    opened = Station(database_url, LEVEL_GAUGE)
    yield opened
    opened.pipeline.close()


def add_reservoir(store_url: str, name: str, flood_limit_m: float, code: int = 0) -> int:
    """Add a reservoir with a gauge and return the gauge's code."""
    gauge = RESERVOIR_GAUGE + code
    limits = {"flood_limit_level_m": flood_limit_m}
    with psycopg.connect(store_url) as connection:
        record(
            connection,
            ChangeSet(
                "test",
                "a reservoir",
                "test",
                [
                    EntityChange(RESERVOIR + code, name, properties=limits),
                    EntityChange(gauge, f"{name}水位计"),
                ],
                relations=[NewRelation(gauge, "monitors", RESERVOIR + code, "test", 1.0)],
            ),
        )
    return gauge


@pytest.mark.parametrize("full_scale", FULL_SCALES)
def test_a_sensor_that_reports_its_full_scale_is_no_flood(
    station: Station, full_scale: float
) -> None:
    station.gauge = add_reservoir(station.store_url, "石岩水库", 36.6)
    station.send(0, full_scale)
    for minute in range(5, 30, 5):
        station.send(minute, 35.2)
    for minute in range(30, 90, 5):
        station.send(minute, full_scale)
    station.send(95, 35.2)
    assert station.floods() == station.doubts() == []
    station.send(100, 35.9)
    station.send(105, 36.65)
    assert station.over_the_limit() == [("yellow", "raised")]


def test_a_full_scale_that_no_table_knows_is_no_flood_and_clears_none(station: Station) -> None:
    station.gauge = add_reservoir(station.store_url, "石岩水库", 36.6)
    for minute, level in enumerate((35.2, 60.0, 35.2, 60.0, 35.2)):
        station.send(5 * minute, level)
    assert station.floods() == []
    assert station.grades() == [0, 2, 0, 2, 0]
    assert station.doubts() == [("blue", "raised")]
    for minute, level in enumerate((36.5, 36.7, 12.0, 36.7)):
        station.send(60 + 5 * minute, level)
    assert station.over_the_limit() == [("yellow", "raised")]


def test_a_true_extreme_raises_with_its_second_reading(station: Station) -> None:
    station.gauge = add_reservoir(station.store_url, "石岩水库", 36.6)
    station.send(0, 35.2)
    station.send(5, 40.0)
    assert station.floods() == []
    station.send(10, 40.1)
    assert station.over_the_limit() == [("yellow", "raised")]


def test_a_flash_flood_of_a_metre_and_a_half_in_a_minute_raises_with_its_second_reading(
    station: Station,
) -> None:
    station.gauge = ROAD_GAUGE
    station.send(0, 0.05, "depth")
    station.send(1, 1.55, "depth")
    assert (station.floods(), station.doubts()) == ([], [("blue", "raised")])
    station.send(3, 1.7, "depth")
    assert station.floods() == [("road-waterlogging", "orange", "raised")]
    assert station.doubts() == [("blue", "cleared")]
    station.send(5, 1.8, "depth")
    assert ("road-waterlogging", "red", "raised") in station.floods()


def test_no_reservoir_of_the_bulletin_floods_because_a_sensor_reports_full_scale(
    station: Station, shared: Path
) -> None:
    text = (shared / "data/timeseries/hydro_cn/yellow_river_reservoirs.json").read_text("utf-8")
    bulletin = json.loads(text)
    assert len(bulletin) > 10
    for place, row in enumerate(bulletin):
        station.gauge = add_reservoir(station.store_url, row["ennm"], row["level"] + 1, place)
        station.send(place, row["level"])
        for step, false in enumerate((*FULL_SCALES, row["level"] + 60), start=1):
            station.send(place + 60 * step, false)
            assert station.floods() == [], (row["ennm"], false)
            assert len(station.doubts()) == place + (false not in FULL_SCALES), row["ennm"]
            station.send(place + 60 * step + 30, row["level"])
    assert station.ask("SELECT count(*) FROM observation WHERE quality & 3 = 2") == [
        (len(bulletin) * (len(FULL_SCALES) + 1),)
    ]
    for place, row in enumerate(bulletin):
        station.gauge = RESERVOIR_GAUGE + place
        station.send(place + 600, row["level"] + 0.6)
        station.send(place + 660, row["level"] + 1.1)
    assert station.over_the_limit() == [("yellow", "raised")] * len(bulletin)
    assert station.doubts() == [("blue", "cleared")] * len(bulletin)


def test_the_first_reading_after_a_restart_is_held_against_the_last_stored_one(
    station: Station,
) -> None:
    station.send(0, 2.6)
    station.restart()
    station.send(1, 9.0)
    assert station.grades() == [0, 2]
    station.restart()
    station.send(2, 9.05)
    assert station.grades() == [0, 1, 0]


def test_a_value_that_stood_too_long_is_still_stuck_after_a_restart(station: Station) -> None:
    for hour in range(50):
        station.send(60 * hour, 1.2)
    station.restart()
    station.send(60 * 50, 1.2)
    assert station.grades() == [0] * 49 + [2, 2]


def test_what_is_set_holds_from_the_next_batch_on(station: Station) -> None:
    station.send(0, 2.6)
    with psycopg.connect(station.store_url) as connection:
        series = quality.read_series(connection, 1)
        quality.set_settings(connection, series, "entity", {"hard_max": 2.5}, by=("li", "test"))
    station.send(1, 2.6)
    with psycopg.connect(station.store_url) as connection:
        quality.set_settings(connection, series, "series", {"hard_max": 5.5}, by=("li", "test"))
    station.send(2, 2.6)
    with psycopg.connect(station.store_url) as connection:
        for scope in ("series", "entity"):
            quality.set_settings(connection, series, scope, {}, by=("li", "test"))
        assert quality.settings_of(connection, 1) == []
    station.send(3, 2.6)
    assert station.grades() == [0, 2, 0, 0]


def test_a_gauge_zero_holds_from_the_next_batch_on_with_its_datum(station: Station) -> None:
    station.send(0, 1.5)
    begins = NOON + timedelta(minutes=1)
    with psycopg.connect(station.store_url) as connection:
        zero = Calibration(1.0, 12.25, "1985")
        assert quality_calibrations.calibrate(connection, 1, zero, begins) == begins
    station.send(0.5, 1.5)
    station.send(1, 1.5)
    station.send(1, 1.5)
    assert station.ask("SELECT value FROM observation ORDER BY ts") == [(1.5,), (1.5,), (13.75,)]
    assert station.grades() == [0, 0, 0]
    assert station.ask("SELECT count(*) FROM observation_conflict") == [(0,)]
    session = station.pipeline._session
    assert session is not None
    assert session.memory.catalogue.series[1].datum == "1985"


def test_a_distance_sensor_tells_a_level(station: Station) -> None:
    station.send(0, 2.5)
    with psycopg.connect(station.store_url) as connection:
        looks_down = Calibration(-1.0, 5.0, "")
        quality_calibrations.calibrate(connection, 1, looks_down, NOON + timedelta(seconds=30))
    station.send(1, 2.5)
    station.send(5, 1.9)
    assert station.ask("SELECT value FROM observation ORDER BY ts") == [(2.5,), (2.5,), (3.1,)]
    assert station.ask("SELECT entity, level FROM alert") == [(REACH, "yellow")]


def test_a_calibration_takes_the_place_of_what_was_to_come(station: Station) -> None:
    station.send(0, 1.2)
    with psycopg.connect(station.store_url) as connection:
        for minute, shift in ((1, 1.0), (9, 2.0), (5, 3.0)):
            at = NOON + timedelta(minutes=minute)
            quality_calibrations.calibrate(connection, 1, Calibration(1.0, shift, ""), at)
        found = quality_calibrations.read_periods(connection, 1)
    assert [(period.begun, period.ended, period.shift) for period in found] == [
        (NOON + timedelta(minutes=1), NOON + timedelta(minutes=5), 1.0),
        (NOON + timedelta(minutes=5), None, 3.0),
    ]
    assert isinstance(found[0], Period)


def test_stored_values_keep_their_meaning(station: Station) -> None:
    station.send(0, 1.2)
    with (
        psycopg.connect(station.store_url) as connection,
        pytest.raises(CalibrationRefusedError, match="expected a beginning after them"),
    ):
        quality_calibrations.calibrate(connection, 1, Calibration(1.0, 1.0, ""), NOON)


def flag(station: Station, begin: int, end: int, verdict: Verdict) -> quality_flags.Flag:
    """Flag the values from one minute to another."""
    begins, ends = (NOON + timedelta(minutes=minute) for minute in (begin, end))
    with psycopg.connect(station.store_url) as connection:
        return quality_flags.flag(connection, Wanted(1, begins, ends, verdict, "li", "cleaned"))


def roll_up(station: Station) -> None:
    with psycopg.connect(station.store_url) as connection:
        while rollups.roll_up(connection, horizon=datetime(1, 1, 2, tzinfo=UTC)):
            pass


def test_a_person_sets_and_lifts_flags_and_the_checks_keep_their_word(station: Station) -> None:
    for minute, level in enumerate((1.0, 1.1, 9.0, 1.2, 1.3)):
        station.send(minute, level)
    first = station.ask("SELECT quality FROM observation ORDER BY ts")
    set_ = flag(station, 1, 4, "unreliable")
    assert (set_.observations, set_.before) == (3, {"good": 2, "unreliable": 1})
    assert station.grades() == [0, 2, 2, 2, 0]
    flag(station, 2, 5, "good")
    assert station.grades() == [0, 2, 0, 0, 0]
    flagged = [
        packed & Check.PERSON for (packed,) in station.ask("SELECT quality FROM observation")
    ]
    assert sum(map(bool, flagged)) == 4
    assert station.ask("SELECT quality & 3 FROM series_latest") == [(0,)]
    lifted = flag(station, 0, 60, "lift")
    assert lifted.before == {"good": 3, "unreliable": 1}
    assert station.ask("SELECT quality FROM observation ORDER BY ts") == first
    with psycopg.connect(station.store_url) as connection:
        found = quality_flags.flags_of(connection, 1, before=99, most=10)
    assert [(one.verdict, one.actor, one.reason) for one in found] == [
        ("lift", "li", "cleaned"),
        ("good", "li", "cleaned"),
        ("unreliable", "li", "cleaned"),
    ]


def test_the_latest_value_follows_a_flag(station: Station) -> None:
    station.send(0, 1.0)
    flag(station, 0, 1, "doubtful")
    assert station.ask("SELECT quality & 3 FROM series_latest") == [(1,)]
    flag(station, 0, 1, "lift")
    assert station.ask("SELECT quality FROM series_latest") == [(0,)]


def test_rollups_follow_a_flag_and_its_lifting(station: Station) -> None:
    for minute in range(4):
        station.send(minute, float(minute))
    query = "SELECT count, unreliable, min, max FROM rollup_hour"
    roll_up(station)
    assert station.ask(query) == [(4, 0, 0.0, 3.0)]
    flag(station, 2, 4, "unreliable")
    roll_up(station)
    assert station.ask(query) == [(2, 2, 0.0, 1.0)]
    flag(station, 0, 60, "lift")
    roll_up(station)
    assert station.ask(query) == [(4, 0, 0.0, 3.0)]
    assert station.ask("SELECT count(*) FROM stored_batch") == [(0,)]


def test_a_flag_of_a_time_without_values_is_noted_and_changes_nothing(station: Station) -> None:
    station.send(0, 1.0)
    assert flag(station, 30, 60, "unreliable").observations == 0
    assert station.grades() == [0]


def test_a_flag_for_too_many_values_is_refused(
    station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    station.send(0, 1.0)
    station.send(1, 1.0)
    monkeypatch.setattr(quality_flags, "MOST_VALUES", 1)
    with pytest.raises(TooManyValuesError, match="expected a shorter time"):
        flag(station, 0, 60, "unreliable")
    assert station.grades() == [0, 0]


def test_last_values_are_the_newest_of_each_series(station: Station) -> None:
    for minute in range(5):
        station.send(minute, float(minute))
    with psycopg.connect(station.store_url) as connection, connection.cursor() as cursor:
        found = quality.last_values(cursor, [1, 2], 3)
    assert [(one.series_id, to_us(one.ts) - to_us(NOON), one.value) for one in found] == [
        (1, minute * 60_000_000, float(minute)) for minute in (2, 3, 4)
    ]
    assert from_us(to_us(NOON)) == NOON
