"""Which geometry of a CityObject is measured, which says its surfaces, which gives its outline."""

from collections.abc import Sequence
from typing import NamedTuple

from spatial.models.cityjson.geometries import Geometry, Kind

_GROUND = "GroundSurface"


class Roles(NamedTuple):
    """What the geometries of one CityObject are taken for; one may have all roles.

    Attributes:
        body: heights and volume: the most detailed, a solid rather than open surfaces.
        skin: semantic surfaces: the most detailed that has some.
        cover: outline: the skin where it has ground surfaces, LoD 0 where there is one, the body.
        spare: volume, where the body is not watertight: the most detailed solid.
        others: only checked.
    """

    body: Geometry | None
    skin: Geometry | None
    cover: Geometry | None
    spare: Geometry | None
    others: tuple[Geometry, ...]


def roles_of(geometries: Sequence[Geometry]) -> Roles:
    """Return the roles of the geometries of one CityObject."""
    if len(geometries) == 1 and geometries[0].kind is Kind.FACES:
        only = geometries[0]
        return Roles(only, only if only.meanings else None, only, None, ())
    faces = [each for each in geometries if each.kind is Kind.FACES]
    if not faces:
        best = max(geometries, key=_as_line, default=None)
        return Roles(best, None, best, None, _others(geometries, (best,)))
    body = max(faces, key=_as_body)
    skin = max((each for each in faces if each.meanings), key=_detail, default=None)
    solids = [each for each in faces if each.solid]
    spare = max(solids, key=_detail) if solids and not body.solid else None
    flat = next((each for each in faces if 0 <= each.detail < 1), None)
    others = _others(geometries, (body, skin, spare))
    if skin is not None and skin is not body and _same(body, skin):
        shells = body.shells._replace(values=skin.shells.values)
        body = skin = body._replace(shells=shells, meanings=skin.meanings)
    cover = skin if skin is not None and _has_ground(skin) else flat or body
    return Roles(body, skin, cover, spare, others)


def _detail(geometry: Geometry) -> float:
    return geometry.detail


def _as_body(geometry: Geometry) -> tuple[float, bool, bool]:
    return geometry.detail, geometry.solid, bool(geometry.meanings)


def _as_line(geometry: Geometry) -> tuple[bool, float]:
    return geometry.kind is Kind.LINES, geometry.detail


def _same(body: Geometry, skin: Geometry) -> bool:
    """Whether the skin draws the same polygons as a body without meanings."""
    return not body.meanings and body.shells.polygons == skin.shells.polygons


def _has_ground(skin: Geometry) -> bool:
    return _GROUND in skin.meanings


def _others(
    geometries: Sequence[Geometry], taken: tuple[Geometry | None, ...]
) -> tuple[Geometry, ...]:
    return tuple(each for each in geometries if not any(each is one for one in taken))
