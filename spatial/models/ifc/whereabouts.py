"""Where products stand, found without computing their geometry."""

from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

import numpy as np
from ifcopenshell import entity_instance

from spatial.models.ifc.attributes import at, belongs, kind, many, number, numbers, one, value
from spatial.models.ifc.placement import Matrix, Placements, Vector, axes

Reach: TypeAlias = Callable[[entity_instance, int], Matrix | None]

_REPRESENTATION: Final = 6
_TAKEN: Final = 500
_LOOKED_INTO: Final = 100
"""Products whose geometry is looked into; the more there are the less one of them matters."""
_MOST_POINTS: Final = 5_000
"""Of one list, spread over it."""
_DEEPEST: Final = 12
_FARTHEST: Final = 1e12
"""In project units: what is farther off is a mistake, and would hide everything else."""
_FAR: Final = 10_000.0
_AT_ZERO: Final = 1e-3
_SOME: Final = 0.02
_PROFILES: Final = (
    ("IfcRectangleProfileDef", ("XDim", "YDim"), 0.5),
    ("IfcCircleProfileDef", ("Radius", "Radius"), 1.0),
    ("IfcEllipseProfileDef", ("SemiAxis1", "SemiAxis2"), 1.0),
)
"""Which attributes say how far an outline reaches, and how much of that is to one side."""
_DIRECTIONS: Final = np.array(
    [(1, 0), (1, 1), (0, 1), (-1, 1), (-1, 0), (-1, -1), (0, -1), (1, -1)], np.float64
)


