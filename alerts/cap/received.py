"""Keeps the warnings of others: each once, and out of force once another takes its place."""

from datetime import datetime
from typing import Any, NamedTuple

import psycopg
import shapely
from shapely.geometry.base import BaseGeometry

from alerts.cap.message import CapMessage
from twin.model import Mode

Connection = psycopg.Connection[tuple[Any, ...]]

_WRITE = """
INSERT INTO cap_message (sender, identifier, sent, status, msg_type, reference, headline, mode,
                         source, raw, received_at)
VALUES (%(sender)s, %(identifier)s, %(sent)s, %(status)s, %(msg_type)s, %(reference)s,
        %(headline)s, %(mode)s, %(source)s, %(raw)s, %(received_at)s)
ON CONFLICT (sender, identifier, sent) DO NOTHING RETURNING id
"""
_SIGNAL = """
INSERT INTO cap_signal (message_id, number, event, event_code, severity, urgency, certainty, level,
                        is_weather, begins_at, expires_at, area_text, geocodes, area)
VALUES (%(message)s, %(number)s, %(event)s, %(event_code)s, %(severity)s, %(urgency)s,
        %(certainty)s, %(level)s, %(is_weather)s, %(begins_at)s, %(expires_at)s, %(area_text)s,
        %(geocodes)s, ST_GeomFromWKB(%(area)s, 4326))
"""
# Whoever updates or cancels must be who sent it, or come from the same feed.
_END_EARLIER = """
UPDATE cap_message SET ended_at = %(sent)s, ended_by = %(identifier)s
WHERE ended_at IS NULL AND identifier = %(old)s AND sender = %(old_sender)s
  AND (sender = %(sender)s OR source = %(source)s) AND id <> %(id)s
"""
# An update may come before what it updates.
_END_OWN = """
UPDATE cap_message m SET ended_at = later.sent, ended_by = later.identifier
FROM cap_message later
WHERE m.id = %(id)s AND m.ended_at IS NULL AND later.msg_type IN ('Update', 'Cancel')
  AND later.id <> m.id AND (later.sender = m.sender OR later.source = m.source)
  AND EXISTS (SELECT FROM unnest(later.reference) AS r (text)
              WHERE r.text LIKE %(own)s ESCAPE '!')
"""
_IN_FORCE = """
SELECT m.sender, m.identifier, m.headline, s.event, s.level, s.severity, s.is_weather,
       s.begins_at, s.expires_at, s.area_text, m.source
FROM cap_signal s JOIN cap_message m ON m.id = s.message_id
WHERE m.mode = %(mode)s AND s.level > 0 AND s.begins_at <= %(at)s AND s.expires_at > %(at)s
  AND m.sent <= %(at)s AND (m.ended_at IS NULL OR m.ended_at > %(at)s)
  AND (%(place)s::bytea IS NULL OR ST_Intersects(s.area, ST_GeomFromWKB(%(place)s, 4326)))
ORDER BY s.level DESC, s.begins_at, m.id
"""


class SignalInForce(NamedTuple):
    """A warning that counts at an instant; ``level`` is 1 blue to 4 red."""

    sender: str
    identifier: str
    headline: str
    event: str
    level: int
    severity: str
    is_weather: bool
    begins_at: datetime
    expires_at: datetime
    area_text: str
    source: str


def keep(
    connection: Connection, message: CapMessage, source: str, mode: Mode, now: datetime
) -> bool:
    """Keep a message, and end those that it updates or cancels.

    Args:
        connection: the running transaction.
        message: as it was read.
        source: name of the feed or file.
        mode: of the feed; what is not ``Actual`` does not count in it, exercises in ``exercise``.
        now: when it was received.

    Returns:
        Whether it is new; a message that is known changes nothing.
    """
    values = {
        "sender": message.sender,
        "identifier": message.identifier,
        "sent": message.sent,
        "status": message.status,
        "msg_type": message.msg_type,
        "reference": list(message.references),
        "headline": message.headline,
        "mode": _mode_of(message, mode),
        "source": source,
        "raw": message.raw,
        "received_at": now,
    }
    row = connection.execute(_WRITE, values).fetchone()
    if row is None:
        return False
    for number, signal in enumerate(message.signals):
        area = None if signal.area is None else shapely.to_wkb(signal.area)
        own = signal._asdict() | {"geocodes": list(signal.geocodes), "area": area}
        connection.execute(_SIGNAL, own | {"message": row[0], "number": number})
    _end(connection, message, row[0], source)
    return True


def _mode_of(message: CapMessage, mode: Mode) -> str | None:
    wanted = "Exercise" if mode is Mode.EXERCISE else "Actual"
    return mode.value if message.status == wanted else None


def _end(connection: Connection, message: CapMessage, number: int, source: str) -> None:
    own = f"{message.sender},{message.identifier},"
    for sign in "!%_":
        own = own.replace(sign, f"!{sign}")
    connection.execute(_END_OWN, {"id": number, "own": f"{own}%"})
    if message.msg_type not in ("Update", "Cancel"):
        return
    for reference in message.references:
        sender, _, rest = reference.partition(",")
        values = {
            "id": number,
            "sent": message.sent,
            "identifier": message.identifier,
            "old": rest.rpartition(",")[0] or rest,
            "old_sender": sender,
            "sender": message.sender,
            "source": source,
        }
        connection.execute(_END_EARLIER, values)


def signals_in_force(
    connection: Connection,
    at: datetime,
    place: BaseGeometry | None = None,
    mode: Mode = Mode.ACTUAL,
) -> list[SignalInForce]:
    """Return the warnings of others that count at an instant, the highest first.

    Args:
        connection: to the store.
        at: the instant; what was ended or had expired by then is out of force.
        place: only those whose polygon or circle touches it, WGS 84 with x as longitude; those
            that name their area in words or codes alone are then left out.
        mode: in which they count.
    """
    wkb = None if place is None else shapely.to_wkb(place)
    rows = connection.execute(_IN_FORCE, {"at": at, "place": wkb, "mode": mode.value})
    return [SignalInForce(*row) for row in rows]
