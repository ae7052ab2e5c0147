"""What an ``.inp`` file holds once its rows are read: things by name, in metres."""

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias, TypeVar

from spatial.files.errors import RowRefusedError
from spatial.models.inp.rows import Fields, Row
from spatial.models.inp.sections import Section
from spatial.models.model import Json, RefusedElement

Properties: TypeAlias = dict[str, Json]
Place: TypeAlias = tuple[float, float]
"""Easting and northing in the unit of the map, whatever that is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """Where links meet; levels in metres, NaN where they are not known."""

    name: str
    section: str
    kind: str
    invert_m: float = math.nan
    ground_m: float = math.nan
    properties: Properties = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """What carries water between two nodes; metres, NaN where they are not known.

    Attributes:
        start: key of its node in ``PipeModel.nodes``; water of a directed link comes from there.
        end: key of the other.
        directed: whether water runs one way only.
        closed: whether it is shut in the normal state.
        gravity: whether water runs by its own weight.
        height_m: inner height; the diameter of a round one.
        radius_m: hydraulic radius when full.
        manning_n: roughness.
    """

    name: str
    section: str
    kind: str
    start: str
    end: str
    directed: bool = True
    closed: bool = False
    gravity: bool = False
    length_m: float = math.nan
    height_m: float = math.nan
    radius_m: float = math.nan
    manning_n: float = math.nan
    invert_from_m: float = math.nan
    invert_to_m: float = math.nan
    properties: Properties = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subcatchment:
    """An area whose rain runs off.

    Attributes:
        outlet: key of the node that it runs to, or of the next such area.
        to_node: whether it is a node.
        line: its line in the file.
    """

    name: str
    section: str
    outlet: str
    to_node: bool
    line: int
    area_m2: float
    properties: Properties = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Raingage:
    """Rain as the model is given it."""

    name: str
    section: str
    properties: Properties = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class PipeModel:
    """A file read, by name; names are folded to one case where the program does so.

    Attributes:
        fold: makes a key of a name.
        map_unit: ``feet``, ``meters``, ``degrees``; empty where the file does not say.
        counts: rows of each section that holds things, refused ones included.
        classes: class of our entity code by section, where there is one.
    """

    fold: Callable[[str], str]
    map_unit: str = ""
    nodes: dict[str, Node] = field(default_factory=dict)
    links: dict[str, Link] = field(default_factory=dict)
    subcatchments: dict[str, Subcatchment] = field(default_factory=dict)
    raingages: dict[str, Raingage] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)
    vertices: dict[str, list[Place]] = field(default_factory=dict)
    polygons: dict[str, list[Place]] = field(default_factory=dict)
    symbols: dict[str, Place] = field(default_factory=dict)
    refused: list[RefusedElement] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    classes: dict[str, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)


Thing: TypeAlias = Node | Link | Subcatchment | Raingage
AnyThing = TypeVar("AnyThing", Node, Link, Subcatchment, Raingage)


def take(
    model: PipeModel,
    found: dict[str, AnyThing],
    section: Section,
    rows: Sequence[Row],
    parse: Callable[[Section, Fields], AnyThing],
) -> None:
    """Take the things of a section, and refuse those whose row is wrong or whose name is taken."""
    model.classes[section.name] = section.entity_class
    for row in rows:
        model.counts[section.name] += 1
        fields = Fields(row)
        key = model.fold(fields.name)
        try:
            _refuse_name(fields.name, taken=key in found)
            found[key] = parse(section, fields)
        except RowRefusedError as error:
            refused = RefusedElement(f"{section.family}/{fields.name}", f"line {row.line}: {error}")
            model.refused.append(refused)


def _refuse_name(name: str, *, taken: bool) -> None:
    if not name:
        raise RowRefusedError("has no name")
    if taken:
        raise RowRefusedError(f"name {name!r} is taken, expected each name once")


def known_node(model: PipeModel, name: str, which: str) -> str:
    """Return the key of a node.

    Raises:
        RowRefusedError: there is none of that name, or it was refused.
    """
    key = model.fold(name)
    if key not in model.nodes:
        raise RowRefusedError(f"{which} {name[:60]!r}, expected a node of the file")
    return key


def ends(model: PipeModel, fields: Fields) -> tuple[str, str]:
    """Return the keys of the nodes of a link, which its second and third value name.

    Raises:
        RowRefusedError: one is not there, or both are one.
    """
    start = known_node(model, fields.text(1), "from node")
    end = known_node(model, fields.text(2), "to node")
    if start == end:
        raise RowRefusedError(f"both ends are {fields.text(1)!r}, expected two nodes")
    return start, end


def said(**properties: Json) -> Properties:
    """Return what is known of some properties: neither None, NaN nor empty."""
    return {
        name: value
        for name, value in properties.items()
        if value is not None and value != "" and value == value  # noqa: PLR0124 - NaN differs
    }
