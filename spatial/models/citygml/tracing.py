"""Which pieces an object is drawn with: its geometries, level by level."""

import re
from collections.abc import Iterator, Sequence
from enum import Enum, auto
from typing import NamedTuple, TypeAlias

from spatial.models.citygml.attributes import HREF
from spatial.models.citygml.pieces import LINES, PIECES, POINTS, Node, dimension_of, numbers_of
from spatial.models.citygml.refusals import ObjectRefusedError
from spatial.models.citygml.splitting import id_of, row_of
from spatial.models.citygml.tables import name_of

_LOD = re.compile(r"lod(\d)")
_SOLIDS = frozenset({"Solid", "CompositeSolid", "MultiSolid"})
_SIDES = frozenset({"exterior", "interior"})
_NO_GEOMETRY = frozenset({"boundedBy", "Envelope", "metaDataProperty", "name", "description"})
_NOT_DRAWN = frozenset({"Address", "extent"})
_DEEPEST = 400
_STEPS_A_NODE = 16
_FEWEST_STEPS = 10_000


class Kind(Enum):
    """What a geometry is made of."""

    FACES = auto()
    LINES = auto()
    POINTS = auto()


class Shell(NamedTuple):
    """Pieces that belong together: number of each and whether it is seen from behind."""

    pieces: list[tuple[int, bool]]
    cavity: bool = False


class Geometry(NamedTuple):
    """One geometry of one object.

    Attributes:
        type: name of its element: ``Solid``.
        lod: level of detail, empty where it has none.
        kind: points, lines or faces.
        shells: of a solid its boundaries, else one of all pieces.
        meaning: type of the semantic surface that it stands in, None outside of one.
        use: what the name of its property says after the level: ``FootPrint``, ``RoofEdge``.
        aside: whether it stands in a data type of the object and not in the object itself.
        srs_name: CRS, None where it is that of the file.
        dimension: how many numbers a place has, None where it is as in the file.
    """

    type: str
    lod: str
    kind: Kind
    shells: list[Shell]
    meaning: str | None
    use: str
    aside: bool
    srs_name: str | None
    dimension: int | None

    @property
    def solid(self) -> bool:
        """Whether it bounds a volume by what it says."""
        return self.type in _SOLIDS


_Parts: TypeAlias = dict[Kind, list[tuple[int, bool]]]


class _Place(NamedTuple):
    """Where in an object one is."""

    lod: str = ""
    meaning: str | None = None
    use: str = ""
    aside: bool = False
    srs_name: str | None = None
    dimension: int | None = None


class Tracer:
    """Follows the geometries of the objects of one member, whose surfaces may refer to another."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        self._nodes = nodes
        self._known: dict[str, Node] | None = None
        self._steps_left = 0
        self.dangling: list[str] = []

    def geometries(self, node: Node) -> list[Geometry]:
        """Return the geometries of an object; references that lead nowhere go to ``dangling``.

        Raises:
            ObjectRefusedError: surfaces refer to themselves, or are nested beyond any use.
        """
        self.dangling = []
        return list(self._walk(node, _said(node, _Place(lod=_own_lod(node)))))

    def _walk(self, node: Node, place: _Place) -> Iterator[Geometry]:
        for child in node:
            family, local = name_of(str(child.tag))
            if family == "gml" and local not in _NO_GEOMETRY:
                yield from self._traced(child, local, _said(child, place))
            elif family not in ("gml", "appearance", "address") and len(child):
                yield from self._inner(child, local, place)

    def _inner(self, node: Node, local: str, place: _Place) -> Iterator[Geometry]:
        if local in _NOT_DRAWN:
            return
        if local == "ImplicitGeometry":
            for point in node.iterfind("{*}referencePoint"):
                yield from self._walk(point, place)
            return
        level = _LOD.match(local)
        if level is not None:
            place = place._replace(lod=level[1], use=local[level.end() :])
        elif row_of(node).kind == "surface":
            place = place._replace(meaning=local)
        elif local[:1].isupper():
            place = place._replace(aside=True)
        yield from self._walk(node, place)

    def _traced(self, node: Node, local: str, place: _Place) -> Iterator[Geometry]:
        """Give a geometry; one of several kinds gives one of each."""
        shells = list(self._shells(node, 0))
        for kind in Kind:
            mine = [Shell(parts[kind], cavity) for parts, cavity in shells if kind in parts]
            if mine:
                yield Geometry(local, place.lod, kind, mine, *place[1:])

    def _shells(self, node: Node, depth: int) -> Iterator[tuple[_Parts, bool]]:
        local = name_of(str(node.tag)).local
        for child in node if local in _SOLIDS else ():
            side = name_of(str(child.tag)).local
            if side in _SIDES:
                yield self._parts(child, depth), side == "interior"
            elif side not in _NO_GEOMETRY:
                target = self._target(child, depth)
                for solid in child if target is None else (target,):
                    yield from self._shells(solid, depth + 1)
        if local not in _SOLIDS:
            yield self._parts(node, depth), False

    def _parts(self, node: Node, depth: int) -> _Parts:
        parts: _Parts = {}
        self._collect(node, parts, depth, flipped=False)
        return parts

    def _collect(self, node: Node, parts: _Parts, depth: int, *, flipped: bool) -> None:
        local = name_of(str(node.tag)).local
        if local in PIECES:
            numbers = numbers_of(node)
            self._steps_left -= len(numbers)
            parts.setdefault(_kind(local), []).extend([(each, flipped) for each in numbers])
            return
        if local == "OrientableSurface" and node.get("orientation") == "-":
            flipped = not flipped
        target = self._target(node, depth)
        for child in node if target is None else (target,):
            self._collect(child, parts, depth + 1, flipped=flipped)

    def _target(self, node: Node, depth: int) -> Node | None:
        """Return what a property refers to; None where it does not, or nowhere in its member."""
        href = node.get(HREF)
        if href is None or len(node):
            return None
        if self._known is None:
            self._known = {id_of(each): each for top in self._nodes for each in top.iter()}
            self._steps_left += _STEPS_A_NODE * sum(1 for top in self._nodes for _ in top.iter())
            self._steps_left += _FEWEST_STEPS
        self._steps_left -= 1
        if depth > _DEEPEST or self._steps_left < 0:
            raise ObjectRefusedError(f"surfaces refer to one another in a circle by {href[:60]!r}")
        target = self._known.get(href.removeprefix("#"))
        if target is None:
            self.dangling.append(href)
        return target


def _kind(local: str) -> Kind:
    if local in LINES:
        return Kind.LINES
    return Kind.POINTS if local in POINTS else Kind.FACES


def _said(node: Node, place: _Place) -> _Place:
    """Return the place with what a geometry, or the extent of an object, says of its numbers."""
    said = node.find("{*}boundedBy/{*}Envelope")
    said = node if said is None else said
    dimension = said.get("srsDimension")
    try:
        width = place.dimension if dimension is None else dimension_of(dimension)
    except ValueError as error:
        raise ObjectRefusedError(str(error)) from error
    return place._replace(srs_name=said.get("srsName") or place.srs_name, dimension=width)


def _own_lod(node: Node) -> str:
    """Return the level that an object of the relief says once for all its geometry."""
    lod = node.find("{*}lod")
    return "" if lod is None else (lod.text or "").strip()[:8]
