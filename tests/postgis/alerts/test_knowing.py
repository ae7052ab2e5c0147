"""What is known of things: a level, clear, or unknown; silence is never clear."""

import time
from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest
from shapely.geometry import Point

from alerts.knowing.judging import Unknown
from alerts.knowing.status import Part, Scope, Status, StatusDocument, read_status
from alerts.rulebook import enforce
from alerts.rules import Reason
from data.registry import ChangeSet, EntityChange, record
from data.registry.lifecycle import Author, retire
from tests.postgis.alerts.acting import run_on
from tests.postgis.alerts.desk import Desk, add_series
from tests.postgis.register import REACH, ROAD_GAUGE, SUB_DISTRICT, X, Y
from tests.unit.alerts.ruling import (
    HEAD,
    ROAD,
    Row,
    at,
    batch_of,
    level_text,
    rules_of,
    series_of,
)
from twin.model import Check, Grade, from_us, quality

Connection = psycopg.Connection[tuple[Any, ...]]
BAD = quality(Grade.UNRELIABLE, Check.SPIKE)
FAR_ROAD = 4403118402000009
OWN = f"""
[[rule]]
kind = "level"
quantity = "depth"
entity_classes = ["8402"]
direction = "above"
levels = {{ yellow = {{ property = "warning_depth_m" }} }}
{HEAD.format(id="own", version=1)}
"""
RULES = rules_of(level_text('entity_classes = ["8402"]'), OWN)


@pytest.fixture
def desk(district: Connection) -> Desk:
    enforce(district, RULES, actor="test")
    district.execute(
        "INSERT INTO device_state (device, interval_s, state) VALUES (%s, 300, 'online')",
        [ROAD_GAUGE],
    )
    district.commit()
    return Desk(district, RULES)


def known(url: str, minute: float, scope: Scope | None = None, part: Part | None = None) -> Status:
    now = from_us(at(minute))
    return run_on(url, lambda c: read_status(c, scope or Scope(), part or Part(100), now))


def of(url: str, minute: float, entity: int = ROAD) -> StatusDocument:
    (item,) = known(url, minute, Scope([entity], domain="flood")).items
    return item


def rules_told(item: StatusDocument) -> dict[str, str]:
    rules = item["rules"]
    assert isinstance(rules, list)
    return {each["rule"]: each["state"] for each in rules}


def when(minute: float) -> datetime:
    return from_us(at(minute))


def test_a_thing_with_a_fresh_reading_below_its_limits_is_clear(
    desk: Desk, database_url: str
) -> None:
    desk.take(batch_of([Row(0, 0.1)]))
    item = of(database_url, 14)
    assert (item["state"], item["since"], item["why"]) == ("clear", None, "")
    assert (item["clear"], item["not_set_up"]) == (1, 1)
    assert rules_told(item) == {"road": "clear", "own": "unknown"}


def test_after_three_intervals_without_a_reading_it_is_unknown_and_not_clear(
    desk: Desk, database_url: str
) -> None:
    desk.take(batch_of([Row(0, 0.1)]))
    item = of(database_url, 15)
    assert item["state"] == "unknown"
    assert item["why"] == f"depth (series 1) {Unknown.STALE}"
    assert datetime.fromisoformat(str(item["since"])) == when(15)


def test_unreliable_readings_alone_make_it_unknown(desk: Desk, database_url: str) -> None:
    desk.take(batch_of([Row(0, 0.1), *(Row(minute, 9.9, quality=BAD) for minute in (5, 10))]))
    assert of(database_url, 14)["state"] == "clear"
    desk.take(batch_of([Row(15, 9.9, quality=BAD)]))
    item = of(database_url, 16)
    assert item["state"] == "unknown"
    assert item["why"] == f"depth (series 1) {Unknown.UNBELIEVED}"
    assert datetime.fromisoformat(str(item["since"])) == when(15)


def test_a_thing_that_nobody_measures_is_unknown(desk: Desk, database_url: str) -> None:
    desk.connection.execute("DELETE FROM series")
    desk.connection.commit()
    item = of(database_url, 0)
    assert (item["state"], item["since"]) == ("unknown", None)
    assert item["why"] == f"depth {Unknown.UNMEASURED}"
    assert rules_told(item) == {"own": "unknown", "road": "unknown"}
    assert known(database_url, 0, Scope([REACH])).items == []


@pytest.mark.usefixtures("desk")
def test_a_series_without_any_reading_is_unknown(database_url: str) -> None:
    item = of(database_url, 0)
    assert (item["state"], item["why"]) == ("unknown", f"depth (series 1) {Unknown.STALE}")


