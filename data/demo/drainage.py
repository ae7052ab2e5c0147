"""The water system as a whole: entities, what flows where, and the arrays a storm runs over."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import shapely

from data.demo.arrays import Columns, Ints, Shapes, codes, lines, points
from data.demo.catchments import Catchments, make_catchments
from data.demo.hydraulics import Hydraulics, design
from data.demo.network import DrainageNetwork, NodeKind
from data.demo.rivers import OUTLET_BED_M, Rivers
from data.demo.sewers import Sewers, make_sewers
from data.demo.streets import Streets
from data.registry import EntityChange, NewRelation

_RURAL_RUNOFF = 0.25
_RESERVOIR_RUNOFF = 0.5
_SPILLWAY_M3S = 60.0
_CHAMBER_M2 = 60.0
_MATERIALS = ((0.5, "HDPE"), (1.6, "钢筋混凝土管"), (9.9, "钢筋混凝土箱涵"))


class Drainage(NamedTuple):
    """Sewers with their sizes and land; manhole i stands at node i of the network."""

    rivers: Rivers
    streets: Streets
    sewers: Sewers
    catchments: Catchments
    hydraulics: Hydraulics

    @property
    def manhole_code(self) -> Ints:
        """Entity codes of the manholes."""
        return codes("0103", len(self.sewers.place))

    @property
    def pipe_code(self) -> Ints:
        """Entity code of the pipe below each manhole, 0 for the culvert of an outfall."""
        piped = self.sewers.following >= 0
        code = np.zeros(len(piped), np.int64)
        code[piped] = codes("8301", int(piped.sum()))
        return code

    def pipe_lines(self) -> Shapes:
        """Return the line from each manhole down to the next or to its outfall."""
        return lines(np.stack([self.sewers.place, self.sewers.pipe_end], axis=1))

    @property
    def outfall_code(self) -> Ints:
        """Entity codes of the outfalls, one for each tree of sewers."""
        return codes("8302", len(self.sewers.outfall_reach))

    @property
    def road_code(self) -> Ints:
        """Entity code of the road section over each manhole, or 0."""
        section = self.sewers.section
        return np.where(section >= 0, self.streets.section_code[section], 0)


def make_drainage(rivers: Rivers, streets: Streets, size: int, seed: int) -> Drainage:
    """Lay out, drain and size the sewers."""
    sewers = make_sewers(streets, rivers, size)
    catchments = make_catchments(sewers, rivers, 0.5 * streets.spacing_m)
    hydraulics = design(sewers, rivers, catchments.area_m2, seed, size)
    return Drainage(rivers, streets, sewers, catchments, hydraulics)


def make_network(drainage: Drainage) -> DrainageNetwork:
    """Return the arrays: manholes, then reaches, reservoirs and the one outlet."""
    blocks = (
        _manhole_nodes(drainage),
        _reach_nodes(drainage),
        _reservoir_nodes(drainage.rivers),
        _outlet_node(drainage.rivers),
    )
    nodes = {name: np.concatenate([block[name] for block in blocks]) for name in blocks[0]}
    return DrainageNetwork(**nodes, **_links(drainage))


def _manhole_nodes(drainage: Drainage) -> Columns:
    sewers, hydraulics = drainage.sewers, drainage.hydraulics
    count = len(sewers.place)
    # Where roads flood: the carriageway around the manhole; in an underpass its whole trough.
    ponding = np.full(count, 500.0)
    ponding[hydraulics.underpass] = 3_000.0
    # The shaft and the pipe below it: a full pipe holds as much as a box of this plan.
    storage = 1.5 + np.pi / 4 * hydraulics.diameter_m * hydraulics.length_m
    storage[sewers.chamber] += _CHAMBER_M2
    return {
        "node_code": drainage.manhole_code,
        "node_kind": np.full(count, NodeKind.MANHOLE, np.int8),
        "node_x": sewers.place[:, 0],
        "node_y": sewers.place[:, 1],
        "ground_m": hydraulics.ground_m,
        "invert_m": hydraulics.invert_m,
        "storage_m2": storage,
        "ponding_m2": ponding,
        "catchment_m2": drainage.catchments.area_m2,
        "runoff_coefficient": hydraulics.runoff_coefficient,
        "road_code": drainage.road_code,
    }


def _reach_nodes(drainage: Drainage) -> Columns:
    rivers, sewers = drainage.rivers, drainage.sewers
    count = len(rivers.bed_m)
    end = shapely.get_coordinates(shapely.get_point(rivers.reach_line, -1))
    surface = shapely.length(rivers.reach_line) * rivers.width_m
    sewered = np.bincount(
        sewers.outfall_reach[sewers.tree], drainage.catchments.area_m2, minlength=count
    )
    return {
        "node_code": rivers.reach_code,
        "node_kind": np.full(count, NodeKind.REACH, np.int8),
        "node_x": end[:, 0],
        "node_y": end[:, 1],
        "ground_m": rivers.bed_m + rivers.reach_bank_m,
        "invert_m": rivers.bed_m,
        "storage_m2": surface,
        "ponding_m2": 4.0 * surface,
        "catchment_m2": np.maximum(rivers.own_area_m2 - sewered, surface),
        "runoff_coefficient": np.full(count, _RURAL_RUNOFF),
        "road_code": np.zeros(count, np.int64),
    }


def _reservoir_nodes(rivers: Rivers) -> Columns:
    area = shapely.area(rivers.reservoir)
    centre = shapely.get_coordinates(shapely.centroid(rivers.reservoir))
    return {
        "node_code": rivers.reservoir_code,
        "node_kind": np.full(len(area), NodeKind.RESERVOIR, np.int8),
        "node_x": centre[:, 0],
        "node_y": centre[:, 1],
        "ground_m": rivers.reservoir_crest_m,
        "invert_m": rivers.reservoir_crest_m - rivers.reservoir_depth_m,
        "storage_m2": area,
        "ponding_m2": area,
        "catchment_m2": 2.5 * area,
        "runoff_coefficient": np.full(len(area), _RESERVOIR_RUNOFF),
        "road_code": np.zeros(len(area), np.int64),
    }


def _outlet_node(rivers: Rivers) -> Columns:
    x, y = rivers.line[0].coords[-1]
    levels = {"ground_m": OUTLET_BED_M + 4.0, "invert_m": OUTLET_BED_M - 1.0}
    sizes = {"storage_m2": 1e6, "ponding_m2": 1e6, "catchment_m2": 0.0, "runoff_coefficient": 0.0}
    numbers = {"node_x": x, "node_y": y} | levels | sizes
    return {
        "node_code": np.zeros(1, np.int64),
        "node_kind": np.full(1, NodeKind.OUTLET, np.int8),
        **{name: np.array([value]) for name, value in numbers.items()},
        "road_code": np.zeros(1, np.int64),
    }


def _links(drainage: Drainage) -> Columns:
    rivers, sewers, hydraulics = drainage.rivers, drainage.sewers, drainage.hydraulics
    manholes, reaches, lakes = len(sewers.place), len(rivers.bed_m), len(rivers.reservoir)
    into = sewers.following.copy()
    into[sewers.chamber] = manholes + sewers.outfall_reach
    outlet = manholes + reaches + lakes
    below = np.where(rivers.reach_next >= 0, manholes + rivers.reach_next, outlet)
    spill = np.full(lakes, _SPILLWAY_M3S)
    reach_length = shapely.length(rivers.reach_line)
    parts = {
        "link_code": (drainage.pipe_code, np.zeros(reaches + lakes, np.int64)),
        "link_from": (np.arange(outlet),),
        "link_to": (into, below, manholes + rivers.reservoir_reach),
        "link_length_m": (hydraulics.length_m, reach_length, np.full(lakes, 120.0)),
        "link_capacity_m3s": (hydraulics.capacity_m3s, rivers.capacity_m3s, spill),
        "link_full_depth_m": (
            *(hydraulics.diameter_m, rivers.reach_bank_m),
            rivers.reservoir_depth_m,
        ),
    }
    return {name: np.concatenate(arrays) for name, arrays in parts.items()}


def drainage_entities(drainage: Drainage) -> Iterator[EntityChange]:
    """Yield manholes, pipes, outfalls and catchments."""
    yield from _manhole_entities(drainage)
    yield from _pipe_entities(drainage)
    sewers, names = drainage.sewers, drainage.rivers.reach_name
    rows = zip(drainage.outfall_code.tolist(), sewers.outfall_reach.tolist(), strict=True)
    for number, (code, reach) in enumerate(rows, start=1):
        at = shapely.Point(sewers.outfall_place[number - 1])
        diameter = float(drainage.hydraulics.diameter_m[sewers.chamber[number - 1]])
        yield EntityChange(
            code, f"{names[reach]}排放口{number}", at, None, {"diameter_m": diameter}
        )
    catchments = drainage.catchments
    areas = zip(catchments.code.tolist(), catchments.geometry, strict=True)
    for number, (code, shape) in enumerate(areas, start=1):
        properties = {"area_m2": round(shape.area)}
        yield EntityChange(code, f"雨水汇水区{number}", shape, None, properties)


def _manhole_entities(drainage: Drainage) -> Iterator[EntityChange]:
    hydraulics = drainage.hydraulics
    streets = [*drainage.streets.road_name, "沿河"]
    road = np.where(
        drainage.sewers.section >= 0,
        drainage.streets.section_road[drainage.sewers.section],
        len(streets) - 1,
    )
    rows = zip(
        *(drainage.manhole_code.tolist(), road.tolist()),
        points(drainage.sewers.place),
        *(hydraulics.ground_m.round(2).tolist(), hydraulics.invert_m.round(2).tolist()),
        strict=True,
    )
    for number, (code, on, place, ground, invert) in enumerate(rows, start=1):
        levels = {"ground_m": ground, "invert_m": invert, "depth_m": round(ground - invert, 2)}
        yield EntityChange(code, f"{streets[on]}雨水井{number}", place, None, levels)


def _pipe_entities(drainage: Drainage) -> Iterator[EntityChange]:
    hydraulics, code = drainage.hydraulics, drainage.pipe_code
    line = drainage.pipe_lines()
    lower = hydraulics.invert_m - hydraulics.slope * hydraulics.length_m
    for number, index in enumerate(np.flatnonzero(code).tolist(), start=1):
        diameter = float(hydraulics.diameter_m[index])
        properties = {
            "diameter_m": diameter,
            "material": next(name for below, name in _MATERIALS if diameter < below),
            "length_m": round(float(hydraulics.length_m[index]), 1),
            "invert_up_m": round(float(hydraulics.invert_m[index]), 2),
            "invert_down_m": round(float(lower[index]), 2),
            "capacity_m3s": round(float(hydraulics.capacity_m3s[index]), 3),
        }
        name = f"雨水管{number}（DN{diameter * 1000:.0f}）"
        yield EntityChange(int(code[index]), name, line[index], None, properties)


def drainage_relations(drainage: Drainage) -> Iterator[NewRelation]:
    """Yield manhole → pipe → manhole … → outfall → reach, and catchment → manhole."""
    manhole, pipe = drainage.manhole_code.tolist(), drainage.pipe_code.tolist()
    outfall, reach = drainage.outfall_code.tolist(), drainage.rivers.reach_code.tolist()
    sewers = drainage.sewers
    for index, below in enumerate(sewers.following.tolist()):
        if below >= 0:
            yield NewRelation(manhole[index], "flows_to", pipe[index], "declared")
            yield NewRelation(pipe[index], "flows_to", manhole[below], "declared")
    rows = zip(sewers.chamber.tolist(), outfall, sewers.outfall_reach.tolist(), strict=True)
    for chamber, code, into in rows:
        yield NewRelation(manhole[chamber], "flows_to", code, "declared")
        yield NewRelation(code, "drains_to", reach[into], "declared")
    catchments = drainage.catchments
    for code, head in zip(catchments.code.tolist(), catchments.head.tolist(), strict=True):
        yield NewRelation(code, "drains_to", manhole[head], "declared")
