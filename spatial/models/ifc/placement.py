"""Where products stand: placements multiplied out (ISO 16739-1, IfcObjectPlacement).

Plain numbers, because a model has as many placements as products and arrays this small are slow.
"""

import math
from typing import Final, TypeAlias

import numpy as np
from ifcopenshell import entity_instance
from numpy.typing import NDArray

from spatial.models.ifc.attributes import at, kind, numbers

Matrix: TypeAlias = NDArray[np.float64]
"""(4, 4), from coordinates of what is placed to those it is placed in; last row 0 0 0 1."""
Vector: TypeAlias = tuple[float, float, float]
Frame: TypeAlias = tuple[Vector, Vector, Vector, Vector]
"""The columns of a matrix: directions of x, y and z, and the origin."""

ORIGIN: Final[Frame] = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0), (0.0, 0.0, 0.0))
_TINY: Final = 1e-12

# Attributes by their place, which is the same in every schema; by name they take thrice as long.
_OBJECT_PLACEMENT: Final = 5
_RELATIVE_TO: Final = 0
_RELATIVE: Final = 1
_CARTESIAN_POSITION: Final = 2
_LOCATION: Final = 0


class Placements:
    """Multiplies chains of placements out, each link of them once; lengths in project units."""

    def __init__(self) -> None:
        self._known: dict[int, Frame] = {}

    def frame(self, product: entity_instance) -> Frame:
        """Return where a product stands in the model, the origin where it does not say."""
        chain: list[tuple[int, entity_instance]] = []
        met: set[int] = set()
        link = at(product, _OBJECT_PLACEMENT)
        found = ORIGIN
        while isinstance(link, entity_instance):
            number = link.id()
            if number in self._known or number in met:
                # A chain that bites its own tail starts at the origin.
                found = self._known.get(number, ORIGIN)
                break
            chain.append((number, link))
            met.add(number)
            link = at(link, _RELATIVE_TO)
        for number, each in reversed(chain):
            found = _within(found, _relative(each))
            self._known[number] = found
        return found

    def of(self, product: entity_instance) -> Matrix:
        """Return the matrix of a product."""
        return matrix(self.frame(product))


def axes(placement: entity_instance | None) -> Matrix:
    """Return the matrix of an IfcAxis2Placement, 2D or 3D."""
    return matrix(_axes(placement))


def matrix(frame: Frame) -> Matrix:
    """Return the matrix of a frame."""
    found = np.eye(4)
    found[:3] = np.array(frame).T
    return found


def _relative(placement: entity_instance) -> Frame:
    linear = kind(placement) == "IfcLinearPlacement"
    return _axes(at(placement, _CARTESIAN_POSITION if linear else _RELATIVE))


def _axes(placement: object) -> Frame:
    if not isinstance(placement, entity_instance):
        return ORIGIN
    origin = _three(placement, _LOCATION) or (0.0, 0.0, 0.0)
    flat = kind(placement) == "IfcAxis2Placement2D"
    z = None if flat else _three(placement, 1)
    x = _three(placement, 1 if flat else 2)
    if z is None and x is None:
        return (*ORIGIN[:3], origin)
    return (*_square(z or ORIGIN[2], x or ORIGIN[0]), origin)


def _three(placement: entity_instance, place: int) -> Vector | None:
    """Return the numbers of the point or direction that a placement refers to."""
    said = at(placement, place)
    found = numbers(at(said, 0)) if isinstance(said, entity_instance) else ()
    if not found:
        return None
    x, y, z, *_ = (*found, 0.0, 0.0)
    return x, y, z


def _square(z: Vector, x: Vector) -> tuple[Vector, Vector, Vector]:
    """Return the axes of a z axis and of an x axis that need not be quite square to it."""
    up = _unit(z) or ORIGIN[2]
    along = up[0] * x[0] + up[1] * x[1] + up[2] * x[2]
    across = _unit((x[0] - along * up[0], x[1] - along * up[1], x[2] - along * up[2]))
    if across is None:
        across = _unit(_cross(up, ORIGIN[0])) or ORIGIN[1]
    return across, _cross(up, across), up


def _unit(vector: Vector) -> Vector | None:
    length = math.hypot(*vector)
    if not _TINY < length < math.inf:
        return None
    return vector[0] / length, vector[1] / length, vector[2] / length


def _cross(a: Vector, b: Vector) -> Vector:
    return a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]


def _within(outer: Frame, inner: Frame) -> Frame:
    """Return a frame that is given in another one, in what that one is given in."""
    (a, b, c, o) = outer
    x, y, z, p = (
        (
            a[0] * v[0] + b[0] * v[1] + c[0] * v[2],
            a[1] * v[0] + b[1] * v[1] + c[1] * v[2],
            a[2] * v[0] + b[2] * v[1] + c[2] * v[2],
        )
        for v in inner
    )
    return x, y, z, (p[0] + o[0], p[1] + o[1], p[2] + o[2])
