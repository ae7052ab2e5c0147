"""The table of zones says what EPSG says."""

import pytest
from pyproj import CRS

from spatial.accidents.gauss_kruger import Zone, datum_called, zone_of, zones


def test_there_are_all_zones_of_three_datums() -> None:
    assert len(zones()) == 3 * (2 * 21 + 2 * 11)
    assert len({zone.crs for zone in zones()}) == len(zones())


@pytest.mark.parametrize("zone", zones(), ids=lambda zone: zone.crs)
def test_a_zone_is_what_epsg_calls_it(zone: Zone) -> None:
    crs = CRS.from_user_input(zone.crs)
    conversion = crs.coordinate_operation
    assert conversion is not None
    parameters = {each.name: float(each.value) for each in conversion.params}
    number = zone.number * 1_000_000 if zone.numbered else 0
    assert parameters["Longitude of natural origin"] == zone.meridian
    assert parameters["False easting"] == number + 500_000
    assert parameters["Scale factor at natural origin"] == 1
    assert crs.name.startswith(zone.datum)
    assert crs.geodetic_crs is not None
    assert f"EPSG:{crs.geodetic_crs.to_epsg()}" == zone.geographic
    assert zone_of(zone.crs) == zone
    assert zone.other_form().other_form() == zone


def test_the_other_form_of_the_district_has_zone_38() -> None:
    zone = zone_of("EPSG:4547")
    assert zone is not None
    assert zone.other_form().crs == "EPSG:4526"
    assert zone.number == 38


def test_what_is_no_zone_is_none() -> None:
    assert zone_of("EPSG:3857") is None
    assert datum_called("EPSG:3857") == "CGCS2000"
    assert datum_called("EPSG:2435") == "Beijing 1954"
