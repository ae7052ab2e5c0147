"""Devices that have been silent for a time raise alerts, and clear them when they are heard."""

from typing import Any

import psycopg
import pytest

from alerts.rules import Reason
from data.registry.lifecycle import Author, retire
from tests.postgis.alerts.desk import Desk
from tests.postgis.register import LEVEL_GAUGE, ROAD_GAUGE, fill_register
from tests.unit.alerts.ruling import at, rules_of
from twin.model import from_us

Connection = psycopg.Connection[tuple[Any, ...]]

SILENT = """
[[rule]]
id = "silent"
version = 1
kind = "silence"
domain = "device"
levels = { blue = "10min", orange = "2h" }
title_zh = "离线"
title_en = "silent"
source = "test"
standing = "project default"
"""


@pytest.fixture
def watch(connection: Connection) -> Desk:
    fill_register(connection)
    connection.commit()
    return Desk(connection, rules_of(SILENT))


def find(desk: Desk, device: int, state: str, minute: float) -> None:
    """Write how a device was found."""
    desk.connection.execute(
        "INSERT INTO device_state (device, state, since, reason)"
        " VALUES (%s, %s, %s, 'nothing came')"
        " ON CONFLICT (device) DO UPDATE SET state = excluded.state, since = excluded.since",
        (device, state, from_us(at(minute))),
    )
    desk.connection.commit()


def test_silence_is_an_alert_after_its_time_gets_worse_and_ends(watch: Desk) -> None:
    find(watch, ROAD_GAUGE, "silent", 0)
    find(watch, LEVEL_GAUGE, "online", 0)
    assert watch.tick(9.9).changes == []
    assert watch.tick(10).reasons == {Reason.UNWELL: 1}
    assert watch.tick(11).changes == []
    assert watch.alerts() == [("blue", "raised")]
    watch.tick(120)
    assert watch.alerts() == [("orange", "raised")]
    find(watch, ROAD_GAUGE, "online", 121)
    assert watch.tick(121).reasons == {Reason.WELL: 1}
    assert watch.alerts() == [("orange", "cleared")]
    assert watch.events() == ["raised", "escalated", "cleared"]
    assert watch.ask("SELECT entity, device, reason FROM alert") == [
        (ROAD_GAUGE, ROAD_GAUGE, f"device {ROAD_GAUGE} is not well: silent for 2 h: nothing came")
    ]


def test_a_restart_says_nothing_again_and_still_clears(watch: Desk) -> None:
    find(watch, ROAD_GAUGE, "silent", 0)
    watch.tick(30)
    watch.restart()
    assert watch.tick(31).changes == []
    find(watch, ROAD_GAUGE, "unknown", 32)
    watch.restart()
    watch.tick(32)
    assert watch.events() == ["raised", "cleared"]


def test_who_is_silent_anew_begins_anew(watch: Desk) -> None:
    find(watch, ROAD_GAUGE, "silent", 0)
    watch.tick(130)
    find(watch, ROAD_GAUGE, "silent", 131)
    watch.tick(132)
    assert watch.alerts() == [("orange", "cleared")]
    watch.tick(141)
    assert watch.alerts() == [("orange", "cleared"), ("blue", "raised")]


def test_a_retired_device_is_missed_no_more(watch: Desk) -> None:
    find(watch, ROAD_GAUGE, "silent", 0)
    watch.tick(10)
    retire(watch.connection, Author("li", "gone", "desk"), [ROAD_GAUGE])
    watch.connection.commit()
    watch.evaluator.bindings_changed()
    watch.tick(11)
    assert [state for _, state in watch.alerts()] != ["raised"]
