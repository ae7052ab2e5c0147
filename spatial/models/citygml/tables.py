"""The tables of this folder: what a namespace and the name of an element mean here."""

import csv
import re
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib.resources import files
from typing import NamedTuple

from spatial.models.model import Json

_ANY = "*"
_MOST_TAGS = 1024
_VERSION = re.compile(r"/citygml/(?:[a-z]+/)?(\d)[./](\d)")
_IUR_VERSION = re.compile(r"/iur/(ur[of])/(\d\.\d)")


class Name(NamedTuple):
    """Name of an element: family of its namespace (``namespaces.csv``), and what it is called."""

    family: str
    local: str


class ClassRow(NamedTuple):
    """What an element of a name is.

    Attributes:
        kind: ``object`` of the city, semantic ``surface`` of one, or mere ``data`` of one.
        draws: what a map draws of it if it has the choice: ``area``, ``line`` or ``point``;
            ``shadow`` is the area of what does not stand on all of it.
        named_by: property that names it where ``gml:name`` does not.
    """

    kind: str
    draws: str
    named_by: str


class EntityClass(NamedTuple):
    """What an object becomes.

    Attributes:
        code: class of our entity code; empty where it stays an element of its model.
        part: whether it is a part of an entity of that class, and gets no code of its own.
    """

    code: str
    part: bool


@lru_cache(_MOST_TAGS)
def name_of(tag: str) -> Name:
    """Return the name behind lxml's ``{namespace}local``."""
    namespace, brace, local = tag[1:].partition("}")
    return Name(family_of(namespace), local) if brace else Name("", tag)


@lru_cache(_MOST_TAGS)
def family_of(namespace: str) -> str:
    """Return the family of a namespace; ``ade`` for all that CityGML does not know."""
    return next((family for start, family in _families() if namespace.startswith(start)), "ade")


@cache
def class_rows() -> dict[str, ClassRow]:
    """Return what elements are by their name, as ``classes.csv`` has it."""
    return {
        row["native_class"]: ClassRow(row["kind"], row["draws"], row["named_by"])
        for row in _rows("classes.csv")
        if not row["attribute"]
    }


def class_of(native_class: str, properties: Mapping[str, Json]) -> EntityClass:
    """Return what an object becomes; one that the table does not have stays an element."""
    rows = _entity_classes().get(native_class, {})
    for attribute, value in properties.items():
        for said in (str(value).lower(), _ANY):
            if (attribute, said) in rows:
                return rows[attribute, said]
    return rows.get(("", ""), EntityClass("", part=False))


@cache
def srs_names() -> dict[str, str]:
    """Return names of CRSs that only some surveys use, as everybody writes them."""
    return {row["name"]: row["read_as"] for row in _rows("srs_names.csv")}


def version_of(namespaces: list[str]) -> str | None:
    """Return the newest version of CityGML among namespaces, None where there is none."""
    found = [_VERSION.search(namespace) for namespace in namespaces]
    return max((f"{each[1]}.{each[2]}" for each in found if each), default=None)


def extensions_of(namespaces: list[str]) -> list[str]:
    """Return the versions of i-UR among namespaces: ``urf 3.1``, ``uro 3.1``."""
    found = [_IUR_VERSION.search(namespace) for namespace in namespaces]
    return sorted({f"{each[1]} {each[2]}" for each in found if each})


@cache
def _entity_classes() -> dict[str, dict[tuple[str, str], EntityClass]]:
    classes: dict[str, dict[tuple[str, str], EntityClass]] = {}
    for row in _rows("classes.csv"):
        known = classes.setdefault(row["native_class"], {})
        known[row["attribute"], row["value"]] = EntityClass(row["class"], row["part"] == "yes")
    return classes


@cache
def _families() -> tuple[tuple[str, str], ...]:
    return tuple((row["starts_with"], row["family"]) for row in _rows("namespaces.csv"))


def _rows(name: str) -> list[dict[str, str]]:
    text = files(__package__).joinpath(name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))
