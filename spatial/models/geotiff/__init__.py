"""GeoTIFF (OGC 19-008r4) as a model: looked at here, sampled and served by ``spatial.rasters``."""
