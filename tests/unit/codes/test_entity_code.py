"""The unified entity code parses once and prints back unchanged."""

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
MANHOLE = EntityCode("440311", "0103", 127)
FULL_WIDTH = str.maketrans({chr(code): chr(code + 0xFEE0) for code in range(0x21, 0x7F)})


@given(CODES)
def test_every_written_form_reads_back_the_same(code: EntityCode) -> None:
    printed = code.printed()
    compact = printed.replace("-", "")
    assert EntityCode.parse(str(code)) == code
    assert EntityCode.from_int(int(code)) == code
    for written in (str(code), compact, printed, compact.lower(), f"  {printed.lower()}\t"):
        assert EntityCode.parse_printed(written) == code
        assert EntityCode.parse_printed(written.translate(FULL_WIDTH)) == code


@given(CODES, st.integers(0, 15), st.integers(1, 9))
def test_every_single_wrong_digit_on_a_label_is_caught(
    code: EntityCode, place: int, shift: int
) -> None:
    digits = str(code)
    wrong = digits[:place] + str((int(digits[place]) + shift) % 10) + digits[place + 1 :]
    for typed in (
        f"{wrong[:6]}-{wrong[6:10]}-{wrong[10:]}-{mod_37_36(digits)}",
        f"{wrong}{mod_37_36(digits)}",
    ):
        with pytest.raises(InvalidEntityCodeError):
            EntityCode.parse_printed(typed)


@pytest.mark.parametrize(
    "pasted",
    [
        "４４０３１１－０１０３－０００１２７－９",
        "440311–0103–000127–9",
        "440311—0103—000127—9",
        "440311−0103−000127−9",
        "\u3000440311-0103-000127-9\u3000",
        "\ufeff4403110103000127\u200b",
        "44031101030001279\n",
    ],
)
def test_what_people_paste_is_read(pasted: str) -> None:
    assert EntityCode.parse_printed(pasted) == MANHOLE


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("440311-0103-000127-7", "440311-0103-000127-7: check character is 9"),
        ("44031101030001277", "44031101030001277: check character is 9"),
        (
            "440311-0103-000127-*",
            (
                "entity code '440311-0103-000127-*': expected a digit or letter as check character,"
                " found '*'"
            ),
        ),
        (
            "440311-0103-000127",
            (
                "entity code '440311-0103-000127': expected groups of 6-4-6-1 characters,"
                " e.g. 440311-0103-000127-9, found 6-4-6"
            ),
        ),
        (
            "4403-110103-000127-9",
            (
                "entity code '4403-110103-000127-9': expected groups of 6-4-6-1 characters,"
                " e.g. 440311-0103-000127-9, found 4-6-6-1"
            ),
        ),
        (
            "440311-01o3-000127-9",
            "entity code '44031101O3000127': expected 16 digits, found 'O' at position 9",
        ),
        ("x", "entity code 'x': expected 16 digits, e.g. 4403110103000127, found 1"),
        ("", "entity code '': expected 16 digits, e.g. 4403110103000127, found 0"),
    ],
)
def test_each_mistake_of_a_typist_has_its_own_sentence(typed: str, sentence: str) -> None:
    with pytest.raises(InvalidEntityCodeError) as refused:
        EntityCode.parse_printed(typed)
    assert str(refused.value) == sentence


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "expected 16 digits, e.g. 4403110103000127, found 0"),
        ("440311010300012", "expected 16 digits, e.g. 4403110103000127, found 15"),
        ("44031101030001277", "expected 16 digits, e.g. 4403110103000127, found 17"),
        (
            "0403110103000127",
            "expected 16 digits with a county in front, which never starts with 0",
        ),
        ("44031101o3000127", "expected 16 digits, found 'o' at position 9"),
        ("４４０３１１０１０３０００１２７", "expected 16 digits, found '４' at position 1"),
        (" 440311010300012", "expected 16 digits, found ' ' at position 1"),
        ("4403110103000127\n", "expected 16 digits, e.g. 4403110103000127, found 17"),
    ],
)
def test_machines_send_sixteen_digits_and_nothing_else(text: str, sentence: str) -> None:
    with pytest.raises(InvalidEntityCodeError) as refused:
        EntityCode.parse(text)
    assert str(refused.value) == f"entity code {text!r}: {sentence}"


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused_with_a_sentence(text: str) -> None:
    try:
        code = EntityCode.parse_printed(text)
    except InvalidEntityCodeError as refused:
        assert "expected" in str(refused) or "check character is" in str(refused)  # noqa: PT017
    else:
        assert EntityCode.parse(str(code)) == code


def test_a_long_value_is_shown_short() -> None:
    with pytest.raises(InvalidEntityCodeError, match=r"found 100000$") as refused:
        EntityCode.parse("9" * 100_000)
    assert len(str(refused.value)) < 200
