"""Sensors and cameras: how many of each class, what each one watches, and what it is called."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

import numpy as np
import shapely

from data.demo.arrays import Floats, Ints, Shapes, codes, dice, points, scaled
from data.demo.geography import SubDistricts, inside, metres
from data.demo.network import DemoDevice
from data.demo.stands import (
    MEASURING,
    Spots,
    Surroundings,
    at_manholes,
    at_outfalls,
    at_pipes,
    at_pumps,
    at_reservoirs,
    at_river_banks,
    beside_roads,
    in_areas,
    in_buildings,
    in_catchments,
    nowhere,
    on_sites,
    on_slopes,
    over_roads,
)
from data.reference import link_rules
from data.registry import EntityChange, NewName

_FULL = 10.0
_DEVICES, _DEVICES_FULL = 900, 13_000
_CAMERAS, _CAMERAS_FULL = 400, 41_000
_STRAY_SHARE = 0.02
_CLEAR_OF_ANYTHING = 1.5
_SECTION_MARK = re.compile(r"K\d+\+\d+段$")


class _Plan(NamedTuple):
    klass: str
    share: float
    label: str
    stand: Callable[[Surroundings, np.random.Generator, int], Spots]


_DEVICE_PLANS = (
    _Plan("8501", 0.045, "水位站", at_river_banks),
    _Plan("8501", 0.010, "水位站", at_reservoirs),
    _Plan("8502", 0.220, "积水监测点", beside_roads),
    _Plan("8503", 0.045, "雨量站", in_catchments),
    _Plan("8504", 0.120, "井下液位计", at_manholes),
    _Plan("8505", 0.035, "水质站", at_river_banks),
    _Plan("8505", 0.030, "水质站", at_outfalls),
    _Plan("8505", 0.006, "水质站", at_reservoirs),
    _Plan("8506", 0.090, "流量计", at_pipes),
    _Plan("8507", 0.030, "监测终端", at_pumps),
    _Plan("8508", 0.090, "位移计", on_slopes),
    _Plan("8509", 0.120, "燃气探测器", in_buildings),
    _Plan("8510", 0.050, "扬尘噪声仪", on_sites),
    _Plan("8511", 0.015, "气象空气站", nowhere),
    _Plan("8512", 0.094, "倾角计", in_buildings),
)
_CAMERA_PLANS = (
    _Plan("8601", 0.45, "摄像机", in_areas),
    _Plan("8601", 0.15, "摄像机", on_sites),
    _Plan("8601", 0.40, "摄像机", over_roads),
)


class Instruments(NamedTuple):
    """Sensors and cameras with their truth, in the order of their codes within each class."""

    devices: list[DemoDevice]
    name: list[str]

    def entities(self) -> Iterator[EntityChange]:
        """Yield them as they stand in the register."""
        for device, name in zip(self.devices, self.name, strict=True):
            yield EntityChange(device.code, name, shapely.Point(device.x, device.y))

    def names(self) -> Iterator[NewName]:
        """Yield the identifiers that they use on the wire."""
        for device in self.devices:
            serial = device.code % 1_000_000
            if device.klass == "8601":
                yield NewName(device.code, "onvif", f"gm-cam-{serial:06}")
            else:
                yield NewName(device.code, "mqtt", f"gm-{device.klass}-{serial:06}")


def instrument_count(size: int) -> int:
    """Return how many sensors and cameras a district of ``size`` entities has."""
    return sum(count for plan, count in _counts(size))


def make_instruments(
    around: Surroundings, target_names: Mapping[int, str], areas: SubDistricts, seed: int, size: int
) -> Instruments:
    """Put up every sensor and camera.

    Args:
        around: what they can watch.
        target_names: names of what they can watch, by entity code.
        areas: sub-districts, after which those that watch nothing are called.
        seed: of the district.
        size: of the district.
    """
    rng = dice(seed, "devices")
    by_class: dict[str, list[tuple[_Plan, Spots]]] = {}
    for plan, count in _counts(size):
        stray = round(_STRAY_SHARE * count)
        spots = plan.stand(around, rng, count - stray)
        lost = _far_from_everything(around, plan.klass, rng, stray)
        by_class.setdefault(plan.klass, []).append((plan, spots.joined(lost)))
    devices: list[DemoDevice] = []
    labels: list[str] = []
    for klass, groups in by_class.items():
        of_class = list(_of_class(klass, [spots for _, spots in groups]))
        devices += of_class
        labels += [groups[0][0].label] * len(of_class)
    return Instruments(devices, _names(devices, labels, target_names, areas))


def _counts(size: int) -> Iterator[tuple[_Plan, int]]:
    for plans, standard, full in (
        (_DEVICE_PLANS, _DEVICES, _DEVICES_FULL),
        (_CAMERA_PLANS, _CAMERAS, _CAMERAS_FULL),
    ):
        growth = float(np.log(full / standard) / np.log(_FULL))
        for plan in plans:
            yield plan, scaled(size, plan.share * standard, growth)


def _of_class(klass: str, groups: list[Spots]) -> Iterator[DemoDevice]:
    spots = groups[0]
    for more in groups[1:]:
        spots = spots.joined(more)
    rows = zip(
        codes(klass, len(spots.target)).tolist(),
        *(spots.place[:, 0].tolist(), spots.place[:, 1].tolist()),
        *(spots.target.tolist(), spots.node.tolist(), spots.link.tolist()),
        strict=True,
    )
    for code, x, y, target, node, link in rows:
        yield DemoDevice(code=code, klass=klass, x=x, y=y, target=target, node=node, link=link)


def _far_from_everything(
    around: Surroundings, klass: str, rng: np.random.Generator, count: int
) -> Spots:
    places = metres(rng.uniform((0, 0), (16, 14), (300 * count + 300, 2)))
    free = inside(places)
    for rule in link_rules():
        if rule.sensor_class == klass and rule.relation in MEASURING:
            reach = _CLEAR_OF_ANYTHING * rule.max_distance_m
            free[_near(around.shapes_of(rule.target_class), places, reach)] = False
    return Spots.of(places[free][:count])


def _near(shapes: Shapes, places: Floats, reach_m: float) -> Ints:
    found = shapely.STRtree(shapes).query(points(places), "dwithin", distance=reach_m)
    return np.unique(found[0])


def _names(
    devices: list[DemoDevice],
    labels: list[str],
    target_names: Mapping[int, str],
    areas: SubDistricts,
) -> list[str]:
    places = points(np.array([(device.x, device.y) for device in devices]))
    area_names = dict(zip(areas.code.tolist(), areas.name, strict=True))
    where = [area_names[code] for code in areas.containing(places).tolist()]
    return [
        _SECTION_MARK.sub("", target_names.get(device.target, area))
        + f"{label}{device.code % 1_000_000}"
        for device, label, area in zip(devices, labels, where, strict=True)
    ]
