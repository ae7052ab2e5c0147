"""``srsName``: the CRS that an extent or a geometry says it is in."""

import re
from functools import lru_cache

from spatial.models.citygml.tables import srs_names
from spatial.models.frames.reference_system import ReferenceSystem, understood

_OLD_URL = re.compile(r"https?://www\.opengis\.net/gml/srs/epsg\.xml#(\d+)", re.IGNORECASE)
_SHORT_PAIR = re.compile(r"EPSG:(\d+)\+(?:EPSG:)?(\d+)", re.IGNORECASE)
_MOST_NAMES = 256


@lru_cache(_MOST_NAMES)
def reference_of(srs_name: str) -> ReferenceSystem | None:
    """Return the CRS of a name, None where it names none of a map.

    URN and URL of OGC 07-092 and 09-048, ``EPSG:n``, the URL of GML 2 and the names of German
    surveys (``srs_names.csv``) are understood.
    """
    name = srs_names().get(srs_name.strip(), srs_name.strip())
    name = _OLD_URL.sub(r"EPSG:\1", name)
    name = _SHORT_PAIR.sub(r"urn:ogc:def:crs,crs:EPSG::\1,crs:EPSG::\2", name)
    return understood(name, url_expected=False).system
