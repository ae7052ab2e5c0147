"""What a change set says: entities, names, relations and forwards, as frozen values."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import Enum
from typing import Final, Literal, NamedTuple

from shapely.geometry.base import BaseGeometry

STAGES = ("planned", "building", "accepted", "in use", "demolished")


class Keep(Enum):
    """Says that a change leaves a field as it stands."""

    KEEP = "keep"


KEEP: Final = Keep.KEEP
Kept = Literal[Keep.KEEP]


class EntityChange(NamedTuple):
    """What shall stand of an entity; a field that is ``KEEP`` stays, or is empty if it is new.

    Attributes:
        code: its unified entity code as a number.
        name: in the language of its users.
        geometry: in the district's CRS (EPSG:4547 for Shenzhen), or None for no place; bytes are
            EWKB with the SRID.
        height_m: above its own ground, or None.
        properties: of its class; None removes one, those that are not named stay.
        stage: of its life, one of ``STAGES``.
        retired: whether it is out of the register's present.
        owner: the department that owns it.
        steward: who answers for its data.
        address: postal address.
        valid_from: since when it is so in the real world.
        valid_to: until when it is so in the real world.
    """

    code: int
    name: str | Kept = KEEP
    geometry: BaseGeometry | bytes | Kept | None = KEEP
    height_m: float | Kept | None = KEEP
    properties: Mapping[str, object] = {}
    stage: str | Kept = KEEP
    retired: bool | Kept = KEEP
    owner: str | Kept = KEEP
    steward: str | Kept = KEEP
    address: str | Kept = KEEP
    valid_from: datetime | Kept | None = KEEP
    valid_to: datetime | Kept | None = KEEP


class NewName(NamedTuple):
    """One more name of an entity: ``value`` in ``scheme``.

    ``code_system`` tells apart what one value meant in different tables (440309 is Longhua, and
    was Guangming); the name is valid from an instant to before another, None is for ever.
    """

    code: int
    scheme: str
    value: str
    code_system: str = ""
    valid_from: datetime | None = None
    valid_to: datetime | None = None


class EndedName(NamedTuple):
    """A name that the entity no longer has."""

    code: int
    scheme: str
    value: str


class NewRelation(NamedTuple):
    """``origin`` stands in the relation ``kind`` to ``target``; ``method`` says who found it.

    An entity is part of one whole: a new ``part_of`` ends the one that stood.
    """

    origin: int
    kind: str
    target: int
    method: str
    distance_m: float | None = None


class EndedRelation(NamedTuple):
    """A relation that no longer stands."""

    origin: int
    kind: str
    target: int


class LinkRefusal(NamedTuple):
    """Why a sensor stays unlinked, in a sentence."""

    origin: int
    kind: str
    reason: str


class Forward(NamedTuple):
    """Where an old code leads: ``reason`` is merged, split, retired or renumbered."""

    old: int
    new: int
    reason: str


class ChangeSet(NamedTuple):
    """Everything that changes together, by one actor, for one reason.

    Attributes:
        actor: who, e.g. a username or ``os:li``.
        reason: why, in words.
        source: the system or department whose word this is; authorities are named by it.
        model: of an import, the model that the file is a state of.
        file: of an import, the name of the file.
        digest: of an import, SHA-256 of the file.
    """

    actor: str
    reason: str
    source: str
    entities: Iterable[EntityChange] = ()
    names: Iterable[NewName] = ()
    relations: Iterable[NewRelation] = ()
    refusals: Iterable[LinkRefusal] = ()
    ended_names: Iterable[EndedName] = ()
    ended_relations: Iterable[EndedRelation] = ()
    forwards: Iterable[Forward] = ()
    model: str = ""
    file: str = ""
    digest: str = ""


class Recorded(NamedTuple):
    """What a change set did.

    Attributes:
        change_set: its id, None if nothing changed: then it left no trace.
        created: entities that were not there.
        changed: entities that have a new version.
        retired: of these, entities that were retired.
        names: names that were added or ended.
        relations: relations that were added or ended.
        conflicts: values that were kept as conflicts, because another source is the authority.
    """

    change_set: int | None
    created: int = 0
    changed: int = 0
    retired: int = 0
    names: int = 0
    relations: int = 0
    conflicts: int = 0
