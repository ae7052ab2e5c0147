"""Which object a sensor belongs to: the nearest of a class that its own class can belong to."""

import math
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol, TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

METHOD = "nearest"
_EQUAL_M_DIGITS = 3
"""Distances that agree to the millimetre are equally good."""

Ints: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]
Shapes: TypeAlias = NDArray[Any]


class LinkRule(Protocol):
    """Which class a sensor's class can belong to, by which relation, how near."""

    @property
    def sensor_class(self) -> str:
        """Four digits of the sensor's class."""

    @property
    def target_class(self) -> str:
        """Four digits of the object's class."""

    @property
    def relation(self) -> str:
        """Kind of relation, for example ``monitors``."""

    @property
    def max_distance_m(self) -> float:
        """Farther away the sensor belongs to something else, or to nothing."""


class TransformFirstError(ValueError):
    """Tables that do not share a metric CRS. Transform them to the district's first."""


class _Candidates(NamedTuple):
    """Nearest objects of sensors (k): position of the sensor and of the rule, code, metres."""

    sensor: Ints
    rule: Ints
    code: Ints
    distance_m: Floats

    def best(self, badness: Floats) -> "_Candidates":
        """Return one for each sensor: least bad, then earliest rule, then lowest code."""
        equal = badness.round(_EQUAL_M_DIGITS)
        order = np.lexsort((self.code, self.rule, equal, self.sensor))
        kept = order[np.unique(self.sensor[order], return_index=True)[1]]
        return _Candidates(
            self.sensor[kept], self.rule[kept], self.code[kept], self.distance_m[kept]
        )


class _Objects(NamedTuple):
    """Objects of one class: their codes and their index in space."""

    code: Ints
    tree: shapely.STRtree

    def nearest(self, places: Shapes, within_m: float | None) -> tuple[Ints, Ints, Floats]:
        """Return positions in ``places``, codes of what is nearest (all at a tie), metres."""
        # The index may leave out what lies exactly at the bound, so it looks a little farther.
        bound = None if within_m is None else within_m * 1.001 + 0.001
        pairs, distance = self.tree.query_nearest(places, bound, return_distance=True)
        kept = distance <= (np.inf if within_m is None else within_m)
        return pairs[0][kept], self.code[pairs[1][kept]], distance[kept]


class _Search(NamedTuple):
    """What stands where, by class, and what may belong to what."""

    places: Shapes
    klass: NDArray[np.str_]
    objects: Mapping[str, _Objects]
    rules: Sequence[LinkRule]

    def candidates(self, sensors: Ints, *, bounded: bool) -> _Candidates:
        """Return the nearest objects of ``sensors`` (positions), for each rule its own."""
        found = [_Candidates(*(np.empty(0, kind) for kind in (int, int, np.int64, float)))]
        for number, rule in enumerate(self.rules):
            mine = sensors[self.klass[sensors] == rule.sensor_class]
            if len(mine) and rule.target_class in self.objects:
                within = rule.max_distance_m if bounded else None
                objects = self.objects[rule.target_class]
                at, code, distance = objects.nearest(self.places[mine], within)
                found.append(_Candidates(mine[at], np.full(len(at), number), code, distance))
        return _Candidates(*(np.concatenate(columns) for columns in zip(*found, strict=True)))

    def limits(self, rule: Ints) -> Floats:
        """Return the maximum distance of each rule (positions), metres."""
        return np.array([each.max_distance_m for each in self.rules])[rule]


def link_sensors(
    sensors: gpd.GeoDataFrame,
    things: gpd.GeoDataFrame,
    rules: Sequence[LinkRule],
    class_names: Mapping[str, str] = MappingProxyType({}),
) -> pd.DataFrame:
    """Link each sensor to the nearest object that its class can belong to.

    Of objects equally near (to the millimetre) the one of the earlier rule is taken, of those the
    one with the lower code. A sensor with nothing near enough stays unlinked.

    Args:
        sensors: columns ``code`` (int), ``klass`` (four digits) and geometry (points).
        things: columns ``code``, ``klass`` and geometry of any kind, in the same metric CRS.
        rules: in the order of preference.
        class_names: what a reader calls a class, for the reasons; its digits where missing.

    Returns:
        One row for each sensor, in their order and with their index: ``sensor`` (int64),
        ``target`` (int64, 0 where unlinked), ``relation`` (where unlinked the one that its class
        would have had, empty where it has none), ``distance_m`` (to the target; where
        unlinked to the object that came closest, NaN where there is none), ``reason`` (empty where
        linked) and ``method`` (empty where unlinked).

    Raises:
        TransformFirstError: the tables' CRS differ or are not metric.
    """
    _refuse_unlike(sensors, things)
    klass = sensors["klass"].to_numpy(dtype=str)
    search = _Search(sensors.geometry.to_numpy(), klass, _by_class(things), rules)
    everyone = np.arange(len(sensors))
    near = search.candidates(everyone, bounded=True)
    links = near.best(near.distance_m)
    lost = np.setdiff1d(everyone, links.sensor)
    far = search.candidates(lost, bounded=False)
    misses = far.best(far.distance_m - search.limits(far.rule))
    table = _table(sensors, search, links, misses)
    table.loc[sensors.index[lost], "reason"] = list(_reasons(search, lost, misses, class_names))
    return table


