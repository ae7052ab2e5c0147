"""Reports as JSON and CSV hold them; times are RFC 3339 in UTC."""

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from alerts.backtesting import Figures, Occurrence
from alerts.reports.chatter import Chatter
from alerts.reports.comparison import Comparison, Pair
from alerts.reports.detection import Detection
from alerts.reports.duplicates import Duplicate
from alerts.reports.instants import as_datetime
from alerts.reports.load import INTERVAL_US, Load

Names = Callable[[int], str]
"""How people call an entity."""

_COLUMNS = ("rule", "entity", "mode", "level", "from", "to", "seconds", "again", "beside")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def text_of(ts_us: int) -> str:
    """Return an instant as text."""
    return as_datetime(ts_us).isoformat()


def alert_document(
    one: Occurrence, names: Names, duplicate: Duplicate | None = None
) -> dict[str, Any]:
    """Return an alert; ``again`` and ``beside`` say when and by what it was told before."""
    lasted = None if one.to_us is None else (one.to_us - one.from_us) / 1e6
    again, beside = duplicate or (None, None)
    return {
        "rule": one.group.rule,
        "entity": names(one.group.entity),
        "mode": one.group.mode.value,
        "level": one.level.text,
        "from": text_of(one.from_us),
        "to": None if one.to_us is None else text_of(one.to_us),
        "seconds": lasted,
        "stages": [{"at": text_of(each.at_us), "level": each.level.text} for each in one.stages],
        "again": None if again is None else text_of(again.from_us),
        "beside": None if beside is None else beside.group.rule,
    }


def figures_document(figures: Figures, repeats: Mapping[Occurrence, Duplicate]) -> dict[str, Any]:
    """Return figures of alerts, duplicates among them."""
    again = sum(each.again is not None for each in repeats.values())
    beside = sum(each.beside is not None for each in repeats.values())
    both = sum(map(bool, repeats.values()))
    return figures._asdict() | {"again": again, "beside": beside, "duplicates": both}


def comparison_document(found: Comparison, names: Names) -> dict[str, Any]:
    """Return two sets of alerts beside each other."""
    return {
        "same": found.is_same,
        "only_first": [alert_document(one, names) for one in found.only_first],
        "only_second": [alert_document(one, names) for one in found.only_second],
        "both": [_pair(pair, names) for pair in found.both],
    }


def _pair(pair: Pair, names: Names) -> dict[str, Any]:
    return {
        "first": alert_document(pair.first, names),
        "second": alert_document(pair.second, names),
        "begins_later_s": pair.begins_later_s,
        "ends_later_s": pair.ends_later_s,
        "levels_higher": pair.levels_higher,
    }


def detection_document(found: Detection) -> dict[str, Any]:
    """Return hits, misses and false alarms."""
    labels = [
        {
            "from": text_of(hit.label.begin_us),
            "to": text_of(hit.label.end_us),
            "hit": hit.is_hit,
            "lead_s": hit.lead_s,
        }
        for hit in found.hits
    ]
    hits = sum(hit.is_hit for hit in found.hits)
    counted = {"labels": labels, "hits": hits, "misses": len(labels) - hits}
    return counted | {name: told for name, told in found._asdict().items() if name != "hits"}


def load_document(found: Load, names: Names) -> dict[str, Any]:
    """Return the load on people."""
    return _without_times(found._asdict()) | {
        "from": text_of(found.begin_us),
        "to": text_of(found.end_us),
        "counts": [
            {"from": text_of(found.begin_us + place * INTERVAL_US), "alerts": count}
            for place, count in enumerate(found.counts)
            if count
        ],
        "floods": [
            {"from": text_of(one.from_us), "to": text_of(one.to_us)} | _without_times(one._asdict())
            for one in found.floods
        ],
        "standing": found.standing._asdict(),
        "chatter": [_chatter(one, names) for one in found.chatter],
        "top": [one._asdict() for one in found.top],
    }


def _without_times(told: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in told.items() if not name.endswith("_us")}


def _chatter(one: Chatter, names: Names) -> dict[str, Any]:
    return {
        "rule": one.group.rule,
        "entity": names(one.group.entity),
        "alerts": one.alerts,
        "most_per_minute": one.most_per_minute,
        "run_index": one.run_index,
    }


def csv_of(alerts: Iterable[Mapping[str, Any]], columns: Sequence[str] = _COLUMNS) -> str:
    """Return rows as CSV (RFC 4180); a spreadsheet takes no text of them for a formula."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows([_harmless(row[name]) for name in columns] for row in alerts)
    return text.getvalue()


def _harmless(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
