"""Links devices to objects from the register and back, beside one ``geopandas.sjoin_nearest``.

The register holds objects of the classes that devices can belong to, on a grid, and devices near
some of them. The nearest join takes the same arrays, which are in memory already, and finds one
nearest object of any class for each device. Linking reads devices and objects from the store, looks
around by 40 rules, judges how sure each link is, says why devices have none, and commits. Both take
turns; the middle one counts. Then devices are moved one by one, and it is measured how long after
the commit of each move its new link is committed.
"""

import argparse
import json
import statistics
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from math import ceil, sqrt
from typing import Any

import geopandas as gpd
import numpy as np
import psycopg
import shapely
from shapely.geometry.base import BaseGeometry

from bench.register_of_size import COUNTY, SIDE_M, SOUTH_M, WEST_M, settle
from data.connection import connect
from data.links import run_links
from data.links.loading import DEVICE_CLASSES, load_classes
from data.migrations import migrate
from data.reference import link_rules
from data.registry import ChangeSet, EntityChange, NewRelation, record
from twin.app import settings as app_settings

Connection = psycopg.Connection[tuple[Any, ...]]

_THINGS = {"8101": 0.62, "0103": 0.14, "8402": 0.1, "8301": 0.08, "8302": 0.02, "8802": 0.02,
           "8202": 0.01, "8303": 0.01}  # fmt: skip
_DEVICES = {"8601": 41, "8502": 3, "8504": 3, "8509": 3, "8506": 1, "8501": 1, "8503": 1, "8505": 1}
_LINES = {"8402", "8301", "8202"}
_POINTS = {"0103", "8302"}
_STRAYS, _SPREAD_M = 0.05, 3.0
_LIMIT_RATIO, _LIMIT_MOVED_MS = 3.0, 20.0
_CHANGE = ChangeSet("bench", "a register to be linked", "bench")


