"""Recorded files, well-formed and not."""

from pathlib import Path

import pytest

from ingest.replay import ReplayRow, RowFault, read_map, read_rows
from twin.model import from_us

MAP = """
format = "csv"
scheme = "gauge"
county = "440311"
missing = ["", "---"]
[columns]
station = "id"
quantity = "what"
unit = "unit"
channel = "side"
time = "when"
value = "value"
[time]
format = "%d/%m/%Y %H:%M"
[channels]
"上游" = "upper"
[[quantity]]
text = "stage"
unit = "cm"
quantity = "level"
factor = 0.01
offset = 10
[[quantity]]
text = "rain"
unit = "mm"
quantity = "rainfall"
statistic = "sum"
period_s = 3600
stamp = "start"
entity_class = "8503"
"""
HEAD = "id,what,unit,side,when,value\n"


def _read(folder: Path, *texts: str | bytes, **fields: str) -> list[ReplayRow | RowFault]:
    paths = [folder / f"{number}.csv" for number in range(len(texts))]
    for path, text in zip(paths, texts, strict=True):
        path.write_bytes(text.encode() if isinstance(text, str) else text)
    extra = "".join(f"{name} = {value!r}\n" for name, value in fields.items())
    return list(read_rows(paths, read_map(extra + MAP, "map")))


def _one(folder: Path, line: str) -> ReplayRow | RowFault:
    (found,) = _read(folder, HEAD + line)
    return found


def test_a_value_comes_in_our_unit_and_its_time_in_the_zone_of_the_map(tmp_path: Path) -> None:
    row = _one(tmp_path, "A,stage,cm,上游,01/02/2024 08:00,250\n")
    assert isinstance(row, ReplayRow)
    assert (row.quantity, row.value, row.channel) == ("level", 12.5, "upper")
    assert from_us(row.observed_us).isoformat() == "2024-02-01T00:00:00+00:00"
    assert (row.file, row.line) == ("0.csv", 2)


def test_a_period_that_is_stamped_at_its_start_is_kept_at_its_end(tmp_path: Path) -> None:
    row = _one(tmp_path, "A,rain,mm,,01/02/2024 08:00,0.4\n")
    assert isinstance(row, ReplayRow)
    assert (row.statistic, row.period_s) == ("sum", 3600)
    assert from_us(row.observed_us).isoformat() == "2024-02-01T01:00:00+00:00"


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("A,stage,ft,,01/02/2024 08:00,1", "quantity 'stage' in 'ft': expected a [[quantity]]"),
        ("A,stage,cm,,2024-02-01,1", "time '2024-02-01': expected the format '%d/%m/%Y %H:%M'"),
        ("A,stage,cm,,01/02/2024 08:00,high", "value 'high': expected a number"),
        ("A,stage,cm,,01/02/2024 08:00,nan", "value 'nan': expected a number"),
        ("A,stage,cm,,01/02/2024 08:00,1_0", "value '1_0': expected a number"),
        ("A,stage,cm,,01/02/2024 08:00,1e999", "value '1e999': expected a finite number"),
        (",stage,cm,,01/02/2024 08:00,1", "station '': expected 1 to 255 characters"),
        ("A,stage,cm,,01/02/2024 08:00,1,2", "7 cells: expected 6"),
        ("A,stage", "quantity 'stage' in '': expected a [[quantity]]"),
    ],
)
def test_a_bad_line_gets_its_number_and_a_sentence_and_stops_nothing(
    tmp_path: Path, line: str, sentence: str
) -> None:
    good = "A,stage,cm,,01/02/2024 08:00,1\n"
    fault, first, last = _read(tmp_path, HEAD + good + line + "\n" + good)
    assert isinstance(fault, RowFault)
    assert (fault.line, fault.missing) == (3, False)
    assert fault.sentence.startswith(sentence)
    assert isinstance(first, ReplayRow)
    assert isinstance(last, ReplayRow)


@pytest.mark.parametrize("text", ["", "---"])
def test_a_missing_value_is_told_apart_from_a_broken_one(tmp_path: Path, text: str) -> None:
    fault = _one(tmp_path, f"A,stage,cm,,01/02/2024 08:00,{text}\n")
    assert isinstance(fault, RowFault)
    assert fault.missing


def test_repeated_headings_empty_columns_blank_lines_and_a_byte_order_mark_are_harmless(
    tmp_path: Path,
) -> None:
    head, line = HEAD.replace("\n", ",\r\n"), "A,stage,cm,,01/02/2024 08:00,1,\r\n"
    found = _read(tmp_path, "\ufeff" + head + line + "\r\n" + head + ",,,,,,\r\n" + line)
    assert [type(row) for row in found] == [ReplayRow, ReplayRow]


def test_bytes_of_another_encoding_harm_their_own_line_only(tmp_path: Path) -> None:
    line = "A,stage,cm,上游,01/02/2024 08:00,1\n"
    found = _read(tmp_path, HEAD.encode() + line.encode("gbk") + line.encode())
    assert [type(row) for row in found] == [RowFault, ReplayRow]
    (row,) = _read(tmp_path, (HEAD + line).encode("gbk"), encoding="gbk")
    assert isinstance(row, ReplayRow)
    assert row.channel == "upper"


def test_rows_of_several_files_come_in_the_order_of_their_times(tmp_path: Path) -> None:
    texts = [
        HEAD + "".join(f"{name},stage,cm,,01/02/2024 {hour}:00,1\n" for hour in hours)
        for name, hours in (("B", ("09", "07")), ("A", ("08", "09")))
    ]
    rows = [row for row in _read(tmp_path, *texts) if isinstance(row, ReplayRow)]
    assert [(row.station, from_us(row.observed_us).hour) for row in rows] == [
        ("B", 23),
        ("A", 0),
        ("A", 1),
        ("B", 1),
    ]


def test_a_file_without_a_column_of_the_map_an_empty_one_and_an_absent_one_say_so(
    tmp_path: Path,
) -> None:
    found = _read(tmp_path, "id,what\nA,stage\n", "")
    absent = list(read_rows([tmp_path / "no.csv"], read_map(MAP, "map")))
    sentences = [row.sentence for row in found + absent if isinstance(row, RowFault)]
    assert sentences[0].startswith("columns ['unit', 'side', 'when', 'value']: expected among")
    assert sentences[1] == "file is empty: expected a line of headings"
    assert sentences[2].startswith("cannot be read: ")
