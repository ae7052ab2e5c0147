"""Messages of others are read, the broken ones too, and nothing in them can harm."""

from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import Point

from alerts.cap.index import read_index
from alerts.cap.level import level_of
from alerts.cap.message import LONGEST, CapError, read_messages
from alerts.cap.shapes import area_shape
from tests.unit.cap.rainstorm import SQUARE, rainstorm

REFUSED = {"cap12.xsd", "xee.atom", "xee.cap"}

BOMB = b"""<!DOCTYPE a [<!ENTITY b "xxxxxxxxxx"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>
<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>&c;</identifier></alert>"""


def test_a_rainstorm_signal_is_red_and_lies_where_it_says() -> None:
    (message,) = read_messages(rainstorm()).messages
    assert (message.sender, message.msg_type) == ("bureau@sz.example", "Alert")
    assert message.sent == datetime(2026, 5, 1, 4, tzinfo=UTC)
    (signal,) = message.signals
    assert (signal.event, signal.level, signal.is_weather) == ("暴雨", 4, True)
    assert signal.expires_at == datetime(2026, 5, 1, 10, tzinfo=UTC)
    assert signal.area is not None
    assert signal.area.contains(Point(113.95, 22.75))
    assert message.remarks == ()


def test_every_shared_file_is_read_or_refused_with_a_sentence(shared: Path) -> None:
    refused = {}
    for path in sorted((shared / "data" / "cap").iterdir()):
        try:
            index = read_index(path.read_bytes(), "https://feed.example/")
        except CapError as error:
            refused[path.name] = str(error)
        else:
            assert all(link.startswith("http") for link in index.links)
    assert set(refused) == REFUSED
    assert all("expected" in sentence for sentence in refused.values())


@pytest.mark.parametrize(
    ("name", "event", "level"),
    [
        ("weather.cap", "Flash Flood Watch", 3),
        ("canada_signed.cap", "snowfall", 2),
        ("wcatwc-warning.cap", "Tsunami Warning", 4),
        ("earthquake-iso8859-1.cap", "Earthquake", 0),
        ("noaa_errors.cap", "Flood Warning", 1),
    ],
)
def test_recorded_messages(shared: Path, name: str, event: str, level: int) -> None:
    (message,) = read_messages((shared / "data" / "cap" / name).read_bytes()).messages
    assert (message.signals[0].event, message.signals[0].level) == (event, level)


def test_a_bad_message_does_not_spoil_its_neighbours(shared: Path) -> None:
    found = read_messages((shared / "data" / "cap" / "bushfire_invalid.edxlde").read_bytes())
    assert len(found.messages) == 6
    assert found.faults == ["CAP message without sender: expected one"]


@pytest.mark.parametrize(
    ("payload", "sentence"),
    [
        (b"", "not XML"),
        (b"<alert>", "not XML"),
        (b"<alert/>", "expected a CAP alert"),
        (BOMB, "document type declaration"),
        (b"<!DOCTYPE alert SYSTEM 'file:///etc/passwd'><alert/>", "document type declaration"),
        (b"x" * (LONGEST + 1), "at most"),
        (rainstorm(identifier=""), "without identifier"),
        (rainstorm(sent="yesterday"), "2026-05-01T08:00:00"),
        (b"<a>" * 5000, "not XML"),
    ],
)
def test_what_cannot_be_read_gets_a_sentence(payload: bytes, sentence: str) -> None:
    with pytest.raises(CapError, match=sentence):
        read_messages(payload)


@given(st.binary(max_size=300))
def test_any_bytes_are_refused_or_read(payload: bytes) -> None:
    whole = rainstorm()
    for document in (payload, whole[:600] + payload + whole[600:]):
        with suppress(CapError):
            read_index(document, "https://feed.example/")


