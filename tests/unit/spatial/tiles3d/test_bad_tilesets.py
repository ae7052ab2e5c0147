"""A tileset that cannot be served is refused; a bad part of one gets its sentence."""

import json
import os
import tempfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spatial.models import inspect
from tests.unit.spatial.tiles3d.written import (
    b3dm,
    cmpt,
    glb,
    i3dm,
    pack,
    pnts,
    subtree,
    tile,
    tileset,
    write,
)

DEEP = b'{"asset": {"version": "1.0"}, "root": ' + b'{"children": [' * 600 + b"]}" * 600 + b"}"

REFUSED: list[tuple[object, str]] = [
    (tileset(tile(), "2.0"), "has asset version '2.0': expected '1.0' or '1.1'"),
    (tileset(tile(), 1.0), "has asset version 1.0"),
    ({"asset": [], "root": {}}, "has asset version None"),
    (tileset("root"), "has the root 'root': expected a tile"),
    ({"asset": {"version": "1.0"}, "geometricError": 1}, "has the root None: expected a tile"),
    (b'{"asset": {"version": "1.0"}, "root": ', "is not JSON"),
    (b'{"asset": {"version": "1.0"}, "root": {"geometricError": NaN}}', "is not JSON"),
    (DEEP, "is not JSON"),
    (b'{"asset": {"version": "1.0"}, "root": "\xff"}', "is not JSON"),
    (tileset(tile("../secret.b3dm")), "'../secret.b3dm' leads out of the folder"),
    (tileset(tile("a/../../secret.b3dm")), "leads out of the folder"),
    (tileset(tile("%2e%2e/secret.b3dm")), "leads out of the folder"),
    (tileset(tile("/etc/passwd")), "'/etc/passwd' leads out of the folder"),
    (tileset(tile("http://192.0.2.1/a.b3dm")), "leads elsewhere"),
    (tileset(tile("file:///etc/passwd")), "leads elsewhere"),
    (tileset(tile("//192.0.2.1/a.b3dm")), "leads elsewhere"),
    (tileset(tile("data:application/octet-stream;base64,AA==")), "leads elsewhere"),
    (tileset(tile("C:\\data\\a.b3dm")), "leads elsewhere"),
    (tileset(tile("data\\a.b3dm")), "holds a character that no address may hold"),
    (tileset(tile("a\0.b3dm")), "holds a character that no address may hold"),
    (tileset(tile("%00.b3dm")), "holds a character that no address may hold"),
    (tileset(tile("%ff.b3dm")), "cannot be read"),
    (tileset(tile("http://[::1/a")), "leads elsewhere"),
    (tileset(tile("")), "is no text: expected a file name"),
    (tileset(tile(7)), "address 7 is no text"),
    (tileset(tile(["a.b3dm"])), "is no text"),
    (tileset(tile("x" * 3000)), "is no text"),
    (tileset(tile("?query")), "names no file"),
    (tileset(tile() | {"content": 3}), "address 3 is no text"),
    (tileset(tile(), schemaUri="../schema.json"), "leads out of the folder"),
    (tileset(tile("tileset.json")), "goes in a circle: 'tileset.json' leads to 'tileset.json'"),
]


@pytest.mark.parametrize(("document", "sentence"), REFUSED, ids=lambda _: "")
def test_a_tileset_that_cannot_be_served_is_refused(
    tmp_path: Path, document: object, sentence: str
) -> None:
    (tmp_path / "secret.b3dm").write_bytes(b3dm())
    found = inspect(write(tmp_path / "inner", tileset_json=document))
    assert found.format == "3D Tiles"
    assert found.error is not None
    assert sentence in found.error


def test_tilesets_that_go_in_a_circle_are_refused(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        tileset_json=tileset(tile("a/one.json")),
        a__one_json=tileset(tile("two.json")),
        a__two_json=tileset(tile("one.json")),
    )
    error = inspect(path).error
    assert error is not None
    assert "goes in a circle: " in error
    assert "'a/one.json' leads to 'a/two.json'" in error


def test_a_tileset_shown_twice_is_no_circle(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        tileset_json=tileset(tile(None, tile("one.json"), tile("two.json"))),
        one_json=tileset(tile("shared.json")),
        two_json=tileset(tile("shared.json")),
        shared_json=tileset(tile("a.pnts")),
        a_pnts=pnts(),
    )
    assert inspect(path).counts == {"external tileset": 3, "pnts": 1, "tile": 6}


