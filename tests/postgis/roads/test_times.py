"""Driving times by pgRouting are those of a shortest-path search of our own on the same edges."""

import math

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from data.registry import ChangeSet, EntityChange, record
from data.roads import Closure, ready
from data.roads.driven import Edge, grow
from data.roads.spots import Spot
from tests.postgis.roads.town import SIDES, Connection, edges, grid, line, road

WAYS = ("yes", "no", "-1")
FAR_S = 1e5

Towns = st.lists(
    st.tuples(st.sampled_from(WAYS), st.sampled_from((20, 30, 50, 80))),
    min_size=len(SIDES),
    max_size=len(SIDES),
)
Places = st.lists(
    st.tuples(st.integers(0, 10_000), st.sampled_from((1e-6, 0.25, 0.5, 0.7, 1 - 1e-6))),
    min_size=1,
    max_size=4,
)


def town(ways: list[tuple[str, int]]) -> list[EntityChange]:
    """Return the grid with other ways and speeds, a bridge over it, and an island."""
    sides = grid(
        **{
            f"_{one}_{other}": {"x_oneway": way, "x_maxspeed": limit}
            for (one, other), (way, limit) in zip(SIDES, ways, strict=True)
        }
    )
    bridge = road(30, line((0, 720), (180, 500), (720, 0)), x_bridge="yes")
    island = road(31, line((2000, 0), (2200, 0)))
    return [*sides, bridge, island]


def own_times(found: list[Edge], roots: list[Spot]) -> tuple[dict[int, float], dict[int, float]]:
    """Return the time from the nearest root to each node, and to the middle of each edge."""
    by_id = {edge.id: edge for edge in found}
    count = max(max(edge.source, edge.target) for edge in found) + 1
    rows: list[tuple[int, int, float]] = []
    for edge in found:
        middle = count + edge.id
        rows += [
            (a, b, seconds / 2)
            for a, b, seconds in (
                (edge.source, middle, edge.seconds),
                (middle, edge.target, edge.seconds),
                (edge.target, middle, edge.back_s),
                (middle, edge.source, edge.back_s),
            )
            if seconds >= 0
        ]
    for root in roots:
        edge, at = by_id[root.edge], root.fraction
        rows += [(0, edge.target, (1 - at) * edge.seconds)] if edge.seconds >= 0 else []
        rows += [(0, edge.source, at * edge.back_s)] if edge.back_s >= 0 else []
        ahead = 0.0 if at == 0.5 else edge.seconds if at < 0.5 else edge.back_s
        rows += [(0, count + edge.id, abs(at - 0.5) * ahead)] if ahead >= 0 else []
    # Of parallel ways the sparse array would add the times up.
    least: dict[tuple[int, int], float] = {}
    for a, b, seconds in rows:
        least[a, b] = min(seconds, least.get((a, b), math.inf))
    one, other = np.array(list(least)).T
    size = count + max(by_id) + 1
    weights = np.array(list(least.values()))
    times = dijkstra(coo_array((weights, (one, other)), shape=(size, size)), indices=[0])[0]
    nodes = {edge.source for edge in found} | {edge.target for edge in found}
    return (
        {node: float(times[node]) for node in nodes},
        {edge: float(times[count + edge]) for edge in by_id},
    )


def spots_in(found: list[Edge], places: list[tuple[int, float]]) -> list[Spot]:
    return [Spot(found[at % len(found)].id, fraction, 0.0) for at, fraction in places]


@given(Towns, Places, st.sampled_from(("from the roots", "to the roots")))
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_times_are_those_of_another_search(
    connection: Connection,
    ways: list[tuple[str, int]],
    where: list[tuple[int, float]],
    direction: str,
) -> None:
    back = direction == "to the roots"
    with connection.transaction(force_rollback=True):
        say_within(connection, town(ways))
        found = edges(connection)
        roots = spots_in(found, where)
        tree = grow(connection, roots, [], FAR_S, backwards=back)
    turned = [
        edge._replace(seconds=edge.back_s, back_s=edge.seconds) if back else edge for edge in found
    ]
    nodes, middles = own_times(turned, roots)

    for node, seconds in nodes.items():
        step = tree.step.get(node)
        assert (math.inf if step is None else step.seconds) == pytest.approx(seconds, abs=1e-6)
    for edge in found:
        assert tree.seconds_at(edge, 0.5) == pytest.approx(middles[edge.id], abs=1e-6)
        driven = any(low <= 0.5 <= high for low, high in tree.driven(edge, FAR_S))
        assert driven == math.isfinite(middles[edge.id])


@given(Towns, Places, st.sets(st.sampled_from(range(1, len(SIDES) + 1)), max_size=4))
@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_closing_a_road_makes_no_way_faster(
    connection: Connection,
    ways: list[tuple[str, int]],
    where: list[tuple[int, float]],
    closed: set[int],
) -> None:
    with connection.transaction(force_rollback=True):
        say_within(connection, town(ways))
        shut = [Closure(grid()[serial - 1].code, "named") for serial in closed]
        still_open = [
            edge for edge in edges(connection) if edge.section not in {one.code for one in shut}
        ]
        roots = spots_in(still_open, where)
        before = grow(connection, roots, [], FAR_S)
        after = grow(connection, roots, shut, FAR_S)
    assert set(after.step) <= set(before.step)
    for node, step in after.step.items():
        assert step.seconds >= before.step[node].seconds - 1e-9
    for edge in still_open:
        assert after.seconds_at(edge, 0.3) >= before.seconds_at(edge, 0.3) - 1e-9


def say_within(connection: Connection, entities: list[EntityChange]) -> None:
    """Record entities and make the network, without a commit."""
    record(connection, ChangeSet("test", "so it is", "test", entities))
    ready(connection)
