"""Small registers for tests: a reach with a gauge, a road with its gauge, a camera and its area."""

from typing import Any

import psycopg
from shapely.geometry import LineString, Point, Polygon

from data.registry import ChangeSet, EntityChange, NewName, NewRelation, record

SUB_DISTRICT = 4403118803000001
REACH = 4403118202000001
ROAD = 4403118402000001
AREA = 4403118802000001
BUILDING = 4403118101000001
LEVEL_GAUGE = 4403118501000001
ROAD_GAUGE = 4403118502000001
FREE_GAUGE = 4403118501000002
CAMERA = 4403118601000001
FREE_CAMERA = 4403118601000002

X, Y = 493_426.0, 2_516_742.0


def fill_register(connection: psycopg.Connection[tuple[Any, ...]]) -> None:
    """Record the small district and commit."""
    entities = [
        EntityChange(SUB_DISTRICT, "光明街道", Point(X, Y).buffer(3000)),
        EntityChange(
            REACH,
            "茅洲河1段",
            LineString([(X, Y), (X + 300, Y)]),
            properties={"warning_level_m": 3.0, "guaranteed_level_m": 3.6},
        ),
        EntityChange(ROAD, "松白路1段", LineString([(X, Y + 200), (X + 300, Y + 200)])),
        EntityChange(AREA, "河岸警戒区", Polygon([(X, Y), (X + 50, Y), (X + 50, Y + 50)])),
        EntityChange(BUILDING, "一号楼", Point(X + 10, Y + 300).buffer(8), 24.0),
        EntityChange(LEVEL_GAUGE, "茅洲河水位计1", Point(X + 100, Y + 2)),
        EntityChange(ROAD_GAUGE, "松白路积水1", Point(X + 100, Y + 201)),
        EntityChange(FREE_GAUGE, "备用水位计", Point(X + 2000, Y + 2000)),
        EntityChange(CAMERA, "河岸摄像机1", Point(X + 20, Y + 20)),
        EntityChange(FREE_CAMERA, "备用摄像机", Point(X + 2000, Y)),
    ]
    names = [NewName(LEVEL_GAUGE, "mqtt", "gauge-1"), NewName(CAMERA, "onvif", "cam01")]
    relations = [
        NewRelation(LEVEL_GAUGE, "monitors", REACH, "test", 2.0),
        NewRelation(ROAD_GAUGE, "monitors", ROAD, "test", 1.0),
        NewRelation(CAMERA, "watches", AREA, "test", 0.0),
    ]
    record(connection, ChangeSet("test", "a small district", "test", entities, names, relations))
    connection.commit()
