"""What callers write in addresses is parsed once, and refused with what was expected."""

import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Transformer

from twin.api.parameters import (
    Box,
    OtherIdentifier,
    page_of,
    parse_box,
    parse_instant,
    parse_name,
    parse_text,
)

FLOATS = st.floats(-1000, 1000) | st.sampled_from([math.inf, math.nan, 180.0, -90.0])


@given(FLOATS, FLOATS, FLOATS, FLOATS)
def test_a_box_is_on_the_earth_and_the_right_way_round(
    west: float, south: float, east: float, north: float
) -> None:
    text = f"{west!r},{south!r},{east!r},{north!r}"
    if -180 <= west < east <= 180 and -90 <= south < north <= 90:
        assert parse_box(text) == Box(west, south, east, north)
        assert all(map(math.isfinite, parse_box(text).mercator()))
    else:
        with pytest.raises(ValueError, match="expected west"):
            parse_box(text)


@given(st.text(max_size=40))
def test_what_has_not_four_parts_is_refused_with_an_example(text: str) -> None:
    if text.count(",") != 3:
        with pytest.raises(ValueError, match="expected west,south,east,north"):
            parse_box(text)


def test_a_box_in_mercator_is_where_proj_puts_it() -> None:
    to_mercator = Transformer.from_crs(4326, 3857, always_xy=True)
    box = Box(113.8, 22.6, 114.0, 22.9)
    expected = (*to_mercator.transform(113.8, 22.6), *to_mercator.transform(114.0, 22.9))
    assert box.mercator() == pytest.approx(expected, abs=1e-6)


def test_an_instant_keeps_its_zone() -> None:
    instant = parse_instant("2026-05-01T08:00:00+08:00")
    assert instant == datetime(2026, 5, 1, tzinfo=UTC)
    assert instant.utcoffset() == timedelta(hours=8)


def test_a_plus_that_an_address_lost_is_found_again() -> None:
    assert parse_instant("2026-05-01T08:00:00 08:00") == datetime(2026, 5, 1, tzinfo=UTC)
    assert parse_instant("2026-05-01t00:00:00.5z").microsecond == 500_000


@pytest.mark.parametrize(
    "text",
    [
        "2026-05-01T08:00:00",
        "2026-05-01",
        "1746057600",
        "now",
        "",
        "2026-13-01T00:00:00Z",
        "2026-02-30T00:00:00Z",
        "2026-05-01T24:61:00Z",
        "0000-01-01T00:00:00Z",
        "2026-05-01T00:00:00+99:99",
        "٢٠٢٦-05-01T00:00:00Z",
        "2026-05-01T00:00:00Z\0",
    ],
)
def test_what_is_no_instant_with_a_zone_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse_instant(text)


def test_another_identifier_may_have_colons_of_its_own() -> None:
    assert parse_name("urn:gb28181:44") == OtherIdentifier("urn", "gb28181:44")
    for text in ("mqtt", ":x", "mqtt:", ""):
        with pytest.raises(ValueError, match="expected scheme:value"):
            parse_name(text)


@given(st.text(max_size=20))
def test_text_that_passes_can_be_stored(text: str) -> None:
    try:
        kept = parse_text(text)
    except ValueError:
        assert "\0" in text or any("\ud800" <= character <= "\udfff" for character in text)
    else:
        assert "\0" not in kept.encode().decode()


def test_a_page_tells_its_last_item_only_if_more_follow() -> None:
    assert page_of([1, 2, 3], 2) == ([1, 2], 2)
    assert page_of([1, 2], 2) == ([1, 2], None)
    assert page_of([], 2) == ([], None)
