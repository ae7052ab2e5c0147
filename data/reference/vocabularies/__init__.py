"""What protocols and devices call things, and which quantities those are."""

import csv
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import NamedTuple

_SUFFIX = ".csv"


class Term(NamedTuple):
    """One row of a vocabulary.

    Attributes:
        native: what the protocol calls it.
        quantity: a code of quantities.csv; empty where we have none for it.
        unit: in which it is sent where the message does not say; empty where that is not known.
        name_zh: as people call it.
        name_en: the same in English.
        mark: how sure the row is: verified, partly or project.
        statistic: of its values where the protocol cannot say; empty for what the message says.
    """

    native: str
    quantity: str
    unit: str
    name_zh: str
    name_en: str
    mark: str
    statistic: str = ""


Vocabulary = Mapping[str, Term]


@cache
def vocabulary(name: str) -> Vocabulary:
    """Return a vocabulary by native names.

    Raises:
        FileNotFoundError: there is none of this name.
    """
    text = (files(__name__) / f"{name}{_SUFFIX}").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines())
    terms = (Term(**{field: row.get(field, "") for field in Term._fields}) for row in rows)
    return MappingProxyType({term.native: term for term in terms})


@cache
def vocabulary_names() -> tuple[str, ...]:
    """Return the names of all vocabularies."""
    found = (item.name for item in files(__name__).iterdir())
    return tuple(sorted(name.removesuffix(_SUFFIX) for name in found if name.endswith(_SUFFIX)))
