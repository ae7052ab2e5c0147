"""Shapefile (ESRI white paper, July 1998), loose or zipped, read by GDAL from checked parts only.

GDAL never sees the name of the file: its parts are linked into a folder of their own, so that no
name can point anywhere else and nothing lies beside them that it could open.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path, PurePosixPath

from pyproj import CRS
from pyproj.exceptions import CRSError

from spatial.files import zip_file
from spatial.files.errors import refuse
from spatial.files.layer import Document, Format, Layer, Request
from spatial.files.shapefile_rows import read

_MAGIC = b"\x00\x00\x27\x0a"
_NEEDED = (".shp", ".shx", ".dbf")
_PARTS = (*_NEEDED, ".prj", ".cpg")
_SURE_PERCENT = 70
"""Names of CRS in a .prj are ESRI's own; PROJ says how sure it is that it knows one again."""


def _recognises(head: bytes, suffix: str) -> bool:
    return head.startswith(_MAGIC) or suffix in _NEEDED


def _recognises_zip(head: bytes, _suffix: str) -> bool:
    return head.startswith(zip_file.MAGIC)


def _open(path: Path, request: Request) -> Document:
    if path.suffix.lower() != ".shp":
        raise refuse(path, "is a part of a Shapefile: give the file that ends in '.shp'")
    parts = {
        each.suffix.lower(): each
        for each in path.parent.iterdir()
        if each.stem == path.stem and each.suffix.lower() in _PARTS and each.is_file()
    }
    _refuse_incomplete(path, set(parts))
    return Document(None, {path.stem: partial(_read_loose, path, parts, request)})


def _open_zip(path: Path, request: Request) -> Document:
    members = zip_file.members(path)
    found = [name for name in members if PurePosixPath(name).suffix.lower() == ".shp"]
    if len(found) != 1:
        shown = found or sorted(members)[:5]
        raise refuse(path, f"holds {len(found)} Shapefiles among {shown!r}: expected one")
    stem = found[0][: -len(".shp")]
    names = {
        PurePosixPath(name).suffix.lower(): name for name in members if name.startswith(f"{stem}.")
    }
    _refuse_incomplete(path, set(names))
    wanted = {suffix: members[name] for suffix, name in names.items() if suffix in _PARTS}
    name = PurePosixPath(stem).name
    return Document(None, {name: partial(_read_zipped, path, name, wanted, request)})


def _refuse_incomplete(path: Path, suffixes: set[str]) -> None:
    missing = [suffix for suffix in _NEEDED if suffix not in suffixes]
    if missing:
        raise refuse(path, f"the Shapefile lacks its {' and '.join(missing)}")


def _read_loose(path: Path, parts: dict[str, Path], request: Request) -> Layer:
    with _folder(path) as folder:
        for suffix, part in parts.items():
            _copy(folder, suffix).symlink_to(part.resolve())
        return _layer(path, path.stem, folder, request)


def _read_zipped(
    path: Path, name: str, wanted: dict[str, zip_file.Member], request: Request
) -> Layer:
    with _folder(path) as folder:
        zip_file.unpack(path, {_copy(folder, suffix): part for suffix, part in wanted.items()})
        return _layer(path, name, folder, request)


@contextmanager
def _folder(path: Path) -> Iterator[Path]:
    try:
        with tempfile.TemporaryDirectory(prefix="citytwin-") as folder:
            yield Path(folder)
    except OSError as error:
        raise refuse(path, f"cannot be unpacked or read: {error.strerror}") from error


def _copy(folder: Path, suffix: str) -> Path:
    # GDAL shall find neither: it stops at a .prj or .cpg that is not UTF-8.
    return folder / (f"layer{suffix}" if suffix in _NEEDED else f"said{suffix}")


def _layer(path: Path, name: str, folder: Path, request: Request) -> Layer:
    parts = {suffix: _copy(folder, suffix) for suffix in _PARTS if _copy(folder, suffix).exists()}
    rows = read(path, parts, request.encoding)
    return Layer(
        name=name,
        crs=_crs(path, parts),
        no_crs="the Shapefile lacks its .prj",
        rows=rows.numbers,
        wkb=rows.wkb,
        columns=rows.columns,
        warnings=rows.warnings,
    )


def _crs(path: Path, parts: dict[str, Path]) -> str | None:
    if ".prj" not in parts:
        return None
    text = parts[".prj"].read_text(encoding="utf-8", errors="replace").strip("\0 \r\n")
    try:
        crs = CRS.from_wkt(text)
    except CRSError as error:
        raise refuse(path, f"its .prj is no CRS: {text[:60]!r}") from error
    code = crs.to_epsg(min_confidence=_SURE_PERCENT)
    return crs.to_wkt() if code is None else f"EPSG:{code}"


SHAPEFILE = Format("Shapefile", (".shp",), _recognises, _open)
ZIPPED_SHAPEFILE = Format("Shapefile", (".zip",), _recognises_zip, _open_zip)