def _refuse_unlike(sensors: gpd.GeoDataFrame, things: gpd.GeoDataFrame) -> None:
    if sensors.crs != things.crs:
        raise TransformFirstError(
            f"sensors are in {_called(sensors)!r} and things in {_called(things)!r}: expected one "
            "CRS"
        )
    if sensors.crs is None or not sensors.crs.is_projected:
        raise TransformFirstError(f"tables are in {_called(sensors)!r}: expected a metric CRS")


def _called(table: gpd.GeoDataFrame) -> str | None:
    return None if table.crs is None else table.crs.to_string()


def _by_class(things: gpd.GeoDataFrame) -> dict[str, _Objects]:
    code, shapes = things["code"].to_numpy(np.int64), things.geometry.to_numpy()
    klass = things["klass"].to_numpy(dtype=str)
    order = np.argsort(klass, kind="stable")
    names, first = np.unique(klass[order], return_index=True)
    groups = np.split(order, first[1:])
    return {
        str(name): _Objects(code[group], shapely.STRtree(shapes[group]))
        for name, group in zip(names, groups, strict=False)
    }


def _table(
    sensors: gpd.GeoDataFrame, search: _Search, links: _Candidates, misses: _Candidates
) -> pd.DataFrame:
    count = len(sensors)
    target, distance = np.zeros(count, np.int64), np.full(count, np.nan)
    target[links.sensor] = links.code
    distance[links.sensor], distance[misses.sensor] = links.distance_m, misses.distance_m
    wanted = {rule.sensor_class: rule.relation for rule in reversed(search.rules)}
    relation = np.array([wanted.get(klass, "") for klass in search.klass.tolist()], object)
    relation[links.sensor] = [search.rules[rule].relation for rule in links.rule.tolist()]
    columns = {
        "sensor": sensors["code"].to_numpy(np.int64),
        "target": target,
        "relation": relation,
        "distance_m": distance,
        "reason": np.full(count, "", object),
        "method": np.where(target > 0, METHOD, "").astype(object),
    }
    return pd.DataFrame(columns, index=sensors.index)


def _reasons(
    search: _Search, lost: Ints, misses: _Candidates, class_names: Mapping[str, str]
) -> Iterator[str]:
    """Say for each lost sensor (positions) why it stays unlinked."""
    missed = dict(zip(misses.sensor.tolist(), range(len(misses.sensor)), strict=True))
    for sensor in lost.tolist():
        klass = str(search.klass[sensor])
        targets = [rule.target_class for rule in search.rules if rule.sensor_class == klass]
        names = " or ".join(class_names.get(target, target) for target in targets)
        if not targets:
            yield f"no class of object is known that {class_names.get(klass, klass)} can belong to"
        elif shapely.is_missing(search.places[sensor]) or shapely.is_empty(search.places[sensor]):
            yield f"the sensor has no place, expected a point near a {names}"
        elif sensor not in missed:
            yield f"there is no {names} anywhere"
        else:
            yield _too_far(search, misses, missed[sensor], class_names)


def _too_far(search: _Search, misses: _Candidates, row: int, class_names: Mapping[str, str]) -> str:
    rule = search.rules[int(misses.rule[row])]
    name = class_names.get(rule.target_class, rule.target_class)
    # Rounded up, so that no sentence says "15.0 m away, expected at most 15 m".
    away = math.ceil(misses.distance_m[row] * 10) / 10
    return f"nearest {name} is {away:g} m away, expected at most {rule.max_distance_m:g} m"
