"""One building written as CityJSON and as CityGML is the same building."""

import json
from collections.abc import Callable, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import pytest
import shapely

from spatial.models import Element, ModelFormat, silent
from spatial.models.citygml.format import CITYGML
from spatial.models.cityjson.format import CITYJSON
from tests.unit.spatial.citygml import writing

Place: TypeAlias = tuple[float, float, float]
Placed: TypeAlias = Callable[[Place], list[float]]
"""Gives a place as the file writes it."""
Face: TypeAlias = list[list[Place]]
"""Rings, the boundary first."""

METRES = 25832, (500_000.0, 5_400_000.0, 100.0), (1.0, 1.0, 1.0)
DEGREES = 6697, (35.0, 139.0, 5.0), (1e-5, 1e-5, 1.0)
"""CRS, a corner as it is written, and how long a step of one is."""
NAMES = ["GroundSurface", "RoofSurface", "WallSurface", "WallSurface", "WallSurface", "WallSurface"]


class Body(NamedTuple):
    """A solid: faces of its shells and, of the outer one, what they are."""

    shells: list[list[Face]]
    names: list[str]


def box(low: Place, high: Place) -> list[Face]:
    """Return the faces of a box, looking outwards: bottom, top, four walls."""
    (x, y, z), (u, v, w) = low, high
    rings: list[list[Place]] = [
        [(x, y, z), (x, v, z), (u, v, z), (u, y, z)],
        [(x, y, w), (u, y, w), (u, v, w), (x, v, w)],
        [(x, y, z), (u, y, z), (u, y, w), (x, y, w)],
        [(u, y, z), (u, v, z), (u, v, w), (u, y, w)],
        [(u, v, z), (x, v, z), (x, v, w), (u, v, w)],
        [(x, v, z), (x, y, z), (x, y, w), (x, v, w)],
    ]
    return [[ring] for ring in rings]


def house() -> Body:
    """Return a box of 10 by 8 by 6."""
    return Body([box((0, 0, 0), (10, 8, 6))], NAMES)


def hollow() -> Body:
    """Return the house with a cavity."""
    inside = box((2, 2, 2), (4, 4, 4))
    return Body([house().shells[0], [[ring[::-1] for ring in face] for face in inside]], NAMES)


def yard() -> Body:
    """Return the house around a yard that goes through it."""
    outer, inner = box((0, 0, 0), (10, 8, 6)), box((4, 3, 0), (6, 5, 6))
    bottom, top, *walls = outer
    hole_below, hole_above, *inside = [[ring[::-1] for ring in face] for face in inner]
    faces = [bottom + hole_below, top + hole_above, *walls, *inside]
    return Body([faces], [*NAMES, *["WallSurface"] * 4])


def leaking() -> Body:
    """Return the house without a wall."""
    return Body([box((0, 0, 0), (10, 8, 6))[:5]], NAMES[:5])


SAID: dict[str, Any] = {"yearOfConstruction": 1990, "usage": "office", "measuredHeight": 6.5}


def in_cityjson(folder: Path, parts: Sequence[Body], epsg: int, placed: Placed) -> Path:
    """Write a building of parts, or of one body."""
    vertices: list[Any] = []

    def corner(place: Place) -> int:
        vertices.append(placed(place))
        return len(vertices) - 1

    def geometry(body: Body) -> dict[str, Any]:
        kinds = sorted(set(body.names))
        values = [[kinds.index(name) for name in body.names], *([None] * (len(body.shells) - 1))]
        return {
            "type": "Solid",
            "lod": "2",
            "boundaries": [
                [[[corner(place) for place in ring] for ring in face] for face in shell]
                for shell in body.shells
            ],
            "semantics": {"surfaces": [{"type": kind} for kind in kinds], "values": values},
        }

    whole: dict[str, Any] = {"type": "Building", "attributes": {"name": "Town hall", **SAID}}
    objects = {"b1": whole}
    if len(parts) == 1:
        whole["geometry"] = [geometry(parts[0])]
    else:
        whole["children"] = [f"p{at}" for at in range(len(parts))]
        for at, body in enumerate(parts):
            objects[f"p{at}"] = {
                "type": "BuildingPart",
                "parents": ["b1"],
                "geometry": [geometry(body)],
            }
    document = {
        "type": "CityJSON",
        "version": "1.0",
        "metadata": {"referenceSystem": f"urn:ogc:def:crs:EPSG::{epsg}"},
        "CityObjects": objects,
        "vertices": vertices,
    }
    path = folder / "city.json"
    path.write_text(json.dumps(document))
    return path


