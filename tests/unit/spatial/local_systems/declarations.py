"""Declarations of a local system, whole and sound, for tests to spoil."""

SEVEN = """
[[systems]]
name = "shenzhen"
title = "深圳独立坐标系"
kind = "seven-parameter"
base = "EPSG:4547"
source = "made up for a test"
accuracy_m = 0.05
tolerance_m = 0.001
crs = "+proj=tmerc +lon_0=114 +k=1 +x_0=500000 +a=6378245 +rf=298.3 +units=m +type=crs"
convention = "coordinate_frame"
x_m = 12.3
y_m = -134.5
z_m = -72.9
rx_arcsec = 1.25
ry_arcsec = -0.75
rz_arcsec = 2.5
scale_ppm = -3.5
"""

FOUR = """
[[systems]]
name = "shenzhen"
kind = "four-parameter"
base = "EPSG:4547"
tolerance_m = 0.001
east_m = 400000.0
north_m = 2470000.0
rotation_arcsec = 3600.0
turns = "counterclockwise"
scale_ppm = 12.0
"""

GRID = """
[[systems]]
name = "shenzhen"
kind = "grid"
base = "EPSG:4490"
crs = "EPSG:4547"
grid = "city.gsb"
"""

PIPELINE = """
[[systems]]
name = "shenzhen"
kind = "pipeline"
base = "EPSG:4547"
pipeline = "+proj=pipeline +step +proj=affine +xoff=1000 +yoff=-2000"
"""

ALL = {"seven": SEVEN, "four": FOUR, "grid": GRID, "pipeline": PIPELINE}


def control(name: str, local: tuple[float, ...], base: tuple[float, ...]) -> str:
    """Return a control point of the last system."""
    return f"[[systems.control]]\nname = {name!r}\nlocal = {list(local)!r}\nbase = {list(base)!r}\n"
