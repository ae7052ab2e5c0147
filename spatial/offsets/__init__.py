"""GCJ-02 and BD-09, the shifted coordinates of maps in China, from and to WGS 84."""

from spatial.offsets.conversion import Offset, convert
from spatial.offsets.shapes import convert_series, convert_shapes

__all__ = ["Offset", "convert", "convert_series", "convert_shapes"]
