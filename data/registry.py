"""Change sets of the register: entities, names and relations written in bulk, every one a version."""

from collections.abc import Mapping
from typing import NamedTuple

from shapely.geometry.base import BaseGeometry


class NewEntity(NamedTuple):
    """An entity as it shall stand in the register.

    Attributes:
        code: its unified entity code as a number.
        name: in the language of its users.
        geometry: in the district's CRS (EPSG:4547 for Shenzhen), or None.
        height_m: above its own ground, or None.
        properties: free properties of its class.
    """

    code: int
    name: str
    geometry: BaseGeometry | None = None
    height_m: float | None = None
    properties: Mapping[str, object] = {}


class NewName(NamedTuple):
    """One more name of an entity: ``value`` in ``scheme``."""

    code: int
    scheme: str
    value: str


class NewRelation(NamedTuple):
    """``origin`` stands in the relation ``kind`` to ``target``; ``method`` says who found it."""

    origin: int
    kind: str
    target: int
    method: str
    distance_m: float | None = None


class LinkRefusal(NamedTuple):
    """Why a sensor stays unlinked, in a sentence."""

    origin: int
    kind: str
    reason: str
