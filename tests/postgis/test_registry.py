"""Change sets of the register on a real store."""

from typing import Any

import psycopg
import pytest
from shapely.geometry import Point

from data.registry import (
    ChangeSet,
    EntityChange,
    LinkRefusal,
    NameTakenError,
    NewName,
    NewRelation,
    record,
    revision,
)
from tests.postgis.register import LEVEL_GAUGE, REACH, fill_register

Connection = psycopg.Connection[tuple[Any, ...]]


def test_an_entity_gets_its_class_from_its_code_and_a_web_mercator_twin(
    connection: Connection,
) -> None:
    fill_register(connection)
    row = connection.execute(
        "SELECT class_code, ST_SRID(geom), ST_SRID(geom_3857),"
        " round(ST_X(ST_Transform(ST_Centroid(geom), 4326))::numeric, 2)"
        " FROM entity WHERE code = %s",
        (REACH,),
    ).fetchone()
    assert row is not None
    assert (row[0], row[1], row[2], float(row[3])) == ("8202", 4547, 3857, 113.94)


def test_a_changed_entity_keeps_its_former_version(connection: Connection) -> None:
    fill_register(connection)
    second = record(
        connection, ChangeSet("li", "renamed", "desk", entities=[EntityChange(REACH, "茅洲河甲段")])
    ).change_set
    connection.commit()

    versions = connection.execute(
        "SELECT name, superseded_in FROM entity_version WHERE code = %s ORDER BY created_in",
        (REACH,),
    ).fetchall()
    assert versions == [("茅洲河1段", second)]
    standing = connection.execute(
        "SELECT name, change_set_id, ST_Length(geom) FROM entity WHERE code = %s", (REACH,)
    ).fetchone()
    assert standing == ("茅洲河甲段", second, 300.0)


def test_the_register_tells_that_it_has_changed(connection: Connection) -> None:
    before = revision(connection)
    fill_register(connection)
    assert revision(connection) == before + 1


def test_a_rolled_back_change_set_leaves_nothing(connection: Connection) -> None:
    before = revision(connection)
    record(connection, ChangeSet("li", "try", "desk", entities=[EntityChange(REACH, "x")]))
    connection.rollback()
    assert revision(connection) == before
    assert connection.execute("SELECT count(*) FROM entity").fetchone() == (0,)


def test_a_name_means_one_entity_at_a_time(connection: Connection) -> None:
    fill_register(connection)
    again = ChangeSet("li", "again", "desk", names=[NewName(LEVEL_GAUGE, "mqtt", "gauge-1")])
    record(connection, again)
    connection.commit()

    other = ChangeSet("li", "other", "desk", names=[NewName(REACH, "mqtt", "gauge-1")])
    with pytest.raises(NameTakenError, match=f"it is entity {LEVEL_GAUGE}'s"):
        record(connection, other)


def test_a_relation_stands_once_and_a_refusal_keeps_its_newest_reason(
    connection: Connection,
) -> None:
    fill_register(connection)
    for reason in ("nearest reach is 80 m away", "nearest reach is 70 m away"):
        record(
            connection,
            ChangeSet(
                "linking",
                "again",
                "spatial",
                relations=[NewRelation(LEVEL_GAUGE, "monitors", REACH, "nearest", 2.0)],
                refusals=[LinkRefusal(LEVEL_GAUGE, "watches", reason)],
            ),
        )
    connection.commit()

    standing = connection.execute(
        "SELECT count(*) FROM relation WHERE origin = %s", (LEVEL_GAUGE,)
    ).fetchone()
    reasons = connection.execute("SELECT reason FROM link_refusal").fetchall()
    assert standing == (1,)
    assert reasons == [("nearest reach is 70 m away",)]


def test_the_planner_knows_of_a_large_change_set_when_it_is_committed(
    connection: Connection,
) -> None:
    houses = [
        EntityChange(4403118101000001 + number, f"house {number}", Point(number, number))
        for number in range(1_000)
    ]
    record(connection, ChangeSet("li", "many", "desk", entities=houses))
    connection.commit()
    known = connection.execute(
        "SELECT relname, reltuples FROM pg_class"
        " WHERE relname IN ('entity', 'entity_place') ORDER BY relname"
    ).fetchall()
    assert known == [("entity", 1_000.0), ("entity_place", 1_000.0)]