def in_citygml(folder: Path, parts: Sequence[Body], epsg: int, placed: Placed) -> Path:
    """Write the same."""

    def polygon(face: Face, key: str) -> str:
        def ring(places: list[Place]) -> str:
            numbers = " ".join(
                repr(number) for each in (*places, places[0]) for number in placed(each)
            )
            return f"<gml:LinearRing><gml:posList>{numbers}</gml:posList></gml:LinearRing>"

        inner = "".join(f"<gml:interior>{ring(each)}</gml:interior>" for each in face[1:])
        outer = f"<gml:exterior>{ring(face[0])}</gml:exterior>"
        return f'<gml:Polygon gml:id="{key}">{outer}{inner}</gml:Polygon>'

    def drawn(body: Body, key: str) -> str:
        surfaces = "".join(
            f"<bldg:boundedBy><bldg:{name}><bldg:lod2MultiSurface>"
            f"{writing.multi_surface([polygon(face, f'{key}-{at}')])}"
            f"</bldg:lod2MultiSurface></bldg:{name}></bldg:boundedBy>"
            for at, (face, name) in enumerate(zip(body.shells[0], body.names, strict=True))
        )
        shared = "".join(
            f'<gml:surfaceMember xlink:href="#{key}-{at}"/>' for at in range(len(body.shells[0]))
        )
        cavities = [
            polygon(face, f"{key}-in{at}") for at, face in enumerate(chain(*body.shells[1:]))
        ]
        solid = writing.solid([], cavities).replace(
            "<gml:CompositeSurface></gml", f"<gml:CompositeSurface>{shared}</gml"
        )
        return f"{surfaces}<bldg:lod2Solid>{solid}</bldg:lod2Solid>"

    said = (
        "<gml:name>Town hall</gml:name><bldg:usage>office</bldg:usage>"
        "<bldg:yearOfConstruction>1990</bldg:yearOfConstruction>"
        "<bldg:measuredHeight>6.5</bldg:measuredHeight>"
    )
    if len(parts) == 1:
        inside = drawn(parts[0], "b1")
    else:
        inside = "".join(
            "<bldg:consistsOfBuildingPart>"
            f"{writing.building(drawn(body, f'p{at}'), f'p{at}', 'BuildingPart')}"
            "</bldg:consistsOfBuildingPart>"
            for at, body in enumerate(parts)
        )
    corner = " ".join(map(repr, placed((0, 0, 0))))
    name = f"urn:ogc:def:crs:EPSG::{epsg}"
    text = writing.document(writing.building(said + inside), srs_name=name, corner=corner)
    return writing.written(folder, text)


def read(model_format: ModelFormat, path: Path) -> list[Element]:
    """Return the elements of a file, none of them refused."""
    assert model_format.open is not None
    found = list(model_format.open(path).elements(silent))
    taken = [each for each in found if isinstance(each, Element)]
    assert len(taken) == len(found), found
    return taken


@pytest.mark.parametrize("where", [METRES, DEGREES], ids=["metres", "degrees"])
@pytest.mark.parametrize(
    "parts",
    [[house()], [hollow()], [yard()], [leaking()], [house(), yard()], [house(), leaking()]],
    ids=["house", "hollow", "yard", "leaking", "parts", "a leaking part"],
)
def test_a_building_is_the_same_in_both_formats(
    tmp_path: Path, parts: list[Body], where: tuple[int, Place, Place]
) -> None:
    epsg, origin, step = where

    def placed(place: Place) -> list[float]:
        return [at + each * by for at, each, by in zip(origin, place, step, strict=True)]

    first = read(CITYJSON, in_cityjson(tmp_path, parts, epsg, placed))
    second = read(CITYGML, in_citygml(tmp_path, parts, epsg, placed))
    assert len(first) == (1 if len(parts) == 1 else 1 + len(parts))
    for one, other in zip(first, second, strict=True):
        assert (one.key, one.native_class, one.klass, one.name, one.parent, one.lods) == (
            other.key, other.native_class, other.klass, other.name, other.parent, other.lods,
        )  # fmt: skip
        assert (one.base_m, one.top_m) == pytest.approx((other.base_m, other.top_m))
        assert dict(one.measures) == pytest.approx(dict(other.measures), rel=1e-6)
        assert one.shape is not None
        assert other.shape is not None
        assert shapely.hausdorff_distance(one.shape, other.shape) < 1e-9
        assert one.shape.equals(other.shape)
        assert {name: one.properties.get(name) for name in SAID} == {
            name: other.properties.get(name) for name in SAID
        }
        outlines = [str(each.properties["measured.outline"]) for each in (one, other)]
        assert outlines[0].partition(" of ")[0] == outlines[1].partition(" of ")[0]


@pytest.mark.parametrize(
    ("body", "volume"), [(house(), 480.0), (hollow(), 472.0), (yard(), 456.0), (leaking(), None)]
)
def test_the_volume_is_the_one_of_the_drawing(
    tmp_path: Path, body: Body, volume: float | None
) -> None:
    def placed(place: Place) -> list[float]:
        return [at + each for at, each in zip(METRES[1], place, strict=True)]

    (element,) = read(CITYGML, in_citygml(tmp_path, [body], METRES[0], placed))
    assert element.measures.get("volume_m3") == (volume and pytest.approx(volume))
