"""Labels in the forms in which people write them."""

import json
from datetime import UTC
from pathlib import Path

import pytest

from alerts.reports.labels import Label, LabelError, read_labels

BEGIN, END = "2026-01-05 08:00:00.000000", "2026-01-05 09:00:00"
BEGIN_US = 1_767_600_000_000_000
SPAN = Label(BEGIN_US, BEGIN_US + 3_600_000_000)
INSTANT = Label(BEGIN_US, BEGIN_US)


def labels(folder: Path, told: object, key: str = "") -> list[Label]:
    if isinstance(told, str):
        file = folder / "labels.csv"
        file.write_text(told, encoding="utf-8")
    else:
        file = folder / "labels.json"
        file.write_text(json.dumps(told), encoding="utf-8")
    return read_labels(file, UTC, key)


@pytest.mark.parametrize(
    ("told", "found"),
    [
        ([[BEGIN, END]], [SPAN]),
        ([BEGIN], [INSTANT]),
        ([{"begin": BEGIN, "end": END}], [SPAN]),
        ([{"time": BEGIN}], [INSTANT]),
        ({"realKnownCause/machine.csv": [[BEGIN, END]], "other.csv": []}, [SPAN]),
        (f"begin,end\n{BEGIN},{END}\n", [SPAN]),
        (f"Timestamp\n{BEGIN}\n", [INSTANT]),
        (f"start;stop;series\n{BEGIN};{END};machine.csv\n{BEGIN};;pump.csv\n", [SPAN]),
        (f"begin,end\n{BEGIN},\n", [INSTANT]),
        ([], []),
    ],
)
def test_spans_and_instants_are_read(tmp_path: Path, told: object, found: list[Label]) -> None:
    assert labels(tmp_path, told, "machine.csv") == found


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        ([[END, BEGIN]], "expected a begin and its end"),
        ([["soon", "later"]], "expected a begin and its end"),
        ([[BEGIN, END, END]], "expected an instant or a begin and an end"),
        ([True], "expected an instant or a begin and an end"),
        ([{"until": END}], "expected an instant or a begin and an end"),
        ({"a.csv": [], "b.csv": []}, "labels of 'machine.csv': expected one of a.csv, b.csv"),
        (7, "int: expected a list of labels"),
        ("when\nnow\n", "expected 'begin' or 'time'"),
        (f"begin,series\n{BEGIN},pump.csv\n", "there are none"),
        ("", "empty"),
    ],
)
def test_what_is_wrong_is_told_in_a_sentence(tmp_path: Path, told: object, sentence: str) -> None:
    with pytest.raises(LabelError) as error:
        labels(tmp_path, told, "machine.csv")
    assert sentence in str(error.value)


def test_what_is_no_json_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "labels.json"
    file.write_text("{", encoding="utf-8")
    with pytest.raises(LabelError, match="no JSON"):
        read_labels(file, UTC)


def test_the_labels_of_nab_are_read(shared: Path) -> None:
    folder = shared / "data" / "timeseries" / "nab"
    windows = read_labels(folder / "combined_windows.json", UTC, "speed_7578.csv")
    marks = read_labels(folder / "combined_labels.json", UTC, "speed_7578.csv")
    assert len(windows) == len(marks) == 4
    assert all(w.begin_us < m.begin_us < w.end_us for w, m in zip(windows, marks, strict=True))
