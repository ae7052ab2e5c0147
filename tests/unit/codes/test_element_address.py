"""Addresses of what is too many to code."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.codes import ElementAddress, EntityCode, IfcGlobalId, InvalidIdentifierError, canonical


@given(
    st.integers(100_000, 999_999), st.integers(0, 9999), st.integers(0, 999_999), st.uuids()
)  # fmt: skip
def test_what_is_printed_is_read_back(county: int, klass: int, serial: int, uuid: UUID) -> None:
    code = EntityCode(str(county), f"{klass:04}", serial)
    address = ElementAddress(code, IfcGlobalId.from_uuid(uuid))
    assert ElementAddress.parse(str(address)) == address
    assert canonical("element", f"{code.printed()}/{address.element}") == str(address)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("4403118101000127", "expected an entity code, a slash and a GlobalId"),
        ("4403118101000127/", "GlobalId"),
        ("440311810100012/1L3eG0ufj1rASMH6PLH000", "found 15"),
        ("4403118101000127/1l3EG0ufj1rASMH6PLH00", "found 21"),
        ("4403118101000127/4L3eG0ufj1rASMH6PLH000", "expected 0, 1, 2 or 3 at position 1"),
    ],
)
def test_a_wrong_address_says_what_is_wrong(text: str, sentence: str) -> None:
    with pytest.raises(InvalidIdentifierError, match=sentence):
        ElementAddress.parse(text)
