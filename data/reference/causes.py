"""Which alerts can have one cause: families of alerts, links between them, deadlines."""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import NamedTuple

from data.reference.tables import table_rows

ANY_FAMILY = "*"
OTHER = "other"


class CauseFamily(NamedTuple):
    """One row of ``cause_families.csv``; an empty field stands for any."""

    family: str
    quantity: str
    entity_class: str
    domain: str
    status: str
    why: str


class CauseLink(NamedTuple):
    """One row of ``cause_links.csv``.

    Attributes:
        from_family: of the cause; ``*`` is any one, on both sides the same.
        to_family: of the consequence.
        kind: ``causes``, or ``shares`` where both have one cause and neither is the other's.
        relation: ``entity``, ``building``, ``near``, ``cell`` (of rain), ``network`` (near in the
            land of one river), ``catchment`` (of one outfall of the sewers),
            ``downstream`` or ``upstream`` (where the consequence lies).
        lag_min: longest time between the end of the cause and the beginning of the consequence;
            with ``downstream`` and ``upstream`` the water's travel time comes on top.
        lead_min: how much earlier than its cause a consequence may be noticed.
        distance_m: longest distance, along the network where it has one; None for any.
        quiets: whether a cause that stands quiets its consequence.
        status: how sure the row is.
        why: in a few words.
    """

    from_family: str
    to_family: str
    kind: str
    relation: str
    lag_min: float
    lead_min: float
    distance_m: float | None
    quiets: bool
    status: str
    why: str

    @property
    def name(self) -> str:
        """What the store calls it."""
        return f"{self.from_family}>{self.to_family}:{self.relation}"


class Deadline(NamedTuple):
    """One row of ``response_deadlines.csv``, minutes from the beginning of an incident."""

    domain: str
    level: str
    response_min: float
    completion_min: float
    status: str


@cache
def cause_families() -> tuple[CauseFamily, ...]:
    """Return the rows of ``cause_families.csv``; the first ones are the likeliest root causes."""
    return tuple(CauseFamily(*row) for row in table_rows("cause_families.csv"))


@cache
def cause_links() -> tuple[CauseLink, ...]:
    """Return the rows of ``cause_links.csv``; of several that hold the first is told."""
    return tuple(_link(row) for row in table_rows("cause_links.csv"))


@cache
def family_order() -> Mapping[str, int]:
    """Return the number of each family, in the order in which they first stand in the table."""
    names = dict.fromkeys(row.family for row in cause_families())
    return MappingProxyType({name: number for number, name in enumerate(names)})


def family_of(quantity: str, entity_class: str, domain: str) -> str:
    """Return the family of a rule's alerts, by the row that says most about it.

    Args:
        quantity: a code of ``quantities.csv``; empty for a video event.
        entity_class: the four digits of the thing's class.
        domain: a code of ``alert_domains.csv``.
    """
    return _family(quantity, entity_class, domain)


@cache
def _family(quantity: str, entity_class: str, domain: str) -> str:
    told = (quantity, entity_class, domain)
    best, most = OTHER, -1
    for row in cause_families():
        asked = (row.quantity, row.entity_class, row.domain)
        fits = all(want in ("", have) for want, have in zip(asked, told, strict=True))
        said = sum(map(bool, asked)) + (row.quantity != "") + (row.entity_class != "")
        if fits and said > most:
            best, most = row.family, said
    return best


@cache
def response_deadline(domain: str, level: str) -> Deadline:
    """Return how soon people must answer and be done, by domain and level.

    Raises:
        LookupError: the table lacks the level, which is a mistake in it.
    """
    rows = [Deadline(d, lv, float(r), float(c), s) for d, lv, r, c, s in _deadlines()]
    for wanted in (domain, ""):
        for row in rows:
            if (row.domain, row.level) == (wanted, level):
                return row
    raise LookupError(f"response_deadlines.csv: no row for any domain at level {level!r}")


def _deadlines() -> list[list[str]]:
    return list(table_rows("response_deadlines.csv"))


def _link(row: list[str]) -> CauseLink:
    start, end, kind, relation, lag, lead, distance, quiets, status, why = row
    limit = float(distance) if distance else None
    parts = (start, end, kind, relation, float(lag), float(lead))
    return CauseLink(*parts, limit, quiets == "yes", status, why)
