"""Which devices there are and how they are, for whoever lists them."""

from collections.abc import Container
from datetime import datetime
from typing import Any, Final, NamedTuple

import psycopg
from psycopg.sql import SQL, Composed

from data.reference import entity_classes

DEVICE_CLASSES: Final = [
    code for code, found in entity_classes().items() if found.role in {"device", "camera"}
]

COUNTS: Final = SQL("""
    SELECT coalesce(d.state, 'unknown') AS state, count(*) AS devices
    FROM entity e LEFT JOIN device_state d ON d.device = e.code
    WHERE e.class_code = ANY(%(classes)s) AND NOT e.retired GROUP BY 1 ORDER BY 1""")
"""How many devices in use are in each state; wants ``classes``."""

# When a device was last heard stands with its newest values; nothing is written for it alone.
_LISTED = SQL("""
    SELECT e.code, e.name, coalesce(d.state, 'unknown') AS state, d.since,
           CASE WHEN d.since IS NULL THEN 'never heard' ELSE d.reason END AS reason,
           greatest(d.heard_at, h.heard_at) AS heard_at, d.gone_at, d.interval_s,
           coalesce(d.refused, 0) AS refused, d.last_refused_at,
           coalesce(d.conflicts, 0) AS conflicts, d.last_conflict_at
    FROM entity e LEFT JOIN device_state d ON d.device = e.code
    LEFT JOIN LATERAL (
        SELECT max(l.received_at) AS heard_at FROM series s
        JOIN series_latest l ON l.series_id = s.id WHERE s.device = e.code AND s.mode = 'actual'
    ) h ON true
    WHERE e.class_code = ANY(%(classes)s) AND {conditions}
    ORDER BY e.code LIMIT %(more)s""")

_CONDITIONS: Final = {
    "present": SQL("NOT e.retired"),
    "state": SQL("coalesce(d.state, 'unknown') = %(state)s"),
    "after": SQL("e.code > %(after)s"),
    "code": SQL("e.code = %(code)s"),
}


class ListedState(NamedTuple):
    """How a device is.

    Attributes:
        device: its code.
        name: its name.
        state: one of ``DeviceState``.
        since: when it came to that, None if it was never heard.
        reason: why.
        heard_at: when anything last came from it.
    """

    device: int
    name: str
    state: str
    since: datetime | None
    reason: str
    heard_at: datetime | None


def listed(wanted: Container[str]) -> Composed:
    """Return the statement that lists devices in the order of their codes.

    Args:
        wanted: names of the conditions that count: present, state, after, code. The parameters
            ``classes`` and ``more`` are wanted besides.
    """
    conditions = [condition for name, condition in _CONDITIONS.items() if name in wanted]
    return _LISTED.format(conditions=SQL(" AND ").join(conditions))


def list_states(
    connection: psycopg.Connection[tuple[Any, ...]], *, state: str | None, most: int
) -> list[ListedState]:
    """Return how devices in use are, in the order of their codes."""
    wanted = {"present": True, "classes": DEVICE_CLASSES, "more": most}
    wanted |= {} if state is None else {"state": state}
    return [ListedState(*row[:6]) for row in connection.execute(listed(wanted), wanted)]


def count_states(connection: psycopg.Connection[tuple[Any, ...]]) -> dict[str, int]:
    """Return how many devices in use are in each state."""
    found = connection.execute(COUNTS, {"classes": DEVICE_CLASSES})
    return dict(found.fetchall())
