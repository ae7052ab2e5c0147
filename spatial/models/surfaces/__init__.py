"""Surfaces in space that bound things: how much they hold, how high they reach, what they cover.

The contract: whoever reads a model lays its polygons out as :class:`Surfaces` (arrays with offsets;
``gather`` does it from lists of rings) and ``measure`` says everything about all drawings at once.
"""

from spatial.models.surfaces.drawings import Drawing, Shell, gather
from spatial.models.surfaces.layout import Surfaces
from spatial.models.surfaces.measuring import Measures, Patch, measure
from spatial.models.surfaces.outlines import OutlineSource

__all__ = [
    "Drawing",
    "Measures",
    "OutlineSource",
    "Patch",
    "Shell",
    "Surfaces",
    "gather",
    "measure",
]