@dataclass(frozen=True)
class Report:
    """Figures of one run; each ratio is linking by the nearest join.

    The first links of a register without relations are checked afterwards, all together; beside
    relations that stand already, each is checked by itself.
    """

    objects: int
    devices: int
    links: int
    sjoin_nearest_s: float
    link_s: float
    ratio: float
    among_relations_s: float
    among_relations_ratio: float
    limit_ratio: float
    nothing_changed_s: float
    moved_ms_p50: float
    moved_ms_p95: float
    limit_moved_ms: float


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--objects", type=int, default=300_000)
    parser.add_argument("--devices", type=int, default=54_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--moves", type=int, default=50)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    store_url = app_settings.load().store_url
    migrate(store_url)
    with connect(store_url, name="citytwin bench") as connection:
        _fill(connection, options.objects, options.devices)
        report = _measured(connection, options.rounds, options.moves)
    if options.json:
        print(json.dumps(asdict(report)))
        return
    for name, figure in asdict(report).items():
        print(f"{name:22} {figure:>12,}")


def _measured(connection: Connection, rounds: int, moves: int) -> Report:
    devices, objects = _tables(connection)
    joined, linked, among = [], [], []
    for _ in range(rounds):
        joined.append(_join(devices, objects))
        _forget(connection)
        linked.append(_timed_run(connection, everything=True))
        _forget(connection)
        _relate(connection, objects)
        among.append(_timed_run(connection, everything=True))
    again = _timed_run(connection, everything=True)
    waits = sorted(_moved(connection, code) for code in devices["code"][:: len(devices) // moves])
    join_s, link_s, among_s = map(statistics.median, (joined, linked, among))
    links = connection.execute("SELECT count(*) FROM link").fetchall()[0][0]
    return Report(
        objects=len(objects),
        devices=len(devices),
        links=links,
        sjoin_nearest_s=round(join_s, 2),
        link_s=round(link_s, 2),
        ratio=round(link_s / join_s, 2),
        among_relations_s=round(among_s, 2),
        among_relations_ratio=round(among_s / join_s, 2),
        limit_ratio=_LIMIT_RATIO,
        nothing_changed_s=round(again, 2),
        moved_ms_p50=round(statistics.median(waits) * 1000, 1),
        moved_ms_p95=round(waits[int(len(waits) * 0.95)] * 1000, 1),
        limit_moved_ms=_LIMIT_MOVED_MS,
    )


def _fill(connection: Connection, objects: int, devices: int) -> None:
    """Record objects and devices, unless the store has some already."""
    if connection.execute("SELECT FROM entity LIMIT 1").fetchone():
        return
    places = _places(objects)
    record(connection, _CHANGE._replace(entities=_objects(places)))
    record(connection, _CHANGE._replace(entities=_devices(places, devices)))
    connection.commit()
    settle(connection)
    connection.autocommit = False


def _places(count: int) -> "np.ndarray[tuple[int, int], np.dtype[np.float64]]":
    """Return places on a grid: float64[n, 2]."""
    columns = ceil(sqrt(count))
    row, column = np.divmod(np.arange(count), columns)
    return np.column_stack([column, row]) * (SIDE_M / columns) + (WEST_M, SOUTH_M)


def _objects(places: "np.ndarray[tuple[int, int], np.dtype[np.float64]]") -> Iterator[EntityChange]:
    serials = dict.fromkeys(_THINGS, 0)
    for klass, (x, y) in zip(_classes(len(places)).tolist(), places.tolist(), strict=True):
        serials[klass] += 1
        yield EntityChange(int(f"{COUNTY}{klass}{serials[klass]:06}"), klass, _shape(klass, x, y))


def _classes(count: int) -> "np.ndarray[tuple[int], np.dtype[np.str_]]":
    """Return the class of each place."""
    return np.random.default_rng(1).choice(list(_THINGS), count, p=list(_THINGS.values()))


def _shape(klass: str, x: float, y: float) -> BaseGeometry:
    if klass in _POINTS:
        return shapely.Point(x, y)
    if klass in _LINES:
        return shapely.LineString([(x - 9, y), (x, y + 3), (x + 9, y)])
    return shapely.Polygon(
        [(x - 7, y - 7), (x + 7, y - 7), (x + 7, y), (x, y), (x, y + 7), (x - 7, y + 7)]
    )


def _devices(
    places: "np.ndarray[tuple[int, int], np.dtype[np.float64]]", count: int
) -> Iterator[EntityChange]:
    """Yield devices near objects of the class that theirs comes first to; some near anything."""
    chance = np.random.default_rng(2)
    shares = np.array(list(_DEVICES.values())) / sum(_DEVICES.values())
    classes = chance.choice(list(_DEVICES), count, p=shares)
    wanted = {rule.sensor_class: rule.target_class for rule in reversed(link_rules())}
    of_class = {klass: np.flatnonzero(_classes(len(places)) == wanted[klass]) for klass in _DEVICES}
    strays = chance.random(count) < _STRAYS
    serials = dict.fromkeys(_DEVICES, 0)
    for klass, stray in zip(classes.tolist(), strays.tolist(), strict=True):
        serials[klass] += 1
        around = places[chance.choice(len(places) if stray else of_class[klass])]
        x, y = (around + chance.normal(0, _SPREAD_M, 2)).tolist()
        code = int(f"{COUNTY}{klass}{serials[klass]:06}")
        yield EntityChange(code, klass, shapely.Point(x, y))


def _tables(connection: Connection) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    targets = sorted({rule.target_class for rule in link_rules()})
    devices, objects = load_classes(connection, DEVICE_CLASSES), load_classes(connection, targets)
    connection.commit()
    first, second = (
        gpd.GeoDataFrame({"code": found.code}, geometry=found.shape, crs="EPSG:4547")
        for found in (devices, objects)
    )
    return first, second


def _join(devices: gpd.GeoDataFrame, objects: gpd.GeoDataFrame) -> float:
    # Copies, so that no index of the round before is there.
    left, right = devices.copy(), objects.copy()
    started = time.perf_counter()
    joined = gpd.sjoin_nearest(left, right, distance_col="distance_m")
    elapsed = time.perf_counter() - started
    if len(joined) < len(devices):
        raise RuntimeError(f"{len(joined)} rows joined, expected {len(devices)} at least")
    return elapsed


def _forget(connection: Connection) -> None:
    """Undo what linking did, so that it does all of it again."""
    connection.execute("DELETE FROM relation; TRUNCATE link, link_refusal, link_state")
    connection.commit()
    settle(connection)
    connection.autocommit = False


def _relate(connection: Connection, objects: gpd.GeoDataFrame) -> None:
    """Let a relation stand that is not linking's."""
    first, second = objects["code"][:2].tolist()
    relation = NewRelation(first, "flows_to", second, "bench")
    record(connection, _CHANGE._replace(relations=[relation]))
    connection.commit()


def _timed_run(connection: Connection, *, everything: bool) -> float:
    started = time.perf_counter()
    run_links(connection, everything=everything)
    connection.commit()
    return time.perf_counter() - started


def _moved(connection: Connection, code: int) -> float:
    """Move a device by some metres and return seconds from that commit to that of its link."""
    found = connection.execute("SELECT ST_AsBinary(geom) FROM entity WHERE code = %s", (code,))
    place = shapely.from_wkb(found.fetchall()[0][0])
    moved = EntityChange(int(code), geometry=shapely.transform(place, lambda xy: xy + 4.0))
    record(connection, _CHANGE._replace(entities=[moved]))
    connection.commit()
    return _timed_run(connection, everything=False)


if __name__ == "__main__":
    main()
