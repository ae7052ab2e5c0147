"""Edges become rings, whatever their order, and no ring comes back to a place."""

from itertools import pairwise
from random import Random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from spatial.models.surfaces.cycles import chained, cycles_of


def by_hand(nexts: list[int]) -> list[list[int]]:
    """Return the cycles of a permutation, one after the other."""
    cycles: list[list[int]] = []
    seen: set[int] = set()
    for first in range(len(nexts)):
        cycle = []
        at = first
        while at not in seen:
            seen.add(at)
            cycle.append(at)
            at = nexts[at]
        if cycle:
            cycles.append(cycle)
    return cycles


@given(nexts=st.integers(0, 60).flatmap(lambda count: st.permutations(range(count))))
def test_cycles_are_those_that_one_finds_by_walking(nexts: list[int]) -> None:
    order, offsets = cycles_of(np.array(nexts, np.int64))
    found = [order[start:end].tolist() for start, end in pairwise(offsets.tolist())]
    assert found == by_hand(nexts)


def test_a_cycle_of_a_million_steps_is_found() -> None:
    count = 1_000_003
    order, offsets = cycles_of((np.arange(count) + 7) % count)
    assert offsets.tolist() == [0, count]
    assert order[:3].tolist() == [0, 7, 14]
    assert np.array_equal(np.sort(order), np.arange(count))


@given(
    walks=st.lists(st.lists(st.integers(0, 9), min_size=2, max_size=12), max_size=6),
    random=st.randoms(),
)
def test_rings_are_closed_and_visit_no_place_twice(walks: list[list[int]], random: Random) -> None:
    edges = [
        (here, there)
        for walk in walks
        for here, there in pairwise([*walk, walk[0]])
        if here != there
    ]
    random.shuffle(edges)
    starts, ends = np.array(edges, np.uint64).reshape(-1, 2).T
    order, offsets = chained(starts, ends)
    assert sorted(order.tolist()) == list(range(len(edges)))
    for start, end in pairwise(offsets.tolist()):
        ring = order[start:end]
        places = starts[ring].tolist()
        assert len(set(places)) == len(places)
        assert ends[ring].tolist() == [*places[1:], places[0]]