BAD_CONTENTS: list[tuple[str, object, str]] = [
    ("a.b3dm", b"", "starts with b''"),
    ("a.b3dm", b"hello", "starts with b'hell': expected b3dm"),
    ("a.b3dm", b3dm(length=10**6), "is cut off: says 1,000,000 bytes"),
    ("a.b3dm", b3dm()[:20], "is cut off"),
    ("a.b3dm", b3dm(version=2), "is b3dm version 2: expected 1"),
    ("a.b3dm", b3dm(b"not a model at all, but long enough"), "holds b'not ' version"),
    ("a.b3dm", b3dm(glb()[:-4]), "is cut off: glTF says"),
    ("a.b3dm", b3dm()[:12] + b"\xff" * 16 + b3dm()[28:], "tables of 17,179,869,180 bytes"),
    ("a.glb", glb(version=3), "holds b'glTF' version 3"),
    ("a.glb", glb()[:12] + b"\xff\xff\xff\x7fJSON" + glb()[20:], "glTF with JSON of 2,147"),
    ("a.glb", glb()[:16] + b"BIN\0" + glb()[20:], "glTF starts with chunk 0x4e4942"),
    ("a.glb", glb()[:20] + b"[" * (len(glb()) - 20), "is not JSON"),
    ("a.cmpt", cmpt(pnts(), count=3), "is cut off"),
    ("a.cmpt", cmpt(b"what is this, then"), "holds a tile b'what'"),
    ("a.cmpt", cmpt(count=10**9), "holds 1,000,000,000 tiles"),
    ("a.subtree", subtree()[:-3], "is cut off: says"),
    ("a.json", b'{"type": "x"}', "is JSON with ['type']"),
    ("a.json", b"[1]", "starts with b'[1]'"),
    ("a.json", tileset(tile(), "7"), "has asset version '7'"),
    ("a.b3dm", b"\x1f\x8b\x08\0\0\0", "is packed with gzip"),
    ("a.glb", glb({"asset": {"version": "2.0"}, "buffers": 5}), "has buffers 5: expected a list"),
    ("a.json", b'{"asset": {}, "images": "abc"}', "has images 'abc': expected a list"),
    ("a.json", b'{"tileAvailability": {}, "buffers": true}', "has buffers True: expected a list"),
]


@pytest.mark.parametrize(("name", "data", "sentence"), BAD_CONTENTS, ids=lambda _: "")
def test_a_bad_content_gets_its_sentence_and_the_others_stay(
    tmp_path: Path, name: str, data: object, sentence: str
) -> None:
    path = write(
        tmp_path,
        tileset_json=tileset(tile(None, tile(name), tile("good.pnts"))),
        good_pnts=pnts(),
        **{name.replace(".", "_"): data},
    )
    found = inspect(path)
    assert found.error is None
    assert found.counts == {"pnts": 1, "tile": 3}
    (warning,) = found.warnings
    assert warning.startswith(f"'{name}'")
    assert sentence in warning


def test_composites_within_composites_come_to_an_end(tmp_path: Path) -> None:
    found = cmpt(pnts())
    for _ in range(40):
        found = cmpt(found)
    path = write(tmp_path, tileset_json=tileset(tile("a.cmpt")), a_cmpt=found)
    assert "tiles 9 deep: expected fewer" in inspect(path).warnings[0]


def test_a_content_that_is_missing_is_told(tmp_path: Path) -> None:
    path = write(tmp_path, tileset_json=tileset(tile("a.b3dm")))
    found = inspect(path)
    assert (found.error, found.counts) == (None, {"tile": 1})
    assert found.warnings == ["'a.b3dm' of 'tileset.json' is not there"]


def test_a_model_that_needs_a_file_elsewhere_refuses_the_tileset(tmp_path: Path) -> None:
    model = glb({"asset": {"version": "2.0"}, "images": [{"uri": "https://192.0.2.1/a.png"}]})
    path = write(tmp_path, tileset_json=tileset(tile("a.glb")), a_glb=model)
    error = inspect(path).error
    assert error is not None
    assert "in 'a.glb': address 'https://192.0.2.1/a.png' leads elsewhere" in error


def test_instances_of_a_model_that_is_missing_are_told(tmp_path: Path) -> None:
    path = write(tmp_path, tileset_json=tileset(tile("a.i3dm")), a_i3dm=i3dm("tree.glb"))
    assert inspect(path).warnings == ["'tree.glb' of 'a.i3dm' is not there"]