def places(products: Sequence[entity_instance], placements: Placements) -> Matrix:
    """Return (n, 3) points of products, in project units.

    Of many products some are taken, spread over the file. Each gives its placement, and some of
    them points of their geometry too. Products that draw nothing count only where none draws
    anything: a container's place need not be where its things are.
    """
    drawn: list[Vector] = []
    empty: list[Vector] = []
    shapes: list[Matrix] = []
    taken = products[:: -(-len(products) // _TAKEN) or 1]
    step = max(1, len(taken) // _LOOKED_INTO)
    with np.errstate(all="ignore"):
        for number, product in enumerate(taken):
            frame = placements.frame(product)
            if at(product, _REPRESENTATION) is None:
                empty.append(frame[3])
                continue
            local = _points(product) if number % step == 0 else None
            if local is None:
                drawn.append(frame[3])
            else:
                shapes.append(_outermost(local @ np.array(frame[:3]) + frame[3]))
        found = np.concatenate([np.array(drawn).reshape(-1, 3), *shapes])
        found = found if len(found) else np.array(empty).reshape(-1, 3)
        return _together(found[(np.abs(found) < _FARTHEST).all(axis=1)])


def _outermost(points: Matrix) -> Matrix:
    """Return the points farthest off in eight directions, so that every product counts alike."""
    if len(points) <= len(_DIRECTIONS):
        return points
    found: Matrix = points[np.unique((points[:, :2] @ _DIRECTIONS.T).argmax(axis=0))]
    return found


def _together(points: Matrix) -> Matrix:
    """Return points without those at the model's zero where the model itself is far from it.

    Where coordinates are those of a map, what is left at zero has merely no place of its own.
    """
    distance = np.hypot(points[:, 0], points[:, 1])
    if not len(points) or np.mean(distance > _FAR) < _SOME:
        return points
    return points[distance > _FAR * _AT_ZERO]


def _points(product: entity_instance) -> Matrix | None:
    """Return (n, 3) points of a product in its own coordinates, None where it draws nothing."""
    design = one(product, "DesignParameters") if belongs(product, "IfcAlignmentSegment") else None
    if design is not None:
        start = one(design, "StartPoint")
        return _coordinates(start) if start else None
    shape = one(product, "Representation")
    for representation in many(shape, "Representations") if shape else ():
        for item in many(representation, "Items"):
            found = _of_item(item, _DEEPEST)
            if found is not None and len(found):
                return found
    return None


def _of_item(item: entity_instance, depth: int) -> Matrix | None:
    """Return points of the first thing that an item is made of."""
    if depth == 0:
        return None
    reach = _reach(item)
    return None if reach is None else reach(item, depth - 1)


def _reach(item: entity_instance) -> Reach | None:
    """Return how points of an item are found; the class is looked up once."""
    exact = kind(item)
    if exact not in _known:
        _known[exact] = next((each for name, each in _REACHES.items() if belongs(item, name)), None)
    return _known[exact]


def _coordinates(point: entity_instance, _depth: int = 0) -> Matrix:
    said = numbers(value(point, "Coordinates"))
    return np.array([(*said[:3], 0.0, 0.0, 0.0)[:3]])


def _point_list(points: entity_instance, _depth: int) -> Matrix | None:
    said = value(points, "CoordList")
    try:
        rows = np.array(said[:: -(-len(said) // _MOST_POINTS) or 1], np.float64)
    except (TypeError, ValueError):
        return None
    if rows.ndim != 2 or not 1 < rows.shape[1] < 4:  # noqa: PLR2004 - points of a plane or space
        return None
    return np.column_stack([rows, np.zeros((len(rows), 3 - rows.shape[1]))])


def _box(item: entity_instance, _depth: int) -> Matrix | None:
    corner = one(item, "Corner")
    if corner is None:
        return None
    low = _coordinates(corner)
    size = [number(value(item, f"{axis}Dim")) or 0.0 for axis in "XYZ"]
    return np.concatenate([low, low + np.array([size])])


def _swept(item: entity_instance, depth: int) -> Matrix:
    """Return points of a profile, and of where it is extruded to."""
    profile = one(item, "SweptArea")
    found = _of_profile(profile, depth) if profile else None
    flat = np.zeros((1, 3)) if found is None else found
    direction = one(item, "ExtrudedDirection")
    if direction is not None:
        along = np.array((*numbers(value(direction, "DirectionRatios"))[:3], 0.0, 0.0, 0.0)[:3])
        length = float(np.linalg.norm(along)) or 1.0
        flat = np.concatenate([flat, flat + along * ((number(value(item, "Depth")) or 0) / length)])
    frame = axes(one(item, "Position"))
    return np.asarray(flat @ frame[:3, :3].T + frame[:3, 3])


def _of_profile(profile: entity_instance, depth: int) -> Matrix | None:
    """Return points of the outline of a profile in its plane, None where that is not said."""
    if depth == 0:
        return None
    if belongs(profile, "IfcArbitraryClosedProfileDef"):
        curve = one(profile, "OuterCurve")
        return _of_item(curve, depth - 1) if curve else None
    found = next((each for each in _PROFILES if belongs(profile, each[0])), None)
    if found is None:
        return None
    across, along = ((number(value(profile, name)) or 0.0) * found[2] for name in found[1])
    frame = axes(one(profile, "Position"))
    corners = np.array([(x * across, y * along, 0.0) for x in (-1, 1) for y in (-1, 1)])
    return np.asarray(corners @ frame[:3, :3].T + frame[:3, 3])


def _mapped(item: entity_instance, depth: int) -> Matrix | None:
    """Return points of a mapped item; its target's turning is left out."""
    target = one(item, "MappingTarget")
    origin = one(target, "LocalOrigin") if target else None
    source = one(item, "MappingSource")
    shape = one(source, "MappedRepresentation") if source else None
    offset = _coordinates(origin) if origin else np.zeros((1, 3))
    for each in many(shape, "Items") if shape else ():
        found = _of_item(each, depth)
        return offset if found is None else found + offset
    return offset


def _through(*names: str) -> Reach:
    """Return a reach that goes on to the first instance of an attribute."""

    def reach(item: entity_instance, depth: int) -> Matrix | None:
        for name in names:
            for each in many(item, name)[:1]:
                return _of_item(each, depth)
        return None

    return reach


_REACHES: Final[dict[str, Reach]] = {
    "IfcCartesianPoint": _coordinates,
    "IfcCartesianPointList": _point_list,
    "IfcTessellatedFaceSet": _through("Coordinates"),
    "IfcBoundingBox": _box,
    "IfcSweptAreaSolid": _swept,
    "IfcSweptDiskSolid": _through("Directrix"),
    "IfcMappedItem": _mapped,
    "IfcBooleanResult": _through("FirstOperand"),
    "IfcManifoldSolidBrep": _through("Outer"),
    "IfcConnectedFaceSet": _through("CfsFaces"),
    "IfcFaceBasedSurfaceModel": _through("FbsmFaces"),
    "IfcShellBasedSurfaceModel": _through("SbsmBoundary"),
    "IfcFace": _through("Bounds"),
    "IfcFaceBound": _through("Bound"),
    "IfcPolyLoop": _through("Polygon"),
    "IfcPolyline": _through("Points"),
    "IfcIndexedPolyCurve": _through("Points"),
    "IfcGeometricSet": _through("Elements"),
    "IfcGradientCurve": _through("BaseCurve"),
    "IfcSegmentedReferenceCurve": _through("BaseCurve"),
    "IfcCompositeCurve": _through("Segments"),
    "IfcCompositeCurveSegment": _through("ParentCurve"),
    "IfcOffsetCurveByDistances": _through("BasisCurve"),
    "IfcSectionedSolidHorizontal": _through("Directrix"),
    "IfcSectionedSurface": _through("Directrix"),
    "IfcCurveSegment": lambda item, _depth: axes(one(item, "Placement"))[None, :3, 3],
}
"""Where the points of an item of geometry are found, by its class; IFC 4.3 and before."""
_known: dict[str, Reach | None] = {}
