"""Numbers of monitoring points: those of the standard, and those that devices really send."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.codes.monitoring_number import (
    InvalidMonitoringNumberError,
    MonitoringEdition,
    MonitoringNumber,
)

_LETTERS_AND_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@given(st.text(_LETTERS_AND_DIGITS, min_size=1, max_size=24))
def test_every_number_prints_back_in_capitals(text: str) -> None:
    assert str(MonitoringNumber.parse(text)) == text
    assert MonitoringNumber.parse(text.lower()) == MonitoringNumber.parse(text)


@given(st.text("0123456789ABCDEF", min_size=24, max_size=24))
def test_a_number_of_2017_falls_into_its_parts(text: str) -> None:
    number = MonitoringNumber.parse(text)
    parts = (number.header, number.manager, number.object_class, number.serial)
    assert tuple(map(len, parts)) == (2, 7, 6, 9)
    assert number.edition is MonitoringEdition.HJ_212_2017


@pytest.mark.parametrize(
    ("text", "edition"),
    [
        ("010000A8900016F000169DC0", MonitoringEdition.HJ_212_2017),
        ("14513567846884", MonitoringEdition.HJT_212_2005),
        ("LD130133000015", MonitoringEdition.HJT_212_2005),
        ("Y80110010000010", MonitoringEdition.MAKER),
        ("NJGDKYYC202101q0001w0001", MonitoringEdition.MAKER),
        ("7", MonitoringEdition.MAKER),
    ],
)
def test_a_number_says_of_which_edition_it_is(text: str, edition: MonitoringEdition) -> None:
    assert MonitoringNumber.parse(text).edition is edition


def test_a_number_of_another_layout_is_its_serial_alone() -> None:
    assert MonitoringNumber.parse("ZLDSZ20210127") == MonitoringNumber("", "", "", "ZLDSZ20210127")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", ", found 0"),
        ("010000A8900016F000169DC01", ", found 25"),
        ("LD-13", ", found '-' at position 3"),
        ("站点1", ", found '站' at position 1"),
        ("123 ", ", found ' ' at position 4"),
        ("٣", ", found '٣' at position 1"),
        ("1\n", r", found '\n' at position 2"),
    ],
)
def test_what_is_no_number_is_refused_with_what_was_found(text: str, found: str) -> None:
    sentence = f"MN {text!r}: expected 1 to 24 letters and digits{found}"
    with pytest.raises(InvalidMonitoringNumberError, match=f"^{re.escape(sentence)}$"):
        MonitoringNumber.parse(text)


def test_every_number_of_recorded_messages_is_read(shared: Path) -> None:
    messages = (shared / "standards" / "hj212_samples.txt").read_text(encoding="utf-8")
    numbers = set(re.findall(r";MN=([^;]+);", messages))
    assert len(numbers) >= 5
    for number in numbers:
        assert str(MonitoringNumber.parse(number)) == number.upper()
