"""CityJSON is known by its members, whatever their order and whatever the file is called."""

import json
from pathlib import Path

import pytest

from spatial.models import format_of
from spatial.models.cityjson.format import CITYJSON
from tests.unit.spatial.cityjson.documents import document

KNOWN = [
    b'{"type":"CityJSON"',
    b'\xef\xbb\xbf \n{ "type" : "CityJSON" ',
    b'\x1e{"type":"CityJSON"}',
    b'{"version":"2.0","transform":{"scale":[1,1,1]},"type":"CityJSON"',
    b'{"CityObjects":{"a":{"type":"Building","attributes":{"type":"Feature"}',
    b'{"vertices":[[1,2,3],[4,5,6]',
    b'{"metadata":{"a":"{[\\"]"},"CityObjects":{}',
    b'{"type":"CityJSONFeature","id":"a"',
]
OTHERS = [
    b'{"type":"FeatureCollection","features":[{"properties":{"type":"CityJSON"}',
    b'{"type":"FeatureCollection","CityObjects":{}',
    b'{"type":"Topology","objects":{"vertices":[1]}',
    b'{"name":"\\"CityJSON\\"","features":[]',
    b'{"a":"type","b":"CityJSON"}',
    b'["CityJSON"]',
    b'"CityJSON"',
    b"CityJSON",
    b"",
    b'{"asset":{"version":"1.0"}}',
]


@pytest.mark.parametrize("head", KNOWN)
def test_cityjson_is_recognised(head: bytes) -> None:
    assert CITYJSON.recognises(head, ".txt")


@pytest.mark.parametrize("head", OTHERS)
def test_other_json_is_not(head: bytes) -> None:
    assert not CITYJSON.recognises(head, ".json")


def test_the_roll_call_finds_it(tmp_path: Path) -> None:
    path = tmp_path / "district.geojson"
    path.write_text(json.dumps(document({})))
    found = format_of(path)
    assert found is not None
    assert found.name == "CityJSON"


def test_geojson_stays_geojson(tmp_path: Path) -> None:
    path = tmp_path / "district.json"
    path.write_text('{"type":"FeatureCollection","vertices":[],"features":[]}')
    assert format_of(path) is None
