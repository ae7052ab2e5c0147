"""Heights from one datum to another, never silently: what is not declared is refused."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from spatial.crs import Floats
from spatial.heights.datum import (
    ELLIPSOIDAL,
    DatumOffset,
    Height,
    HeightDatumError,
    datums,
    known_offsets,
)
from spatial.heights.geoid import Geoid

_Bridge: TypeAlias = DatumOffset | Geoid


class Known(NamedTuple):
    """What leads from datum to datum beside ``offsets.csv``; it counts before that table.

    Attributes:
        offsets: constant differences.
        geoids: between the ellipsoid and a datum.
    """

    offsets: Sequence[DatumOffset] = ()
    geoids: Sequence[Geoid] = ()

    def datums(self) -> set[str]:
        """Return the names of all datums that are known."""
        own = {name for offset in self.offsets for name in (offset.source, offset.target)}
        return {*datums(), *own, *(geoid.datum for geoid in self.geoids)}

    def bridges(self) -> Iterator[tuple[str, str, _Bridge]]:
        """Yield each way between two datums, those of the table last."""
        for offset in (*self.offsets, *known_offsets()):
            yield offset.source, offset.target, offset
            yield offset.target, offset.source, offset.reversed()
        for geoid in self.geoids:
            yield ELLIPSOIDAL, geoid.datum, geoid
            yield geoid.datum, ELLIPSOIDAL, geoid


NOTHING_ELSE = Known()


class Converted(NamedTuple):
    """Heights in metres, and how far off they may be; None if one of the steps does not say."""

    metres: Floats
    accuracy_m: float | None
    steps: tuple[str, ...]


def convert(height: Height, target: str, known: Known = NOTHING_ELSE) -> Height:
    """Convert one height between datums that differ by a constant.

    Raises:
        HeightDatumError: nothing leads to ``target``, or only a geoid model does.
    """
    found = convert_heights(height.metres, height.datum, target, known=known)
    return Height(float(found.metres), target, _added([height.accuracy_m or 0.0, found.accuracy_m]))


def convert_heights(
    metres: ArrayLike,
    source: str,
    target: str,
    *,
    places: tuple[ArrayLike, ArrayLike] | None = None,
    known: Known = NOTHING_ELSE,
) -> Converted:
    """Convert heights.

    Args:
        metres: heights, any shape.
        source: name of their datum.
        target: name of the datum wanted.
        places: longitudes and latitudes in degrees, same shape; only a geoid model needs them.
        known: offsets and geoid models beside those of ``offsets.csv``.

    Raises:
        HeightDatumError: nothing leads from ``source`` to ``target``.
    """
    values = np.asarray(metres, dtype=np.float64)
    way = _way(source, target, known)
    for bridge, upwards in way:
        values = values + _difference(bridge, places, upwards=upwards)
    return Converted(
        values,
        _added(bridge.accuracy_m for bridge, _ in way),
        tuple(_said(bridge) for bridge, _ in way),
    )


def _difference(
    bridge: _Bridge, places: tuple[ArrayLike, ArrayLike] | None, *, upwards: bool
) -> Floats | float:
    if isinstance(bridge, DatumOffset):
        return bridge.offset_m
    if places is None:
        raise HeightDatumError(
            f"a height above the ellipsoid differs from {bridge.datum!r} from place to place: "
            "expected longitude and latitude with it"
        )
    undulation = bridge.undulation_m(*places)
    return undulation if upwards else -undulation


def _way(source: str, target: str, known: Known) -> list[tuple[_Bridge, bool]]:
    """Return the fewest bridges that lead there, each with whether it ends on the ellipsoid."""
    found: dict[str, tuple[str, ...]] = {source: (source,)}
    bridges: dict[tuple[str, str], _Bridge] = {}
    for start, end, bridge in known.bridges():
        bridges.setdefault((start, end), bridge)
    waiting = [source]
    for datum in waiting:
        for start, end in bridges:
            if start == datum and end not in found:
                found[end] = (*found[datum], end)
                waiting.append(end)
    if target not in found:
        raise HeightDatumError(_no_way(source, target, found))
    return [(bridges[step], step[1] == ELLIPSOIDAL) for step in pairwise(found[target])]


def _no_way(source: str, target: str, reached: Iterable[str]) -> str:
    if ELLIPSOIDAL in {source, target}:
        return (
            f"nothing leads from {source!r} to {target!r}: expected a geoid model, a grid (GTX or "
            "GeoTIFF) of the surveying authority that has heights of the datum above the ellipsoid"
        )
    return (
        f"nothing leads from {source!r} to {target!r}, only to {sorted(reached)!r}: expected the "
        "offset between them to be declared"
    )


def _said(bridge: _Bridge) -> str:
    if isinstance(bridge, DatumOffset):
        return f"{bridge.source} to {bridge.target}: {bridge.offset_m:+g} m; {bridge.reference}"
    return f"geoid {bridge.grid.name} between {ELLIPSOIDAL} and {bridge.datum}"


def _added(parts: Iterable[float | None]) -> float | None:
    """Return the accuracy of steps one after the other (root of the sum of squares)."""
    known = list(parts)
    if any(part is None for part in known):
        return None
    return float(np.sqrt(sum(part * part for part in known if part is not None)))
