"""A GeoTIFF opened by GDAL in such a way that it reads this file and nothing else.

Only the GTiff driver is asked, so that the bytes can be no VRT, WMS or other format that leads
elsewhere; the folder is not listed, so that nothing beside the file is opened.
"""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

import rasterio  # type: ignore[import-untyped]
from rasterio._err import CPLE_BaseError  # type: ignore[import-untyped]
from rasterio.errors import (  # type: ignore[import-untyped]
    CRSError,
    NotGeoreferencedWarning,
    RasterioError,
)
from rasterio.session import DummySession  # type: ignore[import-untyped]

from spatial.files import local_file
from spatial.files.errors import refuse
from spatial.rasters import tiff

_ALONE = {
    "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",
    "GDAL_PAM_ENABLED": "NO",
    "GDAL_NUM_THREADS": "1",
}


@contextmanager
def opened(path: Path, **options: int) -> Iterator[Any]:
    """Yield the dataset; what GDAL cannot read becomes a sentence about the file.

    Args:
        path: a local file.
        options: of GDAL, for example ``OVERVIEW_LEVEL``.

    Raises:
        FileRefusedError: it is no GeoTIFF that may be read, or damaged.
    """
    local_file.head_of(path)
    found = path.stat()
    _check(path.absolute(), found.st_size, found.st_mtime_ns)
    with rasterio.Env(session=DummySession(), **_ALONE):
        try:
            with _open(path, options) as dataset:
                yield dataset
        except (RasterioError, CRSError, CPLE_BaseError) as error:
            cause = error.__cause__ or error
            raise refuse(path, f"cannot be read as GeoTIFF: {cause}") from error


def _open(path: Path, options: dict[str, int]) -> Any:  # noqa: ANN401 - rasterio ships no types
    with warnings.catch_warnings():
        # Whether it has a place is asked of the dataset.
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        return rasterio.open(path.resolve(), driver="GTiff", **options)


@lru_cache(maxsize=256)
def _check(path: Path, _size: int, _changed_ns: int) -> None:
    tiff.check(path)
