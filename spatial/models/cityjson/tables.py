"""The tables of this folder: types of CityObjects, and which classes of ours they are."""

import csv
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from spatial.models.model import Json


class ClassRow(NamedTuple):
    """What CityObjects of a type become.

    Attributes:
        code: class of ``classes.csv`` of the reference tables; empty where an object stays an
            element of its model.
        part: whether it is a part of an entity of that class, and gets no code of its own.
    """

    code: str
    part: bool


_NONE = ClassRow("", part=False)


def class_of(native_class: str, attributes: Mapping[str, Json]) -> ClassRow:
    """Return what a CityObject becomes; types that the table does not have stay elements."""
    rows = _rows().get(native_class, {})
    if len(rows) > 1:
        for attribute, value in attributes.items():
            if isinstance(value, str) and (attribute, value.lower()) in rows:
                return rows[attribute, value.lower()]
    return rows.get(("", ""), _NONE)


@cache
def object_types() -> dict[str, int]:
    """Return the level of each type of CityJSON 1.0 to 2.0: 2 where it is a part of another."""
    return {row["type"]: int(row["level"]) for row in _table("object_types.csv")}


@cache
def _rows() -> dict[str, dict[tuple[str, str], ClassRow]]:
    rows: dict[str, dict[tuple[str, str], ClassRow]] = {}
    for row in _table("classes.csv"):
        known = rows.setdefault(row["native_class"], {})
        known[row["attribute"], row["value"]] = ClassRow(row["class"], row["part"] == "yes")
    return rows


def _table(name: str) -> Iterator[dict[str, str]]:
    text = (files("spatial.models.cityjson") / name).read_text(encoding="utf-8")
    yield from csv.DictReader(text.splitlines())
