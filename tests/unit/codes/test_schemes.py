"""The roll call of schemes: known, complete, and each with one text per identifier."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.reference import schemes
from data.reference.explaining import parts_of
from twin.codes import SCHEMES, InvalidIdentifierError, UnknownSchemeError, canonical, parse_in

EXAMPLES = {
    "code": ("440311-0103-000127-9", "4403110103000127"),
    "ifc": ("1L3eG0ufj1rASMH6PLH000", "1L3eG0ufj1rASMH6PLH000"),
    "element": (
        "440311-8101-000127-S/1L3eG0ufj1rASMH6PLH000",
        "4403118101000127/1L3eG0ufj1rASMH6PLH000",
    ),
    "mqtt": ("gm-8501-000001", "gm-8501-000001"),
    "onvif": ("gm-cam-000001", "gm-cam-000001"),
    "gb28181": ("44031100001320000001", "44031100001320000001"),
    "hj212": ("010000a8900016f000169dc0", "010000A8900016F000169DC0"),
    "sl651": ("12345678", "0012345678"),
    "deveui": ("70-b3-d5-7e-d0-04-1d-a2", "70B3D57ED0041DA2"),
    "house": ("4403070030030400042000003", "4403070030030400042000003"),
    "grid": ("440311001005002", "440311001005002"),
    "division": ("440311001", "440311001"),
    "gbt10114": ("440311001", "440311001"),
    "beidou": ("N50F05221AB", "N50F05221AB"),
    "ecode": ("10001234567890", "10001234567890"),
    "oid": ("1.2.156.10197", "1.2.156.10197"),
    "handle": ("86.1000.1/Pump-17", "86.1000.1/Pump-17"),
    "ma": ("MA.156.1002.7", "MA.156.1002.7"),
    "uscc": ("91110000600037341L", "91110000600037341L"),
    "warning": ("44030041600000_20250506131649", "44030041600000_20250506131649"),
    "asset": ("水务-17", "水务-17"),
    "model": ("town hall/2O2Fr$t4X7Zf8NOew3FLOH", "town hall/2O2Fr$t4X7Zf8NOew3FLOH"),
    "osm": ("way/123", "way/123"),
    "ea-station": ("3400TH", "3400TH"),
    "senml": ("urn:dev:ow:10e2073a01080063", "urn:dev:ow:10e2073a01080063"),
    "sparkplug": ("gm/pumps/7", "gm/pumps/7"),
    "thingsboard": ("Device A", "Device A"),
}


def test_the_table_and_the_roll_call_name_the_same_schemes() -> None:
    assert list(SCHEMES) == list(schemes()) == list(EXAMPLES)


def test_every_scheme_stands_in_the_documentation() -> None:
    text = (Path(__file__).parents[3] / "docs" / "codes.md").read_text(encoding="utf-8")
    assert [scheme for scheme in SCHEMES if f"| `{scheme}` |" not in text] == []


@pytest.mark.parametrize(("scheme", "example"), EXAMPLES.items())
def test_every_scheme_has_one_text_for_an_identifier(scheme: str, example: tuple[str, str]) -> None:
    written, stored = example
    assert SCHEMES[scheme](written) == canonical(scheme, written) == stored
    assert canonical(scheme, stored) == stored
    assert all(part.name and part.value for part in parts_of(parse_in(scheme, stored)))


@given(st.sampled_from(list(SCHEMES)), st.text(max_size=300))
def test_any_text_is_canonical_once_or_refused_with_a_sentence(scheme: str, text: str) -> None:
    try:
        stored = canonical(scheme, text)
    except InvalidIdentifierError as refused:
        assert 0 < len(str(refused)) < 600  # noqa: PT017
    else:
        assert canonical(scheme, stored) == stored


@pytest.mark.parametrize("scheme", ["asset.water", "asset.urban-management", "x.mn", "x.a.b_c-9"])
def test_departments_and_others_have_schemes_of_their_own(scheme: str) -> None:
    assert canonical(scheme, "泵 17") == "泵 17"


@pytest.mark.parametrize("scheme", ["", "Code", "asset.", "x.", "x.A", "x..a", "x." + "a" * 60])
def test_an_unknown_scheme_is_refused_with_the_known_ones(scheme: str) -> None:
    with pytest.raises(
        UnknownSchemeError, match="expected one of code, ifc, element, mqtt"
    ) as refused:
        canonical(scheme, "1")
    assert repr(scheme[:20])[:-1] in str(refused.value)


def test_beidou_codes_of_plane_and_space_share_a_scheme() -> None:
    solid = "N049F00B5030B402E000616344161434"
    assert canonical("beidou", solid) == solid
