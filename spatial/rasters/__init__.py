"""Terrain and imagery in GeoTIFF: described, sampled for heights and cut into tiles for the map."""

from spatial.rasters.heights import heights
from spatial.rasters.raster import Raster, describe
from spatial.rasters.tiles import ChooseTileError, tile

__all__ = ["ChooseTileError", "Raster", "describe", "heights", "tile"]
