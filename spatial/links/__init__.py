"""Links: which objects sensors and cameras belong to, how sure that is, and why."""

from spatial.links.along import SIDES
from spatial.links.engine import NOTHING, Decided, Links, link
from spatial.links.entities import (
    NO_END,
    NO_START,
    Entities,
    TransformFirstError,
)
from spatial.links.explaining import Looked, explain
from spatial.links.found import Found
from spatial.links.reasons import Unlinked
from spatial.links.rules import LOOK_AROUND, METHODS, LinkRule, Method, reach_m
from spatial.links.tables import link_tables

__all__ = [
    "LOOK_AROUND",
    "METHODS",
    "NOTHING",
    "NO_END",
    "NO_START",
    "SIDES",
    "Decided",
    "Entities",
    "Found",
    "LinkRule",
    "Links",
    "Looked",
    "Method",
    "TransformFirstError",
    "Unlinked",
    "explain",
    "link",
    "link_tables",
    "reach_m",
]
