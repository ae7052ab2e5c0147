"""A storm from its first minute on: what every device says, minute by minute, without end."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from data.demo.network import DemoDevice, DrainageNetwork
from data.demo.storm.basin import Floats
from data.demo.storm.incidents import (
    CameraEvent,
    Incidents,
    Soil,
    choose_incidents,
    intrusion_events,
)
from data.demo.storm.rain import Hyetograph, RainCell
from data.demo.storm.rehearsal import Rehearsal, rehearse
from data.demo.storm.reports import Groups, Payload, group_devices, report
from data.demo.storm.routing import Water
from data.demo.storm.sensors import Group, Scene
from data.demo.storm.stage import Stage, set_stage

_MINUTE_S = 60
_MINUTE_US = 60_000_000
_HOUR_US = 60 * _MINUTE_US
_LOCAL_OFFSET_H = 8  # UTC+8
_US_PER_MS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One instant of the storm.

    Attributes:
        minute: simulated minutes since the start; 0 is the steady state before the rain.
        at_us: the instant, microseconds since 1970 UTC.
        readings: payload by device code, ``ts`` in epoch milliseconds within the minute.
        events: what cameras said since the step before.
        water: the true state of the network's nodes.
        road_depth_m: true depth by road section code, where there is ponded water.
    """

    minute: int
    at_us: int
    readings: dict[int, Payload]
    events: tuple[CameraEvent, ...]
    water: Water
    road_depth_m: dict[int, float]


@dataclass(frozen=True, kw_only=True, eq=False)
class StormRun:
    """A storm over a district; iterating it gives the steps, calm weather following without end.

    Attributes:
        network: the drainage network.
        devices: what observes it.
        seed: of all noise and of all choices; the same seed gives the same readings.
        start_us: instant of minute 0, microseconds since 1970 UTC.
        step_s: simulated seconds between steps, a multiple of 60.
        calm: no rain and no incident at all.
        hyetograph: how it rains.
        cells: from where; one cell that crosses the district where there are none.
    """

    network: DrainageNetwork
    devices: tuple[DemoDevice, ...]
    seed: int
    start_us: int
    step_s: int = _MINUTE_S
    calm: bool = False
    hyetograph: Hyetograph = field(default_factory=Hyetograph)
    cells: tuple[RainCell, ...] = ()

    def __post_init__(self) -> None:
        if self.step_s <= 0 or self.step_s % _MINUTE_S:
            raise ValueError(f"step of {self.step_s!r} s: expected a positive multiple of 60")

    @cached_property
    def stage(self) -> Stage:
        """The network made ready."""
        return set_stage(self.network, None if self.calm else self.hyetograph, self.cells)

    @cached_property
    def incidents(self) -> Incidents:
        """Where the incidents happen."""
        return Incidents() if self.calm else choose_incidents(self.devices, self.seed)

    @cached_property
    def rehearsal(self) -> Rehearsal:
        """The storm's course without devices, and the release sized by it."""
        return rehearse(self.stage, () if self.calm else self.devices)

    def __iter__(self) -> Iterator[Step]:
        """Yield the steps from minute 0 on, without end."""
        groups = group_devices(self.stage, self.devices, self.seed)
        slopes = [group for row, group in groups.items() if row.klass == "8508"]
        soil = Soil(*np.zeros((2, len(slopes[0].codes) if slopes else 0)))
        events: list[CameraEvent] = []
        usual = self.stage.routing.steady(self.stage.base_m3s)
        for minute, water in self.stage.flow(self.rehearsal.release):
            soil = self._soaked(soil, slopes, minute)
            events += self._events(minute)
            if minute * _MINUTE_S % self.step_s == 0:
                scene = self._scene(minute, water, usual, soil)
                yield self._step(scene, groups, tuple(events))
                events = []

    def _soaked(self, soil: Soil, slopes: list[Group], minute: int) -> Soil:
        if not slopes:
            return soil
        group = slopes[0]
        rain = self.stage.rain_mm_h(minute, group.x, group.y)
        slide = self.incidents.slide
        return soil.after(rain, group.is_at(slide.device if slide else None))

    def _events(self, minute: int) -> list[CameraEvent]:
        site = self.incidents.intrusion
        return intrusion_events(site, minute, self.start_us) if site else []

    def _scene(self, minute: int, water: Water, usual: Water, soil: Soil) -> Scene:
        hours = (self.start_us + minute * _MINUTE_US) / _HOUR_US + _LOCAL_OFFSET_H
        return Scene(
            minute=minute,
            hour=hours % 24,
            stage=self.stage,
            incidents=self.incidents,
            water=water,
            usual=usual,
            road_m=self.stage.road_depth_m(water),
            soil=soil,
            chance=np.random.default_rng([self.seed, minute]),
        )

    def _step(self, scene: Scene, groups: Groups, events: tuple[CameraEvent, ...]) -> Step:
        at_us = self.start_us + scene.minute * _MINUTE_US
        return Step(
            minute=scene.minute,
            at_us=at_us,
            readings=report(scene, groups, at_us // _US_PER_MS),
            events=events,
            water=scene.water,
            road_depth_m=_flooded(self.stage.roads.tolist(), scene.road_m),
        )


def _flooded(roads: list[int], depth_m: Floats) -> dict[int, float]:
    return {road: depth for road, depth in zip(roads, depth_m.tolist(), strict=True) if depth > 0}
