"""Which geometry of an object is measured, which says its surfaces, which gives its outline."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from spatial.models.citygml.tracing import Geometry, Kind, Shell

_GROUND = "GroundSurface"
_DEEPEST_LOD = 4.0
_INSIDE = 0.9
_OUTLINE_USES = ("FootPrint", "RoofEdge")


class Drawing(NamedTuple):
    """Geometries of one object drawn as one.

    Attributes:
        source: what it was taken from: ``Solid of LoD 2``.
        lod: level of detail.
        kind: points, lines or faces.
        shells: of all its geometries.
        meanings: type of semantic surface by the number of a piece.
        srs_name: CRS, None where it is that of the file.
        dimension: how many numbers a place has, None where it is as in the file.
        others: CRS and dimension by the number of a piece, where a geometry says them otherwise.
    """

    source: str
    lod: str
    kind: Kind
    shells: list[Shell]
    meanings: dict[int, str]
    srs_name: str | None
    dimension: int | None
    others: Mapping[int, tuple[str | None, int | None]]

    @property
    def detail(self) -> float:
        """How suitable its level is to measure; LoD 4 may hold the inside as well."""
        return detail_of(self.lod)


class Roles(NamedTuple):
    """What the geometries of one object are taken for; one drawing may have all roles.

    Attributes:
        body: heights and volume: the most detailed, a solid rather than open surfaces.
        skin: semantic surfaces: the most detailed that has some.
        cover: outline: the skin where it has ground surfaces, LoD 0 where there is one, the body.
        spare: volume, where the body is not watertight: the most detailed solid.
        line: the least detailed lines.
        point: the least detailed points.
    """

    body: Drawing | None
    skin: Drawing | None
    cover: Drawing | None
    spare: Drawing | None
    line: Drawing | None
    point: Drawing | None


def roles_of(geometries: Sequence[Geometry], *, stands: bool) -> Roles:
    """Return the roles of the geometries of one object.

    Args:
        geometries: of all levels.
        stands: whether its ground surfaces say what it covers; of a bridge they are its piers.
    """
    faces = [each for each in geometries if each.kind is Kind.FACES]
    faces = [each for each in faces if not each.aside] or faces
    line, point = _thin(geometries, Kind.LINES), _thin(geometries, Kind.POINTS)
    if not faces:
        return Roles(None, None, None, None, line, point)
    meanings = _meanings(faces)
    solid = _best([each for each in faces if each.solid], meanings)
    skin = _best([each for each in faces if each.meaning is not None], meanings)
    open_surfaces = _best([each for each in faces if not each.solid], meanings)
    body = _more_detailed(solid, open_surfaces)
    spare = solid if solid is not body else None
    skin = _same_or(body, skin)
    cover = _cover(body, skin, _flat(faces, meanings), stands=stands)
    return Roles(body, skin, cover, spare, line, point)


def _cover(
    body: Drawing | None, skin: Drawing | None, flat: Drawing | None, *, stands: bool
) -> Drawing | None:
    grounded = skin is not None and _GROUND in skin.meanings.values()
    if stands:
        return skin if grounded else flat or body
    return flat or (body._replace(meanings={}) if body and grounded else body)


def detail_of(lod: str) -> float:
    """Return how detailed a level is; -1 where it is not said."""
    if not lod.isdecimal():
        return -1.0
    level = float(lod)
    return level if level < _DEEPEST_LOD else _INSIDE


def _meanings(faces: Sequence[Geometry]) -> dict[int, str]:
    return {
        number: each.meaning
        for each in faces
        if each.meaning is not None
        for shell in each.shells
        for number, _ in shell.pieces
    }


def _best(faces: Sequence[Geometry], meanings: dict[int, str]) -> Drawing | None:
    """Return the most detailed level of geometries of a kind, drawn together."""
    if not faces:
        return None
    best = max((each.lod for each in faces), key=detail_of)
    return _drawn([each for each in faces if each.lod == best], meanings)


def _drawn(chosen: Sequence[Geometry], meanings: dict[int, str]) -> Drawing:
    first = chosen[0]
    solid = first.solid
    shells = [shell for each in chosen for shell in each.shells] if solid else [_once(chosen)]
    numbers = {number for shell in shells for number, _ in shell.pieces}
    return Drawing(
        source=f"{first.type} of LoD {first.lod}" if first.lod else first.type,
        lod=first.lod,
        kind=first.kind,
        shells=shells,
        meanings={number: meanings[number] for number in numbers & meanings.keys()},
        srs_name=first.srs_name,
        dimension=first.dimension,
        others={
            number: (each.srs_name, each.dimension)
            for each in chosen
            if (each.srs_name, each.dimension) != (first.srs_name, first.dimension)
            for shell in each.shells
            for number, _ in shell.pieces
        },
    )


def _once(chosen: Iterable[Geometry]) -> Shell:
    """Return the pieces of open surfaces, each once: several may refer to the same."""
    pieces = {
        number: (number, flipped)
        for each in chosen
        for shell in each.shells
        for number, flipped in shell.pieces
    }
    return Shell(list(pieces.values()))


def _more_detailed(solid: Drawing | None, surfaces: Drawing | None) -> Drawing | None:
    if solid is None or surfaces is None:
        return solid or surfaces
    return solid if solid.detail >= surfaces.detail else surfaces


def _same_or(body: Drawing | None, skin: Drawing | None) -> Drawing | None:
    """Return the body where it draws the same surfaces, so that they are measured once."""
    if body is None or skin is None:
        return skin
    mine = {number for shell in body.shells for number, _ in shell.pieces}
    return body if mine == {number for shell in skin.shells for number, _ in shell.pieces} else skin


def _flat(faces: Sequence[Geometry], meanings: dict[int, str]) -> Drawing | None:
    """Return what LoD 0 draws as seen from above: a footprint rather than the edge of a roof."""
    flat = [each for each in faces if each.lod == "0"]
    for use in _OUTLINE_USES:
        chosen = [each for each in flat if each.use == use]
        if chosen:
            return _drawn(chosen, meanings)
    return _drawn(flat, meanings) if flat else None


def _thin(geometries: Sequence[Geometry], kind: Kind) -> Drawing | None:
    thin = [each for each in geometries if each.kind is kind]
    thin = [each for each in thin if not each.aside] or thin
    if not thin:
        return None
    least = min((each.lod for each in thin), key=detail_of)
    return _drawn([each for each in thin if each.lod == least], {})
