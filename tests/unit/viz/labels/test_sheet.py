"""Labels lie where the paper has them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.viz.labels.labelled import numbered
from viz.labels import InvalidSheetError, sheet_named, sheets
from viz.labels.pages import paged


@pytest.mark.parametrize("name", list(sheets()))
def test_a_sheet_of_the_table_fits_its_page_and_is_centred(name: str) -> None:
    sheet = sheet_named(name)
    left, top = sheet.corner(0)
    x, y = sheet.corner(sheet.per_page - 1)
    right = sheet.page_mm[0] - x - sheet.label_mm[0]
    bottom = sheet.page_mm[1] - y - sheet.label_mm[1]
    assert min(left, top) >= 0
    assert right == pytest.approx(left, abs=0.11)
    assert bottom == pytest.approx(top, abs=0.11)
    assert name == f"a4-{sheet.per_page}"


def test_positions_run_along_the_rows() -> None:
    sheet = sheet_named("a4-14")
    assert sheet.corner(0) == (4.65, 15.15)
    assert sheet.corner(1) == pytest.approx((106.25, 15.15))
    assert sheet.corner(2) == pytest.approx((4.65, 53.25))


def test_what_a_printer_cannot_reach_stays_free_on_every_label() -> None:
    assert sheet_named("a4-24").padding_mm == (4.5, 4.0)
    assert sheet_named("a4-65").padding_mm == (1.5, 1.5)
    assert sheet_named("60x40").padding_mm == (1.5, 1.5)


def test_a_size_is_one_label_a_page() -> None:
    sheet = sheet_named("60x40.5")
    assert (sheet.page_mm, sheet.label_mm, sheet.per_page) == ((60, 40.5), (60, 40.5), 1)


@pytest.mark.parametrize("name", ["a4-25", "", "60", "60x", "60X40", "1000x40", "-6x4", "٦٠x٤٠"])
def test_an_unknown_sheet_is_refused_with_those_that_are_known(name: str) -> None:
    with pytest.raises(InvalidSheetError) as refused:
        sheet_named(name)
    assert repr(name) in str(refused.value)
    assert "a4-24" in str(refused.value)


@given(st.sampled_from(list(sheets())), st.integers(0, 200), st.data())
def test_each_label_is_printed_once_and_no_used_position_is(
    name: str, count: int, data: st.DataObject
) -> None:
    sheet = sheet_named(name)
    start = data.draw(st.integers(1, sheet.per_page))
    labels = numbered(count)
    pages = list(paged(labels, sheet, start))
    assert [label for page in pages for label, _ in page] == labels
    positions = [
        sheet.per_page * at + [sheet.corner(n) for n in range(sheet.per_page)].index(corner)
        for at, page in enumerate(pages)
        for _, corner in page
    ]
    assert positions == list(range(start - 1, start - 1 + count))


@pytest.mark.parametrize("start", [0, -1, 25])
def test_a_position_that_the_sheet_has_not_is_refused(start: int) -> None:
    with pytest.raises(InvalidSheetError, match=f"start {start}: expected .* 1 to 24"):
        list(paged(numbered(1), sheet_named("a4-24"), start))
