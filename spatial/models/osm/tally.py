"""Adds up what an extract holds, of which only a part is in memory at a time."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import GeometryType

from spatial.crs import WGS84
from spatial.files import Inspection
from spatial.models.model import RefusedElement
from spatial.models.osm.objects import Draft
from spatial.models.osm.pbf import Box
from spatial.models.osm.source import Source

_NAMED = 5
_GLOBE: Box = (-180.0, -90.0, 180.0, 90.0)
_KINDS = {
    GeometryType.POINT: "Point",
    GeometryType.LINESTRING: "LineString",
    GeometryType.MULTILINESTRING: "MultiLineString",
    GeometryType.POLYGON: "Polygon",
    GeometryType.MULTIPOLYGON: "MultiPolygon",
    GeometryType.MISSING: "None",
}


class Tally:
    """Counts of features by kind, their bounds, and what is said of them."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._boxes: list[NDArray[np.float64]] = []
        self._named: list[RefusedElement] = []
        self._refused = 0
        self._cut = 0

    def add(self, drafts: list[Draft], shapes: NDArray[Any]) -> None:
        """Take features (n) and their shapes (n,) into account."""
        self._counts.update(_KINDS[kind] for kind in shapely.get_type_id(shapes).tolist())
        self._cut += sum(draft.cut > 0 for draft in drafts)
        box = shapely.total_bounds(shapes) if len(shapes) else np.full(4, np.nan)
        if np.isfinite(box).all():
            self._boxes.append(box)

    def refuse(self, refused: Iterable[RefusedElement]) -> None:
        """Take objects into account that stay out."""
        for each in refused:
            self._refused += 1
            if len(self._named) < _NAMED:
                self._named.append(each)

    def total(self, source: Source) -> Inspection:
        """Return what is known of the file."""
        bounds = self._bounds()
        return Inspection(
            format=source.format,
            schema=source.schema,
            crs=WGS84,
            bounds=bounds,
            counts=dict(sorted(self._counts.items())),
            warnings=[*_about_box(source.box, bounds), *self._about_objects()],
        )

    def _bounds(self) -> Box | None:
        if not self._boxes:
            return None
        west, south = np.min(self._boxes, axis=0)[:2].round(7).tolist()
        east, north = np.max(self._boxes, axis=0)[2:].round(7).tolist()
        return west, south, east, north

    def _about_objects(self) -> list[str]:
        said = []
        if self._cut:
            said.append(f"{self._cut:,} ways are cut where their nodes are not in the file")
        said += [f"{key} will be refused: {reason}" for key, reason in self._named]
        if self._refused > _NAMED:
            said.append(f"{self._refused:,} objects will be refused in all")
        return said


def _about_box(box: Box | None, bounds: Box | None) -> list[str]:
    if bounds is None:
        return ["holds no tagged object with a place"]
    if box is None:
        return []
    if not _overlap(box, _GLOBE):
        return [f"its header promises the box {box!r}: expected degrees; what it holds counts"]
    if not _overlap(box, bounds):
        return [f"what it holds lies outside the box {box!r} of its header; what it holds counts"]
    return []


def _overlap(one: Box, other: Box) -> bool:
    west, south, east, north = one
    return west <= other[2] and other[0] <= east and south <= other[3] and other[1] <= north
