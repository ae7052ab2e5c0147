"""What rules get to see: rows that were newly stored, and who they belong to."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.model.mode import Mode


class SeriesInfo(NamedTuple):
    """A series and the thing it tells about.

    Attributes:
        series_id: the store's number of the series.
        entity: code of the thing that is measured (the device itself where it is not linked).
        entity_class: the four digits of its class.
        device: code of the measuring device, 0 where there is none.
        quantity: a code of quantities.csv.
        channel: the source's own qualifier.
        statistic: what a value stands for.
        period_s: 0 for an instant.
        mode: actual, exercise or replay.
        datum: of the series' values, empty where none was declared.
        properties: free properties of the entity, limits of its own among them.
    """

    series_id: int
    entity: int
    entity_class: str
    device: int
    quantity: str
    channel: str
    statistic: str
    period_s: int
    mode: Mode
    datum: str
    properties: Mapping[str, object]


class StoredEvent(NamedTuple):
    """A video event that was newly stored.

    Attributes:
        camera: code of the camera.
        areas: codes of what the camera watches, empty where it is linked to nothing.
        topic: the event's kind.
        source: which rule or video source of the camera.
        object_id: which object, empty where the event names none.
        active: true when it began, false when it ended, None for a momentary event.
        ts_us: observed, microseconds since 1970 UTC.
        mode: actual, exercise or replay.
    """

    camera: int
    areas: tuple[int, ...]
    topic: str
    source: str
    object_id: str
    active: bool | None
    ts_us: int
    mode: Mode


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedBatch:
    """One batch's new rows in the order of their times, n elements a column.

    Attributes:
        series_id: int32[n].
        ts_us: int64[n], observed, microseconds since 1970 UTC.
        value: float64[n], in the quantity's stored unit.
        quality: int16[n], grade and checks.
        series: every series of ``series_id``.
        events: new video events in the order of their times.
        now_us: our clock when the batch was taken.
    """

    series_id: NDArray[np.int32]
    ts_us: NDArray[np.int64]
    value: NDArray[np.float64]
    quality: NDArray[np.int16]
    series: Mapping[int, SeriesInfo]
    events: tuple[StoredEvent, ...] = ()
    now_us: int = 0
