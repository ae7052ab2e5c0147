"""Recorded readings as telemetry payloads, the way that a device would send them."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

import orjson

from ingest.replay.rows import ReplayRow
from twin.model import Statistic, from_us

_QUALIFIERS = ("channel", "statistic", "period")


def by_instant(rows: Iterable[ReplayRow]) -> Iterator[Sequence[ReplayRow]]:
    """Yield rows that follow each other and are of one station and time, for one message each."""
    for _, same in groupby(rows, key=lambda row: (row.station, row.observed_us)):
        yield tuple(same)


def payload(rows: Sequence[ReplayRow]) -> bytes:
    """Return the payload of rows of one station and time.

    Channels, statistics and periods get objects of their own, and so does a second value of the
    same series: nothing takes the place of something else.
    """
    objects: list[dict[str, object]] = []
    for row in rows:
        common = _common(row)
        one = next((one for one in objects if _takes(one, row, common)), common)
        if one is common:
            objects.append(one)
        one[row.quantity] = row.value
    return orjson.dumps(objects[0] if len(objects) == 1 else objects)


def _common(row: ReplayRow) -> dict[str, object]:
    milliseconds, rest = divmod(row.observed_us, 1000)
    common: dict[str, object] = {
        "ts": from_us(row.observed_us).isoformat() if rest else milliseconds
    }
    if row.channel:
        common["channel"] = row.channel
    if row.statistic is not Statistic.INSTANT:
        common["statistic"] = str(row.statistic)
    if row.period_s:
        common["period"] = row.period_s
    return common


def _takes(one: dict[str, object], row: ReplayRow, common: dict[str, object]) -> bool:
    same_qualifiers = all(one.get(key) == common.get(key) for key in _QUALIFIERS)
    return same_qualifiers and row.quantity not in one
