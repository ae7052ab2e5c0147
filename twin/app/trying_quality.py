"""The quality that ingest would give readings which came now; the store is only read."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import psycopg

from data.catalogue import Catalogue, Device, key_of
from data.observations import Rows
from data.reference import quantities
from ingest.quality import QualityChecks
from twin.model import Check, Message, Reading, SeriesInfo, combine, grade_of

Connection = psycopg.Connection[tuple[Any, ...]]

_LAST_SERIES = "SELECT coalesce(max(id), 0) FROM series"


class Verdict(NamedTuple):
    """What ingest would store of a reading.

    Attributes:
        value: calibrated, in the stored unit.
        grade: good, doubtful or unreliable.
        checks: that said so.
    """

    value: float
    grade: str
    checks: tuple[str, ...]


def judge_readings(
    connection: Connection, catalogue: Catalogue, readings: Sequence[Reading], message: Message
) -> list[Verdict]:
    """Return what ingest would make of the readings of one message.

    Args:
        connection: to the store.
        catalogue: that has looked their devices up.
        readings: of registered devices, in the order of the message.
        message: that carries them.
    """
    if not readings:
        return []
    series = _series_of(connection, catalogue, readings, message)
    rows = _rows(readings, [info.series_id for info in series], message)
    checks = QualityChecks()
    checks.follow(connection, 0)
    live = np.full(len(readings), message.mode.judged)
    with connection.cursor() as cursor:
        judged = checks.judge(cursor, rows, {info.series_id: info for info in series}, live)
    pairs = zip(judged.value.tolist(), judged.quality.tolist(), strict=True)
    return [_verdict(value, quality) for value, quality in pairs]


def by_size(reading: Reading) -> Verdict:
    """Return what the value of a device that nobody has registered tells by itself."""
    judged = quantities()[reading.quantity].judge(reading.value)
    return _verdict(reading.value, combine(judged, reading.flags))


def _series_of(
    connection: Connection, catalogue: Catalogue, readings: Sequence[Reading], message: Message
) -> list[SeriesInfo]:
    """Return the series of each reading; one that does not stand yet gets a number of nobody."""
    found = connection.execute(_LAST_SERIES).fetchone()
    last = int(found[0]) if found else 0
    new: dict[object, SeriesInfo] = {}
    series: list[SeriesInfo] = []
    for reading in readings:
        device = catalogue.devices[reading.device]
        number = device.series.get(key_of(reading, message.mode))
        if number is not None:
            series.append(catalogue.series[number])
            continue
        key = (device.code, key_of(reading, message.mode))
        if key not in new:
            new[key] = _unmade(last + 1 + len(new), device, reading, message)
        series.append(new[key])
    return series


def _unmade(number: int, device: Device, reading: Reading, message: Message) -> SeriesInfo:
    return SeriesInfo(
        series_id=number,
        entity=device.entity,
        entity_class=device.entity_class,
        device=device.code,
        quantity=reading.quantity,
        channel=reading.channel,
        statistic=reading.statistic,
        period_s=reading.period_s,
        mode=message.mode.realm,
        datum="",
        properties=device.properties,
    )


def _rows(readings: Sequence[Reading], numbers: Sequence[int], message: Message) -> Rows:
    at = [message.received_us if r.observed_us is None else r.observed_us for r in readings]
    return Rows(
        np.array(numbers, dtype=np.int32),
        np.array(at, dtype=np.int64),
        np.array([reading.value for reading in readings], dtype=np.float64),
        np.array([reading.flags for reading in readings], dtype=np.int16),
        np.full(len(readings), message.received_us, dtype=np.int64),
    )


def _verdict(value: float, quality: int) -> Verdict:
    checks = tuple(one.name.lower() for one in Check if quality & one and one.name)
    return Verdict(value, grade_of(quality).name.lower(), checks)
