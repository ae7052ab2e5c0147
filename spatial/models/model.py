"""What every model format hands over: elements, said where they are before anything is stored."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from shapely.geometry.base import BaseGeometry

from spatial.files import Inspection

Json: TypeAlias = str | int | float | bool | list[Any] | dict[str, Any] | None
Progress: TypeAlias = Callable[[str, int, int], None]
"""Is told what is being done, how much of it is done, and of how much; 0 of 0 if unknown."""


def silent(_what: str, _done: int, _total: int) -> None:
    """Take a progress report and tell nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """One thing of a model: a building, a storey, a wall, a pipe.

    Attributes:
        key: what the model calls it, unique in the model: GlobalId, ``gml:id``, ``way/123``.
        native_class: the model's own class: ``IfcWall``, ``Building``, ``JUNCTIONS``.
        klass: four digits of our class that it is of; empty where we have none for it.
        name: what people call it; empty where the model does not say.
        parent: key of the whole that it is a part of, or stands in.
        shape: in the CRS of its model, x east and y north: the outline of what stands on the ground
            seen from above, a line or a point; None where the model draws nothing.
        base_m: lowest height, metres in the model's vertical datum.
        top_m: highest height, alike.
        lods: levels of detail in which it is drawn, as the model writes them.
        measures: numbers taken from its geometry, with the unit in the name: ``volume_m3``,
            ``height_m``, ``roof_area_m2``.
        properties: what the model says of it, by name; of property sets ``Set.Property``.
    """

    key: str
    native_class: str
    klass: str = ""
    name: str = ""
    parent: str | None = None
    shape: BaseGeometry | None = None
    base_m: float | None = None
    top_m: float | None = None
    lods: tuple[str, ...] = ()
    measures: Mapping[str, float] = field(default_factory=dict)
    properties: Mapping[str, Json] = field(default_factory=dict)


class RefusedElement(NamedTuple):
    """An element that stays out: what the model calls it, and why."""

    key: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """An opened model.

    Attributes:
        format: name of the format.
        schema: version of the format, where the file says one.
        crs: horizontal CRS of the shapes, ``EPSG:n`` or WKT; None where the model does not say.
        height_datum: CRS or name of the heights' zero; None where the model does not say.
        accuracy_m: how far off its place may be, where it is only roughly said.
        elements: gives the elements one after the other, wholes before their parts, and the refused
            ones between them; may be called once more to read again.
        warnings: sentences about the model as a whole.
    """

    format: str
    schema: str | None
    crs: str | None
    height_datum: str | None = None
    accuracy_m: float | None = None
    elements: Callable[[Progress], Iterator[Element | RefusedElement]]
    warnings: tuple[str, ...] = ()


class ModelFormat(NamedTuple):
    """One format of the roll call.

    Attributes:
        name: as people call it.
        suffixes: of the file names that usually hold it, lower case with the dot.
        recognises: tells by a file's first bytes and its suffix.
        inspect: says what a file holds without keeping it; counts are the model's own classes. A
            file that cannot be taken raises FileRefusedError.
        open: opens it for its elements; raises FileRefusedError. None where a format is registered
            and served, never taken apart.
        scheme: in which the keys of its elements are names of entities; ``model`` where a key means
            something in its model only.
    """

    name: str
    suffixes: tuple[str, ...]
    recognises: Callable[[bytes, str], bool]
    inspect: Callable[[Path, Progress], Inspection]
    open: Callable[[Path], Model] | None = None
    scheme: str = "model"
