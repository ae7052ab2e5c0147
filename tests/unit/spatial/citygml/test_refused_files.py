import gzip
from pathlib import Path

import pytest

from spatial.files import FileRefusedError
from spatial.models import format_of, inspect
from spatial.models.citygml import open_tree, stream
from spatial.models.citygml.format import CITYGML
from tests.unit.spatial.citygml.writing import (
    EAST,
    NORTH,
    building,
    document,
    elements,
    house,
    polygon,
    read,
    refused,
    solid,
    written,
)

GOOD = document(building(f"<bldg:lod1Solid>{solid(house())}</bldg:lod1Solid>"))
LAUGHS = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10 if n else "ha" * 50}">' for n in range(12))


def with_prolog(prolog: str, text: str = GOOD) -> str:
    return text.replace('<?xml version="1.0" encoding="UTF-8"?>', prolog)


def inside(content: str) -> str:
    return document(building(content))


CASES: dict[str, tuple[str | bytes, str]] = {
    "no xml": ("not a model", "is not XML at line 1, column 1: start tag expected"),
    "binary": (bytes(range(256)), "is not XML at line 1"),
    "html": ("<!DOCTYPE html><html><body/></html>", "declares a document type '<!DOCTYPE html>'"),
    "kml": ("<kml xmlns='http://www.opengis.net/kml/2.2'/>", "is XML of 'kml'"),
    "other gml": (
        "<gml:FeatureCollection xmlns:gml='http://www.opengis.net/gml'/>",
        "is a FeatureCollection without any namespace of CityGML",
    ),
    "code list": (
        "<gml:Dictionary xmlns:gml='http://www.opengis.net/gml'/>",
        "is XML of 'Dictionary', expected a CityModel",
    ),
    "cut off in an object": (
        GOOD[: GOOD.index("</bldg:lod1Solid>")],
        "and 0 whole objects in the middle of an element: its end is missing; nothing of it",
    ),
    "cut off after an object": (
        GOOD.removesuffix("</core:CityModel>"),
        "bytes and 1 whole objects in the middle of an element",
    ),
    "cut off in a tag": (GOOD[:-5], "and 1 whole objects in the middle of an element"),
    "two documents": (GOOD + GOOD, "is not XML at line 1"),
    "wrong end": (GOOD.replace("</bldg:Building>", "</bldg:Bridge>"), "opening and ending tag"),
    "wrong encoding": (
        inside("<gml:name>深圳</gml:name>").encode("gb18030"),
        "is not in the encoding that it says, at line 1",
    ),
    "unknown encoding": (
        with_prolog('<?xml version="1.0" encoding="klingon"?>'),
        "is not in the encoding that it says, at line 1",
    ),
    "entity": (inside("<gml:name>&unknown;</gml:name>"), "entity 'unknown' not defined"),
    "billion laughs": (
        with_prolog(
            f"<!DOCTYPE x [{LAUGHS}]>", GOOD.replace("</core:City", "<a>&a11;</a></core:City")
        ),
        "declares entities that grow beyond measure",
    ),
    "laughs in an attribute": (
        with_prolog(f"<!DOCTYPE x [{LAUGHS}]>", GOOD.replace("gml:id='b1'", "gml:id='&a11;'")),
        "declares a document type",
    ),
    "external entity": (
        with_prolog('<!DOCTYPE x [<!ENTITY p SYSTEM "file:///etc/passwd">]>'),
        "declares a document type",
    ),
    "external subset": (
        with_prolog('<!DOCTYPE x SYSTEM "http://127.0.0.1:1/x.dtd">'),
        "declares a document type",
    ),
    "include": (
        inside(
            '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd"/>'
        ),
        "asks to include 'file:///etc/passwd': no other file is ever fetched",
    ),
    "deep": (inside("<a>" * 300 + "</a>" * 300), "nests elements more than 256 deep"),
    "dimension of the extent": (
        GOOD.replace('srsDimension="3"', 'srsDimension="7"'),
        "the extent has srsDimension '7': expected 2 or 3",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_file_that_cannot_be_taken_has_its_sentence(tmp_path: Path, case: str) -> None:
    content, sentence = CASES[case]
    path = written(tmp_path, content)
    found = inspect(path)
    assert found.format == "CityGML"
    assert found.error is not None
    assert sentence in found.error
    assert found.error.startswith("file 'file.gml': ")
    with pytest.raises(FileRefusedError):
        read(path)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"<gml:name>", b"</gml:name>"),
        (b"<gml:name lang='", b"'/>"),
        (b"<!--", b"-->"),
        (b"<gml:name><![CDATA[", b"]]></gml:name>"),
        (b"<?note ", b"?>"),
    ],
)
def test_one_endless_thing_is_not_waited_for(tmp_path: Path, before: bytes, after: bytes) -> None:
    start, end = inside("@").encode().split(b"@")
    path = tmp_path / "file.gml"
    with path.open("wb") as opened:
        opened.write(start + before)
        for _ in range(24):
            opened.write(b"x" * 1024**2)
        opened.write(after + end)
    error = inspect(path).error
    assert error is not None
    assert "16,777,216 bytes without an element" in error or "10,000,000 bytes" in error


