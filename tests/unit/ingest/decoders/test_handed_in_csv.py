"""Rows of a CSV of history say what the same objects say, or why they cannot be taken."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.decoders.handed_in.csv_rows import CsvReader, UnreadableCsvError, UnreadableRowError
from tests.unit.ingest.decoders.recorded import RECEIVED_US, decode
from twin.model import Mode, Name, Reading, Statistic, from_us

GAUGE = "4403118501000001"
HEADING = b"device,ts,quantity,value,unit,channel,statistic,period"


def read(line: str, mode: Mode = Mode.BACKFILL, heading: bytes = HEADING) -> Reading:
    row = CsvReader(heading, mode).read(line.encode(), RECEIVED_US)
    decoded = decode("handed_in", "", orjson.dumps([row.fields]), mode)
    assert not decoded.faults
    (reading,) = decoded.readings
    assert reading.device == row.device
    return reading


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            f"{GAUGE},2026-05-01T08:00:00+08:00,level,1.5,,,,",
            Reading(Name("code", GAUGE), "level", 1.5, 1_777_593_600_000_000),
        ),
        (
            "hj212:A8900016F,1777593600000,discharge,12.5,L/s,upper,mean,600\r\n",
            Reading(
                Name("hj212", "A8900016F"),
                "discharge",
                0.0125,
                1_777_593_600_000_000,
                "upper",
                Statistic.MEAN,
                600,
            ),
        ),
        (
            f'"{GAUGE}", 1999-12-31T23:59:59.123456Z ,level,"-1e-3",m,"a,b",,',
            Reading(Name("code", GAUGE), "level", -0.001, 946_684_799_123_456, "a,b"),
        ),
    ],
)
def test_a_row_is_the_reading_that_its_cells_say(line: str, expected: Reading) -> None:
    assert read(line) == expected


def test_columns_may_stand_in_any_order_behind_a_byte_order_mark() -> None:
    heading = b"\xef\xbb\xbfvalue,quantity,ts,device\r\n"
    assert read(f"1.5,level,1777593600000,{GAUGE}", heading=heading).value == 1.5


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("nobody,1777593600000,level,1,,,,", "entity code 'nobody': expected 16 digits"),
        (":x,1777593600000,level,1,,,,", "expected an entity code, or scheme:value"),
        (f"{GAUGE},,level,1,,,,", "ts is empty: expected RFC 3339"),
        (f"{GAUGE},01.05.2026,level,1,,,,", "time '01.05.2026': expected RFC 3339"),
        (f"{GAUGE},1777593600000,height,1,,,,", "quantity 'height': expected one of"),
        (f"{GAUGE},1777593600000,level,,,,,", "value '': expected a decimal number"),
        (f"{GAUGE},1777593600000,level,inf,,,,", "value 'inf': expected a decimal number"),
        (f"{GAUGE},1777593600000,level,1_0,,,,", "value '1_0': expected a decimal number"),
        (f"{GAUGE},1777593600000,level,1e999,,,,", "value '1e999': expected less"),
        (f"{GAUGE},1777593600000,level,1,Cel,,,", "level in 'Cel': expected m"),
        (f"{GAUGE},1777593600000,level,1,,,sum,", "statistic 'sum' without a period"),
        (f"{GAUGE},1777593600000,level,1,,,,ten", "period 'ten': expected whole seconds"),
        (f"{GAUGE},1777593600000,level,1", "4 cells: expected 8"),
        (f'{GAUGE},1777593600000,level,"1,,,,', "quotes: "),
    ],
)
def test_a_row_that_cannot_be_taken_says_what_was_expected(line: str, sentence: str) -> None:
    with pytest.raises(UnreadableRowError) as raised:
        CsvReader(HEADING, Mode.BACKFILL).read(line.encode(), RECEIVED_US)
    assert sentence in str(raised.value)
    assert "expected" in str(raised.value)


def test_a_live_row_is_of_a_time_that_can_be_believed() -> None:
    line = f"{GAUGE},1970-01-01T00:00:01Z,level,1,,,,"
    assert from_us(read(line).observed_us or 0).year == 1970
    with pytest.raises(UnreadableRowError, match="is the device's clock set"):
        read(line, Mode.ACTUAL)


@pytest.mark.parametrize(
    ("heading", "sentence"),
    [
        (b"", "line 1: column ''"),
        (b"device,ts,quantity", "line 1: no column 'value'"),
        (b"device,ts,quantity,value,value", "line 1: a column twice"),
        (b"\xff\xfed\x00e\x00v\x00", "line 1: byte 1 is not UTF-8"),
    ],
)
def test_a_heading_that_is_not_ours_is_refused(heading: bytes, sentence: str) -> None:
    with pytest.raises(UnreadableCsvError, match="expected") as raised:
        CsvReader(heading, Mode.BACKFILL)
    assert str(raised.value).startswith(sentence)


_cells = st.lists(
    st.sampled_from([GAUGE, "1777593600000", "level", "1.5", "", "m", "sum", "60", '"', "mqtt:x"])
    | st.text(max_size=6),
    min_size=6,
    max_size=9,
).map(",".join)


@given(_cells)
def test_whatever_a_row_says_it_is_a_reading_or_a_sentence(line: str) -> None:
    try:
        read(line.replace("\n", ""))
    except UnreadableRowError as error:
        assert "expected" in str(error)  # noqa: PT017 - most rows are none
