"""Whatever a file holds, it is read or refused in a sentence."""

from contextlib import suppress
from datetime import UTC
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.reports.labels import LabelError, read_labels
from alerts.reports.recording_columns import RecordingError, told_columns
from alerts.reports.recordings import read_recording
from tests.unit.alerts.ruling import level_text, rules_of
from twin.app.backtesting import backtests_of

ODD = [
    "1",
    "1e999",
    "nan",
    '"',
    "1e30",
    "1767600000",
    "2026-01-05T08:00:00Z",
    "2026-13-01",
    "0001-01-01",
    "2026-01-05",
    "9999-12-31T23:59:59-12:00",
    "99999999999999999999",
    "24:00",
    "1,5",
]
CELLS = st.text(max_size=6) | st.sampled_from([*ODD, "\0", ""])
TABLES = st.lists(st.lists(CELLS, min_size=1, max_size=4).map(",".join), max_size=6).map("\n".join)
CONTENTS = st.binary(max_size=60) | st.tuples(
    st.sampled_from(["", "time,value,entity,quality\n", "begin,end\n", "[[", '{"a": ']), TABLES
).map(lambda told: "".join(told).encode("utf-8", "surrogatepass"))
RULES = rules_of(level_text())


@settings(max_examples=80)
@given(CONTENTS, st.sampled_from([".csv", ".parquet", ".json"]))
def test_any_file_is_read_or_refused(content: bytes, suffix: str) -> None:
    with TemporaryDirectory() as folder:
        file = Path(folder) / f"any{suffix}"
        file.write_bytes(content)
        with suppress(RecordingError):
            recording = read_recording([file], told_columns([], ["quantity=depth"]))
            backtests_of(recording, [RULES])
        with suppress(LabelError):
            read_labels(file, UTC, "a")
