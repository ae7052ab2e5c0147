"""The row of the roll call; the reader is loaded when there is a file for it."""

from pathlib import Path

from spatial.files import Inspection
from spatial.models.model import ModelFormat, Progress

_STARTS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


def _recognises(head: bytes, suffix: str) -> bool:
    return head.startswith(_STARTS) or suffix in (".tif", ".tiff")


def _inspect(path: Path, _progress: Progress) -> Inspection:
    from spatial.models.geotiff import reader  # noqa: PLC0415 - loads GDAL

    return reader.inspect(path)


GEOTIFF = ModelFormat("GeoTIFF", (".tif", ".tiff"), _recognises, _inspect)
