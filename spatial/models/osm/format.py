"""The rows of the roll call; the reader is loaded when there is a file for it."""

import re
from pathlib import Path

from spatial.files import Inspection
from spatial.models.model import Model, ModelFormat, Progress

_PBF_START = b"\x0a\x09OSMHeader"
_XML_ROOT = re.compile(rb"<osm(?:Change)?[\s>/]")


def _recognises_pbf(head: bytes, suffix: str) -> bool:
    return head[4:].startswith(_PBF_START) or suffix == ".pbf"


def _recognises_xml(head: bytes, suffix: str) -> bool:
    if suffix in (".osm", ".osc"):
        return True
    return head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"<" and bool(
        _XML_ROOT.search(head[:2048])
    )


def _inspect_pbf(path: Path, progress: Progress) -> Inspection:
    from spatial.models.osm import reader, source  # noqa: PLC0415 - loads libosmium

    return reader.inspect(path, source.pbf_source(path), progress)


def _inspect_xml(path: Path, progress: Progress) -> Inspection:
    from spatial.models.osm import reader, source  # noqa: PLC0415 - loads libosmium

    return reader.inspect(path, source.xml_source(path), progress)


def _open_pbf(path: Path) -> Model:
    from spatial.models.osm import reader, source  # noqa: PLC0415 - loads libosmium

    return reader.open_model(path, source.pbf_source(path))


def _open_xml(path: Path) -> Model:
    from spatial.models.osm import reader, source  # noqa: PLC0415 - loads libosmium

    return reader.open_model(path, source.xml_source(path))


OSM_PBF = ModelFormat("OSM PBF", (".pbf",), _recognises_pbf, _inspect_pbf, _open_pbf, "osm")
OSM_XML = ModelFormat("OSM XML", (".osm",), _recognises_xml, _inspect_xml, _open_xml, "osm")
