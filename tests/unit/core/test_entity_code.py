"""The unified entity code parses once and prints back unchanged."""

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.codes import EntityCode, InvalidEntityCodeError
from twin.codes.iso7064 import mod_37_36

CODES = st.builds(
    EntityCode,
    st.integers(100_000, 999_999).map(str),
    st.integers(0, 9999).map("{:04}".format),
    st.integers(0, 999_999),
)


@given(CODES)
def test_stored_and_printed_forms_read_back_the_same(code: EntityCode) -> None:
    assert EntityCode.parse(str(code)) == code
    assert EntityCode.parse_printed(code.printed()) == code
    assert EntityCode.from_int(int(code)) == code


@given(CODES, st.integers(0, 15), st.integers(1, 9))
def test_every_single_wrong_digit_on_a_label_is_caught(
    code: EntityCode, place: int, shift: int
) -> None:
    digits = str(code)
    wrong = digits[:place] + str((int(digits[place]) + shift) % 10) + digits[place + 1 :]
    if wrong[0] == "0":
        return
    typed = f"{wrong[:6]}-{wrong[6:10]}-{wrong[10:]}-{mod_37_36(digits)}"
    with pytest.raises(InvalidEntityCodeError):
        EntityCode.parse_printed(typed)


def test_a_wrong_check_character_is_named() -> None:
    with pytest.raises(
        InvalidEntityCodeError, match=r"^440311-0103-000127-7: check character is 9$"
    ):
        EntityCode.parse_printed("440311-0103-000127-7")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "440311010300012",
        "44031101030001277",
        "0403110103000127",
        "44031101o3000127",
        "４４０３１１０１０３０００１２７",
    ],
)
def test_anything_but_sixteen_digits_is_refused_with_the_text(text: str) -> None:
    with pytest.raises(InvalidEntityCodeError, match="expected 16 digits"):
        EntityCode.parse(text)


def test_the_check_character_agrees_with_published_vectors(shared: Path) -> None:
    with (shared / "standards" / "check_digit_vectors.csv").open(encoding="utf-8") as lines:
        rows = [row for row in csv.DictReader(lines) if row["algorithm"] == "mod_37_36"]
    assert [mod_37_36(row["body"]) for row in rows] == [row["check"] for row in rows] != []
