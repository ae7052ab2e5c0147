"""Linking takes every kind of geometry, and does not mind in which order things come."""

from collections.abc import Callable
from random import Random

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry.base import BaseGeometry

from spatial.links import Entities, Links, explain, link
from tests.unit.spatial.links.linking import RULES, code, shapes

DEVICES = ("8502", "8505", "8509", "8601", "8511")
THINGS = ("8402", "8202", "8302", "8101", "8102", "8103", "8802")
NUMBERS = st.floats(-60, 60)
HUGE = st.sampled_from([1e9, -1e15, 1e150, 1e300, np.inf, np.nan])
PLACES = st.tuples(NUMBERS, NUMBERS)


def crossed(place: tuple[float, float]) -> BaseGeometry:
    x, y = place
    return shapely.Polygon([(x, y), (x + 20, y + 15), (x + 20, y), (x, y + 15)])


def holed(place: tuple[float, float]) -> BaseGeometry:
    outer = shapely.Point(place).buffer(30, 4)
    return outer.difference(shapely.Point(place).buffer(12, 4))


def raised(place: tuple[float, float]) -> BaseGeometry:
    return shapely.LineString([(*place, 3.0), (place[0] + 9, place[1] - 4, 7.5)])


def scattered(place: tuple[float, float]) -> BaseGeometry:
    x, y = place
    return shapely.MultiPolygon([shapely.box(x, y, x + 5, y + 5), shapely.box(x + 9, y, x + 12, y)])


def mixed(place: tuple[float, float]) -> BaseGeometry:
    return shapely.GeometryCollection([shapely.Point(place), raised(place), holed(place)])


def endless(x: float, y: float) -> BaseGeometry:
    with np.errstate(invalid="ignore"):
        return shapely.LineString([(0, 0), (x, y)])


MAKERS: tuple[Callable[[tuple[float, float]], BaseGeometry], ...] = (
    shapely.Point,
    lambda place: shapely.Point(*place, 12.5),
    lambda place: shapely.MultiPoint([place, (place[0] + 3, place[1])]),
    lambda place: shapely.LineString([place, place]),
    lambda place: shapely.LinearRing([place, (place[0] + 5, place[1]), (place[0], place[1] + 5)]),
    raised,
    crossed,
    holed,
    scattered,
    mixed,
)
NOTHING = st.sampled_from(
    [
        None,
        shapely.Point(),
        shapely.Polygon(),
        shapely.MultiLineString(),
        shapely.GeometryCollection(),
    ]
)
SHAPES = (
    st.builds(lambda make, place: make(place), st.sampled_from(MAKERS), PLACES)
    | NOTHING
    | st.builds(shapely.Point, HUGE, NUMBERS)
    | st.builds(endless, HUGE, NUMBERS)
)


def many(classes: tuple[str, ...]) -> st.SearchStrategy[list[tuple[str, BaseGeometry | None]]]:
    return st.lists(st.tuples(st.sampled_from(classes), SHAPES), max_size=10)


def entities(rows: list[tuple[str, BaseGeometry | None]], heights: list[float]) -> Entities:
    codes = np.array([code(klass, n) for n, (klass, _) in enumerate(rows, 1)], np.int64)
    plain = Entities.placed(codes, shapes(*(shape for _, shape in rows)))
    height = np.array([heights[at % len(heights)] for at in range(len(rows))])
    layered = np.array([klass in {"8102", "8103", "8509"} for klass, _ in rows], np.bool_)
    base = np.where(layered, height, np.nan)
    return plain._replace(base_m=base, top_m=base + 3)


def told(links: Links) -> tuple[list[tuple[object, ...]], list[tuple[object, ...]]]:
    rows = zip(*(np.nan_to_num(column, nan=-1).tolist() for column in links.found), strict=True)
    return sorted(rows), sorted(links.unlinked)


@settings(max_examples=150)
@given(
    devices=many(DEVICES),
    things=many(THINGS),
    heights=st.lists(st.floats(0, 9) | st.just(np.nan), min_size=1, max_size=4),
    chance=st.randoms(use_true_random=False),
)
def test_the_order_of_rows_is_nothing_to_the_result(
    devices: list[tuple[str, BaseGeometry | None]],
    things: list[tuple[str, BaseGeometry | None]],
    heights: list[float],
    chance: Random,
) -> None:
    stand, there = entities(devices, heights), entities(things, heights)
    views = shapes(*(shapely.box(-30, -30, 30, 30) if n % 3 else None for n in range(len(devices))))
    first = link(stand, there, RULES, views=views)
    order = np.array(chance.sample(range(len(devices)), len(devices)), np.int64)
    other = np.array(chance.sample(range(len(things)), len(things)), np.int64)
    again = link(stand.taken(order), there.taken(other), RULES, views=views[order])
    assert told(again) == told(first)


@settings(max_examples=100)
@given(devices=many(DEVICES), things=many(THINGS))
def test_every_link_keeps_its_promises(
    devices: list[tuple[str, BaseGeometry | None]], things: list[tuple[str, BaseGeometry | None]]
) -> None:
    stand, there = entities(devices, [0.0]), entities(things, [0.0])
    links = link(stand, there, RULES)
    found = links.found
    assert ((found.confidence >= 0) & (found.confidence <= 1)).all()
    assert (found.distance_m <= found.limit_m + 0.001).all()
    assert (np.isnan(found.rival_m) == (found.rival == 0)).all()
    slots = list(zip(found.device.tolist(), found.relation.tolist(), strict=True))
    assert len(slots) == len(set(slots))
    linked = {
        device for device, relation in slots if links.relations[relation] in {"monitors", "watches"}
    }
    lost = {row.device for row in links.unlinked}
    assert linked.isdisjoint(lost)
    assert linked | lost == set(stand.code.tolist())


@settings(max_examples=100)
@given(device=many(DEVICES).filter(bool), things=many(THINGS))
def test_an_explanation_takes_what_linking_takes(
    device: list[tuple[str, BaseGeometry | None]], things: list[tuple[str, BaseGeometry | None]]
) -> None:
    stand, there = entities(device[:1], [1.0]), entities(things, [0.0])
    links = link(stand, there, RULES)
    taken = {(one.relation, one.target) for one in explain(stand, there, RULES) if one.taken}
    relations = [links.relations[at] for at in links.found.relation.tolist()]
    assert taken == set(zip(relations, links.found.target.tolist(), strict=True))


@pytest.mark.parametrize("count", [0, 40_000])
def test_many_devices_around_one_place_need_no_more_than_they_are(count: int) -> None:
    codes = np.arange(count) + code("8502", 0)
    places = np.full(count, shapely.Point(5, 5), dtype=object)
    stand = Entities.placed(codes, places)
    links = link(stand, entities([("8402", shapely.box(0, 0, 9, 9))], [0.0]), RULES)
    assert len(links.found.device) == count
