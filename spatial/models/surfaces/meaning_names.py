"""What the measures of semantic surfaces are called."""

import re
from functools import lru_cache

_CAPITAL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
# A file can make up as many meanings as it likes.
_MOST_NAMES = 256


@lru_cache(_MOST_NAMES)
def measure_names(meaning: str) -> tuple[str, str]:
    """Return the names of area and count of semantic surfaces.

    ``RoofSurface`` gives ``roof_area_m2`` and ``roof_surface_count``.
    """
    words = _CAPITAL.sub("_", meaning.removesuffix("Surface") or meaning).lower()
    return f"{words}_area_m2", f"{words}_surface_count"
