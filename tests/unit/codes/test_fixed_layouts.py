"""Identifiers of a fixed layout: they print back, and each mistake has its own sentence."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.codes import (
    DevEui,
    DivisionCode,
    Gb28181Id,
    GridCode,
    HouseCode,
    InvalidIdentifierError,
    InvalidStationAddressError,
    StationAddress,
)

Parse = Callable[[str], object]
HEX_TEXT = "0123456789ABCDEF"


def digits(count: int) -> st.SearchStrategy[str]:
    return st.from_regex(rf"[1-9][0-9]{{{count - 1}}}", fullmatch=True)


ALL = st.one_of(
    st.tuples(st.just(GridCode.parse), digits(15)),
    st.tuples(st.just(HouseCode.parse), digits(25)),
    st.tuples(st.just(Gb28181Id.parse), digits(20)),
    st.tuples(st.just(DivisionCode.parse), st.sampled_from([6, 9, 12]).flatmap(digits)),
    st.tuples(st.just(DevEui.parse), st.text(HEX_TEXT, min_size=16, max_size=16)),
)
STATIONS = st.one_of(
    st.integers(0, 99_999_999).map("{:010}".format),
    st.builds("{}{:04X}".format, digits(6), st.integers(1, 65_534)),
)


@given(ALL)
def test_every_identifier_prints_back(case: tuple[Parse, str]) -> None:
    parse, text = case
    assert str(parse(text)) == text
    assert parse(str(parse(text))) == parse(text)


@given(ALL, st.data())
def test_a_lost_or_doubled_character_is_refused(
    case: tuple[Parse, str], data: st.DataObject
) -> None:
    parse, text = case
    place = data.draw(st.integers(0, len(text) - 1))
    for wrong in (text[:place] + text[place + 1 :], text[:place] + text[place] + text[place:]):
        with pytest.raises(InvalidIdentifierError, match=f"found {len(wrong)}$"):
            parse(wrong)


@given(ALL, st.data(), st.sampled_from("GZ g-_.\n٣１½"))
def test_a_foreign_character_is_refused_with_its_place(
    case: tuple[Parse, str], data: st.DataObject, foreign: str
) -> None:
    parse, text = case
    place = data.draw(st.integers(0, len(text) - 1))
    with pytest.raises(InvalidIdentifierError, match=f"at position {place + 1}$"):
        parse(text[:place] + foreign + text[place + 1 :])


@pytest.mark.parametrize(
    ("parse", "text", "sentence"),
    [
        (
            GridCode.parse,
            "040311001005002",
            (
                "grid code '040311001005002': expected 15 digits with a county in front,"
                " which never starts with 0"
            ),
        ),
        (
            GridCode.parse,
            "44031100100502",
            "grid code '44031100100502': expected 15 digits, e.g. 440311001005002, found 14",
        ),
        (
            DivisionCode.parse,
            "44031",
            (
                "division code '44031': expected 6, 9 or 12 digits, e.g. 440311, 440311001,"
                " 440311001005, found 5"
            ),
        ),
        (
            HouseCode.parse,
            "440307003003040004200000O",
            "house code '440307003003040004200000O': expected 25 digits, found 'O' at position 25",
        ),
        (
            DevEui.parse,
            "70b3d57ed0041dag",
            "DevEUI '70B3D57ED0041DAG': expected 16 hex digits, found 'G' at position 16",
        ),
    ],
)
def test_the_sentence_says_what_was_expected(parse: Parse, text: str, sentence: str) -> None:
    with pytest.raises(InvalidIdentifierError) as refused:
        parse(text)
    assert str(refused.value) == sentence


def test_a_house_code_begins_with_its_building() -> None:
    house = HouseCode.parse("4403070030030400042000003")
    assert house.building_code() == "4403070030030400042"
    assert (house.county, house.basic_grid, house.building, house.room) == (
        "440307",
        "04",
        "00042",
        "000003",
    )


def test_a_grid_code_begins_with_its_community() -> None:
    assert GridCode.parse("320582110152102").division() == "320582110152"


def test_a_video_device_id_falls_into_its_parts() -> None:
    device = Gb28181Id.parse("34020000001320000001")
    assert device == Gb28181Id("340200", "00", "00", "132", "0", "000001")
    assert device.centre() == "34020000"


def test_parents_lead_from_a_community_to_its_province() -> None:
    code: DivisionCode | None = DivisionCode.parse("440311001005")
    chain = []
    while code:
        chain.append((str(code), code.level))
        code = code.parent()
    assert chain == [
        ("440311001005", "community"),
        ("440311001", "sub-district"),
        ("440311", "county"),
        ("440300", "city"),
        ("440000", "province"),
    ]


@pytest.mark.parametrize("written", ["70-b3-d5-7e-d0-04-1d-a2", "70:B3:D5:7E:D0:04:1D:A2"])
def test_a_dev_eui_is_read_in_pairs_too(written: str) -> None:
    assert str(DevEui.parse(written)) == "70B3D57ED0041DA2"


def test_a_dev_eui_with_mixed_separators_is_refused() -> None:
    with pytest.raises(InvalidIdentifierError, match=r"found 23$"):
        DevEui.parse("70-b3:d5-7e-d0-04-1d-a2")


@given(STATIONS)
def test_every_station_address_prints_back(text: str) -> None:
    assert str(StationAddress.parse(text)) == text
    assert StationAddress.parse(text.lower()) == StationAddress.parse(text)


def test_a_station_is_read_in_all_three_forms() -> None:
    assert str(StationAddress.parse("12345678")) == "0012345678"
    assert str(StationAddress.parse("44031100012")) == "440311000C"
    assert StationAddress.parse("440311000c") == StationAddress("440311", 12)
    kinds = [StationAddress.parse(text).kind for text in ("12345678", "440311000C", "44031165000")]
    assert kinds == ["hydrological station", "station", "relay"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "1234",
            "expected 10 hex digits, 8 digits of SL 502, or 6 + 5 digits, found 4",
        ),
        ("001234567A", "expected a digit at position 10, found 'A'"),
        ("44031A000C", "expected a digit at position 6, found 'A'"),
        ("0440311000", "expected a county or 00 in front, found 0"),
        ("4403110000", "expected a number of 1 to 65534, found 0, which is invalid"),
        ("440311FFFF", "expected a number of 1 to 65534, found 65535, the broadcast address"),
        ("44031199999", "expected a number of 1 to 65534, found 99999"),
        ("440311000G", "expected 10 hex digits, found 'G' at position 10"),
        ("1234567A", "expected 8 digits, found 'A' at position 8"),
    ],
)
def test_addresses_that_no_station_has_are_refused(text: str, sentence: str) -> None:
    with pytest.raises(InvalidStationAddressError) as refused:
        StationAddress.parse(text)
    assert str(refused.value) == f"station address {text!r}: {sentence}"


def test_stations_of_recorded_messages_are_read(shared: Path) -> None:
    frames = (shared / "standards" / "sl651_samples.txt").read_text(encoding="utf-8")
    addresses = {word[8:] for word in frames.split() if word.startswith("station=")}
    assert len(addresses) > 5
    for address in addresses:
        assert str(StationAddress.parse(address)) == address
