"""The report of an import, as programs and spreadsheets read it."""

import csv
import json
from pathlib import Path

import pytest

from data.importing import ImportReport, RowOutcome, write_report

CODE = 4403118101000001
REPORT = ImportReport(
    model="houses",
    file="houses.gpkg",
    digest="00",
    dry_run=False,
    change_set=7,
    outcomes=[
        RowOutcome(1, "a", CODE, "created"),
        RowOutcome(2, "光明", CODE + 1, "changed", "name, height_m"),
        RowOutcome(3, "", None, "refused", "no key: column 'id' is empty"),
        RowOutcome(None, "", CODE + 2, "retired", "not in the file"),
    ],
    left_out=4,
    names=1,
    conflicts=[(CODE + 1, "owner", "water bureau")],
)


def test_rows_are_counted_by_outcome() -> None:
    assert REPORT.counts() == {
        "created": 1,
        "changed": 1,
        "reinstated": 0,
        "unchanged": 0,
        "retired": 1,
        "refused": 1,
        "left_out": 4,
        "names": 1,
        "relations": 0,
        "conflicts": 1,
    }


def test_json_has_every_row(tmp_path: Path) -> None:
    write_report(REPORT, tmp_path / "report.json")
    document = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert [row["outcome"] for row in document["rows"]] == [
        "created",
        "changed",
        "refused",
        "retired",
    ]
    assert document["rows"][1]["code"] == str(CODE + 1)
    assert document["counts"] == REPORT.counts()


@pytest.mark.parametrize("name", ["report.csv", "REPORT.CSV"])
def test_csv_has_every_row_and_a_mark_for_spreadsheets(tmp_path: Path, name: str) -> None:
    write_report(REPORT, tmp_path / name)
    assert (tmp_path / name).read_bytes().startswith(b"\xef\xbb\xbfrow,key,code,outcome,detail")
    with (tmp_path / name).open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows[1] == {
        "row": "2",
        "key": "光明",
        "code": str(CODE + 1),
        "outcome": "changed",
        "detail": "name, height_m",
    }
    assert rows[3]["row"] == ""


def test_the_short_form_leaves_out_what_is_only_counted() -> None:
    told = REPORT.as_dict()
    assert [row["outcome"] for row in told["rows"]] == ["changed", "refused", "retired"]
    assert told["conflicts"] == [
        {"code": str(CODE + 1), "property": "owner", "authority": "water bureau"}
    ]
    assert told["refusal"] is None
