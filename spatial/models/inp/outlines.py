"""Outlines of subcatchments: rings of points, mended where they cross themselves."""

from collections.abc import Iterator

import shapely
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry

from spatial.models.inp.objects import PipeModel

MOST_CORNERS = 300
"""Of a ring that is mended; any two of its edges may cross, so that mending it can take long."""
MOST_CROSSINGS = 10_000_000
"""Of edges in all rings that are mended: some minutes, whatever the file."""
_RING_POINTS = 3


def outlines(model: PipeModel) -> Iterator[tuple[str, BaseGeometry | None]]:
    """Yield each subcatchment's key and outline; None without one, or where it cannot be mended."""
    left = MOST_CROSSINGS
    for key in model.subcatchments:
        ring = model.polygons.get(key, [])
        if len(set(ring)) < _RING_POINTS:
            yield key, None
            continue
        outline: BaseGeometry | None = Polygon(ring)
        if outline is not None and not outline.is_valid:
            left -= len(ring) ** 2
            outline = _mended(outline) if len(ring) <= MOST_CORNERS and left > 0 else None
        yield key, outline if outline is not None and outline.area > 0 else None


def _mended(outline: BaseGeometry) -> BaseGeometry:
    return shapely.make_valid(outline, method="structure", keep_collapsed=False)
