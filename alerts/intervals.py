"""When each level of a rule stood at a series, by the time of its readings: the truth of alerts.

Transitions say what people were told and when; intervals say what was so. A reading that comes late
may show that it was otherwise: then the old interval is marked as revised, and the new one stands
beside it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import psycopg
from psycopg.rows import tuple_row

from alerts.judging import Moved
from alerts.memory import Group, Key
from alerts.recordset import recordset
from twin.model import Mode, from_us, to_us

_COLUMNS = """
    rule text, entity int8, mode text, key text, rule_version int4, from_at timestamptz,
    to_at timestamptz
"""
_BEGIN = f"""
INSERT INTO rule_interval (rule, entity, mode, key, rule_version, from_at, to_at)
SELECT * FROM json_to_recordset(%s::json) AS n ({_COLUMNS})
ON CONFLICT (rule, entity, mode, key) WHERE to_at IS NULL AND revised_at IS NULL DO NOTHING
"""  # noqa: S608 -- the columns above
_END = f"""
UPDATE rule_interval i SET to_at = n.to_at
FROM json_to_recordset(%s::json) AS n ({_COLUMNS})
WHERE i.rule = n.rule AND i.entity = n.entity AND i.mode = n.mode AND i.key = n.key
  AND i.to_at IS NULL AND i.revised_at IS NULL
"""  # noqa: S608 -- the columns above
_REVISE = f"""
UPDATE rule_interval i SET revised_at = now()
FROM json_to_recordset(%s::json) AS n ({_COLUMNS})
WHERE i.rule = n.rule AND i.entity = n.entity AND i.mode = n.mode AND i.key = n.key
  AND i.from_at = n.from_at AND i.revised_at IS NULL
"""  # noqa: S608 -- the columns above
_SINCE = """
SELECT i.rule, i.entity, i.mode, i.key, i.from_at, i.to_at
FROM json_to_recordset(%s::json)
    AS n (rule text, entity int8, mode text, key text, after_at timestamptz)
JOIN rule_interval i ON i.rule = n.rule AND i.entity = n.entity AND i.mode = n.mode
    AND i.key = n.key AND i.revised_at IS NULL AND (i.to_at IS NULL OR i.to_at > n.after_at)
ORDER BY i.from_at
"""

Name = tuple[Group, Key]


class Span(NamedTuple):
    """From when to when; None where it still stands."""

    from_us: int
    to_us: int | None


class Entry(NamedTuple):
    """One change of the intervals of a latch.

    Attributes:
        name: of the latch.
        span: begun where it has no end, ended where it has one.
    """

    name: Name
    span: Span


class Entries(NamedTuple):
    """What is to be written of intervals.

    Attributes:
        revised: those that were not so.
        begun: new ones; those of the past with their ends.
        ended: ends of those that stood open, whatever their beginning.
    """

    revised: Sequence[Entry] = ()
    begun: Sequence[Entry] = ()
    ended: Sequence[Entry] = ()


def spans_of(moved: Moved, name: Callable[[int], Name]) -> tuple[list[Entry], list[Entry]]:
    """Return what turns say of intervals: ends of those that stood, and new ones."""
    ended: list[Entry] = []
    begun: dict[int, list[Span]] = {}
    turns = moved.turns
    columns = (moved.latches[turns.rung].tolist(), turns.at_us.tolist(), turns.rose.tolist())
    for place, at, rose in zip(*columns, strict=True):
        mine = begun.setdefault(place, [])
        if rose:
            mine.append(Span(at, None))
        elif mine:
            mine[-1] = mine[-1]._replace(to_us=at)
        else:
            ended.append(Entry(name(place), Span(0, at)))
    return ended, [Entry(name(place), span) for place, mine in begun.items() for span in mine]


def write(
    connection: psycopg.Connection[Any], entries: Entries, versions: Mapping[str, int]
) -> None:
    """Write intervals; those that end make room for those that begin."""
    for statement, told in (
        (_REVISE, entries.revised),
        (_END, entries.ended),
        (_BEGIN, entries.begun),
    ):
        if told:
            connection.execute(statement.encode(), [recordset(_rows(told, versions))])


def recorded(
    connection: psycopg.Connection[Any], after_us: Mapping[Name, int]
) -> dict[Name, list[Span]]:
    """Return the intervals of latches that ended after an instant each, or stand; in order."""
    asked = [
        {**group._asdict(), "key": key.text, "after_at": from_us(max(after, 0))}
        for (group, key), after in after_us.items()
    ]
    found: dict[Name, list[Span]] = {name: [] for name in after_us}
    with connection.cursor(row_factory=tuple_row) as cursor:
        cursor.execute(_SINCE, [recordset(asked)])
        for rule, entity, mode, key, begin, end in cursor:
            name = (Group(rule, entity, Mode(mode)), Key.parse(key))
            found[name].append(Span(to_us(begin), None if end is None else to_us(end)))
    return found


def _rows(entries: Iterable[Entry], versions: Mapping[str, int]) -> Iterable[dict[str, object]]:
    for (group, key), span in entries:
        yield {
            **group._asdict(),
            "key": key.text,
            "rule_version": versions.get(group.rule, 0),
            "from_at": from_us(span.from_us),
            "to_at": None if span.to_us is None else from_us(span.to_us),
        }
