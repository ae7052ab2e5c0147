"""How fast rescue vehicles are taken to drive on each kind of road."""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import NamedTuple

from data.reference.tables import table_rows


class RoadSpeed(NamedTuple):
    """One row of ``road_speeds.csv``.

    Attributes:
        kind: value of the OSM key ``highway``; empty where nobody said the kind.
        speed_kmh: mean on the way, lights and crossings included; 0: no vehicle drives there.
        limit_share: mean speed as a share of the speed limit, where one is said.
        status: how sure the row is.
        why: in a few words.
    """

    kind: str
    speed_kmh: float
    limit_share: float
    status: str
    why: str


@cache
def road_speeds() -> Mapping[str, RoadSpeed]:
    """Return the rows by kind of road; the empty kind stands for all that have none."""
    return MappingProxyType(
        {
            kind: RoadSpeed(kind, float(speed_kmh), float(limit_share), status, why)
            for kind, speed_kmh, limit_share, status, why in table_rows("road_speeds.csv")
        }
    )


def speed_on(kind: str, limit_kmh: float | None) -> float:
    """Return the mean speed on a road, km/h; 0 where no vehicle drives.

    Args:
        kind: value of ``highway``; one that the table does not have counts as none.
        limit_kmh: speed limit; None where nobody said it.
    """
    rows = road_speeds()
    row = rows.get(kind, rows[""])
    if limit_kmh is None or not row.speed_kmh:
        return row.speed_kmh
    return limit_kmh * row.limit_share
