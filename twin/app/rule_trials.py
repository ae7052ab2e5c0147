"""What ``twin rules backtest`` does: sets of rules over the store or over a recording."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from alerts.reports.comparison import Comparison, compare
from alerts.reports.detection import Margins, detect
from alerts.reports.documents import comparison_document, detection_document
from alerts.reports.duplicates import WITHIN_US
from alerts.reports.instants import LOCAL, as_datetime, zone_of
from alerts.reports.labels import Label, labels_of, read_labels
from alerts.reports.recording_columns import told_columns
from alerts.reports.recordings import Recording, read_recording
from twin.app.backtesting import (
    Progress,
    Span,
    Tried,
    backtests,
    backtests_of,
    chosen_rules,
    document,
    namer,
)
from twin.app.registry import LOCAL as CITY
from twin.model import Mode

_MONTH = timedelta(days=30)


class Recorded(NamedTuple):
    """Files to be judged instead of the store.

    Attributes:
        files: CSV or Parquet.
        columns: ``ROLE=COLUMN`` each.
        fixed: ``NAME=VALUE`` of all rows each.
        labels: a file of spans in which something was wrong.
        labelled: whose labels, where that file has several.
        margin_us: how far before and after a label an alert still counts for it.
    """

    files: Sequence[Path] = ()
    columns: Sequence[str] = ()
    fixed: Sequence[str] = ()
    labels: Path | None = None
    labelled: str = ""
    margin_us: int = 0


class Asked(NamedTuple):
    """What is to be tried.

    Attributes:
        rules: files; the shipped ones where there are none.
        only: ids of rules; all where there are none.
        against: files of the set to compare with.
        begin: of the period; None for 30 days before its end, or the recording's first reading.
        end: of it; None for now, or the recording's last reading.
        mode: whose readings of the store.
        within_us: how soon after one of its kind an alert is a duplicate.
        recorded: files and labels.
    """

    rules: Sequence[Path] = ()
    only: Sequence[str] = ()
    against: Sequence[Path] = ()
    begin: datetime | None = None
    end: datetime | None = None
    mode: Mode = Mode.ACTUAL
    within_us: int = WITHIN_US
    recorded: Recorded = Recorded()


class Trial(NamedTuple):
    """What came of it.

    Attributes:
        asked: what was to be tried.
        tried: by each set of rules, one or two.
        recording: what files told; None where the store was judged.
        labels: what people had marked; None where nobody did.
    """

    asked: Asked
    tried: Sequence[Tried]
    recording: Recording | None
    labels: Sequence[Label] | None

    @property
    def names(self) -> Mapping[int, str]:
        """How entities are called that are no codes."""
        return self.recording.names if self.recording else {}


def run_trial(asked: Asked, store_url: str, progress: Progress) -> Trial:
    """Judge what is asked for; nothing is written.

    Raises:
        RuleFileError: with all mistakes of all files.
        RuleUnknownError: a rule that none of the files has.
        PeriodError: the period is none.
        RecordingError: files that are no recording, or columns that do not fit them.
        LabelError: labels that cannot be read, or labels without a label column.
        StoreUnavailableError: the store is away.
        OSError: a file cannot be read.
    """
    sets = [chosen_rules(asked.rules, asked.only)]
    if asked.against:
        sets.append(chosen_rules(asked.against, asked.only))
    if not asked.recorded.files:
        tried = backtests(store_url, sets, span_asked(asked), progress)
        return Trial(asked, tried, None, _labels(asked.recorded, None))
    told = told_columns(asked.recorded.columns, asked.recorded.fixed)
    recording = read_recording(asked.recorded.files, told)
    tried = backtests_of(recording, sets, _part(asked, recording))
    return Trial(asked, tried, recording, _labels(asked.recorded, recording))


def trial_document(trial: Trial) -> dict[str, Any]:
    """Return a trial as ``--json`` prints it; ``comparison`` and ``detection`` where asked for."""
    called = namer(trial.names)
    first, *others = trial.tried
    found = document(first, trial.names, trial.asked.within_us)
    if trial.recording:
        found["recording"] = _recording(trial.recording)
    for other in others:
        found["comparison"] = comparison_document(compared(first, other), called)
    if trial.labels is not None:
        found["detection"] = _detections(trial, first)
    return found


def compared(first: Tried, second: Tried) -> Comparison:
    """Return two trials beside each other; single rules are compared whatever their ids are."""
    single = len(first.rules) == len(second.rules) == 1
    return compare(first.occurrences, second.occurrences, across_rules=single)


def span_asked(asked: Asked) -> Span:
    """Return the period of the store that is asked for."""
    end = asked.end or datetime.now(UTC)
    return Span(_aware(asked.begin or end - _MONTH), _aware(end), asked.mode)


def _part(asked: Asked, recording: Recording) -> Span | None:
    """Return which part of a recording is asked for; None for all."""
    if asked.begin is None and asked.end is None:
        return None
    begin, end = as_datetime(recording.begin_us), as_datetime(recording.end_us)
    return Span(_aware(asked.begin or begin), _aware(asked.end or end))


def _aware(told: datetime) -> datetime:
    return told if told.tzinfo else told.replace(tzinfo=CITY)


def _labels(recorded: Recorded, recording: Recording | None) -> list[Label] | None:
    if recorded.labels is not None:
        zone = zone_of(told_columns((), recorded.fixed).fixed.get("zone", LOCAL))
        name = recorded.labelled or (recorded.files[0].name if recorded.files else "")
        return read_labels(recorded.labels, zone, name)
    if recording is not None and recording.labelled is not None:
        return labels_of(recording.labelled)
    return None


def _recording(recording: Recording) -> dict[str, Any]:
    return {
        "series": len(recording.series),
        "rows": recording.rows,
        "missing": recording.missing,
        "refused": recording.refused,
        "repeated": recording.repeated,
    }


def _detections(trial: Trial, tried: Tried) -> dict[str, Any]:
    """Return hits and false alarms of all rules together and of each that raised some."""
    margins = Margins(trial.asked.recorded.margin_us, trial.asked.recorded.margin_us)
    labels = trial.labels or []
    found = detection_document(detect(tried.occurrences, labels, tried.period, margins))
    by_rule = {}
    for rule in sorted({one.group.rule for one in tried.occurrences}):
        mine = [one for one in tried.occurrences if one.group.rule == rule]
        by_rule[rule] = detection_document(detect(mine, labels, tried.period, margins))
    return found | {"by_rule": by_rule}
