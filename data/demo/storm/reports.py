"""Devices in groups, and the payloads that they send."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import repeat
from typing import TypeAlias

import numpy as np

from data.demo.network import DemoDevice, NodeKind
from data.demo.storm.sensors import SENSORS, Columns, Group, Scene, Sensor
from data.demo.storm.stage import Stage

Payload: TypeAlias = dict[str, float]
Groups: TypeAlias = dict[Sensor, Group]

_DECIMALS = {
    "level": 3, "depth": 3, "discharge": 4, "rain_intensity": 1, "ammonia_nitrogen": 2,
    "conductivity": 0, "ph": 2, "dissolved_oxygen": 2, "turbidity": 1, "running": 0,
    "electric_current": 1, "displacement": 2, "displacement_rate": 2, "tilt": 3,
    "combustible_gas": 1, "pm10": 0, "noise": 1, "air_temperature": 1, "humidity": 0,
    "wind_speed": 1, "wind_direction": 0, "air_pressure": 1,
}  # fmt: skip
_MINUTE_MS = 60_000
_SECONDS = 60
_HASH = 2_654_435_761  # Knuth's multiplier: neighbouring codes report at different seconds


class SensorSiteError(ValueError):
    """A sensor of water in a network without water of its kind. Correct the devices."""


def group_devices(stage: Stage, devices: Iterable[DemoDevice], seed: int) -> Groups:
    """Sort devices by how they see the scene; classes without readings (cameras) are left out.

    Raises:
        SensorSiteError: a sensor without a node, and the network has none that it could measure.
    """
    members: dict[Sensor, list[tuple[DemoDevice, int]]] = {}
    for device in sorted(devices, key=lambda d: d.code):
        rows = [row for row in SENSORS if row.klass == device.klass]
        if not rows:
            continue
        node = _node_of(stage, device, rows[0].kinds)
        kind = NodeKind(stage.network.node_kind[node])
        row = next((row for row in rows if kind in row.kinds), rows[0])
        members.setdefault(row, []).append((device, node))
    return {row: _group(stage, members[row], seed) for row in SENSORS if row in members}


def report(scene: Scene, groups: Mapping[Sensor, Group], minute_ms: int) -> dict[int, Payload]:
    """Return each device's payload; ``ts`` is epoch milliseconds within the minute.

    Args:
        scene: the true state.
        groups: from ``group_devices``.
        minute_ms: epoch milliseconds of the scene's minute.
    """
    readings: dict[int, Payload] = {}
    for row, group in groups.items():
        payloads = _payloads(row.observe(scene, group), group, minute_ms)
        readings.update(zip(group.codes, payloads, strict=True))
    return readings


def _payloads(columns: Columns, group: Group, minute_ms: int) -> list[Payload]:
    names = ("ts", *columns)
    times = [minute_ms + offset for offset in group.offset_ms]
    values = [np.round(column, _DECIMALS[name]).tolist() for name, column in columns.items()]
    rows = zip(times, *values, strict=True)
    return [dict(zip(keys, row, strict=True)) for keys, row in zip(repeat(names), rows)]


def _node_of(stage: Stage, device: DemoDevice, kinds: tuple[NodeKind, ...]) -> int:
    """Return the node that a device measures: its own, its link's, or the nearest of a kind."""
    if device.link >= 0:
        return int(stage.network.link_from[device.link])
    if device.node >= 0 or not kinds:
        return device.node
    network = stage.network
    suitable = np.flatnonzero(np.isin(network.node_kind, kinds))
    if not len(suitable):
        wanted = " or ".join(kind.name.lower() for kind in kinds)
        raise SensorSiteError(f"device {device.code!r} has no node, expected one of kind {wanted}")
    east, north = network.node_x[suitable] - device.x, network.node_y[suitable] - device.y
    return int(suitable[np.argmin(np.hypot(east, north))])


def _road_of(stage: Stage, device: DemoDevice) -> int:
    on_node = not device.target and device.node >= 0
    return int(stage.network.road_code[device.node]) if on_node else device.target


def _group(stage: Stage, members: Sequence[tuple[DemoDevice, int]], seed: int) -> Group:
    devices = [device for device, _ in members]
    roads = {code: place for place, code in enumerate(stage.roads.tolist())}
    character = np.random.default_rng([seed, int(devices[0].klass)])
    codes = [device.code for device in devices]
    return Group(
        codes=codes,
        x=np.array([device.x for device in devices]),
        y=np.array([device.y for device in devices]),
        node=np.array([node for _, node in members], dtype=np.int64),
        road=np.array([roads.get(_road_of(stage, d), -1) for d in devices], dtype=np.int64),
        character=character.random(len(devices)),
        offset_ms=[code * _HASH // 2**16 % _SECONDS * (_MINUTE_MS // _SECONDS) for code in codes],
    )
