"""A local system that has been declared, with what its control points say of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from pyproj import CRS

from spatial.crs import Floats
from spatial.local_systems.declaration import (
    ControlPoint,
    Declaration,
    FourParameters,
    SevenParameters,
)
from spatial.local_systems.steps import Places, Steps, steps_of

_METRES_A_DEGREE = 111_320.0
_OTHER_CONVENTION = {
    "position_vector": "coordinate_frame",
    "coordinate_frame": "position_vector",
}
_OTHER_TURN = {"counterclockwise": "clockwise", "clockwise": "counterclockwise"}
_SEEN_WITH_HEIGHT = 3


class Residual(NamedTuple):
    """By how much a control point misses its known place, metres east and north."""

    name: str
    east_m: float
    north_m: float

    @property
    def distance_m(self) -> float:
        """Return the distance in the plane."""
        return float(np.hypot(self.east_m, self.north_m))


@dataclass(frozen=True, slots=True)
class LocalSystem:
    """A system that only its declaration knows.

    Attributes:
        declared: as the file has it.
        steps: to its base CRS and back.
    """

    declared: Declaration
    steps: Steps

    @property
    def name(self) -> str:
        """Return the name by which it is called."""
        return self.declared.name

    @property
    def base(self) -> str:
        """Return the CRS that it leads to."""
        return self.declared.base

    def to_base(
        self, x: ArrayLike, y: ArrayLike, z: ArrayLike | None = None
    ) -> tuple[Floats, Floats, Floats]:
        """Return coordinates in the base CRS, infinite where a grid does not reach.

        Args:
            x: eastings in metres, shape (n,).
            y: northings, same shape.
            z: heights above the local system's ellipsoid; zero if nobody knows them, which moves
                a place by some millimetres for each 100 m of height.
        """
        return self.steps.forth(_places(x, y, z))

    def from_base(
        self, x: ArrayLike, y: ArrayLike, z: ArrayLike | None = None
    ) -> tuple[Floats, Floats, Floats]:
        """Return local coordinates of places in the base CRS."""
        return self.steps.back(_places(x, y, z))

    def residuals(self) -> list[Residual]:
        """Return by how much each control point misses."""
        return _residuals(self.declared, self.steps)

    def worst(self) -> Residual | None:
        """Return the control point that misses most, None without any."""
        return max(self.residuals(), key=lambda each: each.distance_m, default=None)


def declare(declared: Declaration) -> LocalSystem:
    """Return a system after its control points have been tried.

    Raises:
        ValueError: PROJ cannot reach it, or a control point misses by more than its tolerance.
    """
    system = LocalSystem(declared, steps_of(declared))
    worst = system.worst()
    if worst is not None and not worst.distance_m <= declared.tolerance_m:
        raise ValueError(
            f"control point {worst.name!r} misses by {worst.distance_m:,.3f} m "
            f"({worst.east_m:+,.3f} east, {worst.north_m:+,.3f} north): expected at most "
            f"{declared.tolerance_m:g} m{_hint(declared)}"
        )
    return system


def _hint(declared: Declaration) -> str:
    """Say where the other sign of the rotation, or the other order of x and y, would fit."""
    for change, sentence in _others(declared):
        tried = declared.model_copy(update=change)
        missed = [each.distance_m for each in _residuals(tried, steps_of(tried))]
        if max(missed) <= declared.tolerance_m:
            return f"; {sentence} fits to {max(missed):.3f} m"
    return ""


def _others(declared: Declaration) -> list[tuple[dict[str, object], str]]:
    swapped = [point.model_copy(update={"local": _swapped(point)}) for point in declared.control]
    others: list[tuple[dict[str, object], str]] = [
        ({"control": swapped}, "local with east before north")
    ]
    if isinstance(declared, SevenParameters):
        other = _OTHER_CONVENTION[declared.convention]
        others.append(({"convention": other}, f"convention = {other!r}"))
    if isinstance(declared, FourParameters):
        other = _OTHER_TURN[declared.turns]
        others.append(({"turns": other}, f"turns = {other!r}"))
    return others


def _swapped(point: ControlPoint) -> list[float]:
    return [point.local[1], point.local[0], *point.local[2:]]


def _residuals(declared: Declaration, steps: Steps) -> list[Residual]:
    if not declared.control:
        return []
    found = steps.forth(_columns([point.local for point in declared.control]))
    known = _columns([point.base for point in declared.control])
    east, north = found.x - known.x, found.y - known.y
    if CRS.from_user_input(declared.base).is_geographic:
        east = east * _METRES_A_DEGREE * np.cos(np.radians(known.y))
        north = north * _METRES_A_DEGREE
    return [
        Residual(point.name, float(dx), float(dy))
        for point, dx, dy in zip(declared.control, east, north, strict=True)
    ]


def _columns(rows: Sequence[Sequence[float]]) -> Places:
    with_height = [[*row, 0.0][:_SEEN_WITH_HEIGHT] for row in rows]
    x, y, z = np.array(with_height, dtype=np.float64).T
    return Places(x, y, z)


def _places(x: ArrayLike, y: ArrayLike, z: ArrayLike | None) -> Places:
    east, north = np.asarray(x, np.float64), np.asarray(y, np.float64)
    height = np.zeros_like(east) if z is None else np.asarray(z, np.float64)
    return Places(east, north, height)
