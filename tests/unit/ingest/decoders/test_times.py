"""Times as devices write them."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.decoders.times import (
    EARLIEST_ACTUAL_US,
    MAX_AHEAD_US,
    UnreadableTimeError,
    objection,
    parse_time,
)
from twin.model import Mode, from_us, to_us

NOON_US = to_us(datetime(2026, 5, 1, 12, tzinfo=UTC))


@pytest.mark.parametrize(
    "text",
    [
        "2026-05-01T12:00:00Z",
        "2026-05-01t12:00:00z",
        "2026-05-01 20:00:00+08:00",
        "2026-05-01T20:00:00+0800",
        "2026-05-01T20:00:00+08",
        "2026-05-01T20:00:00",
        "2026-05-01T12:00:00.0000009999Z",
        "2026-05-01T11:59:60Z",
        "2026-05-01T07:00:00.000-05:00",
    ],
)
def test_one_instant_has_many_spellings(text: str) -> None:
    assert parse_time(text) == NOON_US


@pytest.mark.parametrize(
    "text", ["", "2026", "20260501", "2026-05-01", "2026-05-01T24:00:00Z", "2026-13-01T00:00:00Z",
             "2026-05-01T12:00:00,5Z", "１９99-05-01T12:00:00Z", "2026-05-01T12:00:00Z\n"],
)  # fmt: skip
def test_what_is_no_time_gets_a_sentence_that_shows_it(text: str) -> None:
    with pytest.raises(UnreadableTimeError, match="time '"):
        parse_time(text)


@given(st.datetimes(timezones=st.timezones()))
def test_every_time_reads_back(instant: datetime) -> None:
    offset = instant.utcoffset()
    if offset is None or offset.total_seconds() % 60:
        return
    assert parse_time(instant.isoformat()) == to_us(instant)


def test_actual_times_begin_in_2000_and_end_a_day_ahead() -> None:
    assert not objection(EARLIEST_ACTUAL_US, Mode.ACTUAL, NOON_US)
    assert "clock" in objection(EARLIEST_ACTUAL_US - 1, Mode.ACTUAL, NOON_US)
    assert not objection(NOON_US + MAX_AHEAD_US, Mode.ACTUAL, NOON_US)
    assert "24 h" in objection(NOON_US + MAX_AHEAD_US + 1, Mode.ACTUAL, NOON_US)


@pytest.mark.parametrize("mode", [Mode.EXERCISE, Mode.REPLAY, Mode.BACKFILL])
def test_other_modes_take_every_time_that_the_store_can_keep(mode: Mode) -> None:
    first, last = to_us(datetime(1, 1, 1, tzinfo=UTC)), to_us(datetime.max.replace(tzinfo=UTC))
    for observed_us in (first, last):
        assert not objection(observed_us, mode, NOON_US)
        assert from_us(observed_us).year in {1, 9999}
    assert "1 to 9999" in objection(first - 1, mode, NOON_US)
    assert "1 to 9999" in objection(last + 1, mode, NOON_US)
