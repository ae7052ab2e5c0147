"""A label can be read and scanned, whatever the paper, or it is refused."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.unit.viz.labels.labelled import CODE, MANHOLE, PUBLIC
from twin.codes import EntityCode
from viz.labels import Label, Sheet, SheetTooSmallError, sheet_named, sheets
from viz.labels.layout import LEAST_MODULE_MM, Drawing, Text, draw
from viz.labels.symbol import QUIET_ZONE
from viz.labels.texts import CODE_EM, width_em

Box = tuple[float, float, float, float]

SIZES = st.tuples(st.integers(15, 150), st.integers(15, 150)).map(lambda s: f"{s[0]}x{s[1]}")
PAPERS = st.one_of(st.sampled_from(list(sheets())), SIZES).map(sheet_named)
LABELS = st.builds(
    Label,
    code=st.just(CODE),
    name=st.text(max_size=60),
    class_name=st.text(max_size=10),
    owner=st.text(max_size=30),
)


def box_of(text: Text) -> Box:
    em = CODE_EM * len(text.content) if text.role == "code" else width_em(text.content)
    return text.x, text.y - 0.8 * text.size, text.x + em * text.size, text.y


def apart(one: Box, other: Box) -> bool:
    slack = 1e-6
    return (
        one[2] <= other[0] + slack
        or other[2] <= one[0] + slack
        or one[3] <= other[1] + slack
        or other[3] <= one[1] + slack
    )


def symbol_box(drawing: Drawing, quiet: int = 0) -> Box:
    (x, y), room = drawing.at, quiet * drawing.module
    side = drawing.symbol.side * drawing.module
    return x - room, y - room, x + side + room, y + side + room


def drawn(label: Label, sheet: Sheet) -> Drawing:
    try:
        return draw(label, sheet, PUBLIC)
    except SheetTooSmallError:
        assume(condition=False)
        raise


@given(LABELS, PAPERS)
def test_nothing_stands_in_the_quiet_zone_or_off_the_label(label: Label, sheet: Sheet) -> None:
    drawing = drawn(label, sheet)
    quiet = symbol_box(drawing, QUIET_ZONE)
    (width, height), (pad_x, pad_y) = sheet.label_mm, sheet.padding_mm
    assert drawing.module >= LEAST_MODULE_MM
    assert min(quiet) >= -1e-6
    assert quiet[2] <= width + 1e-6
    assert quiet[3] <= height + 1e-6
    for box in (*map(box_of, drawing.texts), symbol_box(drawing)):
        assert box[0] >= pad_x - 1e-6
        assert box[2] <= width - pad_x + 1e-6
        assert box[3] <= height - pad_y + 1e-6
    for text in drawing.texts:
        # Digits have no ascenders: they reach two thirds of the size.
        left, _, right, below = box_of(text)
        assert apart((left, text.y - 0.65 * text.size, right, below), quiet)


@given(LABELS, PAPERS)
def test_lines_of_text_do_not_touch(label: Label, sheet: Sheet) -> None:
    boxes = [box_of(text) for text in drawn(label, sheet).texts]
    assert all(apart(one, other) for at, one in enumerate(boxes) for other in boxes[:at])


@given(PAPERS)
def test_the_code_is_on_every_label_whole(sheet: Sheet) -> None:
    texts = drawn(MANHOLE, sheet).texts
    code = [text for text in texts if text.role == "code"]
    assert "".join(text.content for text in code) == "440311-0103-000127-9"
    assert [text.y for text in code] == sorted(text.y for text in code)
    assert all(text.size >= 2 for text in code)


@pytest.mark.parametrize("name", list(sheets()))
def test_every_sheet_of_the_table_takes_an_address_of_a_city(name: str) -> None:
    drawing = draw(MANHOLE, sheet_named(name), "https://citytwin.szgm.gov.cn")
    roles = [text.role for text in drawing.texts]
    assert roles.count("code") == 1
    assert "name" in roles
    assert "small" in roles


def test_a_wide_label_has_room_for_class_name_and_owner() -> None:
    texts = draw(MANHOLE, sheet_named("a4-24"), PUBLIC).texts
    assert [text.content for text in texts[:-1]] == ["雨水井盖", "光明大道 12 号井", "光明区水务局"]


def test_a_name_that_is_too_long_is_cut() -> None:
    long = Label(code=CODE, name="光明大道" * 40, class_name="雨水井盖")
    texts = draw(long, sheet_named("a4-65"), PUBLIC).texts
    assert any(text.content.endswith("…") for text in texts)


def test_a_line_break_in_a_name_does_not_break_the_label() -> None:
    odd = Label(code=CODE, name="一号\n\x00井\u2028盖")
    texts = draw(odd, sheet_named("a4-24"), PUBLIC).texts
    assert texts[0].content == "一号 井 盖"


def test_large_modules_take_the_correction_that_withstands_more_dirt() -> None:
    assert draw(MANHOLE, sheet_named("a4-24"), PUBLIC).symbol.correction == "Q"
    assert draw(MANHOLE, sheet_named("a4-65"), PUBLIC).symbol.correction == "M"


@pytest.mark.parametrize(
    ("size", "public", "sentence"),
    [
        ("20x20", PUBLIC, "sheet '20x20': a module of the QR code of 'https://twin.example.cn/e/"),
        ("10x60", PUBLIC, "sheet '10x60': the code would be 1.0 mm high, expected at least 2 mm"),
        ("38x21", f"{PUBLIC}/{'a' * 90}", "take a larger label or a shorter public address"),
    ],
)
def test_an_unreadable_label_is_refused(size: str, public: str, sentence: str) -> None:
    with pytest.raises(SheetTooSmallError) as refused:
        draw(MANHOLE, sheet_named(size), public)
    assert sentence in str(refused.value)


def test_labels_of_one_sheet_have_symbols_of_one_size() -> None:
    codes = [EntityCode("440311", "0103", serial) for serial in (0, 1, 999_999)]
    sheet = sheet_named("a4-24")
    assert len({draw(Label(code=code), sheet, PUBLIC).module for code in codes}) == 1
