"""A small register with two sewers, and alerts raised in it, for tests of the keeper."""

from typing import Any

import psycopg
from shapely.geometry import LineString, Point, Polygon

from data.registry import ChangeSet, EntityChange, NewRelation, record

Connection = psycopg.Connection[tuple[Any, ...]]

X, Y = 493_426.0, 2_516_742.0
GAUGE = 4403118503000001
LAND = 4403118303000001
WELLS = tuple(4403110103000001 + n for n in range(4))
PIPES = tuple(4403118301000001 + n for n in range(2))
OUTFALLS = (4403118302000001, 4403118302000002)
REACH = 4403118202000001
FAR_REACH = 4403118202000002
ROAD = 4403118402000001
DISTRICT = 4403118803000001
START = "2026-05-01T04:00:00Z"

_SERIES = """
    INSERT INTO series (entity, device, quantity) VALUES (%s, %s, %s)
    ON CONFLICT DO NOTHING"""
_RAISE = """
    INSERT INTO alert (mode, domain, level, entity, device, series_id, rule, rule_version, state,
                       raised_at, observed_at, reason)
    SELECT 'actual', %(domain)s, %(level)s, %(entity)s, %(device)s, min(s.id), %(rule)s, 1,
           'raised', %(at)s::timestamptz + make_interval(mins => %(minute)s),
           %(at)s::timestamptz, 'a test'
    FROM series s WHERE s.entity = %(entity)s AND s.quantity = %(quantity)s
    RETURNING id"""
_TRANSITION = """
    INSERT INTO alert_transition (alert_id, event, to_state, level, actor, reason, at)
    SELECT id, %s, state, level, 'rule of a test', 'a test', now() FROM alert WHERE id = %s"""
_END = """
    UPDATE alert SET state = %(state)s, version = version + 1,
        cleared_at = coalesce(cleared_at, raised_at + interval '30 min'),
        closed_at = CASE WHEN %(state)s = 'closed' THEN now() END
    WHERE id = %(id)s"""


def lay_sewers(connection: Connection) -> None:
    """Record two sewers: wells 1 and 2 end at the reach, wells 3 and 4 at one far away."""
    spots = [(X, Y), (X + 60, Y), (X + 30_000, Y), (X + 30_060, Y)]
    entities = [
        EntityChange(DISTRICT, "光明街道", Point(X, Y).buffer(5000)),
        EntityChange(GAUGE, "雨量站", Point(X, Y + 10)),
        EntityChange(LAND, "汇水区", Point(X, Y).buffer(200)),
        *(EntityChange(c, f"井{n}", Point(*spots[n])) for n, c in enumerate(WELLS)),
        *(
            EntityChange(c, f"管{n}", LineString(spots[2 * n : 2 * n + 2]))
            for n, c in enumerate(PIPES)
        ),
        EntityChange(OUTFALLS[0], "排口1", Point(X + 100, Y)),
        EntityChange(OUTFALLS[1], "排口2", Point(X + 30_100, Y)),
        EntityChange(REACH, "河段1", LineString([(X + 100, Y), (X + 100, Y - 900)])),
        EntityChange(FAR_REACH, "河段2", LineString([(X + 30_100, Y), (X + 30_100, Y - 900)])),
        EntityChange(ROAD, "路1", Polygon([(X - 5, Y), (X + 65, Y), (X + 65, Y + 8)])),
    ]
    relations = [NewRelation(LAND, "drains_to", WELLS[0], "test")]
    for n, pipe in enumerate(PIPES):
        upper, lower = WELLS[2 * n : 2 * n + 2]
        relations += [
            NewRelation(upper, "flows_to", pipe, "test"),
            NewRelation(pipe, "flows_to", lower, "test"),
            NewRelation(lower, "flows_to", OUTFALLS[n], "test"),
            NewRelation(OUTFALLS[n], "drains_to", (REACH, FAR_REACH)[n], "test"),
        ]
    record(connection, ChangeSet("test", "two sewers", "test", entities, [], relations))
    for entity, device, quantity in (
        (LAND, GAUGE, "rain_intensity"),
        *((well, None, "depth") for well in WELLS),
        (ROAD, None, "depth"),
    ):
        connection.execute(_SERIES, (entity, device, quantity))
    connection.commit()


def raise_alert(  # noqa: PLR0913 - each has its default
    connection: Connection,
    entity: int,
    quantity: str = "depth",
    *,
    minute: int = 0,
    level: str = "orange",
    rule: str = "",
    commit: bool = True,
) -> int:
    """Raise an alert as ingest does; so many minutes after the start."""
    given = {
        "entity": entity,
        "device": GAUGE if entity == LAND else None,
        "quantity": quantity,
        "minute": minute,
        "level": level,
        "rule": rule or f"{quantity}-rule",
        "domain": "flood",
        "at": START,
    }
    row = connection.execute(_RAISE, given).fetchone()
    assert row is not None
    connection.execute(_TRANSITION, ("raised", row[0]))
    if commit:
        connection.commit()
    return int(row[0])


def end_alert(connection: Connection, alert: int, state: str = "cleared") -> None:
    """Clear or close an alert."""
    connection.execute(_END, {"id": alert, "state": state})
    connection.execute(_TRANSITION, (state, alert))
    connection.commit()
