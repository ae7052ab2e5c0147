"""Addresses of models that tests import, and places in them."""

from pathlib import Path
from urllib.parse import quote

import numpy as np
from typer.testing import CliRunner

from spatial import crs
from tests.postgis.importing.importer import app as command
from tests.unit.spatial.rasters import written

MODELS = "/api/v1/models"
NAME = "north/tiled city"
CITY = f"{MODELS}/{quote(NAME)}"
DEM = f"{MODELS}/dem"


def imported(file: Path, *options: str) -> None:
    done = CliRunner().invoke(command, [str(file), *options])
    assert done.exit_code == 0, (done.output, done.exc_info)


def degrees(x: float, y: float) -> tuple[float, float]:
    """Return longitude and latitude of a place in EPSG:4547."""
    east, north = crs.transform(np.array([x]), np.array([y]), "EPSG:4547", "EPSG:4326")
    return float(east[0]), float(north[0])


def tile_of_dem() -> tuple[int, int, int]:
    """Return a tile in the middle of the terrain."""
    lon, lat = degrees(written.WEST + 900, written.NORTH - 500)
    z = 15
    x = int((lon + 180) / 360 * 2**z)
    y = int((1 - np.arcsinh(np.tan(np.radians(lat))) / np.pi) / 2 * 2**z)
    return z, x, y
