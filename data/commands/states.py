"""What a device shall be like beside what it says it is like."""

from typing import Any, Final, LiteralString

DESIRED_AND_REPORTED: Final[LiteralString] = """
    WITH desired AS (
        SELECT d.name, d.value, d.unit, d.tolerance, d.command_id, d.at, d.by, c.state
        FROM device_desired d JOIN command c ON c.id = d.command_id
        WHERE d.device = %(device)s
    ), said AS (
        SELECT name, value, at FROM device_reported WHERE device = %(device)s
        UNION ALL
        SELECT concat_ws('.', s.quantity, nullif(s.channel, '')), to_jsonb(l.value), l.ts
        FROM series s JOIN series_latest l ON l.series_id = s.id
        WHERE s.device = %(device)s AND s.mode = 'actual' AND s.statistic = 'instant'
        AND concat_ws('.', s.quantity, nullif(s.channel, '')) IN (SELECT name FROM desired)
    ), newest AS (SELECT DISTINCT ON (name) name, value, at FROM said ORDER BY name, at DESC)
    SELECT name, d.value AS desired, coalesce(d.unit, '') AS unit, d.tolerance,
           d.command_id AS command, d.state AS command_state, d.at AS desired_at,
           d.by AS desired_by, n.value AS reported, n.at AS reported_at
    FROM desired d FULL JOIN newest n USING (name) ORDER BY name"""
"""One row for each state that is desired or reported; asks for ``device``."""


def in_agreement(row: dict[str, Any]) -> bool | None:
    """Return whether a device is as it shall be.

    Args:
        row: of ``DESIRED_AND_REPORTED``.

    Returns:
        None where nothing is desired, or nothing was reported since: that is unknown.
    """
    wanted, said = row["desired"], row["reported"]
    if wanted is None or said is None or row["reported_at"] < row["desired_at"]:
        return None
    if isinstance(wanted, str) or isinstance(said, str):
        return bool(wanted == said)
    return abs(float(wanted) - float(said)) <= float(row["tolerance"])
