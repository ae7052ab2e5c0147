"""How well alerts told what people had marked: hits, misses, false alarms and lead times."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from alerts.backtesting import Occurrence
from alerts.reports.labels import Label
from alerts.rules.courses import NEVER

_DAY_US = 86_400_000_000


class Margins(NamedTuple):
    """How far before and after a label an alert still counts for it, microseconds."""

    before_us: int = 0
    after_us: int = 0


class Hit(NamedTuple):
    """What became of a label.

    Attributes:
        label: it.
        is_hit: whether an alert stood in it, margins included.
        lead_s: from the begin of the first alert that stood in it to its own, seconds; negative
            where the alert came later; None where there was none.
    """

    label: Label
    is_hit: bool
    lead_s: float | None


class Detection(NamedTuple):
    """Alerts beside labels.

    Attributes:
        hits: of each label.
        alerts: how many there were.
        false_alarms: those of them that stood in no label.
        false_per_day: of the time outside labels; None where there is none.
        false_share: of the time outside labels, in which an alert stood; None where there is none.
        precision: share of the alerts that stood in a label; None without alerts.
        recall: share of the labels in which an alert stood; None without labels.
        median_lead_s: of the hits; None where there is none.
    """

    hits: Sequence[Hit]
    alerts: int
    false_alarms: int
    false_per_day: float | None
    false_share: float | None
    precision: float | None
    recall: float | None
    median_lead_s: float | None


Span = tuple[int, int]


def detect(
    occurrences: Iterable[Occurrence],
    labels: Sequence[Label],
    period: Span,
    margins: Margins = Margins(),  # noqa: B008 - frozen
) -> Detection:
    """Hold alerts against labels.

    Args:
        occurrences: of one rule or of several.
        labels: what was marked.
        period: begin and end of what was judged, microseconds; labels outside of it are left out.
        margins: around each label.
    """
    begin, end = period
    spans = sorted(
        (max(one.from_us, begin), min(one.to_us or NEVER, end))
        for one in occurrences
        if one.from_us <= end and (one.to_us or NEVER) >= begin
    )
    asked = [label for label in labels if label.end_us >= begin and label.begin_us <= end]
    wide = [(one.begin_us - margins.before_us, one.end_us + margins.after_us) for one in asked]
    hits = [_hit(label, window, spans) for label, window in zip(asked, wide, strict=True)]
    false = [span for span in spans if not any(_meet(span, window) for window in wide)]
    marked = _joined((max(a, begin), min(b, end)) for a, b in wide)
    outside_us = end - begin - _length(marked)
    standing_us = _length(_joined([*spans, *marked])) - _length(marked)
    leads = [hit.lead_s for hit in hits if hit.lead_s is not None]
    return Detection(
        hits=hits,
        alerts=len(spans),
        false_alarms=len(false),
        false_per_day=len(false) / (outside_us / _DAY_US) if outside_us > 0 else None,
        false_share=standing_us / outside_us if outside_us > 0 else None,
        precision=1 - len(false) / len(spans) if spans else None,
        recall=sum(hit.is_hit for hit in hits) / len(hits) if hits else None,
        median_lead_s=float(np.median(leads)) if leads else None,
    )


def _hit(label: Label, window: Span, spans: Sequence[Span]) -> Hit:
    met = [span for span in spans if _meet(span, window)]
    lead_s = (label.begin_us - min(met)[0]) / 1e6 if met else None
    return Hit(label, bool(met), lead_s)


def _meet(one: Span, other: Span) -> bool:
    return one[0] <= other[1] and one[1] >= other[0]


def _joined(spans: Iterable[Span]) -> list[Span]:
    """Return spans that do not touch, which cover the same time."""
    found: list[Span] = []
    for begin, end in sorted(spans):
        if found and begin <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        elif begin <= end:
            found.append((begin, end))
    return found


def _length(spans: Iterable[Span]) -> int:
    return sum(end - begin for begin, end in spans)
