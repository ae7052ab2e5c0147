"""From the coordinates of a model to those of its map, units settled (IfcMapConversion)."""

import math
from typing import Final, NamedTuple

import numpy as np

from spatial.models.ifc.map_crs import MapCrs
from spatial.models.ifc.operations import Operation
from spatial.models.ifc.placement import Matrix

SAME: Final = 0.03
"""Two factors this near to one another differ by a grid's scale, never by a unit."""
_NO_FACTORS: Final = (1.0, 1.0, 1.0)
_NAMES: Final = {
    1.0: "metre",
    0.001: "millimetre",
    0.01: "centimetre",
    0.3048: "foot",
    1200 / 3937: "US survey foot",
    0.0254: "inch",
}


class Scaled(NamedTuple):
    """Units of the map in one of the model, and the sentence where a file says it otherwise."""

    factor: float
    warning: str | None = None


def settle_scale(operation: Operation, project_m: float, map_m: float) -> Scaled:
    """Return the scale that keeps the model's size.

    The standard wants the whole factor between the units in ``Scale`` (and 1 where it is left
    away). Programs also write its inverse, or only the grid's own scale.

    Args:
        operation: the operation as its file says it.
        project_m: metres of one unit of the model.
        map_m: metres of one unit of the map.
    """
    expected = project_m / map_m
    said = operation.scale
    told = operation.factors != _NO_FACTORS
    if told and all(near((said or 1.0) * factor, expected) for factor in operation.factors):
        # IfcMapConversionScaled: the factors may say what is between the units.
        return Scaled(said or 1.0)
    if operation.rigid or (said is not None and near(said, expected)):
        return Scaled(said or expected)
    units = f"the model is in {unit_name(project_m)} and the map in {unit_name(map_m)}"
    if said is None:
        missing = f"{operation.kind} says no Scale, but {units}: read as {expected:g}"
        return Scaled(expected, None if near(expected, 1.0) else missing)
    meant = _meant(said, expected)
    return Scaled(meant, f"{operation.kind} has Scale {said:g}, but {units}: read as {meant:g}")


def _meant(said: float, expected: float) -> float:
    """Return the scale that a file means by one that is not the factor between its units."""
    if said <= 0:
        return expected
    if near(said * expected, 1.0):
        return 1 / said
    return said * expected if near(said, 1.0) else said


def matrix(
    operation: Operation, crs: MapCrs, scale: float, project_m: float, map_m: float
) -> Matrix:
    """Return the matrix from the model, in metres, to the CRS in its own unit, heights in metres.

    ISO 16739-1, IfcMapConversionScaled: scale, then factors, then the rotation, then the offset.
    """
    length = math.hypot(*operation.axis) or 1.0
    cos, sin = operation.axis[0] / length, operation.axis[1] / length
    across, along, up = (factor * scale * map_m / project_m for factor in operation.factors)
    unit = 1.0 / crs.unit_m
    return np.array(
        [
            [across * cos * unit, -along * sin * unit, 0.0, operation.east * map_m * unit],
            [across * sin * unit, along * cos * unit, 0.0, operation.north * map_m * unit],
            [0.0, 0.0, up, operation.height * map_m],
            [0.0, 0.0, 0.0, 1.0],
        ]
    )


def near(one: float, other: float) -> bool:
    """Tell whether two factors are the same but for a grid's scale."""
    return abs(one - other) <= SAME * abs(other)


def unit_name(metres: float) -> str:
    """Return what a unit of length is called."""
    for known, name in _NAMES.items():
        if math.isclose(metres, known, rel_tol=1e-7):
            return name
    return f"{metres:g} m"