def test_text_in_the_encoding_that_it_says_is_read(tmp_path: Path) -> None:
    text = inside("<gml:name>深圳</gml:name>")
    said = with_prolog('<?xml version="1.0" encoding="GB18030"?>', text).encode("gb18030")
    (element,) = elements(tmp_path, said)
    assert element.name == "深圳"
    (element,) = elements(tmp_path, with_prolog("", text).encode("utf-16"))
    assert element.name == "深圳"


@pytest.mark.parametrize("name", ["file.gml", "file.citygml", "file.xml", "file"])
def test_city_models_are_recognised_by_what_they_say(tmp_path: Path, name: str) -> None:
    assert format_of(written(tmp_path, GOOD, name)) is CITYGML
    marked = b"\xef\xbb\xbf" + GOOD.encode()
    assert format_of(written(tmp_path, marked, name)) is CITYGML


def test_other_xml_is_left_to_others(tmp_path: Path) -> None:
    assert format_of(written(tmp_path, "<VRTDataset/>", "file.xml")) is None


@pytest.mark.parametrize("limit", ["_MOST_NODES", "_MOST_TEXT"])
def test_an_object_too_large_for_memory_is_refused_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    monkeypatch.setattr(open_tree, limit, 2_000)
    monkeypatch.setattr(stream, "_CHUNK_BYTES", 4_096)
    monkeypatch.setattr(stream, "_WEIGHED_EACH_BYTES", 16_384)
    large = building("<bldg:usage>text</bldg:usage>" * 4_000, "large")
    reasons = refused(tmp_path, document(building("", "before"), large, building("", "after")))
    assert list(reasons) == ["large"]
    assert reasons["large"].startswith("is larger than what is read")
    assert inspect(tmp_path / "file.gml").counts == {"Building": 3}


def test_an_object_of_too_many_surfaces_is_refused_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "_MOST_PIECES", 50)
    monkeypatch.setattr(stream, "_CHUNK_BYTES", 4_096)
    monkeypatch.setattr(stream, "_WEIGHED_EACH_BYTES", 8_192)
    face = polygon((EAST, NORTH, 0.0), (EAST + 1, NORTH, 0.0), (EAST, NORTH + 1, 0.0))
    triangles = face.replace("gml:Polygon", "gml:Triangle") * 2_000
    relief = (
        "<dem:TINRelief gml:id='t'><dem:tin><gml:TriangulatedSurface><gml:trianglePatches>"
        f"{triangles}</gml:trianglePatches></gml:TriangulatedSurface></dem:tin></dem:TINRelief>"
    )
    house_ = building(f"<bldg:lod1Solid>{solid(house())}</bldg:lod1Solid>", "after")
    text = document(relief, house_)
    assert list(refused(tmp_path, text)) == ["t"]


def test_what_is_no_object_is_let_go_however_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(open_tree, "_MOST_NODES", 500)
    monkeypatch.setattr(stream, "_CHUNK_BYTES", 4_096)
    monkeypatch.setattr(stream, "_WEIGHED_EACH_BYTES", 16_384)
    textures = (
        "<app:surfaceDataMember><app:ParameterizedTexture><app:imageURI>a.jpg</app:imageURI>"
        "<app:target uri='#f'><app:TexCoordList><app:textureCoordinates>0 0 1 1"
        "</app:textureCoordinates></app:TexCoordList></app:target></app:ParameterizedTexture>"
        "</app:surfaceDataMember>"
    )
    look = f"<app:Appearance>{textures * 3_000}</app:Appearance>"
    more = f"<app:appearanceMember>{look}</app:appearanceMember><junk/>"
    text = GOOD.replace("</core:CityModel>", f"{more}</core:CityModel>")
    assert [each.key for each in elements(tmp_path, text)] == ["b1"]


def test_a_packed_file_is_left_to_the_sentence_for_packed_ones(tmp_path: Path) -> None:
    found = inspect(written(tmp_path, gzip.compress(GOOD.encode())))
    assert found.error is not None
    assert "gzip" in found.error
