"""The BeiDou grid location code of GB/T 39409-2020, north-eastern hemisphere, exactly.

Longitudes and latitudes are degrees of CGCS2000 (within centimetres of WGS 84), heights metres
above its ellipsoid. Nothing is computed in floating point: a float counts as its shortest decimal.
"""

from twin.codes.beidou.covering import prefixes_covering
from twin.codes.beidou.grid import BeidouCell, BeidouCode
from twin.codes.beidou.height import HeightLayer
from twin.codes.beidou.number import InvalidBeidouCodeError, Number
from twin.codes.beidou.solid import BeidouSolidCode, parse_cell

__all__ = [
    "BeidouCell",
    "BeidouCode",
    "BeidouSolidCode",
    "HeightLayer",
    "InvalidBeidouCodeError",
    "Number",
    "parse_cell",
    "prefixes_covering",
]