@pytest.mark.parametrize(
    ("severity", "said", "parameters", "level"),
    [
        ("Minor", ["暴雨橙色预警"], {}, 3),
        ("Unknown", ["雷电"], {"预警等级颜色": "Red"}, 4),
        ("Moderate", ["wind"], {"awareness_level": "3; orange; Severe"}, 3),
        ("Moderate", ["wind"], {"note": "a red car"}, 2),
        ("Extreme", [], {}, 4),
        ("Unknown", [], {}, 1),
        ("whatever", [], {}, 1),
    ],
)
def test_a_colour_counts_before_the_severity(
    severity: str, said: list[str], parameters: dict[str, str], level: int
) -> None:
    assert level_of(severity, said, parameters) == level


@pytest.mark.parametrize(
    ("change", "level"),
    [({"type": "Cancel"}, None), ({"type": "Ack"}, None), ({"type": "Update"}, 4)],
)
def test_only_alerts_and_updates_warn(change: dict[str, str], level: int | None) -> None:
    (message,) = read_messages(rainstorm(**change)).messages
    assert [signal.level for signal in message.signals] == ([] if level is None else [level])


def test_two_languages_of_one_warning_are_one_signal() -> None:
    whole = rainstorm().decode()
    start, end = whole.index("<info>"), whole.index("</info>") + len("</info>")
    english = whole[start:end].replace("zh-CN", "en-US").replace("暴雨", "rainstorm")
    doubled = (whole[:end] + english + whole[end:]).encode()
    (message,) = read_messages(doubled).messages
    assert [signal.event for signal in message.signals] == ["暴雨"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("22.7,113.9 22.7,114.0 22.7,113.9", "at least 4"),
        ("113.9,22.7 114.0,22.7 114.0,22.8 113.9,22.7", "a latitude, then a longitude"),
        ("22.7,nan 22.7,114.0 22.8,114.0 22.7,nan", "finite"),
        ("22.7;113.9 1,1 2,2 3,3", "lat,lon"),
        ("1,1 1,1 1,1 1,1", "area"),
        ("a,b c,d e,f g,h", "degrees"),
    ],
)
def test_a_polygon_that_is_none_is_left_out_with_a_remark(text: str, problem: str) -> None:
    remarks: list[str] = []
    shape = area_shape([text, SQUARE], [], remarks)
    assert shape is not None
    assert round(shape.area, 6) == 0.01
    assert problem in remarks[0]


def test_circles_are_as_wide_as_they_say() -> None:
    remarks: list[str] = []
    shape = area_shape([], ["22.75,113.95 11.132", "22.75,113.95", "22,113 -1"], remarks)
    assert shape is not None
    west, south, east, north = shape.bounds
    assert north - south == pytest.approx(0.2, rel=0.01)
    assert east - west == pytest.approx(0.2 / 0.9222, rel=0.01)
    assert len(remarks) == 2
    assert area_shape([], ["22.75,113.95 0"], []) is not None


def test_an_open_ring_is_closed_and_a_crossed_one_mended() -> None:
    assert area_shape(["0,0 0,1 1,1 1,0"], [], []) is not None
    crossed = area_shape(["0,0 1,1 0,1 1,0 0,0"], [], [])
    assert crossed is not None
    assert crossed.is_valid


def test_links_of_feeds_are_absolute_and_once_each() -> None:
    feed = b"""<feed xmlns="http://www.w3.org/2005/Atom">
        <entry><link rel="alternate" type="text/html" href="a.html"/>
               <link type="application/cap+xml" href="a.xml"/></entry>
        <entry><link href="/b.xml"/></entry><entry><link href="/b.xml"/></entry>
        <entry><link href="file:///etc/passwd"/></entry>
        <entry><link href="javascript:alert(1)"/></entry></feed>"""
    index = read_index(feed, "https://feed.example/cap/index.atom")
    assert index.links == ["https://feed.example/cap/a.xml", "https://feed.example/b.xml"]


def test_messages_within_a_feed_are_read_where_they_stand() -> None:
    inner = rainstorm().partition(b"?>")[2]
    feed = b'<feed xmlns="http://www.w3.org/2005/Atom"><entry><content type="text/xml">'
    index = read_index(feed + inner + b"</content></entry></feed>", "")
    assert [one.identifier for one in index.messages] == ["44030041600000_20260501080000"]
