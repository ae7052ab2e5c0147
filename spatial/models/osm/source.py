"""A file of either format that may be read, and what it says of itself."""

import re
from pathlib import Path
from typing import NamedTuple

from spatial.files.errors import refuse
from spatial.models.osm import pbf

_ROOT = re.compile(rb"<(osm|osmChange)\b([^>]*)>")
_ATTRIBUTE = re.compile(rb"""(\w+)\s*=\s*["']([^"'<]{0,200})["']""")
_HEAD_BYTES = 65_536


class Source(NamedTuple):
    """A file that was looked through.

    Attributes:
        format: name of the format.
        reads_as: what libosmium calls it.
        schema: version of the format and the program that wrote it, as far as the file says.
        box: west, south, east, north that the header promises, degrees.
        unpacked_bytes: how much there is to read.
        in_order: whether it says that nodes stand before ways before relations.
    """

    format: str
    reads_as: str
    schema: str | None
    box: pbf.Box | None
    unpacked_bytes: int
    in_order: bool = False


def pbf_source(path: Path) -> Source:
    """Look through a PBF file.

    Raises:
        FileRefusedError: it is cut off, damaged, a bomb, a history, or no OSM PBF.
    """
    found = pbf.survey(path)
    schema = ", ".join(found.header.features)
    if found.header.program:
        schema = f"{schema}; written by {found.header.program}".removeprefix("; ")
    return Source(
        "OSM PBF",
        "pbf",
        schema or None,
        found.header.box,
        found.unpacked_bytes,
        in_order=found.header.in_order,
    )


def xml_source(path: Path) -> Source:
    """Look at the start of an XML file.

    Raises:
        FileRefusedError: its root is another, or it has a document type.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    if b"<!DOCTYPE" in head or b"<!ENTITY" in head:
        raise refuse(path, "has a document type: expected OSM XML without one")
    root = _ROOT.search(head)
    if root is None:
        raise refuse(path, f"starts with {head[:16]!r}: expected OSM XML with the root 'osm'")
    if root[1] == b"osmChange":
        raise refuse(path, "holds changes (osmChange): expected an extract with the root 'osm'")
    said = {name: value.decode("utf-8", "replace") for name, value in _ATTRIBUTE.findall(root[2])}
    version, program = said.get(b"version", ""), said.get(b"generator", "")
    schema = f"{version}; written by {program}" if program else version
    return Source("OSM XML", "osm", schema or None, None, path.stat().st_size)