def test_a_level_stands_with_its_alert_also_when_its_series_is_silent(
    desk: Desk, database_url: str
) -> None:
    desk.take(batch_of([Row(0, 0.3)], now_us=at(0)))
    for minute in (1, 600):
        item = of(database_url, minute)
        assert item["state"] == "orange"
        assert datetime.fromisoformat(str(item["since"])) == when(0)
        assert str(Reason.AT_OR_ABOVE) in str(item["why"])


def test_a_condition_that_a_person_closed_over_still_stands(desk: Desk, database_url: str) -> None:
    desk.take(batch_of([Row(0, 0.3)]))
    desk.connection.execute("UPDATE alert SET state = 'closed'")
    desk.connection.commit()
    assert of(database_url, 1)["state"] == "orange"


def test_one_silent_series_of_two_is_not_clear(desk: Desk, database_url: str) -> None:
    other = series_of(2, device=0)
    add_series(desk.connection, other)
    desk.take(batch_of([Row(0, 0.1), Row(-300, 0.1, 2)], [series_of(1), other]))
    item = of(database_url, 1)
    assert (item["state"], item["why"]) == ("unknown", f"depth (series 2) {Unknown.STALE}")


def test_a_series_of_a_device_that_is_retired_is_not_waited_for(
    desk: Desk, database_url: str
) -> None:
    add_series(desk.connection, series_of(2, device=0))
    desk.take(batch_of([Row(0, 0.1, 2)], [series_of(2, device=0)]))
    assert of(database_url, 1)["state"] == "unknown"
    retire(desk.connection, Author("test", "gone", "test"), [ROAD_GAUGE])
    desk.connection.commit()
    assert of(database_url, 1)["state"] == "clear"


def test_a_limit_of_its_own_that_a_thing_lacks_is_told(desk: Desk, database_url: str) -> None:
    desk.take(batch_of([Row(0, 0.1)]))
    rules = of(database_url, 1)["rules"]
    assert isinstance(rules, list)
    assert {each["why"] for each in rules} == {"", f"the thing {Reason.NO_LIMIT}"}
    change = EntityChange(ROAD, "松白路1段", properties={"warning_depth_m": 0.2})
    record(desk.connection, ChangeSet("test", "a limit", "test", [change]))
    desk.connection.commit()
    assert rules_told(of(database_url, 1)) == {"road": "clear", "own": "clear"}


def test_an_area_counts_its_things_and_lists_them_page_by_page(
    desk: Desk, database_url: str
) -> None:
    far = [EntityChange(FAR_ROAD, "远路", Point(X + 9000, Y))]
    record(desk.connection, ChangeSet("test", "a road far away", "test", far))
    desk.take(batch_of([Row(0, 0.1)]))
    district = known(database_url, 1)
    assert district.counts["flood"] == {
        "red": 0, "orange": 0, "yellow": 0, "blue": 0, "unknown": 1, "clear": 1,
    }  # fmt: skip
    inside = known(database_url, 1, Scope(area=SUB_DISTRICT))
    assert [item["entity"] for item in inside.items] == [str(ROAD)]
    unknown = known(database_url, 1, Scope(state="unknown"))
    assert [item["entity"] for item in unknown.items] == [str(FAR_ROAD)]
    assert unknown.counts == district.counts
    first = known(database_url, 1, part=Part(1))
    second = known(database_url, 1, part=Part(1, (ROAD, "flood")))
    assert [*first.items, *second.items] == district.items


def test_a_district_of_many_series_is_told_at_once(desk: Desk, database_url: str) -> None:
    desk.connection.execute("""
        INSERT INTO entity (code, name, change_set_id)
        SELECT 4403118402100000 + n, 'road', (SELECT min(id) FROM change_set)
        FROM generate_series(1, 13000) n""")
    desk.connection.execute("""
        INSERT INTO series (id, entity, quantity) OVERRIDING SYSTEM VALUE
        SELECT 100 + row_number() OVER (), code, 'depth' FROM entity WHERE code > 4403118402100000
        AND code < 4403118402200000""")
    desk.connection.execute(
        """INSERT INTO series_latest (series_id, ts, value, quality, received_at)
           SELECT id, %s, 0.1, 0, %s FROM series WHERE id > 1 ON CONFLICT DO NOTHING""",
        [when(0) - timedelta(hours=1), when(0)],
    )
    desk.connection.execute("ANALYZE entity, series, series_latest")
    desk.connection.commit()
    begun = time.monotonic()
    found = known(database_url, 1)
    assert found.counts["flood"]["clear"] == 13_000
    assert time.monotonic() - begun < 3
