"""What CAP 1.2 calls our levels and domains (OASIS CAP-v1.2, 3.2.2; the tables say how sure)."""

from functools import cache
from typing import NamedTuple

from data.reference.tables import table_rows


class CapLevel(NamedTuple):
    """A row of ``cap_levels.csv``: severity, urgency and certainty of a level."""

    level: str
    severity: str
    urgency: str
    certainty: str
    status: str
    source: str


class CapEvent(NamedTuple):
    """A row of ``cap_events.csv``: category, response and advice of a domain."""

    domain: str
    category: str
    response: str
    instruction_zh: str
    instruction_en: str
    status: str


@cache
def cap_levels() -> dict[str, CapLevel]:
    """Return what levels are called, by level."""
    return {row[0]: CapLevel(*row) for row in table_rows("cap_levels.csv")}


@cache
def cap_event(domain: str | None) -> CapEvent:
    """Return what a domain is called; the first row is for those that have none."""
    rows = {row[0]: CapEvent(*row) for row in table_rows("cap_events.csv")}
    return rows.get(domain or "", rows[""])
