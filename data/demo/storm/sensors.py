"""What each class of device reports of the true state: one row of a table a class."""

from collections.abc import Callable
from dataclasses import dataclass
from math import cos, pi
from typing import NamedTuple, TypeAlias

import numpy as np

from data.demo.network import NodeKind
from data.demo.storm.basin import Floats, Ints
from data.demo.storm.incidents import Incidents, Soil, leak_lel
from data.demo.storm.routing import Water
from data.demo.storm.stage import Stage

Columns: TypeAlias = dict[str, Floats]

BACKGROUND_AMMONIA_MG_L = 0.4

_DAMP_M = 0.002  # a road gauge shows less as nothing
_PUMP_STARTS = 0.3  # share of the manhole's height
_PUMP_RAIN_MM_H = 8.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Devices of one class, k of them, in order of code.

    Attributes:
        codes: entity codes.
        x: float64[k], metres.
        y: float64[k], metres.
        node: int64[k], node that each one measures.
        road: int64[k], index of the road section that each one watches, -1 where none.
        character: float64[k], 0 to 1, what makes each one differ from the others.
        offset_ms: when in the minute each one reports.
    """

    codes: list[int]
    x: Floats
    y: Floats
    node: Ints
    road: Ints
    character: Floats
    offset_ms: list[int]

    def is_at(self, device: int | None) -> Floats:
        """Return float64[k], 1 for the device with this code and 0 for the others."""
        return np.array([float(code == device) for code in self.codes])


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """The true state of one minute, and the chance that blurs it.

    Attributes:
        minute: since the start.
        hour: of the local day, 0 to 24.
        stage: the network.
        incidents: where they happen; none in calm weather.
        water: over the nodes.
        usual: the water in dry weather.
        road_m: float64[r], depth on each road section.
        soil: at the slopes.
        chance: source of the noise.
    """

    minute: int
    hour: float
    stage: Stage
    incidents: Incidents
    water: Water
    usual: Water
    road_m: Floats
    soil: Soil
    chance: np.random.Generator

    def blur(self, values: Floats, spread: float) -> Floats:
        """Return the values with noise of this standard deviation."""
        return values + self.chance.normal(0, spread, len(values))

    def rain(self, group: Group) -> Floats:
        """Return the rain at the devices, mm/h."""
        return self.stage.rain_mm_h(self.minute, group.x, group.y)

    def depth(self, group: Group) -> Floats:
        """Return the depth of water at the devices' nodes, ponded water included, metres."""
        return self.stage.basin.depth_m(self.water.stored_m3)[group.node]

    def noon(self) -> float:
        """Return 1 at two in the afternoon and -1 at two at night."""
        return cos(2 * pi * (self.hour - 14) / 24)


def _reach_level(scene: Scene, group: Group) -> Columns:
    flow = scene.water.link_m3s[group.node]
    return {**_still_level(scene, group), "discharge": flow * scene.blur(np.ones(len(flow)), 0.01)}


def _still_level(scene: Scene, group: Group) -> Columns:
    level = scene.stage.basin.invert_m[group.node] + scene.depth(group)
    return {"level": scene.blur(level, 0.003)}


def _road_depth(scene: Scene, group: Group) -> Columns:
    watched = np.append(scene.road_m, 0.0)[group.road]  # the appended 0 stands at index -1
    blurred = np.maximum(scene.blur(watched, 0.002), 0)
    return {"depth": np.where(watched > _DAMP_M, blurred, 0)}


def _rain(scene: Scene, group: Group) -> Columns:
    return {"rain_intensity": scene.rain(group) * scene.blur(np.ones(len(group.x)), 0.02)}


def _manhole_depth(scene: Scene, group: Group) -> Columns:
    return {"depth": np.maximum(scene.blur(scene.depth(group), 0.003), 0)}


def _water_quality(scene: Scene, group: Group) -> Columns:
    added = scene.water.concentration_mg_l()[group.node]
    usual = np.maximum(scene.usual.link_m3s[group.node], 1e-6)
    swell = np.log(np.maximum(scene.water.link_m3s[group.node] / usual, 1))
    clear = 400 + 60 * group.character
    oxygen = 6.6 + 0.5 * scene.noon() - 0.2 * np.minimum(added, 8) - 0.25 * swell
    return {
        "ammonia_nitrogen": scene.blur(BACKGROUND_AMMONIA_MG_L + added, 0.015),
        "conductivity": scene.blur(clear / (1 + 0.3 * swell) + 9 * added, 2),
        "ph": scene.blur(7.2 + 0.2 * group.character + 0.04 * np.minimum(added, 15), 0.01),
        "dissolved_oxygen": scene.blur(np.maximum(oxygen, 2.6), 0.04),
        "turbidity": scene.blur(14 + 8 * group.character + 55 * swell + 2 * added, 0.5),
    }


