"""A file as a whole that cannot be taken is refused with its sentence, before it does harm."""

import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spatial.files import FileRefusedError
from spatial.models import inspect, silent
from spatial.models.osm.format import OSM_PBF
from tests.unit.spatial.osm.written import (
    block,
    field,
    header_block,
    node,
    packed,
    ring,
    square,
    way,
    write,
)

START = b"\x0a\x09OSMHeader"


def good() -> bytes:
    """A small extract."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.osm.pbf"
        write(path, node(1, natural="tree"), *square(10), way(1, ring(10), building="yes"))
        return path.read_bytes()


GOOD = good()
HEADER = header_block()
XML = b"<?xml version='1.0'?><osm version='0.6'><node id='1' lat='22' lon='114'/>"
REFUSED = [
    ("cut off", GOOD[:-1], "is cut off: block 3 needs 64 bytes"),
    ("cut off in a length", GOOD + b"\0\0", "is cut off: block 4 needs 4 bytes"),
    ("a header of two gigabytes", b"\x7f\xff\xff\xff" + START, "block 1 has a header of 2,147"),
    ("a header of nothing", b"\0\0\0\0" + START, "block 1 has a header of 0 bytes"),
    (
        "a block of two gigabytes",
        HEADER + block("OSMData", b"", 2**31),
        "block 2 is of 2,147,483,648 bytes: expected 0 to 33,554,432",
    ),
    (
        "a block that unpacks to two gigabytes",
        HEADER + block("OSMData", packed(b"", 2**31)),
        "block 2 unpacks to 2,147,483,648 bytes",
    ),
    (
        "a block that lies about what it unpacks to",
        HEADER + block("OSMData", packed(b"\0" * 5000, 100)),
        "cannot be read as OSM PBF",
    ),
    (
        "many blocks that promise much",
        HEADER + block("OSMData", packed(b"", 32 * 1024**2)) * 20,
        "bytes: expected at most 100 times as many",
    ),
    ("packed with bzip2", HEADER + block("OSMData", field(5, b"x")), "is packed with bzip2"),
    ("data first", block("OSMData", packed(b"")) + b"\0" * 9, "starts with a block 'OSMData'"),
    ("damaged fields", HEADER + block("OSMData", b"\x0f\xff"), "block 2 is damaged"),
    ("damaged data", HEADER + block("OSMData", packed(b"\xff" * 50)), "cannot be read as OSM PBF"),
    ("a header that is not packed", block("OSMHeader", field(3, b"xx")), "cannot be unpacked"),
    ("a history", header_block("HistoricalInformation"), "holds the history of its objects"),
    ("an unknown feature", header_block("Has\u0301Tea"), "asks for 'Has\u0301Tea' of its reader"),
    ("text", b"node,way\n1,2\n", "block 1 has a header of 1,852,793,957 bytes"),
]
XML_REFUSED = [
    ("cut off", XML, "cannot be read as OSM XML"),
    ("another root", b"<?xml version='1.0'?><gpx/>", "expected OSM XML with the root 'osm'"),
    ("changes", b"<osmChange version='0.6'></osmChange>", "holds changes (osmChange)"),
    (
        "a document type",
        b"<!DOCTYPE osm [<!ENTITY a 'aaaa'>]><osm version='0.6'/>",
        "has a document type",
    ),
    (
        "an entity behind much blank",
        b"<?xml version='1.0'?><!--" + b" " * 70_000 + b"--><!DOCTYPE osm [<!ENTITY a 'a'>]><osm/>",
        "expected OSM XML with the root 'osm'",
    ),
    ("an unknown version", b"<osm version='0.7'></osm>", "cannot be read as OSM XML"),
    (
        "a node that is not on the globe",
        XML + b"<node id='2' lat='91' lon='x'/></osm>",
        "cannot be read as OSM XML",
    ),
    (
        "a reference to a file",
        XML + b"<node id='2' lat='1' lon='1'><tag k='a' v='&b;'/></node></osm>",
        "cannot be read as OSM XML",
    ),
]


@pytest.mark.parametrize(("data", "sentence"), [each[1:] for each in REFUSED], ids=lambda _: "")
def test_a_bad_pbf_is_refused_with_its_sentence(tmp_path: Path, data: bytes, sentence: str) -> None:
    path = tmp_path / "file.osm.pbf"
    path.write_bytes(data)
    found = inspect(path)
    assert found.format == "OSM PBF"
    assert found.error is not None
    assert sentence in found.error


@pytest.mark.parametrize(("data", "sentence"), [each[1:] for each in XML_REFUSED], ids=lambda _: "")
def test_a_bad_xml_is_refused_with_its_sentence(tmp_path: Path, data: bytes, sentence: str) -> None:
    path = tmp_path / "file.osm"
    path.write_bytes(data)
    found = inspect(path)
    assert found.format == "OSM XML"
    assert found.error is not None
    assert sentence in found.error


def test_two_gigabytes_of_nothing_are_refused_at_once(tmp_path: Path) -> None:
    for suffix, start in ((".osm.pbf", b"\0\0\0\x0d" + START), (".osm", b"<osm version='0.6'>")):
        path = tmp_path / f"file{suffix}"
        path.write_bytes(start)
        with path.open("r+b") as file:
            file.truncate(2 * 1024**3)
        assert inspect(path).error is not None


def test_what_was_refused_by_inspect_is_refused_by_open(tmp_path: Path) -> None:
    path = tmp_path / "file.osm.pbf"
    path.write_bytes(GOOD[:-1])
    assert OSM_PBF.open is not None
    with pytest.raises(FileRefusedError, match="is cut off"):
        OSM_PBF.open(path)


def test_damage_that_shows_late_stops_the_reading_with_its_sentence(tmp_path: Path) -> None:
    path = tmp_path / "file.osm.pbf"
    path.write_bytes(GOOD + block("OSMData", packed(b"\xff" * 50)))
    assert OSM_PBF.open is not None
    with pytest.raises(FileRefusedError, match="cannot be read as OSM PBF"):
        list(OSM_PBF.open(path).elements(silent))


def test_a_header_that_promises_another_place_is_told(tmp_path: Path) -> None:
    box = b"".join(
        field(number, degrees * 2 * 10**9) for number, degrees in ((1, 1), (2, 2), (3, 2), (4, 1))
    )
    header = field(1, box) + field(4, b"OsmSchema-V0.6") + field(4, b"DenseNodes")
    path = tmp_path / "file.osm.pbf"
    at = GOOD.index(b"OSMData") - 6
    path.write_bytes(block("OSMHeader", packed(header)) + GOOD[at:])
    (warning,) = inspect(path).warnings
    assert warning.startswith("what it holds lies outside the box (1.0, 1.0, 2.0, 2.0)")


@settings(deadline=None, max_examples=100)
@given(at=st.integers(0, len(GOOD) - 1), bits=st.binary(min_size=1, max_size=12))
def test_an_extract_with_some_bytes_changed_is_taken_or_refused(at: int, bits: bytes) -> None:
    data = bytearray(GOOD)
    data[at : at + len(bits)] = bits
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file.osm.pbf"
        path.write_bytes(data)
        found = inspect(path)
        json.dumps(found.as_dict(), allow_nan=False).encode()
        assert found.error is None or found.error.startswith("file 'file.osm.pbf'")


@settings(deadline=None, max_examples=60)
@given(data=st.binary(max_size=300))
def test_any_data_in_a_good_frame_is_taken_or_refused(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file.osm.pbf"
        path.write_bytes(HEADER + block("OSMData", packed(data)))
        found = inspect(path)
        assert found.error is None or found.error.startswith("file 'file.osm.pbf'")


@settings(deadline=None, max_examples=60)
@given(data=st.text(max_size=200))
def test_any_text_in_an_xml_file_is_taken_or_refused(data: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file.osm"
        path.write_bytes(b"<osm version='0.6'>" + data.encode("utf-8", "surrogatepass"))
        assert inspect(path).error is not None
