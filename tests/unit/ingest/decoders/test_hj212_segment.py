"""Data segments of HJ 212: every field, and the slips that real devices and the standard have."""

import pytest

from ingest.decoders.hj212.segment import Segment, UnreadableSegmentError, read_segment

HEAD = "QN=20260501074501223;ST=32;CN=2011;PW=123456;MN=010000A8900016F000169DC0;Flag=7"


def test_every_field_is_read() -> None:
    items = "DataTime=20260501074500;w01018-Rtd=36.1,w01018-Flag=N;w01001-Rtd=7.2"
    assert read_segment(f"{HEAD};PNUM=2;PNO=1;CP=&&{items}&&") == Segment(
        qn="20260501074501223",
        st="32",
        cn="2011",
        password="123456",  # noqa: S106
        mn="010000A8900016F000169DC0",
        flag=7,
        packets=2,
        packet=1,
        fields={"DataTime": "20260501074500"},
        factors={"w01018": {"Rtd": "36.1", "Flag": "N"}, "w01001": {"Rtd": "7.2"}},
        slips=(),
    )


def test_what_older_devices_leave_out_is_empty() -> None:
    segment = read_segment("ST=32;CN=2011;PW=123456;MN=LD130133000015;CP=&&&&")
    assert (segment.qn, segment.flag, segment.packets, segment.packet) == ("", None, None, None)
    assert not segment.wants_answer
    assert not segment.fields
    assert not segment.factors


@pytest.mark.parametrize(
    "slip",
    [
        f"{HEAD}CP=&&BeginTime=1;EndTime=2&&",
        f"{HEAD};CP=&&  BeginTime=1; EndTime=2 &&",
        f"{HEAD};CP=&&BeginTime=1,EndTime=2&&",
        f"{HEAD};CP=&&BeginTime=1;EndTime=2;&&;",
        f"{HEAD.replace(';', ',')},CP=&&begintime=1;ENDTIME=2&&",
    ],
)
def test_slips_of_the_standards_own_examples_are_tolerated(slip: str) -> None:
    segment = read_segment(slip)
    assert segment.fields == {"BeginTime": "1", "EndTime": "2"}
    assert (segment.flag, segment.slips) == (7, ())
    assert segment.wants_answer


def test_names_that_the_standard_spells_in_two_ways_are_one() -> None:
    segment = read_segment("CN=1000;CP=&&Overtime=5;CTime=2;w01018-rtd=1&&")
    assert segment.fields == {"OverTime": "5", "Ctime": "2"}
    assert segment.factors == {"w01018": {"Rtd": "1"}}


def test_a_text_may_hold_separators() -> None:
    segment = read_segment("CN=3020;CP=&&i11001-Info=//清洗;管路,a=b/c//;PolId=w01018&&")
    assert segment.factors == {"i11001": {"Info": "//清洗;管路,a=b/c//"}}
    assert segment.fields == {"PolId": "w01018"}


def test_a_field_twice_is_a_slip_unless_it_says_the_same() -> None:
    segment = read_segment("CN=2011;CP=&&a21-Rtd=0.00;a21-Rtd=0.00;a22-Rtd=1;a22-Rtd=2;pH&&")
    assert segment.factors == {"a21": {"Rtd": "0.00"}, "a22": {"Rtd": "1"}}
    assert segment.slips == (
        "a22-Rtd '2' in CP: expected it once, it stood before",
        "'pH' in CP: expected a name and its value, e.g. w01018-Rtd=36",
    )


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "data segment without CP: expected CP=&&...&& at its end"),
        (HEAD, "data segment without CP: expected CP=&&...&& at its end"),
        (f"{HEAD};CP=&&w01018-Rtd=1", "CP ends with '18-Rtd=1': expected && at its end"),
        (f"{HEAD};CP=&&&", "CP ends with '&': expected && at its end"),
        ("ST=32;CP=&&&&", "CN '': expected a command of four digits"),
        ("CN=20١1;CP=&&&&", "CN '20١1': expected a command of four digits"),
    ],
)
def test_a_segment_without_command_or_fields_is_refused(text: str, sentence: str) -> None:
    with pytest.raises(UnreadableSegmentError) as refused:
        read_segment(text)
    assert str(refused.value) == sentence