def _flow(scene: Scene, group: Group) -> Columns:
    flow = scene.water.link_m3s[group.node]
    return {"discharge": flow * scene.blur(np.ones(len(flow)), 0.01)}


def _pump(scene: Scene, group: Group) -> Columns:
    basin = scene.stage.basin
    height = basin.depth_m(basin.full_m3)[group.node]
    wanted = scene.depth(group) > _PUMP_STARTS * height
    running = (wanted | (scene.rain(group) > _PUMP_RAIN_MM_H)).astype(np.float64)
    drawn = scene.blur(60 + 40 * group.character, 0.8)
    return {"running": running, "electric_current": running * drawn}


def _slope(scene: Scene, group: Group) -> Columns:
    moving = group.is_at(_device(scene.incidents.slide))
    slid = 8 * group.character + scene.soil.slid_mm
    return {
        "displacement": scene.blur(slid, 0.05),
        "displacement_rate": scene.blur(scene.soil.rate_mm_d(moving), 0.08),
        "tilt": scene.blur(0.3 * group.character + 0.02 * scene.soil.slid_mm, 0.003),
    }


def _gas(scene: Scene, group: Group) -> Columns:
    leak = scene.incidents.leak
    added = leak_lel(scene.minute) * group.is_at(_device(leak)) if leak else 0.0
    return {"combustible_gas": np.maximum(scene.blur(0.6 * group.character + added, 0.2), 0)}


def _dust(scene: Scene, group: Group) -> Columns:
    rain = scene.rain(group)
    dust = (45 + 30 * group.character) * (1 + 0.15 * scene.noon()) / (1 + rain / 15)
    noise = 56 + 8 * group.character + 4 * scene.noon() + 3 * np.log1p(rain / 10)
    return {"pm10": np.maximum(scene.blur(dust, 3), 2), "noise": scene.blur(noise, 0.8)}


def _weather(scene: Scene, group: Group) -> Columns:
    rain = scene.rain(group)
    wet = np.minimum(rain / 40, 1)
    warm = 27.5 + 3.5 * scene.noon() + group.character
    wind = 1.8 + 1.2 * group.character + 6 * wet
    return {
        "air_temperature": scene.blur(warm - 4 * wet, 0.1),
        "humidity": np.clip(scene.blur(74 - 9 * scene.noon() + 24 * wet, 0.8), 5, 100),
        "wind_speed": np.maximum(scene.blur(wind, 0.4), 0),
        "wind_direction": scene.blur(150 - 40 * wet, 8) % 359.4,
        "air_pressure": scene.blur(1004 - 2.5 * wet, 0.1),
        "rain_intensity": rain * scene.blur(np.ones(len(rain)), 0.02),
    }


def _tilt(scene: Scene, group: Group) -> Columns:
    return {"tilt": scene.blur(0.2 * group.character - 0.1, 0.002)}


def _device(site: tuple[int, int] | None) -> int | None:
    return site[0] if site else None


class Sensor(NamedTuple):
    """How a class of device sees the scene.

    Attributes:
        klass: class of the device.
        kinds: kinds of node that it can measure; empty where it measures no water.
        observe: gives one column a quantity.
    """

    klass: str
    kinds: tuple[NodeKind, ...]
    observe: Callable[[Scene, Group], Columns]


SENSORS = (
    Sensor("8501", (NodeKind.REACH,), _reach_level),
    Sensor("8501", (NodeKind.RESERVOIR,), _still_level),
    Sensor("8502", (), _road_depth),
    Sensor("8503", (), _rain),
    Sensor("8504", (NodeKind.MANHOLE,), _manhole_depth),
    Sensor("8505", (NodeKind.REACH, NodeKind.RESERVOIR), _water_quality),
    Sensor("8506", (NodeKind.MANHOLE, NodeKind.REACH), _flow),
    Sensor("8507", (NodeKind.MANHOLE, NodeKind.REACH), _pump),
    Sensor("8508", (), _slope),
    Sensor("8509", (), _gas),
    Sensor("8510", (), _dust),
    Sensor("8511", (), _weather),
    Sensor("8512", (), _tilt),
)
