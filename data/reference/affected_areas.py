"""How far an alert reaches: which area around, below or along an entity it concerns."""

from functools import cache
from typing import Literal, NamedTuple, cast

from data.reference.tables import table_rows

How = Literal["itself", "around", "catchment", "downstream"]


class Reach(NamedTuple):
    """One row of ``affected_areas.csv``.

    Attributes:
        klass: four digits, two for a major class, empty for every class.
        domain: of the alert, empty for every domain.
        how: ``itself``: the entity's own outline; ``around``: what lies within ``reach_m``;
            ``catchment``: what drains into it, too; ``downstream``: the water below it.
        reach_m: how far, metres.
        status: how sure the row is.
        why: in a sentence.
    """

    klass: str
    domain: str
    how: How
    reach_m: float
    status: str
    why: str


@cache
def reach_of(klass: str, domain: str) -> Reach:
    """Return how far an alert of a domain reaches at an entity of a class.

    The row with the most digits of the class counts, of those the one that names the domain.
    """
    fitting = [row for row in _rows() if klass.startswith(row.klass) and row.domain in ("", domain)]
    return max(fitting, key=lambda row: (len(row.klass), row.domain != ""))


@cache
def _rows() -> tuple[Reach, ...]:
    return tuple(
        Reach(klass, domain, cast("How", how), float(reach_m), status, why)
        for klass, domain, how, reach_m, status, why in table_rows("affected_areas.csv")
    )
