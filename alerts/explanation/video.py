"""Video rules explained: the cameras that watch a thing, and what they saw last."""

from psycopg.rows import tuple_row

from alerts.explanation.documents import EventTold
from alerts.explanation.gathering import Asked, Connection
from alerts.rules import VideoRule
from twin.codes import EntityCode
from twin.model import from_us

_CAMERAS = """
SELECT r.origin, coalesce(d.state, 'unknown') FROM relation r
LEFT JOIN device_state d ON d.device = r.origin
WHERE r.target = %s AND r.kind = 'watches' AND r.superseded_in IS NULL ORDER BY r.origin
"""
_EVENTS = """
SELECT camera, ts, topic, source, active, verdict FROM video_event
WHERE camera = ANY(%s) AND mode = %s AND ts <= %s ORDER BY ts DESC LIMIT %s
"""
_SHOWN = 20
_HEARD = "online"


def events_told(
    connection: Connection, rule: VideoRule, asked: Asked
) -> tuple[list[EventTold], list[str]]:
    """Return the newest events of the cameras that watch a thing, and what is not known."""
    with connection.cursor(row_factory=tuple_row) as cursor:
        cameras = cursor.execute(_CAMERAS, [asked.thing.code]).fetchall()
        values = [[code for code, _ in cameras], asked.mode.value, from_us(asked.at_us), _SHOWN]
        rows = cursor.execute(_EVENTS, values).fetchall()
    events = [
        EventTold(
            camera=_code(camera),
            ts=ts,
            topic=topic,
            source=source,
            active=active,
            named=rule.names(topic),
            verdict=verdict,
        )
        for camera, ts, topic, source, active, verdict in rows
    ]
    missing = [
        f"what camera {_code(code)} sees: its state is {state!r}"
        for code, state in cameras
        if state != _HEARD
    ]
    return events, missing if cameras else ["no camera watches it"]


def _code(number: int) -> str:
    return str(EntityCode.from_int(number))
