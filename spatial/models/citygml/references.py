"""``srsName``: the CRS that an extent or a geometry says it is in."""

import re
from functools import lru_cache

from spatial.models.citygml.tables import srs_names
from spatial.models.frames.reference_system import ReferenceSystem, understood

_OF_OGC = re.compile(r"urn:(?:x-)?ogc:|https?://www\.opengis\.net/def/crs", re.IGNORECASE)
_MOST_NAMES = 256


@lru_cache(_MOST_NAMES)
def reference_of(srs_name: str) -> ReferenceSystem | None:
    """Return the CRS of a name, None where it names none of a map.

    URN and URL of OGC 07-092 and 09-048, ``EPSG:n``, the URL of GML 2 and the names of German
    surveys (``srs_names.csv``) are understood.
    """
    name = srs_name.strip()
    # German surveys may name the geoid of their heights as well.
    read_as = srs_names().get("*".join(name.split("*", 2)[:2]), name)
    return understood(read_as, url_expected=False).system


def defines_order(srs_name: str) -> bool:
    """Tell whether a name binds the file to the order in which the CRS defines its axes.

    URN and URL of OGC do (OGC 07-092r1, 7.1); behind ``EPSG:n`` stand coordinates in either.
    """
    return _OF_OGC.match(srs_name.strip()) is not None
