"""What stands before the first object: version, extensions, extent and CRS."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from lxml import etree

from spatial.files.errors import refuse
from spatial.models.citygml.pieces import Node, dimension_of
from spatial.models.citygml.tables import extensions_of, name_of, version_of
from spatial.models.citygml.wording import sentence_of

PARSER_OPTIONS: dict[str, Any] = {
    "resolve_entities": False,
    "load_dtd": False,
    "dtd_validation": False,
    "no_network": True,
    # Text and attributes end at 10 MB, elements nest 256 deep; no posList of a city comes near.
    "huge_tree": False,
    "remove_blank_text": True,
    "remove_comments": True,
    "remove_pis": True,
    "collect_ids": False,
}
_STEP_BYTES = 4096
_HEAD_BYTES = 4 * 1024**2
_OBJECT_DEPTH = 2
_COLLECTIONS = frozenset({"CityModel", "FeatureCollection"})
_MEMBERS = ("cityObjectMember", "featureMember", "featureMembers", "member", "members")
MEMBER_TAGS = [f"{{*}}{local}" for local in _MEMBERS]


class Head(NamedTuple):
    """What a file says of itself before its first object.

    Attributes:
        version: of CityGML.
        extensions: ``uro 3.0``.
        srs_name: CRS of its extent, None where it says none there.
        dimension: how many numbers a place has, None where it does not say.
        corner: first corner of its extent, as the file has it; empty where it has none.
    """

    version: str | None
    extensions: tuple[str, ...]
    srs_name: str | None
    dimension: int | None
    corner: tuple[float, ...]


def read_head(path: Path) -> Head:
    """Return what stands before the first object.

    Raises:
        FileRefusedError: it is no CityGML, or no XML, or declares a document type.
    """
    before = _before_objects(path)
    root = next(before, None)
    if root is None:
        raise refuse(path, f"has no element in its first {_HEAD_BYTES:,} bytes, expected CityGML")
    namespaces = _namespaces(path, root)
    envelope = next((found for each in before for found in each.iter("{*}Envelope")), None)
    return Head(
        version_of(namespaces),
        tuple(extensions_of(namespaces)),
        None if envelope is None else envelope.get("srsName"),
        _dimension(path, envelope),
        _corner(envelope),
    )


def _before_objects(path: Path) -> Iterator[Node]:
    """Give the root as it is opened, then its children as they are closed, up to an object."""
    parser = etree.XMLPullParser(events=("start", "end"), **PARSER_OPTIONS)
    depth = 0
    for step in _steps(path):
        try:
            parser.feed(step)
        except etree.XMLSyntaxError as error:
            raise refuse(path, sentence_of(error)) from error
        for event, node in parser.read_events():
            depth += 1 if event == "start" else -1
            if event == "start" and depth == _OBJECT_DEPTH and holds_objects(node):
                return
            if depth == 1:
                yield node


def holds_objects(node: Node) -> bool:
    """Tell whether a child of the root holds objects of the city."""
    return name_of(str(node.tag)).local in _MEMBERS


def _namespaces(path: Path, root: Node) -> list[str]:
    about = root.getroottree().docinfo
    if about.doctype:
        raise refuse(
            path, f"declares a document type {about.doctype[:60]!r}, which CityGML never does"
        )
    local = name_of(str(root.tag)).local
    if local not in _COLLECTIONS:
        raise refuse(path, f"is XML of {local[:60]!r}, expected a CityModel")
    namespaces = list(root.nsmap.values())
    if version_of(namespaces) is None:
        raise refuse(path, f"is a {local} without any namespace of CityGML")
    return namespaces


def _dimension(path: Path, envelope: Node | None) -> int | None:
    said = None if envelope is None else envelope.get("srsDimension")
    try:
        return None if said is None else dimension_of(said)
    except ValueError as error:
        raise refuse(path, f"the extent has {error}") from error


def _corner(envelope: Node | None) -> tuple[float, ...]:
    corner = None if envelope is None else envelope.find("{*}lowerCorner")
    try:
        return tuple(map(float, (corner.text or "").split())) if corner is not None else ()
    except ValueError:
        return ()


def _steps(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as opened:
            for _ in range(0, _HEAD_BYTES, _STEP_BYTES):
                step = opened.read(_STEP_BYTES)
                if not step:
                    return
                yield step
    except OSError as error:
        raise refuse(path, f"cannot be read: {error.strerror}") from error
