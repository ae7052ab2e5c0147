"""A web service with a folder of served files, and what was imported into it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from fastapi import FastAPI

from tests.postgis.api.conftest import Connection
from tests.postgis.api.served_models.asking import NAME, imported
from tests.postgis.importing.importer import Importer
from tests.unit.spatial.rasters import written
from twin.api.app import create_app
from twin.api.config import WebConfig


@pytest.fixture
def importer(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Importer:
    return Importer.before(database_url, tmp_path, monkeypatch)


@pytest.fixture
async def app(
    database_url: str, district: Connection, importer: Importer
) -> AsyncIterator[FastAPI]:
    """The running app with a folder of served files."""
    assert not district.closed
    folder = importer.folder / "models"
    app = create_app(
        WebConfig(pool_min=2), store_url=database_url, frames=None, models_folder=folder
    )
    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture
def city(app: FastAPI, importer: Importer, shared: Path) -> Path:
    """A tileset with folders in it that was imported; gives where it came from."""
    assert app.state.models_folder
    source = shared / "data/cim/3dtiles/TilesetOfTilesets"
    imported(source, "--model", NAME)
    assert importer.folder.is_dir()
    return source


@pytest.fixture
def dem(app: FastAPI, importer: Importer) -> Path:
    """Terrain with a hole in it that was imported; the file itself is gone."""
    assert app.state.models_folder
    pixels = written.plane(600, 400)
    pixels[:100, :100] = -9999
    file = written.write(
        importer.folder / "dem.tif", pixels, crs="EPSG:4547+5737", nodata=-9999, tiled=True
    )
    imported(file)
    file.unlink()
    return file
