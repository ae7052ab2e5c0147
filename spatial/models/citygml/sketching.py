"""Objects of a member with the geometries that they are drawn with; nothing is measured yet."""

from dataclasses import dataclass, field

from shapely.geometry.base import BaseGeometry

from spatial.models.citygml.attributes import properties_of
from spatial.models.citygml.open_tree import TOO_LARGE
from spatial.models.citygml.pieces import Node, Pieces
from spatial.models.citygml.refusals import ObjectRefusedError
from spatial.models.citygml.roles import Drawing, Roles, roles_of
from spatial.models.citygml.splitting import CityObject, Splitter
from spatial.models.citygml.tracing import Geometry, Tracer
from spatial.models.model import Json

_NOTHING = Roles(None, None, None, None, None, None)


@dataclass(slots=True)
class Draft:
    """What is known of an object of the city.

    Attributes:
        key: as :class:`CityObject` has it.
        native_class: alike.
        parent: alike.
        draws: what a map draws of it if it has the choice.
        named_by: property that names it where ``gml:name`` does not.
        reason: why it is refused; None where it is not.
        roles: what its geometries are taken for.
        lods: levels in which it is drawn.
        properties: what it says of itself.
        shape: outline, line or point in the CRS.
        base_m: lowest height.
        top_m: highest height.
        measures: by name.
        about: what was measured on what; joins the properties.
        notes: sentences on what is odd about it.
    """

    key: str
    native_class: str
    parent: str | None
    draws: str
    named_by: str
    reason: str | None = None
    roles: Roles = _NOTHING
    lods: tuple[str, ...] = ()
    properties: dict[str, Json] = field(default_factory=dict)
    shape: BaseGeometry | None = None
    base_m: float | None = None
    top_m: float | None = None
    measures: dict[str, float] = field(default_factory=dict)
    about: dict[str, Json] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def drawings(self) -> list[Drawing]:
        """Return the drawings of all roles, each once."""
        mine: list[Drawing] = []
        for each in self.roles:
            if each is not None and not any(each is other for other in mine):
                mine.append(each)
        return mine


def drafts_of(top: Node, pieces: Pieces, splitter: Splitter) -> list[Draft]:
    """Return the objects of a member, wholes before their parts."""
    objects = splitter.split(top)
    if top.get(TOO_LARGE) is not None:
        first = _draft(objects[0])
        first.reason = (
            "is larger than what is read: expected at most 300,000 surfaces (terrain is better "
            "imported as GeoTIFF), 400,000 elements and 16 MB of text"
        )
        return [first]
    tracer = Tracer([each.node for each in objects])
    return [_drawn(each, tracer, pieces) for each in objects]


def _draft(one: CityObject) -> Draft:
    return Draft(one.key, one.native_class, one.parent, one.row.draws, one.row.named_by)


def _drawn(one: CityObject, tracer: Tracer, pieces: Pieces) -> Draft:
    draft = _draft(one)
    try:
        geometries = tracer.geometries(one.node)
        draft.properties = properties_of(one.node)
    except ObjectRefusedError as error:
        draft.reason = str(error)
        return draft
    except RecursionError:
        draft.reason = "is nested deeper than any object"
        return draft
    draft.reason = _fault(geometries, pieces)
    draft.roles = roles_of(geometries, stands=draft.draws != "shadow")
    draft.lods = _lods(geometries)
    if tracer.dangling:
        draft.notes.append(
            f"{len(tracer.dangling)} of its surfaces are not in its member of the file, the first "
            f"is {tracer.dangling[0][:80]!r}"
        )
    return draft


def _lods(geometries: list[Geometry]) -> tuple[str, ...]:
    return tuple(sorted({each.lod for each in geometries if each.lod}))


def _fault(geometries: list[Geometry], pieces: Pieces) -> str | None:
    """Return what is wrong with a piece of any level, measured or not."""
    return pieces.fault(
        number for each in geometries for shell in each.shells for number, _ in shell.pieces
    )
