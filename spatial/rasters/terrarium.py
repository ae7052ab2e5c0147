"""Heights as colours that MapLibre reads (``raster-dem`` with ``"encoding": "terrarium"``).

Height = red x 256 + green + blue / 256 - 32768: steps of 4 mm, where Mapbox's own encoding has
steps of 10 cm.
"""

import numpy as np
from numpy.typing import NDArray

ENCODING = "terrarium"
"""What the source of a style must say; MapLibre takes another one for granted."""

_ZERO = 32_768.0
_STEPS = 256.0


def encode(heights: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Return (..., 3) red, green, blue for heights in metres; 0 m where there is none (NaN)."""
    known = np.nan_to_num(heights, nan=0.0, posinf=0.0, neginf=0.0)
    steps = np.rint((known + _ZERO) * _STEPS).clip(0, 2**24 - 1).astype(np.uint32)
    return np.stack([steps >> 16, steps >> 8 & 0xFF, steps & 0xFF], axis=-1).astype(np.uint8)


def decode(colours: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return heights in metres for (..., 3) red, green, blue."""
    red, green, blue = np.moveaxis(colours.astype(np.float64), -1, 0)
    return np.asarray(red * 256 + green + blue / _STEPS - _ZERO)
