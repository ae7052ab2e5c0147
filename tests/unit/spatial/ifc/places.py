"""Where a model puts its points."""

from pathlib import Path

import numpy as np

from spatial.models.ifc.inspecting import length_unit, place
from spatial.models.ifc.opening import opened
from spatial.models.ifc.placement import Matrix, Placements

SHENZHEN = "497000.,2510000.,12.5"
"""East, north and height of a place in EPSG:4547."""


def to_map(path: Path) -> Matrix:
    """Return the matrix of a model from metres to its CRS."""
    file = opened(path).file
    project_m, _ = length_unit(file)
    found = place(file, np.empty((0, 3)), Placements(), project_m).to_map
    assert found is not None
    return found


def moved(path: Path, x: float, y: float, z: float) -> list[float]:
    """Return where a point of a model, in metres, stands on its map."""
    found: list[float] = (to_map(path) @ np.array([x, y, z, 1.0]))[:3].tolist()
    return found
