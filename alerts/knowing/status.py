"""What is known of each thing in each field: a level that stands, that it is clear, or unknown."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import psycopg
from psycopg.rows import tuple_row

from alerts.knowing.judging import CLEAR, UNKNOWN, Judge, Rules, Said, state_of
from alerts.knowing.needs import needs_of
from alerts.knowing.reading import Reader, Told
from alerts.recordset import recordset
from alerts.rulebook import understood
from alerts.rules import Rule
from twin.codes import EntityCode

Connection = psycopg.AsyncConnection[Any]
StatusDocument = dict[str, object]
Place = tuple[int, str]
"""A thing and a field."""

STATES = ("red", "orange", "yellow", "blue", UNKNOWN, CLEAR)

_IN_FORCE = b"""
SELECT r.rule, v.body, v.origin, v.digest FROM rule r
JOIN rule_version v ON v.rule = r.rule AND v.version = r.version
WHERE r.in_force"""


class Scope(NamedTuple):
    """Which things and fields.

    Attributes:
        entities: codes of things; None for all.
        area: code of an area that they touch; None for anywhere.
        domain: a row of ``alert_domains.csv``; None for all.
        state: one of ``STATES``; None for any. What is counted does not depend on it.
    """

    entities: Sequence[int] | None = None
    area: int | None = None
    domain: str | None = None
    state: str | None = None


class Part(NamedTuple):
    """Which part of the list: after a thing and field, and at most so many."""

    rows: int
    after: Place | None = None


class Status(NamedTuple):
    """What is known.

    Attributes:
        counts: by field and state, how many things.
        items: a document for each thing and field, in the order of their codes.
    """

    counts: dict[str, dict[str, int]]
    items: list[StatusDocument]


async def read_status(connection: Connection, scope: Scope, part: Part, now: datetime) -> Status:
    """Return what is known of things of the real city at an instant, by the rules in force."""
    rules = [one for one in await _rules(connection) if scope.domain in (None, one.domain)]
    asked = {"entities": _list(scope.entities), "area": scope.area}
    reader = Reader(connection, {**asked, "domain": scope.domain, "now": now})
    judge = await _judged(reader, rules, now)
    # Of a district this takes a while in which others want to be served.
    seen = await asyncio.to_thread(judge.complete)
    counts = await _counted(reader, judge, seen)
    chosen = await _chosen(reader, judge, scope, part)
    return Status(counts, await _told(reader, chosen))


async def _rules(connection: Connection) -> list[Rule]:
    async with connection.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(_IN_FORCE)
        found = [understood(*row).read for row in await cursor.fetchall()]
    return [read.rule for read in found if read is not None]


async def _judged(reader: Reader, rules: Sequence[Rule], now: datetime) -> Judge:
    needs = needs_of(rules)
    judge = Judge(needs, now)
    limits = {name for need in needs for name in need.limits or ()}
    series = await reader.series({need.quantity for need in needs if need.quantity}, limits)
    await asyncio.to_thread(judge.hear, series)
    if any(need.quantity is None for need in needs):
        judge.see(await reader.devices())
    domains = {rule.id: rule.domain for rule in rules}
    judge.stand(await reader.standing(domains), domains)
    return judge


async def _counted(
    reader: Reader, judge: Judge, seen: Mapping[str, Counter[str]]
) -> dict[str, dict[str, int]]:
    """Return how many things there are of each field and state; most are counted by class."""
    counts = {domain: Counter(mine) for domain, mine in seen.items()}
    of_class = Counter(judge.classes.values())
    for klass, things in (await reader.counts(list(judge.by_class))).items():
        for domain in judge.by_class[klass]:
            mine = counts.setdefault(domain, Counter())
            mine[UNKNOWN] += things - of_class[klass]
    return {
        domain: {state: mine[state] for state in STATES}
        for domain, mine in sorted(counts.items())
        if mine.total()
    }


async def _chosen(reader: Reader, judge: Judge, scope: Scope, part: Part) -> dict[Place, Rules]:
    """Return the things and fields of a part of the list."""
    after = part.after or (0, "")
    found = {
        place: rules
        for place, rules in judge.things.items()
        if place > after and scope.state in (None, state_of(rules.values()))
    }
    if scope.state in (None, UNKNOWN):
        for other in await reader.others(
            list(judge.by_class), list(judge.classes), after[0], part.rows + 1
        ):
            for domain in judge.by_class[other.class_code]:
                if (other.code, domain) > after:
                    rules = judge.unmeasured(other.class_code, domain)
                    found[other.code, domain] = rules
    return {place: found[place] for place in sorted(found)[: part.rows]}


async def _told(reader: Reader, chosen: Mapping[Place, Rules]) -> list[StatusDocument]:
    """Return the documents of things and fields, with their alerts."""
    asked = [
        {"entity": entity, "rule": rule}
        for (entity, _), rules in chosen.items()
        for rule, said in rules.items()
        if said.level is not None or said.unknown is None
    ]
    alerts = {(one.entity, one.rule): one for one in await reader.alerts(recordset(asked))}
    names = await reader.names({entity for entity, _ in chosen})
    return [
        _document((entity, names[entity]), domain, rules, alerts)
        for (entity, domain), rules in chosen.items()
    ]


def _document(
    thing: tuple[int, str], domain: str, rules: Rules, alerts: Mapping[tuple[int, str], Told]
) -> StatusDocument:
    ordered = sorted(rules.items(), key=lambda one: (one[1].rank, one[0]))
    told = [_rule_document(name, said, alerts.get((thing[0], name))) for name, said in ordered]
    state = state_of(rules.values())
    leading = next(each for each in told if each["state"] == state)
    lost = [one.unknown.is_lost for one in rules.values() if one.unknown and not one.level]
    states = Counter(str(each["state"]) for each in told)
    return {
        "entity": str(EntityCode.from_int(thing[0])),
        "entity_name": thing[1],
        "domain": domain,
        "state": state,
        "since": _clear_since(told) if state == CLEAR else leading["since"],
        "why": leading["why"],
        "standing": len(told) - states[CLEAR] - states[UNKNOWN],
        "clear": states[CLEAR],
        "unknown": sum(lost),
        "not_set_up": len(lost) - sum(lost),
        "rules": told,
    }


def _rule_document(name: str, said: Said, alert: Told | None) -> StatusDocument:
    since, why = said.since, ""
    if said.level is not None:
        since, why = (alert.raised_at, alert.reason) if alert else (None, "")
    elif said.unknown is not None:
        why = f"{said.subject} {said.unknown}"
    else:
        since = alert.cleared_at if alert else None
    stands = alert.alert if alert and said.level is not None else None
    return {"rule": name, "state": said.state, "since": _time(since), "why": why, "alert": stands}


def _clear_since(told: Iterable[StatusDocument]) -> object:
    """Return since when a thing is clear: since the last of its alerts was cleared."""
    cleared = (str(each["since"]) for each in told if each["state"] == CLEAR and each["since"])
    return max(cleared, default=None)


def _time(instant: datetime | None) -> str | None:
    if instant is None:
        return None
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _list(codes: Sequence[int] | None) -> list[int] | None:
    return None if codes is None else list(codes)
