"""What is in, near, above and below an area, and how many people: asked of a real store."""

from functools import partial
from typing import Any

import numpy as np
import psycopg
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, MultiPolygon, Point, Polygon, box
from shapely.geometry.base import BaseGeometry

from data import areas
from data.areas import Choice, UnknownAreaError
from data.registry import ChangeSet, EntityChange, record

Connection = psycopg.Connection[tuple[Any, ...]]

X, Y = 493_000.0, 2_516_000.0
ZONE = 4403118806000001
PIPE = 4403118301000001
MANHOLE = 4403110103000001
STOREY = 4403118102000001
HOUSE = 4403118101000001


def square(x: float, y: float, side: float) -> Polygon:
    return box(X + x, Y + y, X + x + side, Y + y + side)


def register(connection: Connection, *entities: EntityChange) -> None:
    record(connection, ChangeSet("li", "an area", "test", list(entities)))


def found(connection: Connection, area: int = ZONE, **asked: Any) -> dict[int, areas.Content]:  # noqa: ANN401 - of any kind
    told = areas.contents(connection, areas.area_of(connection, area), Choice(**asked))
    return {one.code: one for one in told}


def test_an_entity_is_in_partly_in_or_near_an_area(connection: Connection) -> None:
    register(
        connection,
        EntityChange(ZONE, "zone", square(0, 0, 100)),
        EntityChange(HOUSE, "inside", square(10, 10, 20)),
        EntityChange(HOUSE + 1, "crossing", square(90, 0, 40)),
        EntityChange(HOUSE + 2, "beside", square(130, 0, 10)),
        EntityChange(HOUSE + 3, "far", square(500, 0, 10)),
    )
    at = found(connection, near_m=30.0)

    assert {code - HOUSE: one.relation for code, one in at.items()} == {
        0: "in", 1: "partly", 2: "near",
    }  # fmt: skip
    assert at[HOUSE].share == 1.0
    assert at[HOUSE + 1].share == pytest.approx(0.25)
    assert at[HOUSE + 2].distance_m == pytest.approx(30.0)
    assert set(found(connection, relations=("partly",))) == {HOUSE + 1}


def test_a_pipe_is_below_an_underpass_and_a_storey_above_it(connection: Connection) -> None:
    register(
        connection,
        EntityChange(
            ZONE, "underpass", square(0, 0, 50), properties={"floor_m": 10.0, "ceiling_m": 15.0}
        ),
        EntityChange(
            PIPE,
            "pipe",
            LineString([(X - 10, Y + 5), (X + 60, Y + 5)]),
            properties={"invert_up_m": 6.0, "invert_down_m": 5.5, "diameter_m": 1.0},
        ),
        EntityChange(
            MANHOLE, "manhole", Point(X + 5, Y + 5),
            properties={"invert_m": 5.8, "ground_m": 12.0},
        ),
        EntityChange(STOREY, "storey", square(0, 0, 20), 3.5, properties={"elevation_m": 20.0}),
        EntityChange(HOUSE, "of unknown level", square(0, 0, 20), 30.0),
    )  # fmt: skip
    at = found(connection)

    assert {one.name: one.side for one in at.values()} == {
        "pipe": "below", "manhole": "level", "storey": "above", "of unknown level": None,
    }  # fmt: skip
    assert (at[PIPE].base_m, at[PIPE].top_m) == (5.5, 7.0)
    assert (at[STOREY].base_m, at[STOREY].top_m) == (20.0, 23.5)
    assert set(found(connection, side="below")) == {PIPE}


def test_people_are_counted_where_somebody_counted_them_and_estimated_elsewhere(
    connection: Connection,
) -> None:
    register(
        connection,
        EntityChange(ZONE, "zone", square(0, 0, 100)),
        EntityChange(HOUSE, "counted", square(0, 0, 10), properties={"residents": 40}),
        EntityChange(HOUSE + 1, "half in", square(95, 0, 10), properties={"residents": 10}),
        EntityChange(HOUSE + 2, "households", square(20, 20, 10), properties={"households": 100}),
        EntityChange(HOUSE + 3, "unknown", square(40, 40, 10)),
        EntityChange(HOUSE + 4, "outside", square(200, 0, 10), properties={"residents": 999}),
    )
    told = areas.summary(connection, areas.area_of(connection, ZONE))

    assert told.counts == {"8101": (3, 4)}
    assert (told.buildings, told.residents, told.estimated, told.unknown) == (4, 45, 262, 1)


def test_what_is_retired_is_in_no_area(connection: Connection) -> None:
    register(
        connection,
        EntityChange(ZONE, "zone", square(0, 0, 100)),
        EntityChange(HOUSE, "gone", square(10, 10, 20), retired=True),
    )
    assert found(connection) == {}
    assert areas.summary(connection, areas.area_of(connection, ZONE)).buildings == 0


def test_an_area_without_an_outline_is_said_to_have_none(connection: Connection) -> None:
    register(connection, EntityChange(ZONE, "nowhere"))
    with pytest.raises(UnknownAreaError, match=f"entity {ZONE}: expected one in use"):
        areas.area_of(connection, ZONE)


def test_pages_follow_one_another_in_the_order_of_codes(connection: Connection) -> None:
    houses = [EntityChange(HOUSE + at, "house", square(at, 0, 1)) for at in range(7)]
    register(connection, EntityChange(ZONE, "zone", square(0, 0, 100)), *houses)

    first = list(found(connection, limit=4))
    second = list(found(connection, limit=4, after=first[-1]))

    assert first + second == [HOUSE + at for at in range(7)]


places = st.tuples(st.integers(-60, 160), st.integers(-60, 160))
SHAPES: list[BaseGeometry] = [
    Point(X + 50, Y + 50),
    Point(X + 50, Y + 50, 12),
    LineString([(X + 10, Y + 10), (X + 180, Y + 10)]),
    Polygon(square(0, 0, 60).exterior, [square(20, 20, 10).exterior]),
    MultiPolygon([square(0, 0, 10), square(120, 120, 10)]),
    shapely.MultiPoint([(X, Y), (X + 300, Y)]),
    square(-1000, -1000, 5000),
]


@given(st.lists(st.tuples(st.sampled_from(SHAPES), places), max_size=6), st.integers(0, 80))
@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_the_store_finds_what_shapely_finds(
    connection: Connection, things: list[tuple[BaseGeometry, tuple[int, int]]], near_m: int
) -> None:
    zone = Polygon(square(0, 0, 100).exterior, [square(40, 40, 15).exterior])
    shapes = [
        shapely.force_2d(shapely.transform(shape, partial(np.add, by))) for shape, by in things
    ]
    with connection.transaction(force_rollback=True):
        register(
            connection,
            EntityChange(ZONE, "zone", zone),
            *(EntityChange(HOUSE + at, "thing", shape) for at, shape in enumerate(shapes)),
        )
        at = found(connection, near_m=float(near_m))

    expected = {
        HOUSE + number: "in"
        if zone.covers(shape)
        else "partly"
        if zone.intersects(shape)
        else "near"
        for number, shape in enumerate(shapes)
        if zone.distance(shape) <= near_m
    }
    assert {code: one.relation for code, one in at.items()} == expected
    for code, one in at.items():
        assert one.distance_m == pytest.approx(zone.distance(shapes[code - HOUSE]), abs=1e-6)
