"""A register of any size for benchmarks: areas, buildings, manholes and gauges on a grid."""

from collections.abc import Iterator
from math import ceil, sqrt
from typing import Any, NamedTuple

import numpy as np
import psycopg
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from data.registry import ChangeSet, EntityChange, NewName, record
from data.registry.values import NewRelation

COUNTY = "440311"
WEST_M, SOUTH_M = 487_000.0, 2_512_000.0
SIDE_M = 12_500.0
"""The district is a square as large as Guangming, in metres of EPSG:4547."""

_AREAS = {"8803": 3, "8804": 6, "8801": 12}
_SHARES = {"8101": 0.4, "0102": 0.3, "0103": 0.2, "8402": 0.05, "8501": 0.05}


class Thing(NamedTuple):
    """One entity of the register: its code, class, number in the register and place in metres."""

    code: int
    klass: str
    number: int
    x: float
    y: float


def fill(connection: psycopg.Connection[tuple[Any, ...]], size: int) -> None:
    """Record areas and ``size`` things, each with a name of its own, and commit."""
    change = ChangeSet("bench", "a register of a size", "bench")
    record(connection, change._replace(entities=_areas()))
    record(connection, change._replace(entities=map(_entity, things(size)), names=_names(size)))
    record(connection, change._replace(relations=_relations(size)))
    connection.commit()


def settle(connection: psycopg.Connection[tuple[Any, ...]]) -> None:
    """Bring statistics and visibility up to date, as autovacuum does in the first minutes."""
    connection.autocommit = True
    connection.execute("VACUUM ANALYZE")


def things(size: int) -> Iterator[Thing]:
    """Yield the things of the register in the order in which they lie."""
    columns = ceil(sqrt(size))
    step = SIDE_M / columns
    serials = dict.fromkeys(_SHARES, 0)
    for number, klass in enumerate(_classes(size)):
        serials[klass] += 1
        row, column = divmod(number, columns)
        place = WEST_M + (column + 0.5) * step, SOUTH_M + (row + 0.5) * step
        yield Thing(int(f"{COUNTY}{klass}{serials[klass]:06}"), klass, number, *place)


def asset_number(number: int) -> str:
    """Return the name of a thing in the scheme ``asset``."""
    return f"GM-{number:07}"


def _classes(size: int) -> NDArray[np.str_]:
    return np.random.default_rng(1).choice(list(_SHARES), size, p=list(_SHARES.values()))


def _areas() -> Iterator[EntityChange]:
    for klass, count in _AREAS.items():
        step = SIDE_M / count
        for number in range(count * count):
            row, column = divmod(number, count)
            west, south = WEST_M + column * step, SOUTH_M + row * step
            square = shapely.box(west, south, west + step, south + step)
            yield EntityChange(
                int(f"{COUNTY}{klass}{number + 1:06}"), f"区{klass}-{number}", square
            )


def _entity(thing: Thing) -> EntityChange:
    properties: dict[str, object] = {"kind": "bench", "x_number": thing.number}
    return EntityChange(
        thing.code,
        f"对象{thing.klass}-{thing.number}",
        _shape(thing),
        18.0 if thing.klass == "8101" else None,
        properties=properties,
        owner="水务局",
        address=f"光明街道松白路{thing.number}号",
    )


def _shape(thing: Thing) -> BaseGeometry:
    if thing.klass == "8101":
        return shapely.box(thing.x - 5, thing.y - 5, thing.x + 5, thing.y + 5)
    if thing.klass == "8402":
        return shapely.LineString([(thing.x - 9, thing.y), (thing.x + 9, thing.y)])
    return shapely.Point(thing.x, thing.y)


def _names(size: int) -> Iterator[NewName]:
    for thing in things(size):
        yield NewName(thing.code, "asset", asset_number(thing.number))


def _relations(size: int) -> Iterator[NewRelation]:
    """Let each gauge monitor the section of road before it."""
    road = None
    for thing in things(size):
        if thing.klass == "8402":
            road = thing.code
        elif thing.klass == "8501" and road is not None:
            yield NewRelation(thing.code, "monitors", road, "bench", 10.0)