@pytest.mark.parametrize(
    ("members", "sentence"),
    [
        ({"boundingVolume": None}, "bounding volume is None: expected an object"),
        ({"boundingVolume": {}}, "bounding volume has []: expected a region"),
        ({"boundingVolume": {"region": [1, 2]}}, "region is [1, 2]: expected 6 numbers"),
        ({"boundingVolume": {"sphere": [1, 2, 3, "4"]}}, "expected 4 finite numbers"),
        ({"boundingVolume": {"sphere": [1, 2, 3, -4]}}, "sphere of radius -4 encloses nothing"),
        ({"boundingVolume": {"region": [113, 22, 114, 23, 0, 1]}}, "expected radians"),
        ({"boundingVolume": {"region": [1, 1, 1.1, 0.9, 0, 1]}}, "encloses nothing"),
        ({"boundingVolume": {"box": [True] * 12}}, "expected 12 finite numbers"),
        ({"boundingVolume": {"sphere": [1e300, 0, 0, 1]}}, "expected 4 finite numbers"),
        ({"transform": [1, 2]}, "transform is [1, 2]: expected 16 numbers"),
        ({"geometricError": -1}, "geometric error is -1: expected metres"),
        ({"geometricError": None}, "geometric error is None"),
        ({"geometricError": "1"}, "geometric error is '1'"),
        ({"refine": "EXPLODE"}, "refine is 'EXPLODE': expected 'ADD' or 'REPLACE'"),
        ({"refine": 1}, "refine is 1"),
        ({"children": {}}, "children are {}: expected a list"),
    ],
)
def test_a_bad_tile_gets_its_sentence(
    tmp_path: Path, members: dict[str, object], sentence: str
) -> None:
    found = inspect(write(tmp_path, tileset_json=tileset(tile(None, tile() | members))))
    assert found.error is None
    (warning,) = found.warnings
    assert warning.startswith("'tileset.json': tile root/0")
    assert sentence in warning


def test_a_child_that_is_no_tile_is_told(tmp_path: Path) -> None:
    found = inspect(write(tmp_path, tileset_json=tileset(tile(None, 7))))
    assert found.warnings == ["'tileset.json': tile root/0 is 7: expected an object"]


def test_many_faults_are_counted_and_some_are_named(tmp_path: Path) -> None:
    missing = [tile(f"{n}.b3dm") for n in range(2000)]
    found = inspect(write(tmp_path, tileset_json=tileset(tile(None, *missing))))
    assert len(found.warnings) == 6
    assert found.warnings[-1] == "2,000 faults of files and tiles in all"


def test_a_template_that_could_be_read_in_many_ways_is_not_followed(tmp_path: Path) -> None:
    root = tile("{x}" * 200 + ".glb", implicitTiling={"subtrees": {"uri": "{level}.subtree"}})
    path = write(tmp_path, tileset_json=tileset(root, "1.1"), **{"1" * 200 + "_glb": glb()})
    warnings = inspect(path).warnings
    assert "cannot be followed" in warnings[0]
    assert "no file of the implicit tiles '{level}.subtree'" in warnings[1]


def test_of_very_many_templates_only_some_are_followed(tmp_path: Path) -> None:
    tiles = [
        tile(f"{at}/{{level}}.glb", implicitTiling={"subtrees": {"uri": "{level}.subtree"}})
        for at in range(2_100)
    ]
    path = write(tmp_path, tileset_json=tileset(tile(None, *tiles), "1.1"))
    for at in ("0", "2099"):
        (tmp_path / at).mkdir()
        (tmp_path / at / "0.glb").write_bytes(glb())
    counts = inspect(path).counts
    assert counts == {"glb": 1, "implicit tiling": 2_100, "tile": 2_101}


def test_a_link_that_leads_out_of_the_folder_is_no_file_of_it(tmp_path: Path) -> None:
    (tmp_path / "secret.b3dm").write_bytes(b3dm())
    path = write(tmp_path / "in", tileset_json=tileset(tile("a.b3dm")))
    (tmp_path / "in/a.b3dm").symlink_to(tmp_path / "secret.b3dm")
    assert inspect(path).warnings == ["'a.b3dm' of 'tileset.json' is not there"]


