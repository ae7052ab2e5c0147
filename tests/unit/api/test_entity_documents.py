"""What documents of entities say of codes is what labels say."""

from hypothesis import given
from hypothesis import strategies as st

from twin.api.entity_documents import check_character
from twin.codes import EntityCode


@given(st.integers(1_000_000_000_000_000, 9_999_999_999_999_999))
def test_the_check_character_of_a_document_is_that_of_a_label(code: int) -> None:
    printed = EntityCode.from_int(code).printed()
    assert printed.endswith(f"-{check_character(str(code))}")
