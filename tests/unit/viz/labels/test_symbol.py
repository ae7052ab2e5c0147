"""The QR code holds the lasting address, letter by letter."""

import pytest
import segno
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.viz.labels.labelled import CODE, PUBLIC, dark_modules
from twin.codes import EntityCode
from viz.labels import InvalidPublicUrlError, entity_address
from viz.labels.symbol import Correction, symbol

CODES = st.builds(
    EntityCode,
    st.from_regex(r"[1-9][0-9]{5}", fullmatch=True),
    st.from_regex(r"[0-9]{4}", fullmatch=True),
    st.integers(0, 999_999),
)


@given(CODES, st.sampled_from(["M", "Q"]))
def test_the_modules_are_those_of_the_address(code: EntityCode, correction: Correction) -> None:
    made = symbol(entity_address(PUBLIC, code), correction)
    parts = [f"{PUBLIC}/e/", str(code)]
    expected = segno.make_qr(parts, error=correction, boost_error=False)  # type: ignore[arg-type]
    assert dark_modules(made.runs, made.side) == [list(row) for row in expected.matrix]


@pytest.mark.parametrize("public", [PUBLIC, "https://citytwin.szgm.gov.cn", "http://10.0.0.7:8080"])
def test_digits_in_a_segment_of_their_own_never_make_the_symbol_larger(public: str) -> None:
    address = entity_address(public, CODE)
    for correction in ("M", "Q"):
        plain = segno.make_qr(address, error=correction, boost_error=False)
        assert symbol(address, correction).version <= int(plain.version)
    assert symbol(address, "M").version == 3


@pytest.mark.parametrize(
    "public", ["https://twin.example.cn", "https://twin.example.cn/", "https://twin.example.cn//"]
)
def test_the_address_is_the_public_one_with_the_digits_of_the_code(public: str) -> None:
    assert entity_address(public, CODE) == "https://twin.example.cn/e/4403110103000127"


def test_a_path_in_front_stays() -> None:
    assert entity_address("http://gm.cn/twin/", CODE) == "http://gm.cn/twin/e/4403110103000127"


def test_an_address_of_this_machine_is_taken_from_who_asks_for_it() -> None:
    address = entity_address("http://localhost:8080", CODE)
    assert address == "http://localhost:8080/e/4403110103000127"


@pytest.mark.parametrize(
    "public",
    [
        "",
        "twin.example.cn",
        "ftp://twin.example.cn",
        "https://",
        "https://twin.example.cn?x=1",
        "https://twin.example.cn#x",
        "https://me:secret@twin.example.cn",
        "https://twin.example.cn/a b",
        "https://twin.example.cn/\n",
        "https://孪生.cn",
        "https://[::1",
        "https://twin.example.cn:port",
        "https://twin.example.cn/" + "a" * 200,
    ],
)
def test_an_address_that_a_label_cannot_lead_to_is_refused(public: str) -> None:
    with pytest.raises(InvalidPublicUrlError, match="expected http"):
        entity_address(public, CODE)
