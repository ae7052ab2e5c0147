"""The load on people as parts of a page, Chinese first."""

from collections.abc import Iterator

from alerts.reports.charts import Bar, Words, bars
from alerts.reports.documents import Names, text_of
from alerts.reports.load import INTERVAL_US, Load
from alerts.reports.page import Section, Table, measures

_BOUND = 10.0


def load_sections(found: Load, names: Names, quiet: int = 0) -> Iterator[Section]:
    """Yield them.

    Args:
        found: the load.
        names: how entities are called.
        quiet: how many alerts were silenced or quieted beside those that count.
    """
    yield _rates(found, quiet)
    yield _floods(found)
    yield _standing(found)
    yield _chatter(found, names)
    yield _sources(found)


def _rates(found: Load, quiet: int) -> Section:
    rows = [
        ("告警数 alerts", found.alerts),
        ("被静默或抑制 silenced or quieted, not counted", quiet),
        ("操作员 operators", found.operators),
        ("每人每十分钟平均 average per operator and 10 min", found.average),
        ("每人每十分钟最多 peak per operator and 10 min", found.peak),
        ("超过十条的时段占比 share of intervals over 10", f"{found.share_over_10:.2%}"),
    ]
    values = [
        Bar(count / found.operators, f"{text_of(found.begin_us + place * INTERVAL_US)}: {count}")
        for place, count in enumerate(found.counts)
    ]
    words = Words(
        "每人每十分钟告警数 alerts per operator and 10 min",
        text_of(found.begin_us),
        text_of(found.end_us),
    )
    plot = bars(words, values, line=_BOUND)
    return Section("告警负荷 Alarm load", (), [measures(*rows)], [plot])


def _floods(found: Load) -> Section:
    told = f"{len(found.floods)} 次，占时间 {found.flood_share:.2%} · {len(found.floods)} floods"
    rows = [(text_of(f.from_us), text_of(f.to_us), f.alerts, f.peak) for f in found.floods]
    heading = ("开始 from", "结束 to", "告警 alerts", "峰值 peak")
    return Section("告警泛滥 Floods", [told], [Table(heading, rows)])


def _standing(found: Load) -> Section:
    standing = found.standing
    rows = [
        ("期末仍在 standing at the end", standing.at_end),
        ("同时最多 most at once", standing.most),
        ("平均 average", standing.average),
        ("超过24小时 stale, over 24 h", standing.stale),
        ("期末超过24小时 stale at the end", standing.stale_at_end),
    ]
    return Section("长期告警 Standing alarms", (), [measures(*rows)])


def _chatter(found: Load, names: Names) -> Section:
    rows = [
        (one.group.rule, names(one.group.entity), one.alerts, one.most_per_minute, one.run_index)
        for one in found.chatter
    ]
    heading = ("规则 rule", "对象 thing", "告警 alerts", "每分钟最多 most/min", "指数 index /s")
    told = f"{len(rows)} 个规则与对象 rules and things"
    return Section("抖动告警 Chattering", [told], [Table(heading, rows)])


def _sources(found: Load) -> Section:
    top = [(one.rule, one.alerts, f"{one.share:.1%}") for one in found.top]
    total = max(found.alerts, 1)
    levels = [(name, count, f"{count / total:.1%}") for name, count in found.by_level.items()]
    tables = [
        Table(("规则 rule", "告警 alerts", "占比 share"), top),
        Table(("等级 level", "告警 alerts", "占比 share"), levels),
    ]
    return Section("最多的规则与等级 Top rules and levels", (), tables)
