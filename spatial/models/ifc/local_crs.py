"""A plane of metres around one point of the earth, for models that name a point and no map."""

from functools import cache
from typing import Final

from pyproj import CRS
from pyproj.crs import GeographicCRS, ProjectedCRS
from pyproj.crs.coordinate_operation import TransverseMercatorConversion

from spatial.crs import WGS84

_LATITUDE: Final = 12.3456789
_LONGITUDE: Final = 98.7654321
_NAME: Final = "metres around here"


def around(latitude: float, longitude: float, geographic: str = WGS84) -> str:
    """Return the WKT of a CRS whose origin is a point, x east and y north, in metres.

    Args:
        latitude: of the origin, degrees.
        longitude: of the origin, degrees.
        geographic: CRS of the two, for its datum.
    """
    text = _around_somewhere(geographic)
    text = text.replace(_NAME, f"metres around {latitude:.7f}, {longitude:.7f}")
    return text.replace(str(_LATITUDE), f"{latitude!r}").replace(str(_LONGITUDE), f"{longitude!r}")


@cache
def _around_somewhere(geographic: str) -> str:
    """Return the WKT for one point; to make it takes longer than to read most models."""
    conversion = TransverseMercatorConversion(
        latitude_natural_origin=_LATITUDE,
        longitude_natural_origin=_LONGITUDE,
        false_easting=0.0,
        false_northing=0.0,
        scale_factor_natural_origin=1.0,
    )
    base = GeographicCRS.from_user_input(CRS(geographic).to_2d())
    return ProjectedCRS(conversion=conversion, name=_NAME, geodetic_crs=base).to_wkt()
