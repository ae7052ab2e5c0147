"""Which roads and sections are closed: those under water, and those that the caller names."""

from typing import Any, Literal, NamedTuple

import psycopg

Connection = psycopg.Connection[tuple[Any, ...]]
Mode = Literal["actual", "exercise", "replay"]

CLOSING_LEVELS = ("orange", "red")
"""Of a flood alert. Water of blue and yellow is driven through slowly; a project default."""

_FLOODED = """
    SELECT DISTINCT ON (a.entity) a.entity, a.id, a.level
    FROM alert a JOIN entity e ON e.code = a.entity
    WHERE a.domain = 'flood' AND a.mode = %s
      AND a.state NOT IN ('cleared', 'closed') AND a.cleared_at IS NULL
      AND a.level = ANY (%s) AND e.class_code IN ('8401', '8402')
    ORDER BY a.entity, a.level = 'red' DESC, a.id"""
_KNOWN = "SELECT code FROM entity WHERE code = ANY (%s) AND class_code IN ('8401', '8402')"


class UnknownPlaceError(LookupError):
    """A road, place, alert or class that the register does not have. Look for its code."""


class Closure(NamedTuple):
    """A road or section that nobody drives on now.

    Attributes:
        code: of the entity; a road is closed with all its sections.
        reason: ``alert 17 (red)``, or ``named``.
    """

    code: int
    reason: str


def closures(
    connection: Connection,
    named: tuple[int, ...] = (),
    *,
    flooded: bool = True,
    mode: Mode = "actual",
) -> list[Closure]:
    """Return what is closed, in the order of codes.

    Args:
        connection: to the store.
        named: further roads and sections.
        flooded: those that have a flood alert of level orange or red whose condition stands.
        mode: of the alerts.

    Raises:
        UnknownPlaceError: what is named is no road and no section.
    """
    known = {row[0] for row in connection.execute(_KNOWN, (list(named),))}
    if unknown := sorted(set(named) - known):
        raise UnknownPlaceError(f"closed {unknown[0]}: expected a road (8401) or section (8402)")
    reasons = dict.fromkeys(named, "named")
    if flooded:
        rows = connection.execute(_FLOODED, (mode, list(CLOSING_LEVELS))).fetchall()
        reasons |= {code: f"alert {alert} ({level})" for code, alert, level in rows}
    return [Closure(code, reason) for code, reason in sorted(reasons.items())]
