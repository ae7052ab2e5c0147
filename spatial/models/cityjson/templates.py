"""Geometry templates (CityJSON 2.0, 3.4): drawn once, placed wherever an instance points."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from spatial.models.cityjson.flattening import flattened
from spatial.models.cityjson.geometries import Geometry, Kind, Shells, taken_apart
from spatial.models.cityjson.ground import Ground
from spatial.models.cityjson.header import FARTHEST
from spatial.models.cityjson.refusing import ObjectRefusedError
from spatial.models.cityjson.vertices import vertices_of
from spatial.models.frames.placing import Frame
from spatial.models.frames.wording import shown
from spatial.models.surfaces.layout import Floats

_LARGEST = 100_000
_MOST_A_BATCH = 2_000_000
_MATRIX = 16


class Stamp(NamedTuple):
    """A template ready to be placed: what it draws and the vertices it draws between."""

    geometry: Geometry
    vertices: Floats


class Placement(NamedTuple):
    """An instance: its template, the vertex where its origin stands, how it is turned and sized."""

    stamp: Stamp
    anchor: int
    matrix: Floats


class Templates:
    """The templates of one file; each is taken apart when first asked for."""

    def __init__(self, member: object) -> None:
        said = member if isinstance(member, dict) else {}
        self._written = said.get("templates")
        self._vertices_written = said.get("vertices-templates")
        self._vertices: Floats | None = None
        self._stamps: dict[int, Stamp | str] = {}

    def placement(self, instance: dict[str, Any], base: int, limit: int) -> Placement:
        """Return what an instance places where.

        Args:
            instance: of type GeometryInstance.
            base: position of its document's vertex 0 among all vertices.
            limit: how many vertices its document has.

        Raises:
            ObjectRefusedError: there is no such template or vertex, or the template is broken.
        """
        number = instance.get("template")
        if type(number) is not int:
            raise ObjectRefusedError(f"template is {shown(number)}: expected its number")
        boundaries = instance.get("boundaries")
        anchor = boundaries[0] if isinstance(boundaries, list) and len(boundaries) == 1 else None
        if type(anchor) is not int:
            raise ObjectRefusedError(
                f"an instance has boundaries {shown(boundaries)}: expected one vertex"
            )
        if not 0 <= anchor < limit:
            raise ObjectRefusedError(
                f"points to vertex {anchor}: the file has {limit}, counted from 0"
            )
        matrix = _matrix(instance.get("transformationMatrix"))
        return Placement(self._stamp(number), base + anchor, matrix)

    def _stamp(self, number: int) -> Stamp:
        if number not in self._stamps:
            try:
                self._stamps[number] = self._made(number)
            except ObjectRefusedError as error:
                self._stamps[number] = f"template {number}: {error}"
        stamp = self._stamps[number]
        if isinstance(stamp, str):
            raise ObjectRefusedError(stamp)
        return stamp

    def _made(self, number: int) -> Stamp:
        written = self._written
        if not isinstance(written, list) or not 0 <= number < len(written):
            many = len(written) if isinstance(written, list) else 0
            raise ObjectRefusedError(f"there is none: the file has {many}, counted from 0")
        template = written[number]
        if not isinstance(template, dict):
            raise ObjectRefusedError(f"is {shown(template)}: expected a geometry")
        vertices = self._all_vertices()
        geometry = taken_apart(template, 0, len(vertices))
        corners = flattened([geometry]).corners
        if not len(corners):
            return Stamp(geometry, vertices[:0])
        lowest, highest = int(corners.min()), int(corners.max())
        if lowest < 0 or highest >= len(vertices):
            raise ObjectRefusedError(
                f"points to vertex {lowest if lowest < 0 else highest}: there are {len(vertices)}"
            )
        return Stamp(geometry._replace(base=-lowest), vertices[lowest : highest + 1])

    def _all_vertices(self) -> Floats:
        if self._vertices is None:
            written = self._vertices_written
            found = vertices_of(written if isinstance(written, list) else [], None)
            if found.bad is not None:
                raise ObjectRefusedError("vertices-templates hold other than triples of numbers")
            self._vertices = found.places
        return self._vertices


class Placed(NamedTuple):
    """Instances (m) as geometries on a ground that has their vertices as well."""

    geometries: list[Geometry]
    ground: Ground
    as_points: list[int]


def placed(placements: Sequence[Placement], ground: Ground, frame: Frame) -> Placed:
    """Return instances (m) drawn; those beyond what a batch may hold as the point they stand on."""
    metres, plans = [ground.metres], [ground.plan]
    start = len(ground.metres)
    geometries: list[Geometry] = []
    as_points: list[int] = []
    for stamp, anchor, matrix in placements:
        vertices, geometry = stamp.vertices, stamp.geometry
        room = start - len(ground.metres) + len(vertices) <= _MOST_A_BATCH
        if len(vertices) > _LARGEST or not room:
            as_points.append(len(geometries))
            vertices, geometry = np.zeros((1, 3)), _as_point(geometry)
        offsets = vertices @ matrix[:3, :3].T + matrix[:3, 3]
        in_metres, in_plan = frame.steps(offsets, ground.plan[anchor])
        metres.append(ground.metres[anchor] + in_metres)
        plans.append(ground.plan[anchor] + in_plan)
        geometries.append(
            geometry._replace(base=start + geometry.base, limit=len(vertices) - geometry.base)
        )
        start += len(vertices)
    return Placed(geometries, _extended(ground, metres, plans), as_points)


def _extended(ground: Ground, metres: list[Floats], plans: list[Floats]) -> Ground:
    bad = None
    if ground.bad is not None:
        bad = np.zeros(sum(map(len, metres)), bool)
        bad[: len(ground.bad)] = ground.bad
    return ground._replace(metres=np.concatenate(metres), plan=np.concatenate(plans), bad=bad)


def _as_point(geometry: Geometry) -> Geometry:
    return geometry._replace(
        kind=Kind.POINTS, shells=Shells([[[[0]]]], [False], [None]), base=0, meanings=[]
    )


def _matrix(written: object) -> Floats:
    if written is None:
        return np.eye(4)
    if not isinstance(written, list) or len(written) != _MATRIX or not all(map(_fits, written)):
        raise ObjectRefusedError(
            f"transformationMatrix is {shown(written)}: expected {_MATRIX} numbers"
        )
    return np.array(written, np.float64).reshape(4, 4)


def _fits(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= FARTHEST
