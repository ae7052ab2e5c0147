"""Which of our classes a class of IFC is, and how it is bound to the city."""

import csv
from functools import cache
from importlib import resources
from typing import Final, Literal, NamedTuple

_EVERY: Final = "IfcProduct"


class Bound(NamedTuple):
    """How elements of a class are bound.

    Attributes:
        entity_class: four digits of data/reference/classes.csv; empty where none fits.
        binding: ``coded`` for what gets an entity code when it is imported, ``address`` for what is
            known by model and GlobalId until something is bound to it.
    """

    entity_class: str
    binding: Literal["coded", "address"]


_ADDRESS: Final = Bound("", "address")


def bound(native_class: str, predefined_type: str = "", *, indoors: bool = False) -> Bound:
    """Return how a class of IFC is bound.

    Args:
        native_class: exact class, ``IfcSensor``.
        predefined_type: of the element or its type; empty where none is said.
        indoors: whether it stands in a building. The pipes and wall sockets of a house are no
            components of the city.
    """
    table = _table()
    for key in ((native_class, predefined_type), (native_class, ""), (_EVERY, "")):
        if key in table:
            where, found = table[key]
            return _ADDRESS if indoors and where == "outdoors" else found
    return _ADDRESS


@cache
def _table() -> dict[tuple[str, str], tuple[str, Bound]]:
    text = (resources.files(__package__) / "classes.csv").read_text(encoding="utf-8")
    return {
        (row["native_class"], row["predefined_type"]): (
            row["where"],
            Bound(row["class"], "coded" if row["binding"] == "coded" else "address"),
        )
        for row in csv.DictReader(text.splitlines())
    }
