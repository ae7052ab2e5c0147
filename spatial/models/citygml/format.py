"""The row of the roll call; the reader is loaded when there is a file for it."""

from pathlib import Path

from spatial.files import Inspection
from spatial.models.model import Model, ModelFormat, Progress

_SUFFIXES = (".gml", ".citygml")
_PACKED = (b"\x1f\x8b", b"PK\x03\x04")


def _recognises(head: bytes, suffix: str) -> bool:
    if head.startswith(_PACKED):
        return False
    if suffix in _SUFFIXES:
        return True  # whatever else it is, the sentence of this format says it best
    text = head.replace(b"\0", b"")  # UTF-16 as well
    return text.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")[:1] == b"<" and b"/citygml/" in text


def _inspect(path: Path, progress: Progress) -> Inspection:
    from spatial.models.citygml import reader  # noqa: PLC0415 - loads lxml

    return reader.inspect(path, progress)


def _open(path: Path) -> Model:
    from spatial.models.citygml import reader  # noqa: PLC0415 - loads lxml

    return reader.open_model(path)


CITYGML = ModelFormat("CityGML", _SUFFIXES, _recognises, _inspect, _open)
