"""Whatever the bytes, inspecting them says something and raises nothing."""

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from spatial.files import FORMATS, inspect
from tests.unit.spatial.files.reports import outcome
from tests.unit.spatial.files.written import block, near, write

SUFFIXES = sorted({suffix for each in FORMATS for suffix in each.suffixes} | {".dbf", ".shx", ""})
STARTS = st.sampled_from(
    [
        b"",
        b"SQLite format 3\0",
        b"PK\x03\x04",
        b"\x00\x00\x27\x0a",
        b'{"type":',
        b"\xff\xfe",
        b"a,b\n",
    ]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["type", "coordinates", "geometry", "properties", "id", "a"]), inner
        )
    ),
    max_leaves=12,
)
KINDS = st.sampled_from(["Point", "LineString", "Polygon", "MultiPolygon", "GeometryCollection"])


def examined(data: bytes, suffix: str) -> None:
    """Inspect and read the bytes; the document has to be one that JSON can hold."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"file{suffix}"
        path.write_bytes(data)
        found = inspect(path)
        json.dumps(found.as_dict(), allow_nan=False).encode()
        assert found.error is None or found.error.startswith("file 'file")
        assert outcome(path) is not None


@settings(deadline=None)
@pytest.mark.parametrize("suffix", SUFFIXES)
@given(start=STARTS, rest=st.binary(max_size=400))
def test_any_bytes_are_taken_or_refused(suffix: str, start: bytes, rest: bytes) -> None:
    examined(start + rest, suffix)


@settings(deadline=None)
@given(kind=KINDS, coordinates=JSON, properties=JSON, identity=JSON)
@example(kind="Point", coordinates=[1e300, 1e300], properties={"\ud800": "\ud800"}, identity=0)
def test_any_feature_is_taken_or_refused(
    kind: str, coordinates: object, properties: object, identity: object
) -> None:
    geometry = {"type": kind, "coordinates": coordinates, "geometries": coordinates}
    feature = {"type": "Feature", "id": identity, "properties": properties, "geometry": geometry}
    document = {"type": "FeatureCollection", "features": [feature, properties]}
    examined(json.dumps(document).encode(), ".geojson")


@settings(deadline=None)
@given(text=st.text(max_size=200))
def test_any_text_is_a_table_or_refused(text: str) -> None:
    examined(text.encode("utf-8", "surrogatepass"), ".csv")


@settings(deadline=None, max_examples=2500)
@given(at=st.integers(0, 40_000), bits=st.binary(min_size=1, max_size=40))
def test_a_package_with_some_bytes_changed_is_taken_or_refused(at: int, bits: bytes) -> None:
    data = bytearray(PACKAGE)
    at %= len(data)
    data[at : at + len(bits)] = bits
    examined(bytes(data), ".gpkg")


@settings(deadline=None, max_examples=2500)
@given(
    part=st.sampled_from([".shp", ".shx", ".dbf", ".prj", ".cpg"]),
    at=st.integers(0, 500),
    bits=st.binary(min_size=1, max_size=20),
)
def test_a_shapefile_with_some_bytes_changed_is_taken_or_refused(
    part: str, at: int, bits: bytes
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for suffix, data in SHAPEFILE.items():
            changed = bytearray(data)
            if suffix == part:
                changed[at % len(data) : at % len(data) + len(bits)] = bits
            (Path(folder) / f"file{suffix}").write_bytes(changed)
        found = inspect(Path(folder) / "file.shp")
        json.dumps(found.as_dict(), allow_nan=False).encode()
        assert outcome(Path(folder) / "file.shp") is not None


def written() -> tuple[bytes, dict[str, bytes]]:
    """A small GeoPackage, and the parts of a small Shapefile."""
    with tempfile.TemporaryDirectory() as folder:
        columns: dict[str, list[Any]] = {"名称": ["光明", "龙华", "公明"], "n": [1, 2, 3]}
        package = write(Path(folder) / "a.gpkg", [block(), block(20), near(5)], columns)
        write(Path(folder) / "b.shp", [block(), block(20), block(30)], columns, encoding="GBK")
        parts = {part.suffix: part.read_bytes() for part in Path(folder).glob("b.*")}
        return package.read_bytes(), parts


PACKAGE, SHAPEFILE = written()
