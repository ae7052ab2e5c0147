"""Geometry objects (CityJSON 2.0, 3) taken apart down to their shells."""

from collections.abc import Callable
from enum import Enum, auto
from functools import lru_cache
from itertools import chain
from typing import Any, NamedTuple

from spatial.models.cityjson.refusing import ObjectRefusedError
from spatial.models.frames.wording import shown

_DEEPEST_LOD = 4.0
_WITH_INSIDE = 0.9


class Kind(Enum):
    """What a geometry is made of."""

    POINTS = auto()
    LINES = auto()
    FACES = auto()


class Shells(NamedTuple):
    """Lists of polygons, not looked into yet; whether each is a cavity; semantic values of each."""

    polygons: list[Any]
    cavities: list[bool]
    values: list[Any]


class Geometry(NamedTuple):
    """One geometry of one CityObject.

    Attributes:
        type: as the file writes it.
        lod: level of detail, as the file writes it; empty where it does not.
        kind: points, lines or faces; lines and points are laid out as rings of one polygon each.
        shells: what it is made of.
        meanings: type of each semantic surface that ``values`` of the shells point to.
        base: position of its vertex 0 among all vertices.
        limit: how many vertices it may point to.
    """

    type: str
    lod: str
    kind: Kind
    shells: Shells
    meanings: list[Any]
    base: int
    limit: int

    @property
    def solid(self) -> bool:
        """Whether it bounds a volume by what it says."""
        return self.type in _SOLIDS

    @property
    def detail(self) -> float:
        """How suitable its level of detail is to measure; LoD 4 may hold the inside as well."""
        return _detail_of(self.lod)


def taken_apart(geometry: dict[str, Any], base: int, limit: int) -> Geometry:
    """Return a geometry down to its shells.

    Raises:
        ObjectRefusedError: its type is unknown, or it is nested otherwise than its type says.
    """
    kind_name = geometry.get("type")
    if not isinstance(kind_name, str) or kind_name not in _TYPES:
        raise ObjectRefusedError(
            f"geometry of type {shown(kind_name)}: expected one of {', '.join(_TYPES)}"
        )
    boundaries = geometry.get("boundaries")
    if not isinstance(boundaries, list):
        raise ObjectRefusedError(f"boundaries are {shown(boundaries)}: expected a list")
    meanings, values = _semantics(geometry.get("semantics"))
    kind, apart = _TYPES[kind_name]
    return Geometry(
        kind_name, lod_of(geometry), kind, apart(boundaries, values), meanings, base, limit
    )


def lod_of(geometry: dict[str, Any]) -> str:
    """Return the level of detail as text; CityJSON 1.0 writes numbers."""
    lod = geometry.get("lod")
    if isinstance(lod, str):
        return lod
    if lod is None:
        return ""
    if isinstance(lod, int | float) and not isinstance(lod, bool):
        return f"{lod:g}"
    raise ObjectRefusedError(f"lod is {shown(lod)}: expected text as '2.2'")


@lru_cache(maxsize=1_000)
def _detail_of(lod: str) -> float:
    try:
        level = float(lod.lower().removeprefix("lod"))
    except ValueError:
        return -1.0
    return level if level < _DEEPEST_LOD else _WITH_INSIDE


def _semantics(member: object) -> tuple[list[Any], Any]:
    if member is None:
        return [], None
    surfaces = member.get("surfaces") if isinstance(member, dict) else None
    if not isinstance(member, dict) or not isinstance(surfaces, list | None):
        raise ObjectRefusedError(f"semantics are {shown(member)}: expected surfaces and values")
    return _types_of(surfaces or []), member.get("values")


def _types_of(surfaces: list[Any]) -> list[Any]:
    try:
        return [surface["type"] for surface in surfaces]
    except (KeyError, TypeError):
        return [each.get("type") if isinstance(each, dict) else None for each in surfaces]


def _points(boundaries: list[Any], _values: object) -> Shells:
    return Shells([[[boundaries]]], [False], [None])


def _lines(boundaries: list[Any], _values: object) -> Shells:
    return Shells([[[line] for line in boundaries]], [False], [None])


def _surface(boundaries: list[Any], values: object) -> Shells:
    return Shells([boundaries], [False], [values])


def _solid(boundaries: list[Any], values: object) -> Shells:
    _expect_lists("shell", boundaries)
    cavities = [False] + [True] * (len(boundaries) - 1) if boundaries else []
    return Shells(boundaries, cavities, _each(values, len(boundaries)))


def _solids(boundaries: list[Any], values: object) -> Shells:
    _expect_lists("solid", boundaries)
    apart = [
        _solid(solid, inner)
        for solid, inner in zip(boundaries, _each(values, len(boundaries)), strict=True)
    ]
    return Shells(
        list(chain.from_iterable(solid.polygons for solid in apart)),
        list(chain.from_iterable(solid.cavities for solid in apart)),
        list(chain.from_iterable(solid.values for solid in apart)),
    )


def _each(values: object, count: int) -> list[Any]:
    """Return the values of each shell; null stands for all that is nested in it."""
    if values is None:
        return [None] * count
    if not isinstance(values, list):
        raise ObjectRefusedError(f"semantic values are {shown(values)}: expected a list")
    return (values + [None] * (count - len(values)))[:count]


def _expect_lists(what: str, values: list[Any]) -> None:
    for value in values:
        if not isinstance(value, list):
            raise ObjectRefusedError(f"a {what} is {shown(value)}: expected a list")


_TYPES: dict[str, tuple[Kind, Callable[[list[Any], Any], Shells]]] = {
    "MultiPoint": (Kind.POINTS, _points),
    "MultiLineString": (Kind.LINES, _lines),
    "MultiSurface": (Kind.FACES, _surface),
    "CompositeSurface": (Kind.FACES, _surface),
    "Solid": (Kind.FACES, _solid),
    "MultiSolid": (Kind.FACES, _solids),
    "CompositeSolid": (Kind.FACES, _solids),
}
_SOLIDS = ("Solid", "MultiSolid", "CompositeSolid")
