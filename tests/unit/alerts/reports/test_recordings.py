"""Recordings of anybody, broken ones included, as series."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from alerts.reports.instants import ZoneError
from alerts.reports.labels import labels_of
from alerts.reports.recording_columns import RecordingError, told_columns
from alerts.reports.recordings import Recording, read_recording
from tests.unit.alerts.ruling import ROAD

NOON_S = 1_767_600_000


def read(folder: Path, text: str | bytes, *fixed: str, columns: tuple[str, ...] = ()) -> Recording:
    file = folder / "gauge.csv"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_recording([file], told_columns(columns, fixed))


def seconds(recording: Recording, series: int = 0) -> list[float]:
    return [(ts / 1e6) - NOON_S for ts in recording.series[series].readings.ts_us.tolist()]


def test_rows_in_any_order_with_gaps_repeats_and_rubbish(tmp_path: Path) -> None:
    text = (
        "time,value\n2026-01-05T16:05:00+08:00,2\n2026-01-05T08:00:00Z,1\n2026-01-05 16:10:00,NA\n"
        "2026-01-05T08:05:00Z,9\nyesterday,3\n2026-01-05T08:20:00Z,three\n"
        "2026-01-05T08:30:00Z,4,5,6\n\n"
    )
    found = read(tmp_path, text, "quantity=level")
    (line,) = found.series
    assert seconds(found) == [0, 300]
    assert line.readings.value.tolist() == [1, 2]
    assert (found.rows, found.missing, found.refused, found.repeated) == (7, 1, 3, 1)


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("2026-01-05T08:00:00Z", "Z"),
        ("2026-01-05 16:00:00.000", "+08:00"),
        ("2026/1/5 16:00", "Asia/Shanghai"),
        ("2026-01-05T08:00:00+0000", "+08:00"),
        (str(NOON_S), "Z"),
        (str(NOON_S * 1000), "Z"),
        (f"{NOON_S}000000000", "Z"),
    ],
)
def test_times_are_read_in_their_usual_forms(tmp_path: Path, text: str, zone: str) -> None:
    found = read(tmp_path, f"ts;value\n{text};1\n", "quantity=level", f"zone={zone}")
    assert seconds(found) == [0]


def test_an_hour_that_comes_twice_a_year_is_read(tmp_path: Path) -> None:
    text = "time,value\n2026-10-25 02:30:00,1\n2026-03-29 02:30:00,2\n"
    found = read(tmp_path, text, "quantity=level", "zone=Europe/Berlin")
    assert len(found.series[0].readings.ts_us) == 2


def test_several_columns_are_several_series_in_our_units(tmp_path: Path) -> None:
    text = "datetime;Pressure;Temp;anomaly\n1767600000;0.5;212;0\n1767600001;;32;1\n"
    columns = ("pressure@bar=Pressure", "water_temperature@[degF]=Temp", "label=anomaly")
    found = read(tmp_path, text, columns=columns)
    told = {one.info.quantity: one.readings.value.round(6).tolist() for one in found.series}
    assert told == {"pressure": [50.0], "water_temperature": [100.0, 0.0]}
    assert {one.info.channel for one in found.series} == {"Pressure", "Temp"}
    assert found.labelled is not None
    assert [one.begin_us for one in labels_of(found.labelled)] == [(NOON_S + 1) * 10**6]


def test_stations_quantities_and_qualities_stand_in_columns(tmp_path: Path) -> None:
    rows = [
        "时间,entity,quantity,value,quality",
        f"1767600000,{ROAD},depth,0.1,good",
        f"1767600060,{ROAD},depth,0.9,bad",
        "1767600000,gauge 7,level,3,doubtful",
    ]
    found = read(tmp_path, "\n".join(rows).encode("gb18030"), columns=("time=时间",))
    road, gauge = sorted(found.series, key=lambda one: one.info.quantity)
    assert (road.info.entity, road.info.entity_class) == (ROAD, "8402")
    assert road.readings.value.tolist() == [0.1]
    assert (found.names[gauge.info.entity], gauge.readings.good.tolist()) == ("gauge 7", [False])


def test_parquet_is_read_as_csv_is(tmp_path: Path) -> None:
    file = tmp_path / "flow.parquet"
    times = pd.date_range("2026-01-05T08:00:00Z", periods=3, freq="1min", name="datetimeUTC")
    pd.DataFrame({"flow": [1.0, np.nan, 3.0]}, index=times).to_parquet(file)
    found = read_recording([file], told_columns(["value=flow"], ["quantity=discharge"]))
    assert (seconds(found), found.missing) == ([0, 120], 1)


def test_files_of_one_recording_may_overlap(tmp_path: Path) -> None:
    for name, begin in (("a.tsv", 0), ("b.tsv", 60)):
        rows = [f"{NOON_S + begin + step}\t1\t" for step in (0, 60)]
        (tmp_path / name).write_text("time\tvalue\t\n" + "\n".join(rows), encoding="utf-8")
    files = [tmp_path / "b.tsv", tmp_path / "a.tsv"]
    found = read_recording(files, told_columns([], ["quantity=level"]))
    assert (seconds(found), found.repeated) == ([0, 60, 120], 1)


@pytest.mark.parametrize(
    ("text", "columns", "fixed", "sentence"),
    [
        ("", (), (), "gauge.csv: empty"),
        ("value\n1\n", (), ("quantity=level",), "expected one for the time"),
        ("time,level\n1,1\n", (), ("quantity=level",), "expected one for the value"),
        ("time,value\n1,1\n", (), (), "expected a quantity"),
        ("time,value\n1,1\n", ("value=depth",), (), "column 'depth': expected one of time, value"),
        ("time,value\n1,1\n", (), ("quantity=wetness",), "quantity 'wetness'"),
        ("time,value\n1,1\n", (), ("quantity=level@kPa",), "unit 'kPa' of level"),
        ("time,value\n1,1\n", ("value",), (), "option 'value': expected NAME=VALUE"),
        ("time,value\n1,1\n", (), ("colour=red",), "fixed 'colour': expected one of"),
        ("time,value\n1,1\n", (), ("property.limit_m=high",), "'high': expected a number"),
        ("time,value,quality\n1,1,fine\n", (), ("quantity=level",), "quality 'fine'"),
    ],
)
def test_what_is_wrong_is_told_in_a_sentence(
    tmp_path: Path, text: str, columns: tuple[str, ...], fixed: tuple[str, ...], sentence: str
) -> None:
    with pytest.raises(RecordingError) as error:
        read(tmp_path, text, *fixed, columns=columns)
    assert sentence in str(error.value)


def test_a_zone_that_there_is_not_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ZoneError, match="zone 'Moon'"):
        read(tmp_path, "time,value\n1,1\n", "quantity=level", "zone=Moon")


def test_what_is_no_parquet_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "flow.parquet"
    file.write_bytes(b"PAR1 and nothing else")
    with pytest.raises(RecordingError, match="no Parquet file"):
        read_recording([file], told_columns([], ["quantity=level"]))
