"""What check characters promise to catch, counted and not believed."""

import csv
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.codes import CreditCode, InvalidCreditCodeError, InvalidIdentifierError
from twin.codes.iso7064 import ALPHANUMERIC, mod_11_2, mod_11_10, mod_37_36

CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
CREDIT_CODES = st.builds(
    CreditCode,
    st.sampled_from(CREDIT_ALPHABET),
    st.sampled_from(CREDIT_ALPHABET),
    st.text("0123456789", min_size=6, max_size=6),
    st.text(CREDIT_ALPHABET, min_size=9, max_size=9),
)


def one_text_of_each_state() -> list[str]:
    """Return 36 texts that leave MOD 37,36 in all its inner states: their checks all differ."""
    found: dict[str, str] = {}
    for digits in product("0123456789", repeat=3):
        found.setdefault(mod_37_36("".join(digits)), "".join(digits))
    assert len(found) == 36
    return list(found.values())


STATES = one_text_of_each_state()


def test_mod_37_36_catches_every_single_wrong_character() -> None:
    for text in STATES:
        assert len({mod_37_36(text + character) for character in ALPHANUMERIC}) == 36
    for character in ALPHANUMERIC:
        assert len({mod_37_36(text + character) for text in STATES}) == 36


def test_mod_37_36_misses_18_of_3240_swaps_of_digits_all_of_neighbouring_values() -> None:
    swaps = [(s, a, b) for s in STATES for a, b in product("0123456789", repeat=2) if a != b]
    unseen = [(s, a, b) for s, a, b in swaps if mod_37_36(s + a + b) == mod_37_36(s + b + a)]
    assert (len(unseen), len(swaps)) == (18, 3240)
    assert {abs(int(a) - int(b)) for _, a, b in unseen} == {1}


def test_mod_37_36_misses_one_swap_of_last_digit_and_check_character() -> None:
    checked = [(s, digit, mod_37_36(s + digit)) for s in STATES for digit in "0123456789"]
    unseen = {
        (digit, check)
        for s, digit, check in checked
        if check != digit and mod_37_36(s + check) == digit
    }
    assert unseen == {("0", "1"), ("1", "0")}


@given(CREDIT_CODES, st.integers(0, 17), st.sampled_from(CREDIT_ALPHABET))
def test_every_single_wrong_character_of_a_credit_code_is_caught(
    code: CreditCode, place: int, other: str
) -> None:
    right = str(code)
    wrong = right[:place] + other + right[place + 1 :]
    if wrong != right:
        with pytest.raises(InvalidCreditCodeError):
            CreditCode.parse(wrong)


@given(CREDIT_CODES, st.integers(0, 17), st.integers(0, 17))
def test_every_swap_in_a_credit_code_is_caught_but_of_first_and_last(
    code: CreditCode, one: int, other: int
) -> None:
    characters = list(str(code))
    characters[one], characters[other] = characters[other], characters[one]
    wrong = "".join(characters)
    if wrong != str(code) and {one, other} != {0, 17}:
        with pytest.raises(InvalidCreditCodeError):
            CreditCode.parse(wrong)


def test_a_credit_code_may_start_with_letters_and_names_its_check_character() -> None:
    assert CreditCode.parse("91110000600037341L").county == "110000"
    rural = str(CreditCode("N", "2", "440311", "MF0000001"))
    assert str(CreditCode.parse(rural)) == rural
    with pytest.raises(InvalidCreditCodeError, match=r": check character is L$"):
        CreditCode.parse("911100006000373410")
    with pytest.raises(InvalidCreditCodeError, match="found 'A' at position 3"):
        CreditCode.parse("91A10000600037341L")


def test_the_published_examples_come_out() -> None:
    assert mod_37_36("A12425GABC1234002") == "M"
    assert mod_37_36("4403110101000001") == "Y"
    assert mod_11_10("00200667308") == "5"
    assert [mod_11_2("0794"), mod_11_2("079")] == ["0", "X"]


def test_a_foreign_character_is_named_with_its_place() -> None:
    with pytest.raises(InvalidIdentifierError, match="found 'é' at position 3"):
        mod_37_36("12é")


def test_check_characters_agree_with_published_vectors(shared: Path) -> None:
    checks = {"mod_37_36": mod_37_36, "mod_11_10": mod_11_10, "mod_11_2": mod_11_2}
    credit, seen = "GB 32100 uscc", set()
    with (shared / "standards" / "check_digit_vectors.csv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            if row["algorithm"] in checks:
                assert checks[row["algorithm"]](row["body"]) == row["check"]
            elif row["algorithm"] == credit:
                assert CreditCode.parse(row["body"] + row["check"])
            seen.add(row["algorithm"])
    assert {*checks, credit} <= seen
