"""Whatever happens to a file, it gives elements, refused elements, or one sentence."""

import json
import random
import re
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spatial.files import FileRefusedError, Inspection
from spatial.models.citygml.format import CITYGML
from spatial.models.model import Element, RefusedElement, silent
from tests.unit.spatial.citygml.writing import (
    EAST,
    NORTH,
    box,
    building,
    document,
    house,
    members_of,
    multi_surface,
    read,
    solid,
    written,
)

_TOKEN = re.compile(rb"<[^<>]*>|[^<>]+")
_NAMES = ("52397519_bldg_6697_op.gml", "sewer_53403039_unf_6697.gml", "523857_lsld_6668_op.gml")

FACES = box((EAST, NORTH, 100.0), (EAST + 10, NORTH + 8, 106.0), key="f")
REFERRED = "".join(f'<gml:surfaceMember xlink:href="#f{n}"/>' for n in range(6))
SMALL = document(
    building(
        "<gml:name>house</gml:name><bldg:measuredHeight uom='m'>6</bldg:measuredHeight>"
        f"<bldg:lod0FootPrint>{multi_surface(house()[:1])}</bldg:lod0FootPrint>"
        f"<bldg:lod2Solid><gml:Solid><gml:exterior><gml:CompositeSurface>{REFERRED}"
        "</gml:CompositeSurface></gml:exterior></gml:Solid></bldg:lod2Solid>"
        "<bldg:boundedBy><bldg:WallSurface><bldg:lod2MultiSurface><gml:MultiSurface>"
        f"{members_of(FACES)}</gml:MultiSurface></bldg:lod2MultiSurface></bldg:WallSurface>"
        "</bldg:boundedBy><bldg:consistsOfBuildingPart><bldg:BuildingPart gml:id='p'>"
        f"<bldg:lod1Solid>{solid(house())}</bldg:lod1Solid></bldg:BuildingPart>"
        "</bldg:consistsOfBuildingPart>"
    ),
    "<uro:SewerPipe gml:id='s'><uro:lod0Geometry><gml:LineString><gml:posList>"
    f"{EAST} {NORTH} 1 {EAST + 9} {NORTH} 2</gml:posList></gml:LineString></uro:lod0Geometry>"
    "</uro:SewerPipe>",
).encode()
TOKENS = _TOKEN.findall(SMALL)
START = next(at for at, token in enumerate(TOKENS) if b"boundedBy" in token)
PLACES = st.integers(START, len(TOKENS) - 1)
ODD = st.sampled_from(
    [
        b"nan inf 3", b"1e308 1e308 1e308", b"-1 -2", b"#b1", b"<gml:Polygon/>", b"<gml:Point/>",
        b"<gml:Solid/>", b"<gml:MultiSurface/>", b'<gml:surfaceMember xlink:href="#p"/>',
        b"<bldg:Building/>", b"<gml:posList>1 2 3</gml:posList>", b"text", b"<!-- -->",
    ]
)  # fmt: skip


def told_of(path: Path) -> Inspection | None:
    """Return what is said of a file, None where it is refused."""
    try:
        return CITYGML.inspect(path, silent)
    except FileRefusedError:
        return None


def examined(data: bytes) -> None:
    """Inspect and read a file."""
    with tempfile.TemporaryDirectory() as folder:
        path = written(Path(folder), data)
        told = told_of(path)
        try:
            found = read(path)
        except FileRefusedError:
            assert told is None
            return
        assert told is not None
        json.dumps(told.as_dict(), allow_nan=False).encode()
        assert sum(told.counts.values()) == len(found)
        for each in found:
            checked(each)


def checked(found: Element | RefusedElement) -> None:
    """Look whether an element could be stored."""
    assert found.key
    if isinstance(found, RefusedElement):
        assert found.reason
        return
    assert found.shape is None or not found.shape.is_empty
    json.dumps([dict(found.measures), dict(found.properties), found.base_m, found.top_m])


@settings(deadline=None, max_examples=80)
@given(first=PLACES, second=PLACES, odd=ODD, how=st.sampled_from(["cut", "swap", "put", "twice"]))
def test_a_small_file_changed_anywhere(first: int, second: int, odd: bytes, how: str) -> None:
    tokens = list(TOKENS)
    low, high = sorted((first, second))
    if how == "cut":
        del tokens[low : min(high, low + 12)]
    elif how == "swap":
        tokens[low], tokens[high] = tokens[high], tokens[low]
    elif how == "put":
        tokens[low] = odd
    else:
        tokens[low:low] = tokens[low:high]
    examined(b"".join(tokens))


@settings(deadline=None, max_examples=80)
@given(place=st.integers(0, len(SMALL) - 1), data=st.binary(max_size=6), cut=st.integers(0, 9))
def test_a_small_file_with_other_bytes(place: int, data: bytes, cut: int) -> None:
    examined(SMALL[:place] + data + SMALL[place + cut :])


@settings(deadline=None, max_examples=50)
@given(numbers=st.lists(st.floats(width=64), max_size=14))
def test_whatever_the_coordinates(numbers: list[float]) -> None:
    text = " ".join(map(repr, numbers)).encode()
    parts = re.split(rb"(<gml:posList>)[^<]*", SMALL)
    examined(b"".join(part + text if part == b"<gml:posList>" else part for part in parts))


@pytest.mark.parametrize("name", _NAMES)
@pytest.mark.parametrize("seed", range(4))
def test_a_real_file_with_elements_gone_and_numbers_swapped(
    shared: Path, name: str, seed: int
) -> None:
    tokens = _TOKEN.findall((shared / "data" / "cim" / name).read_bytes())
    chance = random.Random(seed)  # noqa: S311 - not a secret
    for _ in range(12):
        at = chance.randrange(40, len(tokens) - 2)
        other = chance.randrange(40, len(tokens) - 2)
        if tokens[at].startswith(b"<"):
            tokens[at] = re.sub(rb'"[^"]*"', b'"#odd"', tokens[at])
        else:
            tokens[at], tokens[other] = tokens[other] if b"<" not in tokens[other] else b"", b"x"
            tokens[other] = tokens[other] if tokens[other] != b"x" else b" "
    examined(b"".join(tokens))
