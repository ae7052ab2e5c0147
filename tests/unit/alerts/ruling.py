"""Short ways to rules, series and rows for tests of alerts."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from alerts.rules import LevelRule, RuleSet, RuleText, VideoRule, read_rules
from twin.model import JudgedBatch, Mode, SeriesInfo, StoredEvent

ROAD = 4403118402000001
REACH = 4403118202000001
GAUGE = 4403118502000001
AREA = 4403118802000001
OTHER_AREA = 4403118802000002
CAMERA = 4403118601000001
MINUTE = 60_000_000
NOON = 1_767_600_000_000_000

HEAD = """
id = "{id}"
version = {version}
domain = "flood"
title_zh = "积水"
title_en = "water"
source = "a test"
standing = "project default"
"""
LEVEL = """
[[rule]]
kind = "level"
quantity = "depth"
direction = "above"
levels = { yellow = 0.15, orange = 0.27, red = 0.40 }
"""
VIDEO = """
[[rule]]
kind = "video"
level = "orange"
topics = ["FieldDetector/ObjectsInside", "WiseAI/*"]
"""


def level_text(more: str = "", *, name: str = "road", version: int = 1) -> str:
    return LEVEL + HEAD.format(id=name, version=version) + more


def video_text(more: str = "", *, name: str = "intruder") -> str:
    return VIDEO + HEAD.format(id=name, version=1) + more


def rules_of(*texts: str) -> RuleSet:
    return read_rules([RuleText("test.toml", "\n".join(texts))])


def level_rule(more: str = "") -> LevelRule:
    rule = rules_of(level_text(more))[0].rule
    assert isinstance(rule, LevelRule)
    return rule


def laddered(levels: str, more: str = "", direction: str = "above") -> LevelRule:
    text = level_text(more).replace("{ yellow = 0.15, orange = 0.27, red = 0.40 }", levels)
    text = text.replace('"above"', f'"{direction}"')
    rule = rules_of(text)[0].rule
    assert isinstance(rule, LevelRule)
    return rule


def video_rule(more: str = "") -> VideoRule:
    rule = rules_of(video_text(more))[0].rule
    assert isinstance(rule, VideoRule)
    return rule


def series_of(series_id: int = 1, **fields: Any) -> SeriesInfo:  # noqa: ANN401 -- of the tuple's own types
    info = SeriesInfo(
        series_id=series_id,
        entity=ROAD,
        entity_class="8402",
        device=GAUGE,
        quantity="depth",
        channel="",
        statistic="instant",
        period_s=0,
        mode=Mode.ACTUAL,
        datum="",
        properties={},
    )
    return info._replace(**fields)


class Row(NamedTuple):
    """One row of a batch: its time in minutes after noon."""

    minute: float
    value: float
    series_id: int = 1
    quality: int = 0


def batch_of(
    rows: Sequence[Row] = (),
    series: Sequence[SeriesInfo] = (),
    events: Sequence[StoredEvent] = (),
    now_us: int = 0,
) -> JudgedBatch:
    ordered = sorted(rows, key=lambda row: row.minute)
    infos = series or [series_of(number) for number in {row.series_id for row in rows}]
    return JudgedBatch(
        series_id=np.array([row.series_id for row in ordered], np.int32),
        ts_us=np.array([at(row.minute) for row in ordered], np.int64),
        value=np.array([row.value for row in ordered], np.float64),
        quality=np.array([row.quality for row in ordered], np.int16),
        series={info.series_id: info for info in infos},
        events=tuple(events),
        now_us=now_us,
    )


def at(minute: float) -> int:
    return NOON + round(minute * MINUTE)


def seen(minute: float, *, active: bool | None, **fields: Any) -> StoredEvent:  # noqa: ANN401 -- of the tuple's own types
    event = StoredEvent(
        camera=CAMERA,
        areas=(AREA,),
        topic="RuleEngine/FieldDetector/ObjectsInside",
        source="gate",
        object_id="5",
        active=active,
        ts_us=at(minute),
        mode=Mode.ACTUAL,
    )
    return event._replace(**fields)
