"""Whatever is changed in a document, each CityObject is taken or refused, and nothing is raised."""

import copy
import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from spatial.files import FileRefusedError
from spatial.models import Element, RefusedElement, inspect, silent
from tests.unit.spatial.cityjson.documents import KINDS, building, corners, document, opened, solid

SAID = {"surfaces": KINDS, "values": [[0, 1, 2, 2, 2, 2]]}
RICH = document(
    {
        "whole": building(solid("1"), children=["part"], attributes={"name": "光明"}),
        "part": {
            "type": "BuildingPart",
            "parents": ["whole"],
            "geometry": [
                solid("2.2", semantics=SAID),
                {"type": "MultiSolid", "lod": "1", "boundaries": [solid()["boundaries"]]},
                {"type": "MultiSurface", "lod": "0", "boundaries": [[[0, 1, 2, 3]]]},
            ],
            "address": [{"Country": "CN", "location": {"type": "MultiPoint", "boundaries": [0]}}],
        },
        "road": {
            "type": "Road",
            "geometry": [
                {"type": "MultiLineString", "lod": "0", "boundaries": [[0, 1], [2, 3]]},
                {"type": "MultiPoint", "lod": "0", "boundaries": [0, 1]},
            ],
        },
        "tree": {
            "type": "SolitaryVegetationObject",
            "geometry": [
                {
                    "type": "GeometryInstance",
                    "template": 0,
                    "boundaries": [1],
                    "transformationMatrix": [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1],
                }
            ],
        },
        "group": {
            "type": "CityObjectGroup",
            "children": ["whole", "road"],
            "children_roles": ["a"],
        },
        "box": {"type": "LandUse", "geographicalExtent": [85000, 447000, 0, 85001, 447001, 1]},
    },
    geometry_templates={"templates": [solid("3")], "vertices-templates": corners(size=1)},
)
SEQUENCE = [
    document({}, []),
    {
        "type": "CityJSONFeature",
        "id": "a",
        "CityObjects": {"a": building(solid(semantics=SAID))},
        "vertices": corners(),
    },
]
ODD: list[Any] = [
    None, True, -1, 0, 7, 2**63, 2**64 - 1, -1.5, 1e300, "", "2", "\0", "Solid", "Building", [], {},
    [[]], [[[0, 1, 2]]], [[[[0, 1, 2]]]], {"type": "Solid"}, "EPSG:4490", "1.0", float("nan"),
    "https://www.opengis.net/def/crs/EPSG/0/4979", "MultiPoint", "CityObjectGroup",
    "GeometryInstance", [1e9, 1e9, 1e9], ["part"], ["whole", "tree"],
]  # fmt: skip


def places(value: object) -> list[tuple[Any, Any]]:
    """Every container with every key that stands in a document."""
    found: list[tuple[Any, Any]] = []
    waiting = [value]
    while waiting:
        container = waiting.pop()
        keys = list(container) if isinstance(container, dict) else []
        if isinstance(container, list):
            keys = list(range(len(container)))
        found += [(container, key) for key in keys]
        waiting += [container[key] for key in keys]  # type: ignore[index]
    return found


def change(document: object, draw: Callable[[st.SearchStrategy[Any]], Any]) -> None:
    """Change one place of a document."""
    found = places(document)
    if not found:  # all of it was deleted by the changes before
        return
    container, key = draw(st.sampled_from(found))
    how = draw(st.sampled_from(["odd", "delete", "copy"]))
    if how == "odd":
        container[key] = copy.deepcopy(draw(st.sampled_from(ODD)))
    elif how == "delete":
        del container[key]
    else:
        other, name = draw(st.sampled_from(found))
        container[key] = copy.deepcopy(other[name])


def examined(path: Path) -> None:
    """Inspect and read; what comes of it has to be fit to be stored."""
    json.dumps(inspect(path).as_dict(), allow_nan=False)
    try:
        found = list(opened(path).elements(silent))
    except FileRefusedError:
        return
    stored: set[str] = set()
    for each in found:
        assert isinstance(each, Element | RefusedElement)
        if isinstance(each, Element):
            assert each.key not in stored
            assert each.parent is None or each.parent in stored
            stored.add(each.key)
            json.dumps([each.measures, each.properties, each.base_m, each.top_m], allow_nan=False)
            assert each.shape is None or bool(shapely.is_valid(each.shape))


@settings(deadline=None, max_examples=200)
@given(data=st.data(), changes=st.integers(1, 4))
def test_any_change_of_a_document_is_taken_or_refused(data: st.DataObject, changes: int) -> None:
    changed = copy.deepcopy(RICH)
    for _ in range(changes):
        change(changed, data.draw)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.json"
        path.write_text(json.dumps(changed))
        examined(path)


@settings(deadline=None, max_examples=100)
@given(data=st.data(), changes=st.integers(1, 4))
def test_any_change_of_a_sequence_is_taken_or_refused(data: st.DataObject, changes: int) -> None:
    changed = copy.deepcopy(SEQUENCE)
    for _ in range(changes):
        change(changed, data.draw)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.jsonl"
        path.write_text("\n".join(map(json.dumps, changed)))
        examined(path)


@settings(deadline=None, max_examples=100)
@given(at=st.integers(0, 10_000), bits=st.binary(min_size=1, max_size=12), cut=st.booleans())
def test_any_changed_bytes_are_taken_or_refused(at: int, bits: bytes, *, cut: bool) -> None:
    data = bytearray(json.dumps(RICH).encode())
    at %= len(data)
    data[at : at + len(bits)] = bits
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.json"
        path.write_bytes(data[:at] if cut and at else data)
        examined(path)