def test_a_pipe_and_a_folder_are_no_contents(tmp_path: Path) -> None:
    path = write(tmp_path, tileset_json=tileset(tile(None, tile("a.b3dm"), tile("b.b3dm"))))
    os.mkfifo(tmp_path / "a.b3dm")
    (tmp_path / "b.b3dm").mkdir()
    assert len(inspect(path).warnings) == 2


def test_an_archive_without_a_tileset_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "in", a_b3dm=b3dm())
    error = inspect(pack(tmp_path / "in", tmp_path / "a.zip")).error
    assert error is not None
    assert "holds no tileset.json" in error


def test_an_archive_of_two_tilesets_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "in", a__tileset_json=tileset(tile()), b__tileset_json=tileset(tile()))
    error = inspect(pack(tmp_path / "in", tmp_path / "a.zip")).error
    assert error is not None
    assert "holds 2 tilesets" in error


def test_a_bomb_in_an_archive_gets_its_sentence(tmp_path: Path) -> None:
    write(
        tmp_path / "in",
        tileset_json=tileset(tile("a.b3dm")),
        a_b3dm=b"\0" * (80 * 1024**2),
    )
    (warning,) = inspect(pack(tmp_path / "in", tmp_path / "a.zip")).warnings
    assert "to 83,886,080 bytes: expected at most 200 times as many" in warning


def test_a_damaged_archive_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "in", tileset_json=tileset(tile("a.b3dm")), a_b3dm=b3dm())
    path = pack(tmp_path / "in", tmp_path / "a.3tz", zipfile.ZIP_STORED)
    path.write_bytes(path.read_bytes()[:-30])
    error = inspect(path).error
    assert error is not None
    assert "is no zip archive that can be read" in error


def test_a_damaged_member_gets_its_sentence(tmp_path: Path) -> None:
    write(tmp_path / "in", tileset_json=tileset(tile("z.b3dm")), z_b3dm=b3dm())
    path = pack(tmp_path / "in", tmp_path / "a.3tz", zipfile.ZIP_STORED)
    data = path.read_bytes()
    path.write_bytes(data.replace(b'"BATCH_LENGTH":0', b'"BATCH_LENGTH":9'))
    found = inspect(path)
    assert found.error is None


def test_two_gigabytes_of_nothing_are_refused_at_once(tmp_path: Path) -> None:
    path = write(tmp_path, tileset_json=b'{"asset": {"version": "1.0"}, "root": ')
    with path.open("r+b") as file:
        file.truncate(2 * 1024**3)
    error = inspect(path).error
    assert error is not None
    assert "is JSON of 2,147,483,648 bytes: expected at most 67,108,864" in error


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.integers(-(2**70), 2**70)
    | st.sampled_from(["a.b3dm", "b.json", "../x", "{x}.glb", "ADD", "http://x/"]),
    lambda inner: (
        st.lists(inner, max_size=16)
        | st.dictionaries(
            st.sampled_from(
                [
                    "boundingVolume",
                    "region",
                    "box",
                    "sphere",
                    "content",
                    "contents",
                    "uri",
                    "children",
                    "transform",
                    "geometricError",
                    "extensions",
                    "implicitTiling",
                    "subtrees",
                    "3DTILES_multiple_contents",
                    "refine",
                ]
            ),
            inner,
        )
    ),
    max_leaves=30,
)


@settings(deadline=None, max_examples=150)
@given(root=JSON, version=st.sampled_from(["1.0", "1.1", 1, None]))
def test_any_json_at_any_place_is_taken_or_refused(root: object, version: object) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = write(Path(folder), tileset_json=tileset(root, version), a_b3dm=b3dm())
        found = inspect(path)
        json.dumps(found.as_dict(), allow_nan=False).encode()
        assert found.error is None or found.error.startswith("file 'tileset.json'")


@settings(deadline=None, max_examples=100)
@given(
    content=st.sampled_from([b3dm(), i3dm("a"), pnts(), cmpt(b3dm()), glb(), subtree()]),
    at=st.integers(0, 120),
    bits=st.binary(min_size=1, max_size=8),
)
def test_a_content_with_some_bytes_changed_is_taken_or_told(
    content: bytes, at: int, bits: bytes
) -> None:
    data = bytearray(content)
    data[at : at + len(bits)] = bits
    with tempfile.TemporaryDirectory() as folder:
        path = write(Path(folder), tileset_json=tileset(tile("a.x")), a_x=bytes(data))
        json.dumps(inspect(path).as_dict(), allow_nan=False).encode()
