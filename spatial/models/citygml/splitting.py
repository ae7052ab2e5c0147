"""A member of a file taken apart into the objects of the city that stand in it."""

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from spatial.models.citygml.pieces import Node
from spatial.models.citygml.tables import ClassRow, class_rows, name_of

_FOREIGN = frozenset({"gml", "appearance", "address", "xlink", "xinclude"})
_SURFACE = ClassRow("surface", "", "")
_OBJECT = ClassRow("object", "area", "")
_DATA = ClassRow("data", "", "")
_LONGEST_KEY = 1_000


class CityObject(NamedTuple):
    """An object of the city.

    Attributes:
        node: its element, without the objects that stood in it.
        native_class: local name of the element.
        key: ``gml:id``; where it has none, its class and position in its parent or in the file.
        parent: key of the object in which it stood.
        row: what its class is.
    """

    node: Node
    native_class: str
    key: str
    parent: str | None
    row: ClassRow


class Splitter:
    """Takes members apart; counts the objects without an identifier over a whole file."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()

    def split(self, top: Node) -> list[CityObject]:
        """Return the objects of a member, wholes before their parts."""
        local = name_of(str(top.tag)).local
        self._counts[local] += 1
        found: list[CityObject] = []
        _split(top, f"{local}[{self._counts[local]}]", None, found)
        return found


def is_object(top: Node) -> bool:
    """Tell whether what stands in a member of a file is an object of the city."""
    family, local = name_of(str(top.tag))
    return family not in _FOREIGN and class_rows().get(local, _OBJECT).kind != "data"


def row_of(node: Node) -> ClassRow:
    """Return what an element inside an object is.

    Names that ``classes.csv`` does not have are those of extensions: what ends in ``Surface`` is a
    surface; what can be referred to (``gml:id``) and is no attribute is an object; else it is data.
    """
    family, local = name_of(str(node.tag))
    if family in _FOREIGN:
        return _DATA
    row = class_rows().get(local)
    if row is not None:
        return row
    if not local[:1].isupper() or local.endswith("Attribute"):
        return _DATA
    if local.endswith("Surface"):
        return _SURFACE
    return _OBJECT if id_of(node) else _DATA


def id_of(node: Node) -> str:
    """Return ``gml:id``, or the ``fid`` of GML 2; empty where it has none."""
    for name, value in node.items():
        local = name_of(str(name)).local
        if local in ("id", "fid"):
            return str(value).strip()
    return ""


def _split(node: Node, derived_key: str, parent: str | None, found: list[CityObject]) -> None:
    key = id_of(node)[:_LONGEST_KEY] or derived_key
    local = name_of(str(node.tag)).local
    row = class_rows().get(local, _OBJECT)
    found.append(CityObject(node, local, key, parent, row))
    counts: Counter[str] = Counter()
    for part in list(_parts(node)):
        above = part.getparent()
        if above is not None:
            above.remove(part)
        name = name_of(str(part.tag)).local
        counts[name] += 1
        _split(part, f"{key}/{name}[{counts[name]}]", key, found)


def _parts(node: Node) -> Iterator[Node]:
    """Give the objects right inside an object, however deep in its properties."""
    for child in node:
        if name_of(str(child.tag)).family in _FOREIGN:
            continue
        if row_of(child).kind == "object":
            yield child
        else:
            yield from _parts(child)
