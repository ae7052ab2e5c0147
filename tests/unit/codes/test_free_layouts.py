"""Identifiers whose length varies: they print back, and what is known of them is checked."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.codes import (
    Ecode,
    Handle,
    InvalidEcodeError,
    InvalidHandleError,
    InvalidMaCodeError,
    InvalidObjectIdentifierError,
    InvalidTextNameError,
    InvalidWarningIdError,
    MaCode,
    ObjectIdentifier,
    WarningId,
    printable_text,
)

PRINTABLE = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S")), min_size=1)


@given(st.integers(0, 1), st.integers(0, 39), st.lists(st.integers(0, 10**6), max_size=10))
def test_an_oid_prints_back(root: int, second: int, others: list[int]) -> None:
    text = ".".join(map(str, (root, second, *others)))
    assert str(ObjectIdentifier.parse(text)) == text
    assert ObjectIdentifier.parse(text).arcs == (root, second, *others)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "expected a number without leading zeros as arc 1, found ''"),
        ("1", "expected two arcs or more, found one"),
        ("3.1", "expected 0, 1 or 2 as first arc, found '3'"),
        ("1.40", "expected a second arc under 40 below 1, found '40'"),
        ("1.2.0156", "expected a number without leading zeros as arc 3, found '0156'"),
        ("1.2.", "expected a number without leading zeros as arc 3, found ''"),
        ("1.2.１", "expected a number without leading zeros as arc 3, found '１'"),
        ("1.2.-1", "expected a number without leading zeros as arc 3, found '-1'"),
    ],
)
def test_what_is_no_oid_is_refused(text: str, sentence: str) -> None:
    with pytest.raises(InvalidObjectIdentifierError) as refused:
        ObjectIdentifier.parse(text)
    assert str(refused.value) == f"OID {text!r}: {sentence}"


def test_second_arcs_below_two_have_no_limit() -> None:
    assert ObjectIdentifier.parse("2.999.1").arcs == (2, 999, 1)
    assert ObjectIdentifier.parse("2.16.156").arcs == (2, 16, 156)


def test_an_endless_oid_is_refused_short() -> None:
    with pytest.raises(InvalidObjectIdentifierError, match=r"found 20001$") as refused:
        ObjectIdentifier.parse("1." + "9" * 19_999)
    assert len(str(refused.value)) < 200


@given(st.from_regex(r"[0-9A-Za-z]+(\.[0-9A-Za-z]+){0,3}", fullmatch=True), PRINTABLE)
def test_a_handle_prints_back_with_its_case(prefix: str, suffix: str) -> None:
    text = f"{prefix}/{suffix}"
    if len(text) <= 200:
        assert str(Handle.parse(text)) == text
        assert Handle.parse(text) == Handle(prefix, suffix)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("86.1000.1", "expected prefix/suffix"),
        ("86.1000.1/", "expected prefix/suffix"),
        ("/pump", "expected a prefix of letters, digits and single dots, found ''"),
        ("86..1/pump", "expected a prefix of letters, digits and single dots, found '86..1'"),
    ],
)
def test_what_is_no_handle_is_refused(text: str, expected: str) -> None:
    with pytest.raises(InvalidHandleError) as refused:
        Handle.parse(text)
    assert expected in str(refused.value)


@given(st.lists(st.from_regex(r"[0-9A-Za-z/_-]{1,8}", fullmatch=True), min_size=1, max_size=8))
def test_an_ma_code_prints_back(parts: list[str]) -> None:
    text = ".".join(("MA", "156", *parts))
    assert MaCode.parse(text) == MaCode("156", tuple(parts))
    assert str(MaCode.parse(text)) == text


@pytest.mark.parametrize("text", ["MA", "MA.156", "ma.156.1", "MA.156.", "MA..1", "MA.15.1", "x"])
def test_what_cannot_be_an_ma_code_is_refused(text: str) -> None:
    with pytest.raises(InvalidMaCodeError, match="expected"):
        MaCode.parse(text)


@given(st.from_regex(r"[0-9][0-9A-Za-z]{5,28}", fullmatch=True))
def test_an_ecode_prints_back(text: str) -> None:
    assert str(Ecode.parse(text)) == text


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("12345", "expected 6 to 29 characters, found 5"),
        ("A12345", "expected a version of one digit in front"),
        ("1234-5", "expected letters and digits, found '-' at position 5"),
    ],
)
def test_what_cannot_be_an_ecode_is_refused(text: str, sentence: str) -> None:
    with pytest.raises(InvalidEcodeError) as refused:
        Ecode.parse(text)
    assert str(refused.value) == f"Ecode {text!r}: {sentence}"


@given(
    st.from_regex(r"[1-9][0-9]{13}", fullmatch=True),
    st.datetimes(datetime(1000, 1, 1), datetime(2999, 12, 31)),  # noqa: DTZ001 - digits only
    st.sampled_from(["", "_1", "_002"]),
)
def test_a_warning_id_prints_back(sender: str, issued: datetime, sequence: str) -> None:
    text = f"{sender}_{issued:%Y%m%d%H%M%S}{sequence}"
    assert str(WarningId.parse(text)) == text


def test_a_published_warning_says_where_and_when() -> None:
    warning = WarningId.parse("44030041600000_20250506131649")
    assert (warning.county, warning.industry, warning.sequence) == ("440300", "416", "")
    assert warning.issued == datetime(2025, 5, 6, 5, 16, 49, tzinfo=UTC)
    assert warning.issued.utcoffset() == timedelta(hours=8)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("44030041600000", "expected 14 digits, _ and yyyymmddhhmmss"),
        ("44030041600000_20250230131649", "expected a time that exists, found '20250230131649'"),
        ("44030041600000_20250506131660", "expected a time that exists"),
    ],
)
def test_what_is_no_warning_id_is_refused(text: str, expected: str) -> None:
    with pytest.raises(InvalidWarningIdError) as refused:
        WarningId.parse(text)
    assert expected in str(refused.value)


@given(PRINTABLE.filter(lambda text: len(text) <= 200))
def test_printable_names_stay_as_they_are(text: str) -> None:
    assert printable_text(text) == text


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", "found 0"),
        ("x" * 201, "found 201"),
        ("  ", "found only blanks"),
        ("a\x00b", r"found '\x00' at position 2"),
        ("a\nb", r"found '\n' at position 2"),
        ("a\u200bb", r"found '\u200b' at position 2"),
        ("a\ud800", r"found '\ud800' at position 2"),
    ],
)
def test_names_that_cannot_be_printed_are_refused(text: str, found: str) -> None:
    with pytest.raises(InvalidTextNameError) as refused:
        printable_text(text)
    assert str(refused.value).endswith(found)


def test_names_may_hold_chinese_and_blanks_inside() -> None:
    assert printable_text("水务局 泵站\u3000A-17") == "水务局 泵站\u3000A-17"
