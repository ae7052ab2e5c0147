"""The tables of this folder: what a tag means here."""

import csv
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import NamedTuple

ANY = "*"


class AreaRule(NamedTuple):
    """Which closed ways of a key enclose an area: all, only some values, or all except some."""

    rule: str
    values: frozenset[str]

    def holds(self, value: str) -> bool:
        """Tell whether a closed way of this value encloses an area."""
        if self.rule == "all":
            return value != "no"
        return (value in self.values) == (self.rule == "only")


class MainKey(NamedTuple):
    """A key that says what an object is: the lowest rank wins, with its value where it must."""

    rank: int
    with_value: bool


class ClassRule(NamedTuple):
    """What a tag, and perhaps a second one, makes of an object; the lowest rank wins.

    ``entity_class`` is None where the tag says that it is nothing of ours.
    """

    rank: int
    value: str
    also: tuple[str, str] | None
    entity_class: str | None

    def holds(self, value: str, tags: Mapping[str, str]) -> bool:
        """Tell whether the tags are meant."""
        if self.value not in (ANY, value):
            return False
        return self.also is None or _is(tags.get(self.also[0]), self.also[1])


@cache
def area_rules() -> dict[str, AreaRule]:
    """Return the rules of ``areas.csv`` by key (the list of Overpass Turbo, Polygon Features)."""
    return {
        row["key"]: AreaRule(row["rule"], frozenset(row["values"].split()))
        for row in _rows("areas.csv")
    }


@cache
def main_keys() -> dict[str, MainKey]:
    """Return the rows of ``main_keys.csv`` by key; the order of the table is the rank."""
    return {
        row["key"]: MainKey(rank, row["class_by"] == "value")
        for rank, row in enumerate(_rows("main_keys.csv"))
    }


@cache
def class_rules() -> dict[str, tuple[ClassRule, ...]]:
    """Return the rules of ``classes.csv`` by key; the order of the table is the rank."""
    rules: dict[str, tuple[ClassRule, ...]] = {}
    for rank, row in enumerate(_rows("classes.csv")):
        also = (row["and_key"], row["and_value"]) if row["and_key"] else None
        rule = ClassRule(rank, row["value"], also, row["class"] or None)
        rules[row["key"]] = (*rules.get(row["key"], ()), rule)
    return rules


def _is(value: str | None, expected: str) -> bool:
    return value is not None and expected in (ANY, value)


def _rows(name: str) -> list[dict[str, str]]:
    text = files(__package__).joinpath(name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))
