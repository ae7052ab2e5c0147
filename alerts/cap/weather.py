"""Weather signals as readings: which level counts at each area now, and where that is news."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import psycopg

from twin.model import Mode

Connection = psycopg.Connection[tuple[Any, ...]]

QUANTITY = "weather_signal"
"""0 none, 1 blue, 2 yellow, 3 orange, 4 red."""

PROPERTY = "x_weather_signal"
"""Of the device, class 8599, that stands for the bureau at an area: true."""

# A signal concerns an area by its outline; else by a code of GB/T 2260 of its county, city or
# province; else by its name.
_LEVELS = """
SELECT d.code, e.code, coalesce(max(f.level), 0)::int2, latest.value
FROM entity d
JOIN relation r ON r.origin = d.code AND r.kind = 'monitors' AND r.superseded_in IS NULL
JOIN entity e ON e.code = r.target AND NOT e.retired AND left(e.class_code, 2) = '88'
LEFT JOIN LATERAL (
    SELECT s.level FROM cap_signal s JOIN cap_message m ON m.id = s.message_id
    WHERE m.mode = %(mode)s AND s.is_weather AND s.begins_at <= %(at)s AND s.expires_at > %(at)s
      AND m.sent <= %(at)s AND (m.ended_at IS NULL OR m.ended_at > %(at)s)
      AND CASE
        WHEN s.area IS NOT NULL THEN ST_Intersects(s.area, ST_Transform(e.geom, 4326))
        WHEN s.geocodes && ARRAY[left(e.code::text, 6), left(e.code::text, 4) || '00',
                                 left(e.code::text, 2) || '0000'] THEN true
        ELSE e.name <> '' AND position(e.name IN s.area_text) > 0 END
) f ON true
LEFT JOIN LATERAL (
    SELECT l.value FROM series own JOIN series_latest l ON l.series_id = own.id
    WHERE own.device = d.code AND own.quantity = %(quantity)s AND own.mode = %(mode)s
    ORDER BY l.ts DESC LIMIT 1
) latest ON true
WHERE d.class_code = '8599' AND NOT d.retired AND d.properties -> %(property)s = 'true'::jsonb
GROUP BY d.code, e.code, latest.value
ORDER BY d.code
"""


class AreaLevel(NamedTuple):
    """The level at an area, and the one that was stored last.

    Attributes:
        device: code of the device that stands for the bureau there.
        area: code of what it monitors.
        level: that counts now.
        stored: None where there is none.
    """

    device: int
    area: int
    level: int
    stored: float | None


def area_levels(connection: Connection, at: datetime, mode: Mode) -> list[AreaLevel]:
    """Return the level that counts at each area which a device with ``PROPERTY`` monitors."""
    values = {"at": at, "mode": mode.value, "quantity": QUANTITY, "property": PROPERTY}
    return [AreaLevel(*row) for row in connection.execute(_LEVELS, values)]


def news(levels: Sequence[AreaLevel]) -> list[AreaLevel]:
    """Return the areas whose level is not the stored one."""
    return [one for one in levels if one.stored != one.level]
