"""How often alerts were right, counted from the verdicts with which people closed them."""

from datetime import datetime
from typing import Any, Literal, NamedTuple, get_args

import psycopg
from psycopg.rows import tuple_row

By = Literal["rule", "source", "device", "algorithm", "domain"]
GROUPINGS: tuple[By, ...] = get_args(By)

_KEYS: dict[By, str] = {
    "rule": "a.rule",
    "source": "a.found_by",
    "device": "a.device::text",
    # A rule is the algorithm where nothing else is named.
    "algorithm": "coalesce(a.algorithm, a.rule || '@' || a.rule_version)",
    "domain": "a.domain",
}
_COUNTED = """
SELECT {key} AS key,
       min(d.name) AS name,
       count(*) FILTER (WHERE a.verdict = 'confirmed'),
       count(*) FILTER (WHERE a.verdict = 'false'),
       count(*) FILTER (WHERE a.verdict = 'duplicate'),
       count(*) FILTER (WHERE a.verdict = 'test'),
       count(*) FILTER (WHERE a.verdict IS NULL)
FROM alert a LEFT JOIN entity d ON {named}
WHERE a.mode = %(mode)s
  AND (%(begin)s::timestamptz IS NULL OR a.raised_at >= %(begin)s)
  AND (%(end)s::timestamptz IS NULL OR a.raised_at < %(end)s)
GROUP BY 1 ORDER BY 1 NULLS LAST
"""


class Span(NamedTuple):
    """Whose alerts: those of a mode, raised from an instant on and before another."""

    begin: datetime | None = None
    end: datetime | None = None
    mode: str = "actual"


class Precision(NamedTuple):
    """How often alerts of one kind were right.

    Attributes:
        key: the rule, source, device, algorithm or domain; None for alerts without a device.
        name: of the device.
        confirmed: what was so.
        false: what was not so.
        duplicate: what another alert said too.
        test: what was only tried.
        waiting: what nobody has judged yet.
    """

    key: str | None
    name: str | None
    confirmed: int
    false: int
    duplicate: int
    test: int
    waiting: int

    @property
    def precision(self) -> float | None:
        """Confirmed by confirmed and false; None where there is neither."""
        judged = self.confirmed + self.false
        return self.confirmed / judged if judged else None


async def count_precision(
    connection: psycopg.AsyncConnection[Any], by: By, span: Span
) -> list[Precision]:
    """Return how often alerts were right, in the order of what they are counted by."""
    named = "d.code = a.device" if by == "device" else "false"
    query = _COUNTED.format(key=_KEYS[by], named=named)
    async with connection.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(query.encode(), span._asdict())
        return [Precision(*row) async for row in cursor]


def total(rows: list[Precision]) -> Precision:
    """Return the sums of rows."""
    sums = [sum(column) for column in zip(*(row[2:] for row in rows), strict=True)]
    return Precision(None, None, *(sums or [0] * 5))
