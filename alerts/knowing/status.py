"""What is known of each thing in each field: a level that stands, that it is clear, or unknown."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

import psycopg
from psycopg.rows import dict_row, tuple_row

from alerts.knowing.needs import Need, needs_of
from alerts.knowing.statement import STATUS
from alerts.recordset import recordset
from alerts.rulebook import understood
from alerts.rules import Reason, Rule
from twin.codes import EntityCode

Connection = psycopg.AsyncConnection[Any]
Row = Mapping[str, Any]
StatusDocument = dict[str, object]

LEVELS = ("blue", "yellow", "orange", "red")
STATES = (*reversed(LEVELS), "unknown", "clear")

_IN_FORCE = b"""
SELECT r.rule, v.body, v.origin, v.digest FROM rule r
JOIN rule_version v ON v.rule = r.rule AND v.version = r.version
WHERE r.in_force"""


class Unknown(StrEnum):
    """Why a rule says nothing of a thing; the value is the phrase that stands in sentences."""

    STALE = "has no reading for three of its intervals"
    UNBELIEVED = "has only unreliable readings for three of its intervals"
    UNHEARD = "is a device whose state is unknown"
    UNMEASURED = "is not measured"
    NO_LIMIT = Reason.NO_LIMIT.value


# The first one that holds is what a thing is unknown for.
_WHY = {
    "stale": Unknown.STALE,
    "unbelieved": Unknown.UNBELIEVED,
    "unheard": Unknown.UNHEARD,
    "unmeasured": Unknown.UNMEASURED,
    "no limit": Unknown.NO_LIMIT,
}


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
    """Which part of the list: after a thing and domain, and at most so many."""

    rows: int
    after: tuple[int, str] | None = None


class Status(NamedTuple):
    """What is known.

    Attributes:
        counts: by domain and state, how many things.
        items: a document for each thing and domain, in the order of their codes.
    """

    counts: dict[str, dict[str, int]]
    items: list[StatusDocument]


async def read_status(connection: Connection, scope: Scope, part: Part, now: datetime) -> Status:
    """Return what is known of things of the real city at this instant, by the rules in force."""
    rules = [one for one in await _rules(connection) if scope.domain in (None, one.domain)]
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(STATUS.encode(), _asked(rules, scope, part, now))
        found = (await cursor.fetchall())[0]
    counts: dict[str, dict[str, int]] = {}
    for row in found["counts"]:
        counts.setdefault(row["domain"], dict.fromkeys(STATES, 0))[row["state"]] = row["things"]
    return Status(counts, [_document(row) for row in found["items"]])


async def _rules(connection: Connection) -> list[Rule]:
    async with connection.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(_IN_FORCE)
        found = [understood(*row).read for row in await cursor.fetchall()]
    return [read.rule for read in found if read is not None]


def _asked(rules: Iterable[Rule], scope: Scope, part: Part, now: datetime) -> dict[str, object]:
    told = list(rules)
    needs: list[Need] = needs_of(told)
    after, after_domain = part.after or (None, None)
    return {
        "needs": recordset(need._asdict() for need in needs),
        "rules": recordset({"rule": rule.id, "domain": rule.domain} for rule in told),
        "classes": sorted({one for need in needs for one in need.classes or ()}),
        "entities": None if scope.entities is None else list(scope.entities),
        "area": scope.area,
        "domain": scope.domain,
        "state": scope.state,
        "after": after,
        "after_domain": after_domain,
        "rows": part.rows,
        "now": now,
    }


def _document(row: Row) -> StatusDocument:
    told = [(each, _rule_document(each)) for each in row["rules"]]
    fitting = [(each, rule) for each, rule in told if rule["state"] == row["state"]]
    _, leading = min(fitting, key=lambda one: _rank(one[0]))
    rules = [rule for _, rule in told]
    return {
        "entity": str(EntityCode.from_int(row["entity"])),
        "entity_name": row["entity_name"],
        "domain": row["domain"],
        "state": row["state"],
        "since": _since(row["state"], rules, leading),
        "why": leading["why"],
        "standing": row["standing"],
        "clear": row["clear"],
        "unknown": row["unknown"],
        "not_set_up": len(rules) if row["not_set_up"] is None else row["not_set_up"],
        "rules": rules,
    }


def _rank(rule: Row) -> int:
    return -1 if rule["why"] is None else list(_WHY).index(rule["why"])


def _since(state: str, rules: Iterable[StatusDocument], leading: StatusDocument) -> object:
    """Return since when it is so; a thing is clear since the last of its alerts was cleared."""
    if state != "clear":
        return leading["since"]
    told = (str(each["since"]) for each in rules if each["state"] == "clear" and each["since"])
    return max(told, default=None)


def _rule_document(row: Row) -> StatusDocument:
    if row["level"] is not None:
        state, since, why = LEVELS[row["level"] - 1], row["raised_at"], row["reason"] or ""
    elif row["why"] is not None:
        state, since, why = "unknown", row["due"], _sentence(row)
    else:
        state, since, why = "clear", row["cleared_at"], ""
    return {"rule": row["rule"], "state": state, "since": since, "why": why, "alert": row["alert"]}


def _sentence(row: Row) -> str:
    reason = _WHY[row["why"]]
    if reason in (Unknown.UNHEARD, Unknown.NO_LIMIT):
        return f"the thing {reason}"
    series = "" if row["series_id"] is None else f" (series {row['series_id']})"
    return f"{row['quantity']}{series} {reason}"
