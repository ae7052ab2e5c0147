"""Lay-out of the rain sewers: trees of manholes along the streets, each ending at a river."""

import heapq
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import shapely

from data.demo.arrays import Flags, Floats, Ints, scaled
from data.demo.geography import metres
from data.demo.rivers import Rivers, ground_level
from data.demo.streets import Streets

_UPHILL_DETOUR = 80.0
"""Metres of detour that a sewer takes to avoid one metre of counter-slope."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sewers:
    """Manholes (n), each with one pipe to the next; a tree for each outfall (k).

    Attributes:
        place: float64[n, 2], positions.
        following: index of the next manhole downstream, -1 at the outfall's chamber.
        to_outfall_m: way to the outfall, falling strictly along every tree.
        section: index of the road section above, -1 off the road.
        tree: index of the outfall that each manhole ends at.
        outfall_place: float64[k, 2], where each tree meets the river bank.
        outfall_reach: index of the reach that it runs into.
    """

    place: Floats
    following: Ints
    to_outfall_m: Floats
    section: Ints
    tree: Ints
    outfall_place: Floats
    outfall_reach: Ints

    @property
    def downstream_order(self) -> Ints:
        """Indices of the manholes such that each stands before the one it runs into."""
        return np.argsort(-self.to_outfall_m, kind="stable")

    @property
    def amid_section(self) -> Flags:
        """Tell which manholes stand between two crossings, with sewer above and below."""
        upper = np.flatnonzero((self.following >= 0) & (self.section >= 0))
        lower = self.following[upper]
        amid = np.zeros(len(self.section), np.bool_)
        amid[lower] = self.section[lower] >= 0
        amid[lower[self.section[upper] != self.section[lower]]] = False
        return amid

    @property
    def chamber(self) -> Ints:
        """Index of the last manhole of each tree."""
        last = np.flatnonzero(self.following < 0)
        return last[np.argsort(self.tree[last])]

    @property
    def pipe_end(self) -> Floats:
        """Where each manhole's pipe ends, float64[n, 2]."""
        ends = self.place[self.following]
        ends[self.chamber] = self.outfall_place
        return ends


class _Outfalls(NamedTuple):
    junction: Ints
    place: Floats
    reach: Ints
    away_m: Floats


class _Route(NamedTuple):
    """Way of each junction to its outfall: cost, and index of the section that it takes."""

    cost: Floats
    section: Ints
    tree: Ints


@dataclass(slots=True)
class _Drawing:
    """The manholes drawn so far."""

    step_m: float
    place: list[Floats] = field(default_factory=list)
    following: list[int] = field(default_factory=list)
    cost: list[float] = field(default_factory=list)
    section: list[int] = field(default_factory=list)
    tree: list[int] = field(default_factory=list)

    def add(self, place: Floats, following: int, cost: float, section: int, tree: int) -> int:
        self.place.append(place)
        self.following.append(following)
        self.cost.append(cost)
        self.section.append(section)
        self.tree.append(tree)
        return len(self.place) - 1

    def run_up(self, lower: int, upper: Floats, upper_cost: float, section: int) -> int:
        """Draw manholes from ``lower`` towards ``upper`` without it; return the last one."""
        start, start_cost = self.place[lower], self.cost[lower]
        count = max(1, round(float(np.hypot(*(upper - start))) / self.step_m))
        last = lower
        for number in range(1, count):
            share = number / count
            place = start + share * (upper - start)
            cost = start_cost + share * (upper_cost - start_cost)
            last = self.add(place, last, cost, section, self.tree[lower])
        return last


def make_sewers(streets: Streets, rivers: Rivers, size: int) -> Sewers:
    """Lay sewers from the rivers outwards until there are about 4 % of ``size`` manholes."""
    step = 80.0 * (size / 30_000) ** -0.2
    outfalls = _outfalls(streets, rivers)
    dry = ~_crosses_water(streets, rivers)
    route = _routes(streets, rivers, outfalls, dry)
    drawing = _Drawing(step)
    at_junction = _draw_outlets(drawing, streets, outfalls, route)
    _draw_streets(drawing, streets, route, at_junction, scaled(size, 1_200))
    return Sewers(
        place=np.array(drawing.place),
        following=np.array(drawing.following),
        to_outfall_m=np.array(drawing.cost),
        section=np.array(drawing.section),
        tree=np.array(drawing.tree),
        outfall_place=outfalls.place,
        outfall_reach=outfalls.reach,
    )


