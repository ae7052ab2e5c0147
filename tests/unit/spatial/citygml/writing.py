"""Small files of CityGML, written as plain text."""

from collections.abc import Iterable
from pathlib import Path

from spatial.models.citygml.format import CITYGML
from spatial.models.model import Element, RefusedElement, silent

UTM = "urn:ogc:def:crs:EPSG::25832"
EAST, NORTH = 500_000.0, 5_400_000.0

_MODULES = {
    "bldg": "building",
    "brid": "bridge",
    "tran": "transportation",
    "wtr": "waterbody",
    "dem": "relief",
    "frn": "cityfurniture",
    "gen": "generics",
    "veg": "vegetation",
    "app": "appearance",
    "con": "construction",
    "grp": "cityobjectgroup",
}


def document(
    *members: str,
    version: str = "2.0",
    srs_name: str | None = UTM,
    corner: str | None = f"{EAST} {NORTH} 0",
    prolog: str = '<?xml version="1.0" encoding="UTF-8"?>',
) -> str:
    """Return a file with these objects in members of their own."""
    gml = "http://www.opengis.net/gml/3.2" if version == "3.0" else "http://www.opengis.net/gml"
    names = {
        "core": f"http://www.opengis.net/citygml/{version}",
        "gml": gml,
        "xlink": "http://www.w3.org/1999/xlink",
        "uro": "https://www.geospatial.jp/iur/uro/3.1",
        "xAL": "urn:oasis:names:tc:ciq:xsdschema:xAL:2.0",
        **{
            prefix: f"http://www.opengis.net/citygml/{module}/{version}"
            for prefix, module in _MODULES.items()
        },
    }
    declared = " ".join(f'xmlns:{prefix}="{name}"' for prefix, name in names.items())
    said = "" if srs_name is None else f' srsName="{srs_name}" srsDimension="3"'
    extent = "" if corner is None else f"<gml:lowerCorner>{corner}</gml:lowerCorner>"
    inside = "".join(
        f"<core:cityObjectMember>{member}</core:cityObjectMember>" for member in members
    )
    return (
        f"{prolog}<core:CityModel {declared}>"
        f"<gml:boundedBy><gml:Envelope{said}>{extent}</gml:Envelope></gml:boundedBy>"
        f"{inside}</core:CityModel>"
    )


def polygon(*places: tuple[float, float, float], key: str = "") -> str:
    """Return a polygon; the ring is closed here."""
    numbers = " ".join(repr(number) for place in (*places, places[0]) for number in place)
    named = f' gml:id="{key}"' if key else ""
    return (
        f"<gml:Polygon{named}><gml:exterior><gml:LinearRing><gml:posList>{numbers}"
        "</gml:posList></gml:LinearRing></gml:exterior></gml:Polygon>"
    )


def box(
    low: tuple[float, float, float], high: tuple[float, float, float], key: str = ""
) -> list[str]:
    """Return the six faces of a box, looking outwards: bottom, top, four walls."""
    (x, y, z), (u, v, w) = low, high
    faces = [
        ((x, y, z), (x, v, z), (u, v, z), (u, y, z)),
        ((x, y, w), (u, y, w), (u, v, w), (x, v, w)),
        ((x, y, z), (u, y, z), (u, y, w), (x, y, w)),
        ((u, y, z), (u, v, z), (u, v, w), (u, y, w)),
        ((u, v, z), (x, v, z), (x, v, w), (u, v, w)),
        ((x, v, z), (x, y, z), (x, y, w), (x, v, w)),
    ]
    return [
        polygon(*face, key=f"{key}{number}" if key else "") for number, face in enumerate(faces)
    ]


def house(width: float = 10.0, depth: float = 8.0, height: float = 6.0) -> list[str]:
    """Return the faces of a box that stands in the map."""
    return box((EAST, NORTH, 100.0), (EAST + width, NORTH + depth, 100.0 + height))


def members_of(faces: Iterable[str]) -> str:
    """Return surface members."""
    return "".join(f"<gml:surfaceMember>{face}</gml:surfaceMember>" for face in faces)


def solid(faces: Iterable[str], inside: Iterable[str] = ()) -> str:
    """Return a solid, hollow inside where faces are given for it."""
    cavity = members_of(inside)
    hollow = f"<gml:interior><gml:Shell>{cavity}</gml:Shell></gml:interior>" if cavity else ""
    return (
        f"<gml:Solid><gml:exterior><gml:CompositeSurface>{members_of(faces)}"
        f"</gml:CompositeSurface></gml:exterior>{hollow}</gml:Solid>"
    )


def multi_surface(faces: Iterable[str]) -> str:
    """Return open surfaces."""
    return f"<gml:MultiSurface>{members_of(faces)}</gml:MultiSurface>"


def building(content: str, key: str = "b1", name: str = "Building") -> str:
    """Return a building."""
    named = f' gml:id="{key}"' if key else ""
    return f"<bldg:{name}{named}>{content}</bldg:{name}>"


def written(folder: Path, text: str | bytes, name: str = "file.gml") -> Path:
    """Return a file with this text."""
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def read(path: Path) -> list[Element | RefusedElement]:
    """Return all that a file gives."""
    assert CITYGML.open is not None
    return list(CITYGML.open(path).elements(silent))


def elements(folder: Path, text: str | bytes) -> list[Element]:
    """Return the elements of a file of which none is refused."""
    found = read(written(folder, text))
    taken = [each for each in found if isinstance(each, Element)]
    assert len(taken) == len(found), found
    return taken


def refused(folder: Path, text: str | bytes) -> dict[str, str]:
    """Return why elements of a file are refused, by key."""
    found = read(written(folder, text))
    return {each.key: each.reason for each in found if isinstance(each, RefusedElement)}
