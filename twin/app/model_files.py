"""What is served of a model: looked at, and copied into the state folder; never read in place."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any, NamedTuple

import psycopg

from data.models import ModelFile, files, keeping
from spatial.files import FileRefusedError, RefusedRow
from spatial.files.errors import refuse
from spatial.models import Element, Model, ModelFormat, Progress, RefusedElement
from spatial.models.geotiff.format import GEOTIFF
from spatial.models.ifc.format import IFC
from spatial.models.tiles3d.errors import BadContentError
from spatial.models.tiles3d.format import TILES_3D
from twin.app.import_turns import digest_of
from twin.app.settings import Settings

Connection = psycopg.Connection[tuple[Any, ...]]

GLB = "model/gltf-binary"
_TIFF = "image/tiff"
_TAKEN_PART = "tiles"
"""Part of a name that the address of a tile could not be told from."""
_LONGEST = 1_000
_SHOWN = 80


class Offered(NamedTuple):
    """A file that is to be served: what it is, and how its bytes are had."""

    file: ModelFile
    open: Callable[[], AbstractContextManager[IO[bytes]]]


class Material(NamedTuple):
    """A model that is to be imported.

    Attributes:
        model: opened; one that is served as it is has no elements.
        digest: SHA-256 of its file; of a tileset in a folder, of the list of its files.
        files: that are to be served of it; None leaves those that stand.
        refused: what of it cannot be served, and why.
    """

    model: Model
    digest: str
    files: Sequence[Offered] | None
    refused: Sequence[RefusedRow] = ()


def folder_of(settings: Settings) -> Path:
    """Return the folder of the bytes that are served."""
    return settings.state_dir / "models"


@contextmanager
def room_for(
    settings: Settings, form: ModelFormat, connection: Connection, say: Callable[[str], None]
) -> Iterator[Path]:
    """Give the folder of served files, cleared of what no model uses, until the import ends."""
    folder = folder_of(settings)
    with keeping.turn_of(folder, say) if has_files(form) else nullcontext():
        if has_files(form):
            used = files.used_digests(connection)
            connection.rollback()  # what follows takes minutes
            keeping.sweep(folder, used)
        yield folder


def has_files(form: ModelFormat) -> bool:
    """Tell whether something of a model of this format is served as a file."""
    return form.open is None or form is IFC


def check_name(name: str) -> None:
    """Refuse a name of a model whose files could not be addressed.

    Raises:
        FileRefusedError: it has the part that stands before the names of tiles.
    """
    if _TAKEN_PART in name.split("/"):
        raise FileRefusedError(
            f"model name {name!r}: expected one without the part {_TAKEN_PART!r}, which the "
            "addresses of its files need"
        )


def look(path: Path, form: ModelFormat, progress: Progress) -> Material:
    """Look through a model that is served as it is.

    Raises:
        FileRefusedError: it cannot be served.
    """
    return _LOOKS[form.name](path, progress)


@contextmanager
def scenes(
    path: Path, name: str, folder: Path, connection: Connection, progress: Progress
) -> Iterator[Sequence[Offered] | None]:
    """Give the 3-D scenes of the buildings of an IFC file; None if they stand already.

    Args:
        path: the file.
        name: of its model.
        folder: of served files; has the turn.
        connection: to the store.
        progress: is told how many products are done.

    Raises:
        FileRefusedError: the file as a whole cannot be taken.
    """
    standing = _scenes_stand(path, name, folder, connection)
    connection.rollback()
    if standing:
        yield None
        return
    from spatial.models.ifc.buildings import (  # noqa: PLC0415 - the library takes half a second
        write_buildings,
    )

    with TemporaryDirectory(dir=folder, prefix=".part-") as scratch:
        made = write_buildings(path, Path(scratch), progress=progress)
        fit = [each for each in made if each.products and _is_fit(each.key)]
        yield [_scene(each.key, each.path) for each in fit]


def copy(folder: Path, name: str, offered: Sequence[Offered], progress: Progress) -> None:
    """Copy files into the folder of served ones, as far as they are not there.

    Args:
        folder: has the turn.
        name: of the model's file, for sentences.
        offered: the files.
        progress: is told how many are done.

    Raises:
        FileRefusedError: they are too large, cannot be copied, or changed meanwhile.
        OSError: one is gone.
    """
    if not offered:
        return
    missing = [each for each in offered if not keeping.holds(folder, each.file)]
    sizes = {each.file.digest: each.file.size for each in offered}
    needed = {each.file.digest: each.file.size for each in missing}
    keeping.check_room(folder, name, sum(sizes.values()), sum(needed.values()))
    for number, each in enumerate(missing):
        progress("copying files", number, len(missing))
        if not keeping.holds(folder, each.file):
            _keep(folder, each)
    if missing:
        keeping.settle()


def _keep(folder: Path, offered: Offered) -> None:
    try:
        with offered.open() as source:
            keeping.keep(folder, offered.file, source)
    except BadContentError as error:
        raise FileRefusedError(f"file {offered.file.name!r}: {error}") from error


def _tileset(path: Path, progress: Progress) -> Material:
    from spatial.models.tiles3d import tileset  # noqa: PLC0415 - loads PROJ
    from spatial.models.tiles3d.folder import LooseFolder, reading  # noqa: PLC0415
    from spatial.models.tiles3d.volumes import ECEF  # noqa: PLC0415

    found = tileset.register(path, progress)
    files = [
        ModelFile(name, "tileset", each.media_type, each.size, each.sha256, name == found.entry)
        for name, each in found.files.items()
        if _is_fit(name)
    ]
    unfit = (
        f"{name[:_SHOWN]!r} cannot be served: expected a name of at most {_LONGEST} bytes of UTF-8"
        for name in found.files
        if not _is_fit(name)
    )
    about = () if found.bounds else ("does not lie on the globe: no map can show it in its place",)
    loose = isinstance(found.folder, LooseFolder)
    return Material(
        _without_elements(TILES_3D, found.version, ECEF if found.bounds else None, about),
        _digest_of_list(files) if loose else digest_of(path),
        [Offered(file, partial(reading, found.folder, file.name)) for file in files],
        [RefusedRow(number, fault) for number, fault in enumerate((*found.faults, *unfit), 1)],
    )


def _raster(path: Path, progress: Progress) -> Material:
    from spatial.crs import called  # noqa: PLC0415 - loads PROJ
    from spatial.rasters import describe  # noqa: PLC0415 - loads GDAL

    digest = digest_of(path)
    found, raster = GEOTIFF.inspect(path, progress), describe(path)
    if raster.kind == "other":
        bands = ", ".join(raster.bands)
        raise refuse(path, f"has bands of {bands}: expected one of heights, or imagery of uint8")
    if raster.crs is None:
        raise refuse(path, "its CRS is not said: write it in with gdal_edit -a_srs")
    if raster.bounds is None:
        raise refuse(path, "its corners lie outside the globe in its CRS: check the CRS")
    if raster.kind == "terrain" and raster.metres() is None:
        raise refuse(path, f"its heights are in {raster.unit!r}: expected metres or feet")
    datum = None if raster.height_datum is None else called(raster.height_datum)
    model = _without_elements(GEOTIFF, found.schema, called(raster.crs), found.warnings, datum)
    file = ModelFile(path.name, raster.kind, _TIFF, path.stat().st_size, digest, entry=True)
    return Material(model, digest, [Offered(file, partial(_opened, path))])


_LOOKS: Mapping[str, Callable[[Path, Progress], Material]] = {
    TILES_3D.name: _tileset,
    GEOTIFF.name: _raster,
}


def _is_fit(name: str) -> bool:
    """Tell whether the store can keep a name, and find it by an index."""
    return (
        "\0" not in name
        and len(name.encode("utf-8", "surrogatepass")) <= _LONGEST
        and (not any("\ud800" <= character <= "\udfff" for character in name))
    )


def _without_elements(
    form: ModelFormat,
    schema: str | None,
    crs: str | None,
    warnings: Sequence[str],
    height_datum: str | None = None,
) -> Model:
    return Model(
        format=form.name,
        schema=schema,
        crs=crs,
        height_datum=height_datum,
        elements=_no_elements,
        warnings=tuple(warnings),
    )


def _no_elements(_progress: Progress) -> Iterator[Element | RefusedElement]:
    return iter(())


def _digest_of_list(listed: Sequence[ModelFile]) -> str:
    """Return the SHA-256 of what ``sha256sum`` says of the files, in the order of their names."""
    lines = (f"{file.digest}  {file.name}\n" for file in sorted(listed))
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _scenes_stand(path: Path, name: str, folder: Path, connection: Connection) -> bool:
    if files.digest_of_model(connection, name) != digest_of(path):
        return False
    known = [file for file in files.files_of(connection, name) if file.kind == "scene"]
    return bool(known) and all(keeping.holds(folder, file) for file in known)


def _opened(path: Path) -> IO[bytes]:
    return path.open("rb")


def _scene(key: str, path: Path) -> Offered:
    file = ModelFile(key, "scene", GLB, path.stat().st_size, digest_of(path), entry=True)
    return Offered(file, partial(_opened, path))
