"""What an object says of itself, flattened to names and values."""

import re
from collections import Counter
from collections.abc import Iterator

from spatial.models.citygml.pieces import Node
from spatial.models.citygml.refusals import ObjectRefusedError
from spatial.models.citygml.splitting import row_of
from spatial.models.citygml.tables import name_of
from spatial.models.model import Json

HREF = "{http://www.w3.org/1999/xlink}href"

_WHOLE = re.compile(r"-?(?:0|[1-9]\d{0,14})")
_FLOAT = re.compile(r"[+-]?(?:\d{1,300}\.?\d{0,300}|\.\d{1,300})(?:[eE][+-]?\d{1,2})?")
_DECIMAL = re.compile(r"-?(?:0|[1-9]\d{0,14})\.\d{1,15}")
_GENERIC = re.compile(r"(string|date|uri|code|int|double|measure)Attribute", re.IGNORECASE)
_GENERIC_SET = "genericattributeset"
_TEXTS = frozenset({"string", "date", "uri", "code"})
_TRUTH = {"true": True, "false": False}
_OF_GML = frozenset({"name", "description", "identifier"})
_PAIR = "KeyValuePairAttribute"
_MOST = 5_000


def properties_of(node: Node) -> dict[str, Json]:
    """Return the properties of an object.

    A property has its local name; one of a data type has the name of the type before it:
    ``BuildingDetailAttribute.totalFloorArea``. The second of a name is ``usage[2]``. Codes stay
    text and numbers are numbers, with their unit in ``measuredHeight.uom``. A reference is the key
    that it points to.

    Raises:
        ObjectRefusedError: there are more than any object has.
    """
    return _Flattening().flattened(node)


class _Flattening:
    def __init__(self) -> None:
        self._found: dict[str, Json] = {}
        self._types: Counter[str] = Counter()
        self._names: Counter[str] = Counter()

    def flattened(self, node: Node) -> dict[str, Json]:
        self._add_all(node, "")
        return self._found

    def _add_all(self, node: Node, before: str) -> None:
        for child in node:
            family, local = name_of(str(child.tag))
            if family == "appearance" or (family == "gml" and local not in _OF_GML):
                continue
            if kind := _GENERIC.fullmatch(local):
                self._add_generic(child, before, kind[1].lower())
            elif len(child) == 0:
                self._add_value(f"{before}{local}", child)
            elif local.lower() == _GENERIC_SET:
                name = _generic_name(child)
                for inner in child.findall("{*}name"):
                    child.remove(inner)
                self._add_all(child, f"{before}{name}.")
            elif not _draws(child):
                self._add_nested(child, before, local)

    def _add_nested(self, node: Node, before: str, local: str) -> None:
        """Add a property that holds a data type, or properties of its own."""
        if not name_of(str(node[0].tag)).local[:1].isupper():
            self._add_all(node, f"{before}{local}.")
            return
        for inner in node:
            name = name_of(str(inner.tag)).local
            if name == "Address":
                self._add(f"{before}{local}", " ".join(_address(inner)))
            elif name == _PAIR:
                self._add_pair(inner, before)
            elif _GENERIC.fullmatch(name) or name.lower() == _GENERIC_SET:
                self._add_all(node, before)
                return
            else:
                self._types[f"{before}{name}"] += 1
                count = self._types[f"{before}{name}"]
                self._add_all(inner, f"{before}{_numbered(name, count)}.")

    def _add_generic(self, node: Node, before: str, kind: str) -> None:
        value = node.find("{*}value")
        if value is None:
            return
        name = f"{before}{_generic_name(node)}"
        if kind in _TEXTS:
            self._add(name, (value.text or "").strip())
        else:
            self._add_value(name, value, number=kind != "int")

    def _add_pair(self, node: Node, before: str) -> None:
        """Add a pair of i-UR, whose name is a code."""
        texts = [(each.text or "").strip() for each in node]
        if len(texts) > 1:
            self._add(f"{before}{_PAIR}.{texts[0]}", texts[1])

    def _add_value(self, name: str, node: Node, *, number: bool = False) -> None:
        text = (node.text or "").strip()
        target = node.get(HREF)
        if not text and target is not None:
            self._add(name, target.removeprefix("#"))
        elif node.get("codeSpace") is not None:
            self._add(name, text)
        else:
            unit = node.get("uom")
            # A measure is 42.5 here and 42 there; it is a number of one kind all the same.
            value = _measured(text) if unit or number else _typed(text)
            added = self._add(name, value)
            if added and unit:
                self._add(f"{added}.uom", unit)

    def _add(self, name: str, value: Json) -> str:
        """Add a value and return the name that it got; empty where there is nothing to add."""
        if value in ("", None):
            return ""
        self._names[name] += 1
        numbered = _numbered(name, self._names[name])
        self._found[numbered] = value
        if len(self._found) > _MOST:
            raise ObjectRefusedError(f"has more than {_MOST:,} properties")
        return numbered


def _draws(node: Node) -> bool:
    """Tell whether a property holds geometry or semantic surfaces."""
    return any(
        name_of(str(child.tag)).family == "gml"
        or name_of(str(child.tag)).local == "ImplicitGeometry"
        or row_of(child).kind == "surface"
        for child in node
    )


def _generic_name(node: Node) -> str:
    inner = node.find("{*}name")
    said = node.get("name") or (inner.text if inner is not None else None)
    return (said or "").strip() or name_of(str(node.tag)).local


def _address(node: Node) -> Iterator[str]:
    for each in node.iter():
        if name_of(str(each.tag)).family == "address" and len(each) == 0:
            text = (each.text or "").strip()
            if text:
                yield text


def _numbered(name: str, count: int) -> str:
    return name if count == 1 else f"{name}[{count}]"


def _measured(text: str) -> Json:
    return float(text) if _FLOAT.fullmatch(text) else text


def _typed(text: str) -> Json:
    if _WHOLE.fullmatch(text):
        return int(text)
    if _DECIMAL.fullmatch(text):
        return float(text)
    return _TRUTH.get(text, text)
