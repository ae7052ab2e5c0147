"""CityObjects with their geometries taken apart, ready to be drawn together."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from spatial.models.cityjson.families import Member
from spatial.models.cityjson.geometries import Geometry, lod_of, taken_apart
from spatial.models.cityjson.refusing import ObjectRefusedError
from spatial.models.cityjson.templates import Placement, Templates
from spatial.models.frames.wording import shown

_INSTANCE = "GeometryInstance"


class Seat(NamedTuple):
    """A CityObject and where the vertices of its document are among all vertices."""

    member: Member
    base: int
    limit: int


@dataclass(slots=True)
class Sketch:
    """What a CityObject draws; ``reason`` says why it is refused, where it is.

    Attributes:
        member: the CityObject.
        geometries: taken apart.
        placements: instances of templates.
        lods: levels of detail, in the order of the file.
    """

    member: Member
    geometries: list[Geometry] = field(default_factory=list)
    placements: list[Placement] = field(default_factory=list)
    lods: list[str] = field(default_factory=list)
    reason: str | None = None


def sketched(seat: Seat, templates: Templates) -> Sketch:
    """Return what a CityObject draws."""
    sketch = Sketch(seat.member)
    try:
        for written in _written(seat.member.thing):
            _add(sketch, written, seat, templates)
    except ObjectRefusedError as error:
        sketch.reason = str(error)
    return sketch


def _written(thing: dict[str, Any]) -> list[Any]:
    geometry = thing.get("geometry")
    if geometry is None:
        return []
    if not isinstance(geometry, list):
        raise ObjectRefusedError(f"geometry is {shown(geometry)}: expected a list")
    return geometry


def _add(sketch: Sketch, written: object, seat: Seat, templates: Templates) -> None:
    if not isinstance(written, dict):
        raise ObjectRefusedError(f"a geometry is {shown(written)}: expected an object")
    if written.get("type") == _INSTANCE:
        placement = templates.placement(written, seat.base, seat.limit)
        sketch.placements.append(placement)
        lod = placement.stamp.geometry.lod or lod_of(written)
    else:
        geometry = taken_apart(written, seat.base, seat.limit)
        sketch.geometries.append(geometry)
        lod = geometry.lod
    if lod and lod not in sketch.lods:
        sketch.lods.append(lod)
