from pathlib import Path

import pytest

from spatial.files import FileRefusedError
from spatial.models.epanet.dialect import DIALECT as EPANET
from spatial.models.inp.rows import Row
from spatial.models.inp.sections import read_sections
from spatial.models.model import silent
from spatial.models.swmm.dialect import DIALECT as SWMM
from tests.unit.spatial.inp.writing import written


@pytest.mark.parametrize(
    ("heading", "section"),
    [
        ("[JUNCTIONS]", "JUNCTIONS"),
        ("[junc", "JUNCTIONS"),
        ("[Polygons]", "POLYGONS"),
        ("[XSECT]", "XSECTIONS"),
        ("[OUTLETS]", "OUTLETS"),
        ("[OUTFALLS]", "OUTFALLS"),
        ("[INLET_USAGE]", "INLET_USAGE"),
        ("[INLETS]", "INLETS"),
    ],
)
def test_swmm_knows_a_section_by_its_first_letters(heading: str, section: str) -> None:
    found = SWMM.section(heading)

    assert found is not None
    assert found.name == section


@pytest.mark.parametrize("heading", ["[JUN]", "[PIPES]", "[", "JUNCTIONS"])
def test_other_headings_are_no_sections_of_swmm(heading: str) -> None:
    assert SWMM.section(heading) is None


def test_epanet_knows_a_section_by_four_letters() -> None:
    found = EPANET.section("[Rese]")

    assert found is not None
    assert found.name == "RESERVOIRS"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_any_line_end_ends_a_line(tmp_path: Path, end: str) -> None:
    path = written(tmp_path, end.join(["[JUNCTIONS]", "\tJ1\t1", "", "J2 2"]))

    rows = read_sections(path, SWMM, silent).taken("JUNCTIONS")

    assert [(row.line, row.values()) for row in rows] == [(2, ["J1", "1"]), (4, ["J2", "2"])]


def test_what_stands_in_quotation_marks_is_one_value() -> None:
    assert Row(1, '"main street" 1.5 "" x').values() == ["main street", "1.5", "", "x"]
    assert Row(1, 'J1 "never closed').values() == ["J1", "never closed"]


def test_words_above_a_row_belong_to_it_in_swmm(tmp_path: Path) -> None:
    path = written(tmp_path, "[JUNCTIONS]\n;;Name Elev\n;the corner\nJ1 1 ;aside\nJ2 2\n")

    rows = read_sections(path, SWMM, silent).taken("JUNCTIONS")

    assert [row.note for row in rows] == ["the corner", ""]


def test_words_after_a_row_belong_to_it_in_epanet(tmp_path: Path) -> None:
    path = written(tmp_path, "[JUNCTIONS]\n;ID Elev\nJ1 1 ;the corner\nJ2 2\n")

    rows = read_sections(path, EPANET, silent).taken("JUNCTIONS")

    assert [row.note for row in rows] == ["the corner", ""]


def test_rows_without_a_section_are_said_and_left(tmp_path: Path) -> None:
    path = written(tmp_path, "J0 0\nJ9 9\n[FOO]\na\nb\n[JUNCTIONS]\nJ1 1\n")

    found = read_sections(path, SWMM, silent)

    assert [row.text for row in found.taken("JUNCTIONS")] == ["J1 1"]
    assert found.warnings == [
        "2 lines from line 1 on stand before any section and are ignored",
        "line 3: SWMM has no section '[FOO]'; its 2 rows are ignored",
    ]


def test_a_section_may_come_twice(tmp_path: Path) -> None:
    path = written(tmp_path, "[JUNCTIONS]\nJ1 1\n[OPTIONS]\nA B\n[JUNCTIONS]\nJ2 2\n")

    assert len(read_sections(path, SWMM, silent).taken("JUNCTIONS")) == 2


def test_nothing_is_read_after_the_end_of_an_epanet_file(tmp_path: Path) -> None:
    path = written(tmp_path, "[JUNCTIONS]\nJ1 1\n[END]\n[JUNCTIONS]\nJ2 2\n")

    assert len(read_sections(path, EPANET, silent).taken("JUNCTIONS")) == 1


def test_more_rows_than_memory_holds_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("spatial.models.inp.sections.MOST_ROWS", 2)
    path = written(tmp_path, "[JUNCTIONS]\nJ1 1\nJ2 1\nJ3 1\n")

    with pytest.raises(FileRefusedError, match=r"more than 2 rows up to line 4"):
        read_sections(path, SWMM, silent)


def test_more_sections_than_any_program_has_are_refused(tmp_path: Path) -> None:
    path = written(tmp_path, "[JUNCTIONS]\n" * 10_001)

    with pytest.raises(FileRefusedError, match=r"more than 10,000 sections up to line 10,001"):
        read_sections(path, SWMM, silent)


def test_rows_are_kept_with_their_lines_and_notes(tmp_path: Path) -> None:
    path = written(tmp_path, "[JUNCTIONS]\n; first\nJ1 1\nJ2 2\n; last\nJ3 3\n")

    rows = read_sections(path, SWMM, silent).taken("JUNCTIONS")

    assert list(rows) == [Row(3, "J1 1", "first"), Row(4, "J2 2"), Row(6, "J3 3", "last")]
    assert rows[-1] == Row(6, "J3 3", "last")
    assert rows[:2] == list(rows)[:2]


def test_rows_of_a_section_are_not_kept_once_they_were_taken(tmp_path: Path) -> None:
    sections = read_sections(written(tmp_path, "[JUNCTIONS]\nJ1 1\n"), SWMM, silent)

    assert len(sections.taken("JUNCTIONS")) == 1
    assert not sections.taken("JUNCTIONS")
