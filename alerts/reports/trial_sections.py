"""What rules would have raised as parts of a page, Chinese first."""

from collections.abc import Iterable, Iterator, Sequence

from alerts.backtesting import Occurrence
from alerts.reports.charts import Row, Stretch, Words, timeline
from alerts.reports.comparison import Comparison
from alerts.reports.detection import Detection
from alerts.reports.documents import Names, text_of
from alerts.reports.duplicates import Duplicate
from alerts.reports.labels import Label
from alerts.reports.page import Section, Table, measures

_MOST_ROWS, _MOST_LINES = 40, 1000
_HEADING = ("开始 from", "结束 to", "等级 level", "规则 rule", "对象 thing")

Period = tuple[int, int]


def alert_sections(
    occurrences: Sequence[Occurrence],
    repeats: dict[Occurrence, Duplicate],
    period: Period,
    names: Names,
    labels: Sequence[Label] = (),
) -> Iterator[Section]:
    """Yield a timeline and a list of alerts.

    Args:
        occurrences: the alerts.
        repeats: what each of them repeats.
        period: begin and end, microseconds.
        names: how entities are called.
        labels: spans that people had marked.
    """
    words = Words("告警时间线 alerts over time", text_of(period[0]), text_of(period[1]))
    rows = [*_label_rows(labels, period), *_rows(occurrences, period, names)]
    told = [f"{len(occurrences)} 条告警 alerts"]
    if len(rows) > _MOST_ROWS:
        told.append(f"图中前 {_MOST_ROWS} 行 the plot shows the first {_MOST_ROWS} of {len(rows)}")
    yield Section("告警 Alerts", told, (), [timeline(words, rows[:_MOST_ROWS])])
    yield Section("清单 List", _cut(occurrences), [_table(occurrences, repeats, names)])


def comparison_section(found: Comparison, names: Names) -> Section:
    """Return two sets of alerts beside each other."""
    pairs = [
        (*_line(p.first, names), p.begins_later_s, p.ends_later_s, p.levels_higher)
        for p in found.both[:_MOST_LINES]
        if not p.is_same
    ]
    told = (
        f"{len(found.both)} 条两者都有 in both, "
        f"{len(found.only_first)} 条仅第一组 only in the first, "
        f"{len(found.only_second)} 条仅第二组 only in the second"
    )
    differing = (*_HEADING, "开始差 begin s", "结束差 end s", "等级差 levels")
    tables = [
        Table(differing, pairs),
        Table(_HEADING, [_line(one, names) for one in found.only_first[:_MOST_LINES]]),
        Table(_HEADING, [_line(one, names) for one in found.only_second[:_MOST_LINES]]),
    ]
    return Section("比较 Comparison", [told], tables)


def detection_section(found: Detection) -> Section:
    """Return hits, misses and false alarms."""
    rows = [
        ("命中 hits", sum(hit.is_hit for hit in found.hits)),
        ("漏报 misses", sum(not hit.is_hit for hit in found.hits)),
        ("误报 false alarms", found.false_alarms),
        ("每日误报 false alarms per day", found.false_per_day),
        ("精确率 precision", found.precision),
        ("召回率 recall", found.recall),
        ("提前量中位数（秒）median lead, s", found.median_lead_s),
    ]
    hits = [
        (text_of(h.label.begin_us), text_of(h.label.end_us), "✓" if h.is_hit else "✗", h.lead_s)
        for h in found.hits
    ]
    heading = ("开始 from", "结束 to", "命中 hit", "提前（秒）lead, s")
    return Section("检出 Detection", (), [measures(*rows), Table(heading, hits)])


def _label_rows(labels: Sequence[Label], period: Period) -> Iterator[Row]:
    if labels:
        told = [_stretch(one.begin_us, one.end_us, period, "label", "label") for one in labels]
        yield Row("标注 labels", told)


def _rows(occurrences: Iterable[Occurrence], period: Period, names: Names) -> list[Row]:
    found: dict[str, list[Stretch]] = {}
    for one in occurrences:
        name = f"{one.group.rule} · {names(one.group.entity)}"
        found.setdefault(name, []).extend(_stages(one, period, name))
    return [Row(name, stretches) for name, stretches in found.items()]


def _stages(one: Occurrence, period: Period, name: str) -> Iterator[Stretch]:
    ends = [stage.at_us for stage in one.stages[1:]] + [one.to_us or period[1]]
    for stage, end in zip(one.stages, ends, strict=True):
        told = f"{name} {stage.level.text} {text_of(stage.at_us)}"
        yield _stretch(stage.at_us, end, period, stage.level.text, told)


def _stretch(begin: int, end: int, period: Period, kind: str, told: str) -> Stretch:
    length = max(period[1] - period[0], 1)
    first, last = (min(max((each - period[0]) / length, 0.0), 1.0) for each in (begin, end))
    return Stretch(first, last, kind, told)


def _cut(occurrences: Sequence[Occurrence]) -> list[str]:
    if len(occurrences) <= _MOST_LINES:
        return []
    return [f"前 {_MOST_LINES} 条 the first {_MOST_LINES} of {len(occurrences)}"]


def _table(
    occurrences: Sequence[Occurrence], repeats: dict[Occurrence, Duplicate], names: Names
) -> Table:
    heading = (*_HEADING, "重复 again", "同时 beside")
    return Table(
        heading, [(*_line(o, names), *_repeated(repeats[o])) for o in occurrences[:_MOST_LINES]]
    )


def _line(one: Occurrence, names: Names) -> tuple[object, ...]:
    end = None if one.to_us is None else text_of(one.to_us)
    return text_of(one.from_us), end, one.level.text, one.group.rule, names(one.group.entity)


def _repeated(repeat: Duplicate) -> tuple[object, object]:
    again, beside = repeat
    return (
        None if again is None else text_of(again.from_us),
        None if beside is None else beside.group.rule,
    )
