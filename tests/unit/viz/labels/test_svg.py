"""SVG pages: millimetres, text as text, one path for each QR code."""

import re
from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from tests.unit.viz.labels.labelled import CODE, MANHOLE, PUBLIC, dark_modules, numbered
from viz.labels import Label, as_svg, entity_address, sheet_named
from viz.labels.symbol import symbol

SVG = "{http://www.w3.org/2000/svg}"


def parsed(document: str) -> ET.Element:
    return ET.fromstring(document)  # noqa: S314 - our own document


def test_a_page_is_as_large_as_its_paper() -> None:
    root = parsed(as_svg([MANHOLE], sheet_named("a4-24"), PUBLIC)[0])
    assert root.tag == f"{SVG}svg"
    assert [root.get(name) for name in ("width", "height", "viewBox")] == [
        "210mm",
        "297mm",
        "0 0 210 297",
    ]


def test_the_path_draws_the_modules_of_the_address() -> None:
    root = parsed(as_svg([MANHOLE], sheet_named("a4-24"), PUBLIC)[0])
    (path,) = root.iter(f"{SVG}path")
    drawn = re.findall(r"M(\d+) (\d+)h(\d+)v1h-\3z", path.get("d") or "")
    expected = symbol(entity_address(PUBLIC, CODE), "Q")
    runs = [(int(x), int(y), int(length)) for x, y, length in drawn]
    assert dark_modules(runs, expected.side) == dark_modules(expected.runs, expected.side)


@given(st.text(max_size=30))
def test_any_name_gives_a_document_that_can_be_read(name: str) -> None:
    label = Label(code=CODE, name=name, class_name=name, owner=name)
    root = parsed(as_svg([label], sheet_named("a4-8"), PUBLIC)[0])
    texts = [text.text for text in root.iter(f"{SVG}text")]
    assert texts[-1] == "440311-0103-000127-9"


def test_signs_of_xml_in_a_name_stay_signs() -> None:
    label = Label(code=CODE, name='<b>"A&B"</b>')
    document = as_svg([label], sheet_named("a4-8"), PUBLIC)[0]
    assert "<b>" not in document
    texts = [text.text for text in parsed(document).iter(f"{SVG}text")]
    assert '<b>"A&B"</b>' in texts


def test_pages_follow_one_another() -> None:
    documents = as_svg(numbered(30), sheet_named("a4-24"), PUBLIC, start=20)
    assert [len(list(parsed(one).iter(f"{SVG}path"))) for one in documents] == [5, 24, 1]