def _outfalls(streets: Streets, rivers: Rivers) -> _Outfalls:
    used = np.unique(np.concatenate([streets.section_from, streets.section_to]))
    points = shapely.points(streets.junction[used])
    tree = shapely.STRtree(rivers.reach_line)
    (_, reach), away = tree.query_nearest(points, all_matches=False, return_distance=True)
    near = np.flatnonzero(away < max(0.8 * streets.spacing_m, 300.0))
    chosen: list[int] = []
    for index in near[np.argsort(away[near])].tolist():
        place = streets.junction[used[index]]
        others = streets.junction[used[chosen]] - place
        if not chosen or np.hypot(*others.T).min() > 3.0 * streets.spacing_m:
            chosen.append(index)
    line, point = rivers.reach_line[reach[chosen]], points[chosen]
    middle = shapely.line_interpolate_point(line, shapely.line_locate_point(line, point))
    centre, inland = shapely.get_coordinates(middle), streets.junction[used[chosen]]
    bank = (rivers.width_m[reach[chosen]] / 2 + 3.0) / away[chosen]
    place = centre + bank[:, None] * (inland - centre)
    return _Outfalls(used[chosen], place, reach[chosen], away[chosen])


def _crosses_water(streets: Streets, rivers: Rivers) -> Flags:
    wet, _ = shapely.STRtree(rivers.all_water()).query(streets.line, "intersects")
    crosses = np.zeros(len(streets.line), np.bool_)
    crosses[wet] = True
    return crosses


def _routes(streets: Streets, rivers: Rivers, outfalls: _Outfalls, dry: Flags) -> _Route:
    count = len(streets.junction)
    level = ground_level(np.clip(streets.junction, metres((0, 0)), metres((16, 14))), rivers)
    length = shapely.length(streets.line)
    neighbours: list[list[tuple[int, int]]] = [[] for _ in range(count)]
    for section in np.flatnonzero(dry).tolist():
        a, b = int(streets.section_from[section]), int(streets.section_to[section])
        neighbours[a].append((b, section))
        neighbours[b].append((a, section))
    cost, taken, tree = np.full(count, np.inf), np.full(count, -1), np.full(count, -1)
    queue = [
        (float(away), int(junction), -1, number)
        for number, (junction, away) in enumerate(
            zip(outfalls.junction, outfalls.away_m, strict=True)
        )
    ]
    heapq.heapify(queue)
    while queue:
        spent, junction, section, number = heapq.heappop(queue)
        if tree[junction] >= 0:
            continue
        cost[junction], taken[junction], tree[junction] = spent, section, number
        for other, over in neighbours[junction]:
            climb = max(0.0, float(level[junction] - level[other]))
            price = spent + float(length[over]) + _UPHILL_DETOUR * climb
            heapq.heappush(queue, (price, other, over, number))
    return _Route(cost, taken, tree)


def _draw_outlets(
    drawing: _Drawing, streets: Streets, outfalls: _Outfalls, route: _Route
) -> dict[int, int]:
    at_junction: dict[int, int] = {}
    for number, junction in enumerate(outfalls.junction.tolist()):
        inland, bank = streets.junction[junction], outfalls.place[number]
        away = inland - bank
        # A chamber stands eight metres behind the bank, nearer where the junction itself is near.
        share = min(0.5, 8.0 / float(np.hypot(*away)))
        chamber = drawing.add(bank + share * away, -1, 8.0, -1, number)
        total = float(route.cost[junction]) + 8.0
        last = drawing.run_up(chamber, inland, total, -1)
        at_junction[junction] = drawing.add(inland, last, total, -1, number)
    return at_junction


def _draw_streets(
    drawing: _Drawing, streets: Streets, route: _Route, at_junction: dict[int, int], wanted: int
) -> None:
    upper, lower = _flow_ends(streets, route)
    cost = np.where(route.tree[lower] >= 0, route.cost[upper], np.inf)
    for section in np.argsort(cost, kind="stable").tolist():
        above, below = int(upper[section]), int(lower[section])
        if len(drawing.place) >= wanted or not np.isfinite(cost[section]):
            return
        if below not in at_junction:
            continue
        end = float(route.cost[above]) + 8.0
        place, tree = streets.junction[above], int(route.tree[below])
        last = drawing.run_up(at_junction[below], place, end, section)
        if route.section[above] == section:
            at_junction[above] = drawing.add(place, last, end, section, tree)


def _flow_ends(streets: Streets, route: _Route) -> tuple[Ints, Ints]:
    a, b = streets.section_from, streets.section_to
    falls = route.cost[a] >= route.cost[b]
    return np.where(falls, a, b), np.where(falls, b, a)
