"""What the store knows of a rule at a thing: readings, intervals, alerts; nothing is written."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any, NamedTuple

import psycopg
from psycopg.rows import tuple_row

from alerts.explanation.documents import AlertTold, IntervalTold, ReadingTold
from alerts.explanation.documents import Grade as GradeName
from alerts.memory import Group, Key
from twin.model import Check, Grade, Mode, from_us, grade_of, to_us
from twin.model.quality import GRADE_MASK

Connection = psycopg.Connection[Any]

_THINGS = "SELECT code, name, class_code, retired FROM entity WHERE code = ANY(%s)"
_SERIES = """
SELECT id FROM series WHERE entity = %s AND quantity = ANY(%s) AND mode = %s ORDER BY quantity, id
"""
_INTERVALS = """
SELECT rule, entity, key, rule_version, from_at, to_at, revised_at FROM rule_interval
WHERE rule = %s AND entity = ANY(%s) AND mode = %s AND from_at <= %s
  AND (to_at IS NULL OR to_at > %s)
ORDER BY from_at, id
"""
_ALERT = """
SELECT id, level, state, raised_at, reason,
       (cleared_at IS NULL OR cleared_at > %(at)s) AND (closed_at IS NULL OR closed_at > %(at)s)
FROM alert WHERE rule = %(rule)s AND entity = %(entity)s AND mode = %(mode)s
  AND found_by = 'rule' AND raised_at <= %(at)s
ORDER BY id DESC LIMIT 1
"""
_NEWEST = """
SELECT ts, value, quality FROM observation WHERE series_id = %s AND ts <= %s
ORDER BY ts DESC LIMIT %s
"""
_LAST = f"""
SELECT s.entity, max(o.ts) FROM series s CROSS JOIN LATERAL (
    SELECT ts FROM observation
    WHERE series_id = s.id AND ts <= %s AND quality & {GRADE_MASK} <> {int(Grade.UNRELIABLE)}
    ORDER BY ts DESC LIMIT 1) o
