"""A small town for the storm: streets of manholes on a river between a reservoir and an outlet."""

from dataclasses import dataclass, field

import numpy as np

from data.demo.network import DemoDevice, DrainageNetwork, NodeKind

STREET = 6  # manholes of one street
_COUNTY = 440311


def code(klass: str, serial: int) -> int:
    return int(f"{_COUNTY}{klass}{serial:06}")


@dataclass
class Draft:
    """Rows of a network in the making."""

    nodes: list[tuple[float, ...]] = field(default_factory=list)
    links: list[tuple[float, ...]] = field(default_factory=list)

    def node(self, kind: NodeKind, at: tuple[float, float], *rest: float) -> int:
        self.nodes.append((float(kind), *at, *rest))
        return len(self.nodes) - 1

    def link(self, ends: tuple[int, int], length: float, capacity: float, full: float) -> None:
        self.links.append((*ends, length, capacity, full))

    def network(self) -> DrainageNetwork:
        kind, x, y, ground, invert, storage, ponding, catchment, coefficient, road, own = (
            np.array(column) for column in zip(*self.nodes, strict=True)
        )
        links = np.array(self.links).reshape(-1, 5).T
        return DrainageNetwork(
            node_code=own.astype(np.int64),
            node_kind=kind.astype(np.int8),
            node_x=x,
            node_y=y,
            ground_m=ground,
            invert_m=invert,
            storage_m2=storage,
            ponding_m2=ponding,
            catchment_m2=catchment,
            runoff_coefficient=coefficient,
            road_code=road.astype(np.int64),
            link_code=np.arange(links.shape[1]) + code("8301", 1),
            link_from=links[0].astype(np.int64),
            link_to=links[1].astype(np.int64),
            link_length_m=links[2],
            link_capacity_m3s=links[3],
            link_full_depth_m=links[4],
        )


def make_town(streets: int = 8) -> DrainageNetwork:
    """One reach a street; every third street has a pipe that is far too small."""
    draft = Draft()
    outlet = draft.node(NodeKind.OUTLET, (0, 0), 10, 0, 1, 0, 0, 0, 0, 0)
    below = outlet
    for street in range(streets):
        below = _add_reach(draft, street, below, streets)
        _add_street(draft, street, below)
    reservoir = draft.node(
        NodeKind.RESERVOIR, (0, 200 * (streets + 1)), 40, 30, 5e4, 0, 3e5, 0.3, 0,
        code("8203", 1),
    )  # fmt: skip
    draft.link((reservoir, below), 100, 10, 2)
    return draft.network()


def make_devices(network: DrainageNetwork) -> tuple[DemoDevice, ...]:
    """One device of each class; stations on every reach, a gauge on every road."""
    devices = [
        DemoDevice(code=code(klass, 1), klass=klass, x=50.0, y=400.0, target=code(target, 1))
        for klass, target in (
            ("8503", "8303"), ("8507", "2115"), ("8508", "8701"), ("8509", "8101"),
            ("8510", "8702"), ("8511", "8801"), ("8512", "8101"), ("8601", "8802"),
        )
    ]  # fmt: skip
    for node in range(len(network.node_code)):
        devices += _devices_at(network, node)
    return tuple(devices)


def _devices_at(network: DrainageNetwork, node: int) -> list[DemoDevice]:
    target = int(network.node_code[node])
    kind = NodeKind(network.node_kind[node])
    classes = {
        NodeKind.MANHOLE: ("8504", "8506"),
        NodeKind.REACH: ("8501", "8505"),
        NodeKind.RESERVOIR: ("8501",),
        NodeKind.OUTLET: (),
    }[kind]
    x, y = float(network.node_x[node]), float(network.node_y[node])
    found = [
        DemoDevice(code=code(klass, 100 + node), klass=klass, x=x, y=y, target=target, node=node)
        for klass in classes
    ]
    if kind is NodeKind.MANHOLE and node % STREET == 0:
        road = int(network.road_code[node])
        found.append(DemoDevice(code=code("8502", node), klass="8502", x=x, y=y, target=road))
    return found


def _add_reach(draft: Draft, street: int, below: int, streets: int) -> int:
    y, bottom = 200.0 * (street + 1), 1.0 + 0.3 * street
    reach = draft.node(
        NodeKind.REACH, (0, y), bottom + 4, bottom, 1800, 4000, 20_000, 0.4, 0,
        code("8202", street),
    )  # fmt: skip
    draft.link((reach, below), 200, 8.0 + 2 * (streets - street), 4)
    return reach


def _add_street(draft: Draft, street: int, reach: int) -> None:
    below, small = reach, street % 3 == 0
    for step in range(STREET):
        x, bottom = 40.0 * (step + 1), 4.0 + 0.3 * street + 0.2 * step
        manhole = draft.node(
            NodeKind.MANHOLE, (x, 200.0 * (street + 1)), bottom + 2.5, bottom, 1.2, 500, 2500, 0.75,
            code("8402", street), code("0103", len(draft.nodes)),
        )  # fmt: skip
        share = (STREET - step) / STREET
        draft.link((manhole, below), 40, (0.12 if small else 1.8) * share + 0.03, 0.8)
        below = manhole
