"""What a grid worker, a hotline, a patrol or a drone found, in the life cycle of alerts."""

from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, NamedTuple

import orjson
from psycopg.rows import dict_row, tuple_row

from alerts.handling.quieting import silence_found
from alerts.handling.whereabouts import Spot, same_open, spot_of
from alerts.handling.writing import Connection, Doer, lock, tell, write
from alerts.projection import ALERT_COLUMNS, ALERTS_IN_CONTEXT, AlertDocument, document
from alerts.record import AlertRecord, Step
from data.reference.case_classes import CaseClass

_LOCK_NUMBER = 4_403_110
_LOCK = "SELECT pg_advisory_xact_lock(%s, hashtext(%s))"
_KNOWN = "SELECT id, alert_id, digest, merged FROM alert_case WHERE source = %s AND number = %s"
_RAISE = f"""
INSERT INTO alert AS a (mode, domain, level, entity, rule, rule_version, state, raised_at,
                        observed_at, reason, found_by, algorithm, lon, lat)
VALUES (%(mode)s, %(domain)s, %(level)s, %(entity)s, %(rule)s, 1, 'raised', %(now)s,
        %(observed_at)s, %(reason)s, %(source)s, %(algorithm)s, %(lon)s, %(lat)s)
RETURNING {ALERT_COLUMNS}
"""  # noqa: S608 -- the record's own columns
_KEEP = """
INSERT INTO alert_case (alert_id, source, number, case_class, reporter, text, lon, lat,
                        observed_at, received_at, received_from, digest, merged)
VALUES (%(alert)s, %(source)s, %(number)s, %(case_class)s, %(reporter)s, %(text)s, %(lon)s,
        %(lat)s, %(observed_at)s, %(now)s, %(received_from)s, %(digest)s, %(merged)s)
RETURNING id
"""
_AHEAD = timedelta(minutes=5)


class CaseNumberTakenError(Exception):
    """The source gave this number to another find. Give each find a number of its own."""


class CaseTimeError(ValueError):
    """A find of the future. Set the clock, or leave the time out."""


class Find(NamedTuple):
    """What somebody found.

    Attributes:
        number: that its source gave it, by which it is known when it is sent again.
        found: what it is.
        mode: actual or exercise.
        level: None for that of its class.
        entity: code of what it is about; None leaves it to the place.
        place: longitude and latitude in degrees (WGS 84).
        source: grid, hotline, patrol, drone or another.
        reporter: who says so.
        text: in their words.
        observed_at: when it was seen; None for now.
        algorithm: what saw it, with its version, where that is a program.
    """

    number: str
    found: CaseClass
    mode: str
    level: str | None
    entity: int | None
    place: tuple[float, float] | None
    source: str
    reporter: str
    text: str
    observed_at: datetime | None
    algorithm: str | None

    @property
    def digest(self) -> str:
        """What tells two finds of one number apart."""
        told = {**self._asdict(), "found": self.found.code}
        return sha256(orjson.dumps(told, option=orjson.OPT_SORT_KEYS)).hexdigest()


class Taken(NamedTuple):
    """What became of a find.

    Attributes:
        case: its number with us.
        alert: its alert.
        merged: whether the alert stood before.
        repeated: whether the find was taken before.
    """

    case: int
    alert: AlertDocument
    merged: bool
    repeated: bool


async def take(connection: Connection, find: Find, doer: Doer) -> Taken:
    """Make a find an alert, or one more report of the open alert of the same thing.

    Raises:
        CaseNumberTakenError: the source gave the number to another find.
        PlaceUnknownError: it is at nothing that the register has.
        CaseTimeError: it is of the future.
    """
    async with connection.transaction():
        now = await _alone(connection, find)
        known = await _known(connection, find)
        if known is not None:
            return known
        if find.observed_at is not None and find.observed_at > now + _AHEAD:
            raise CaseTimeError(f"observed_at {find.observed_at.isoformat()}: expected no future")
        spot = await spot_of(connection, find.found, find.entity, find.place)
        same = await same_open(connection, find.found, find.mode, spot)
        if same is None:
            alert = await _raised(connection, find, spot, doer, now)
        else:
            alert = await _reported(connection, find, same, doer)
        case = await _kept(connection, find, alert, doer, now, merged=same is not None)
    return Taken(case, alert, merged=same is not None, repeated=False)


async def _alone(connection: Connection, find: Find) -> datetime:
    """Keep other finds of the mode away until this one is taken; return what time it is then."""
    async with connection.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(_LOCK, [_LOCK_NUMBER, find.mode])
        await cursor.execute(b"SELECT clock_timestamp()")
        now: datetime = (await cursor.fetchall())[0][0]
    return now


async def _known(connection: Connection, find: Find) -> Taken | None:
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(_KNOWN, [find.source, find.number])
        row = await cursor.fetchone()
        if row is None:
            return None
        if row["digest"] != find.digest:
            raise CaseNumberTakenError(
                f"number {find.number!r} of {find.source!r} is that of another find, "
                f"alert {row['alert_id']}"
            )
        await cursor.execute(ALERTS_IN_CONTEXT + "WHERE a.id = %s", [row["alert_id"]])
        alert = document((await cursor.fetchall())[0])
    return Taken(row["id"], alert, merged=row["merged"], repeated=True)


async def _raised(
    connection: Connection, find: Find, spot: Spot, doer: Doer, now: datetime
) -> AlertDocument:
    given = {
        **find._asdict(),
        **spot._asdict(),
        "domain": find.found.domain,
        "rule": find.found.rule,
        "level": find.level or find.found.level,
        "observed_at": find.observed_at or now,
        "reason": _sentence(find),
        "now": now,
    }
    # A thing that was named is where the register says, unless the finder said otherwise.
    if find.place is None:
        given |= {"lon": None, "lat": None}
    async with connection.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(_RAISE, _values(given))
        alert = AlertRecord(*(await cursor.fetchall())[0])
    note = await silence_found(connection, alert.id)
    told = (_sentence(find), now, alert.observed_at)
    step = Step(alert, "raised", None, doer.actor, *told, None, note or find.text)
    return await tell(connection, step, doer._replace(place=find.place))


async def _reported(connection: Connection, find: Find, alert_id: int, doer: Doer) -> AlertDocument:
    found, now = await lock(connection, alert_id)
    alert, handling = found[alert_id]
    more = alert._replace(version=alert.version + 1, occurrences=alert.occurrences + 1)
    told = (_sentence(find), now, find.observed_at or now)
    step = Step(more, "reported", alert.state, doer.actor, *told, None, find.text)
    return await write(connection, step, handling, doer._replace(place=find.place))


async def _kept(
    connection: Connection,
    find: Find,
    alert: AlertDocument,
    doer: Doer,
    now: datetime,
    *,
    merged: bool,
) -> int:
    lon, lat = find.place or (None, None)
    given = {
        **find._asdict(),
        "alert": alert["id"],
        "case_class": find.found.code,
        "observed_at": find.observed_at or now,
        "received_from": doer.actor,
        "digest": find.digest,
        "lon": lon,
        "lat": lat,
        "now": now,
        "merged": merged,
    }
    async with connection.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(_KEEP, _values(given))
        return int((await cursor.fetchall())[0][0])


def _values(given: dict[str, Any]) -> dict[str, Any]:
    """Return what a statement can take: a class of finds is none of it."""
    return {name: value for name, value in given.items() if name != "found"}


def _sentence(find: Find) -> str:
    reporter = f" {find.reporter}" if find.reporter else ""
    return f"{find.found.title_en}, found by {find.source}{reporter}"