WHERE s.entity = ANY(%s) AND s.quantity = ANY(%s) AND s.mode = %s
GROUP BY s.entity
"""  # noqa: S608 -- numbers of ours
_INTERVAL = "SELECT interval_s FROM device_state WHERE device = %s"


class UnknownThingError(LookupError):
    """A code that the register does not have. Look it up in the register."""


class Thing(NamedTuple):
    """A thing of the register.

    Attributes:
        code: its number.
        name: as people call it.
        klass: the four digits of its class.
        retired: whether it is out of use.
    """

    code: int
    name: str
    klass: str
    retired: bool


class Asked(NamedTuple):
    """What is asked about.

    Attributes:
        thing: at which the rule is looked at.
        mode: whose readings.
        at_us: the instant.
        live: whether that is the present.
    """

    thing: Thing
    mode: Mode
    at_us: int
    live: bool


class Stood(NamedTuple):
    """The intervals of a rule at things, and which of them stood at an instant."""

    told: Sequence[tuple[int, IntervalTold]]
    at_us: int

    def since(self, entity: int, key: Key | None = None) -> int | None:
        """Return since when a level stood at the instant, by the newest interval."""
        return self._since(entity, key, self.at_us)

    def was_raised(self, entity: int, key: Key, at_us: int) -> bool:
        """Return whether a level stood at another instant."""
        return self._since(entity, key, at_us) is not None

    def of(self, entity: int, back_us: int | None = None) -> list[IntervalTold]:
        """Return the intervals at a thing, or those that reach into a time before the instant."""
        since = from_us(self.at_us - back_us) if back_us is not None else None
        return [
            each
            for code, each in self.told
            if code == entity and (since is None or each.end is None or each.end > since)
        ]

    def _since(self, entity: int, key: Key | None, at_us: int) -> int | None:
        found = [
            to_us(each.begin)
            for each in self.of(entity)
            if (key is None or each.key == key.text) and _covers(each, at_us)
        ]
        return max(found, default=None)


def _covers(interval: IntervalTold, at_us: int) -> bool:
    if interval.revised_at is not None or to_us(interval.begin) > at_us:
        return False
    return interval.end is None or to_us(interval.end) > at_us


def read_thing(connection: Connection, code: int) -> Thing:
    """Return a thing.

    Raises:
        UnknownThingError: the register does not have it.
    """
    found = read_things(connection, [code])
    if not found:
        raise UnknownThingError(f"entity {code}: expected a code of the register")
    return found[code]


def read_things(connection: Connection, codes: Iterable[int]) -> dict[int, Thing]:
    """Return things by their codes."""
    rows = _rows(connection, _THINGS, [list(codes)])
    return {row[0]: Thing(*row) for row in rows}


def series_at(
    connection: Connection, entity: int, quantities: Iterable[str], mode: Mode
) -> list[int]:
    """Return the numbers of the series of some quantities at a thing."""
    return [row[0] for row in _rows(connection, _SERIES, [entity, list(quantities), mode.value])]


def read_intervals(
    connection: Connection, rule: str, entities: Sequence[int], asked: Asked, back_us: int
) -> Stood:
    """Return the intervals that began until the instant and reach into a time before it.

    Args:
        connection: of the store.
        rule: its id, or that of a condition.
        entities: codes of the things.
        asked: mode and instant.
        back_us: how long that time is.
    """
    at = from_us(asked.at_us)
    since = at - timedelta(microseconds=back_us)
    rows = _rows(connection, _INTERVALS, [rule, list(entities), asked.mode.value, at, since])
    return Stood([_interval(row) for row in rows], asked.at_us)


def _interval(row: Sequence[Any]) -> tuple[int, IntervalTold]:
    _, entity, key, version, begin, end, revised_at = row
    level = Key.parse(key).level.text
    told = IntervalTold(
        key=key, level=level, version=version, begin=begin, end=end, revised_at=revised_at
    )
    return entity, told


def read_alert(connection: Connection, group: Group, at_us: int) -> tuple[AlertTold | None, bool]:
    """Return the newest alert of a rule at a thing until an instant, and whether it stood then."""
    asked = {**group._asdict(), "mode": group.mode.value, "at": from_us(at_us)}
    rows = _rows(connection, _ALERT, asked)
    if not rows:
        return None, False
    number, level, state, raised_at, reason, stood = rows[0]
    told = AlertTold(id=number, level=level, state=state, raised_at=raised_at, reason=reason)
    return told, bool(stood)


def newest_readings(
    connection: Connection, series_id: int, at_us: int, most: int
) -> list[ReadingTold]:
    """Return the newest readings until an instant, unreliable ones too, the newest first."""
    rows = _rows(connection, _NEWEST, [series_id, from_us(at_us), most])
    return [
        ReadingTold(
            ts=ts,
            value=value,
            grade=_GRADES[grade_of(quality)],
            checks=[check.name.lower() for check in Check if quality & check and check.name],
        )
        for ts, value, quality in rows
    ]


_GRADES: tuple[GradeName, ...] = ("good", "doubtful", "unreliable")


def last_reliable(
    connection: Connection, entities: Sequence[int], quantities: Iterable[str], asked: Asked
) -> Mapping[int, int]:
    """Return when things had their newest reliable reading of quantities until the instant."""
    told = [from_us(asked.at_us), list(entities), list(quantities), asked.mode.value]
    return {entity: to_us(ts) for entity, ts in _rows(connection, _LAST, told)}


def device_interval_s(connection: Connection, device: int) -> int | None:
    """Return the seconds between the messages of a device, as far as they are known."""
    rows = _rows(connection, _INTERVAL, [device])
    return rows[0][0] if rows else None


def _rows(
    connection: Connection, query: str, values: Sequence[object] | Mapping[str, object]
) -> list[tuple[Any, ...]]:
    with connection.cursor(row_factory=tuple_row) as cursor:
        return cursor.execute(query.encode(), values).fetchall()
