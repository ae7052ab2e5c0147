"""A model stands where its operation, its units and its CRS put it."""

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ifcopenshell.util import geolocation
from pyproj import CRS

from spatial.crs import WGS84, transform
from spatial.files import Inspection
from spatial.models import inspect
from spatial.models.ifc import local_crs
from spatial.models.ifc.inspecting import place
from spatial.models.ifc.opening import opened
from spatial.models.ifc.placement import Placements
from spatial.models.ifc.site_place import decimal
from tests.unit.spatial.ifc.places import SHENZHEN, moved
from tests.unit.spatial.ifc.written import FOOT, METRE, MILLIMETRE, file_of, model, placed


@pytest.mark.parametrize(
    ("unit", "scale", "sentence"),
    [
        (METRE, "$", None),
        (METRE, "1.", None),
        (METRE, "0.9996", None),
        (MILLIMETRE, "0.001", None),
        (MILLIMETRE, "$", "says no Scale, but the model is in millimetre and the map in metre"),
        (MILLIMETRE, "1000.", "has Scale 1000, but the model is in millimetre"),
        (MILLIMETRE, "1.", "has Scale 1, but the model is in millimetre"),
        (MILLIMETRE, "0.", "has Scale 0, but the model is in millimetre"),
        (FOOT, "0.3048", None),
        (FOOT, "$", "the model is in foot and the map in metre: read as 0.3048"),
        (METRE, "2.", "has Scale 2, but the model is in metre and the map in metre: read as 2"),
    ],
)
def test_a_metre_of_the_model_is_a_metre_of_the_map(
    tmp_path: Path, unit: str, scale: str, sentence: str | None
) -> None:
    conversion = f"IFCMAPCONVERSION(#11,#21,{SHENZHEN},1.,0.,{scale})"
    path = file_of(tmp_path, placed("EPSG:4547", conversion, unit=unit))
    size = {"2.": 2.0, "0.9996": 0.9996}.get(scale, 1.0)
    expected = [497000 + 10 * size, 2510000 + 20 * size, 12.5 + 3 * size]
    assert moved(path, 10, 20, 3) == pytest.approx(expected, abs=1e-6)
    warnings = " | ".join(inspect(path).warnings)
    assert warnings == "" if sentence is None else sentence in warnings


@given(
    angle=st.floats(-math.pi, math.pi),
    length=st.floats(0.01, 100),
    factors=st.tuples(*[st.floats(0.9, 1.1)] * 3),
    point=st.tuples(*[st.floats(-1e4, 1e4)] * 3),
)
def test_the_formula_of_the_standard_holds(
    tmp_path_factory: pytest.TempPathFactory,
    angle: float,
    length: float,
    factors: tuple[float, float, float],
    point: tuple[float, float, float],
) -> None:
    axis = length * math.cos(angle), length * math.sin(angle)
    said = ",".join(f"{each:.17E}" for each in (*axis, 1.0, *factors))
    path = file_of(
        tmp_path_factory.mktemp("ifc"),
        placed("EPSG:4547", f"IFCMAPCONVERSIONSCALED(#11,#21,{SHENZHEN},{said})"),
    )
    expected = geolocation.xyz2enh(*point, 497000, 2510000, 12.5, *axis, 1.0, *factors)
    assert moved(path, *point) == pytest.approx(expected, abs=1e-5)


def test_a_map_in_millimetres_and_one_in_feet_are_brought_to_the_unit_of_the_crs(
    tmp_path: Path,
) -> None:
    conversion = "IFCMAPCONVERSION(#11,#21,497000000.,2510000000.,12500.,1.,0.,1000.)"
    millimetres = placed("EPSG:4547", conversion).replace(
        "#14=IFCSIUNIT(*,.LENGTHUNIT.,$,.METRE.)", "#14=IFCSIUNIT(*,.LENGTHUNIT.,.MILLI.,.METRE.)"
    )
    path = file_of(tmp_path, millimetres)
    assert moved(path, 10, 20, 3) == pytest.approx([497010, 2510020, 15.5])
    conversion = "IFCMAPCONVERSION(#11,#21,3000000.,10000000.,100.,1.,0.,3.2808333333333)"
    feet = file_of(tmp_path, placed("EPSG:2277", conversion, map_unit="$"))
    inch = 1200 / 3937
    expected = [3000000 + 10 / inch, 10000000 + 20 / inch, (100 + 3 / inch) * inch]
    assert moved(feet, 10, 20, 3) == pytest.approx(expected)
    assert inspect(feet).warnings == []


def test_a_map_unit_that_leads_out_of_the_area_of_use_is_not_believed(tmp_path: Path) -> None:
    conversion = f"IFCMAPCONVERSION(#11,#21,{SHENZHEN},1.,0.,$)"
    path = file_of(tmp_path, placed("EPSG:4547", conversion, map_unit="$", unit=MILLIMETRE))
    assert moved(path, 1, 0, 0)[:2] == pytest.approx([497001, 2510000])
    assert "is read in metre, not in millimetre" in " ".join(inspect(path).warnings)


def test_swapped_easting_and_northing_are_told(tmp_path: Path) -> None:
    path = file_of(
        tmp_path, placed("EPSG:4547", "IFCMAPCONVERSION(#11,#21,2510000.,497000.,0.,1.,0.,$)")
    )
    warnings = " ".join(inspect(path).warnings)
    assert "lies outside the area of use of EPSG:4547" in warnings
    assert "easting and northing of IfcMapConversion look swapped" in warnings


@pytest.mark.parametrize(
    "order", ["497000.),IFCLENGTHMEASURE(2510000.", "2510000.),IFCLENGTHMEASURE(497000."]
)
def test_a_rigid_operation_moves_whichever_axis_comes_first(tmp_path: Path, order: str) -> None:
    conversion = f"IFCRIGIDOPERATION(#11,#21,IFCLENGTHMEASURE({order}),5.)"
    path = file_of(tmp_path, placed("EPSG:4547", conversion, unit=MILLIMETRE))
    assert moved(path, 10, 20, 3) == pytest.approx([497010, 2510020, 8])


def test_a_rigid_operation_of_angles_leads_to_degrees(tmp_path: Path) -> None:
    angles = ",".join(f"IFCPLANEANGLEMEASURE({math.radians(each)!r})" for each in (22.5, 114.0))
    text = placed("x", f"IFCRIGIDOPERATION(#11,#21,{angles},5.)").replace(
        "#21=IFCPROJECTEDCRS('x',$,$,$,$,$,#14);", "#21=IFCGEOGRAPHICCRS('EPSG:4326',$,$,$,$,$);"
    )
    found = inspect(file_of(tmp_path, text))
    assert found.bounds == pytest.approx((114, 22.5, 114, 22.5))
    assert "leads to degrees of EPSG:4326" in " ".join(found.warnings)


def test_the_zero_of_the_world_coordinate_system_is_what_the_operation_moves(
    tmp_path: Path,
) -> None:
    text = placed("EPSG:4547", f"IFCMAPCONVERSION(#11,#21,{SHENZHEN},1.,0.,$)")
    text = text.replace(
        "#11=IFCGEOMETRICREPRESENTATIONCONTEXT($,'Model',3,1.E-05,#9,$)",
        (
            "#11=IFCGEOMETRICREPRESENTATIONCONTEXT($,'Model',3,1.E-05,#91,$);\n"
            "#90=IFCCARTESIANPOINT((100.,200.,0.));\n#91=IFCAXIS2PLACEMENT3D(#90,$,$)"
        ),
    )
    path = file_of(tmp_path, text)
    assert moved(path, 100, 200, 0) == pytest.approx([497000, 2510000, 12.5])
    file = opened(path).file
    assert geolocation.auto_xyz2enh(file, 100, 200, 0) == pytest.approx((497000, 2510000, 12.5))


WKT = CRS("EPSG:4547").to_wkt("WKT1_GDAL").replace("'", "''")
COMPOUND = CRS("EPSG:5834").to_wkt("WKT1_GDAL")


@pytest.mark.parametrize(
    ("crs", "more", "called", "sentence"),
    [
        ("'EPSG:4547',$,$,$,$,$", "", "EPSG:4547", None),
        ("'urn:ogc:def:crs:EPSG::4547',$,$,$,$,$", "", "EPSG:4547", None),
        ("'http://www.opengis.net/def/crs/EPSG/0/4547',$,$,$,$,$", "", "EPSG:4547", None),
        ("'4547',$,$,$,$,$", "", "EPSG:4547", "name '4547' is read as 'EPSG:4547'"),
        ("'CGCS2000 / 3-degree Gauss-Kruger CM 114E',$,$,$,$,$", "", "EPSG:4547", "is read as"),
        ("'SZ','by EPSG:4547',$,$,$,$", "", "EPSG:4547", "which Description says"),
        ("'x',$,$,$,'EPSG','4547'", "", "EPSG:4547", "which MapZone says"),
        ("'x',$,'WGS 84',$,'UTM','49N'", "", "EPSG:32649", "by its datum and zone"),
        ("'x',$,$,$,$,$", "", None, "name 'x' is no CRS that can be found"),
        ("'+proj=utm +zone=50',$,$,$,$,$", "", None, "is no CRS that can be found"),
        ("'WKT',$,$,$,$,$", f"#23=IFCWELLKNOWNTEXT('{WKT},EPOCH[2020.1]',#21);", "EPSG:4547", None),
        ("'WKT',$,$,$,$,$", "#23=IFCWELLKNOWNTEXT('PROJCS[nonsense',#21);", None, "is no CRS"),
        ("'EPSG:4547',$,'EPSG:99999',$,$,$", "", "EPSG:4547", "GeodeticDatum 'EPSG:99999'"),
        ("'EPSG:4547',$,$,'EPSG:4490',$,$", "", "EPSG:4547", "expected a datum of heights"),
        ("'EPSG:4547',$,$,'EPSG:99999',$,$", "", "EPSG:4547", "VerticalDatum 'EPSG:99999' is not"),
    ],
)
def test_a_crs_is_understood_however_it_is_written(
    tmp_path: Path, crs: str, more: str, called: str | None, sentence: str | None
) -> None:
    text = model(
        f"#21=IFCPROJECTEDCRS({crs},#14);",
        f"#22=IFCMAPCONVERSION(#11,#21,{SHENZHEN},1.,0.,$);",
        more,
    )
    found = inspect(file_of(tmp_path, text))
    assert (found.crs, found.error) == (called, None)
    if sentence is None:
        assert found.warnings == []
    else:
        assert sentence in " | ".join(found.warnings)


@pytest.mark.parametrize(
    ("name", "vertical", "datum"),
    [
        ("EPSG:4547", "EPSG:5737", "EPSG:5737"),
        ("EPSG:4547", "5737: Yellow Sea 1985", "EPSG:5737"),
        ("EPSG:4547", "Huanghai 1985", "Huanghai 1985"),
        ("EPSG:4547", "", None),
        ("EPSG:5834", "", "EPSG:5783"),
    ],
)
def test_heights_carry_their_datum(
    tmp_path: Path, name: str, vertical: str, datum: str | None
) -> None:
    text = model(
        f"#21=IFCPROJECTEDCRS('{name}',$,$,'{vertical}',$,$,#14);",
        f"#22=IFCMAPCONVERSION(#11,#21,{SHENZHEN},1.,0.,$);",
    )
    file = opened(file_of(tmp_path, text)).file
    assert place(file, np.empty((0, 3)), Placements(), 1.0).height_datum == datum


def test_the_property_sets_of_the_older_schema_are_read(tmp_path: Path) -> None:
    def said(numbers: range, **values: str) -> list[str]:
        pairs = zip(numbers, values.items(), strict=True)
        return [f"#{at}=IFCPROPERTYSINGLEVALUE('{name}',$,{each},$);" for at, (name, each) in pairs]

    lines = [
        *said(range(40, 42), Name="IFCLABEL('EPSG:4547')", MapUnit="IFCLABEL('METRE')"),
        *said(
            range(50, 54),
            Eastings="IFCREAL(497000.)",
            Northings="IFCREAL(2510000.)",
            XAxisAbscissa="IFCREAL(0.)",
            XAxisOrdinate="IFCREAL(1.)",
        ),
        "#60=IFCPROPERTYSET('0pset000000000000000P1',$,'ePset_ProjectedCRS',$,(#40,#41));",
        "#61=IFCPROPERTYSET('0pset000000000000000P2',$,'ePSet_MapConversion',$,(#50,#51,#52,#53));",
        "#62=IFCRELDEFINESBYPROPERTIES('0re1000000000000000R01',$,$,$,(#30),#60);",
        "#63=IFCRELDEFINESBYPROPERTIES('0re1000000000000000R02',$,$,$,(#30),#61);",
        "#30=IFCSITE('0sitE000000000000000S1',$,'Site',$,$,#10,$,$,.ELEMENT.,$,$,$,$,$);",
    ]
    path = file_of(tmp_path, model(*lines, unit=MILLIMETRE, schema="IFC2X3"))
    assert inspect(path).crs == "EPSG:4547"
    assert moved(path, 10, 0, 3) == pytest.approx([497000, 2510010, 3])


def site(latitude: str, longitude: str, elevation: str = "$", north: str = "$") -> str:
    text = model(
        f"#30=IFCSITE('0sitE000000000000000S1',$,$,$,$,#10,$,$,.ELEMENT.,{latitude},{longitude},"
        f"{elevation},$,$);",
        "#90=IFCDIRECTION((1.,0.));",
    )
    return text.replace("'Model',3,1.E-05,#9,$)", f"'Model',3,1.E-05,#9,{north})")


@pytest.mark.parametrize(
    ("latitude", "longitude", "west", "south", "accuracy"),
    [
        ("(22,30,0,0)", "(114,0,36,500000)", 114.0101389, 22.5, 100),
        ("(-33,-51,-30)", "(-70,-30,-1)", -70.5002778, -33.8583333, 100),
        ("(-33,51,30)", "(151,12,0)", 151.2, -33.8583333, 100),
        ("(22,30)", "(114,0)", 114.0, 22.5, 928),
        ("(0,-30,0)", "(1,0,0)", 1.0, -0.5, 928),
    ],
)
def test_a_site_places_its_model_as_a_last_resort(
    tmp_path: Path, latitude: str, longitude: str, west: float, south: float, accuracy: int
) -> None:
    found = inspect(file_of(tmp_path, site(latitude, longitude)))
    assert found.crs is None
    assert found.bounds == pytest.approx((west, south, west, south), abs=2e-7)
    assert f"of IfcSite alone, which may be {accuracy} m off" in " ".join(found.warnings)


@pytest.mark.parametrize(
    ("latitude", "longitude", "sentence"),
    [
        ("(0,0,0)", "(0,0,0)", "the model does not say where it stands"),
        ("(122,0,0)", "(22,0,0)", "expected at most 90 and 180 degrees"),
        ("$", "(22,0,0)", "the model does not say where it stands"),
        ("'north'", "(22,0,0)", "the model does not say where it stands"),
    ],
)
def test_a_site_that_says_nothing_places_nothing(
    tmp_path: Path, latitude: str, longitude: str, sentence: str
) -> None:
    found = inspect(file_of(tmp_path, site(latitude, longitude)))
    assert found.bounds is None
    assert sentence in " ".join(found.warnings)


def test_true_north_turns_a_model_that_is_placed_by_its_site(tmp_path: Path) -> None:
    path = file_of(tmp_path, site("(22,30,0)", "(114,0,0)", "100.", "#90"))
    assert moved(path, 10, 0, 3) == pytest.approx([0, 10, 103], abs=1e-9)
    assert "no TrueNorth" not in " ".join(inspect(path).warnings)


@given(
    sign=st.sampled_from((-1, 1)),
    parts=st.tuples(
        st.integers(0, 179), st.integers(0, 59), st.integers(0, 59), st.integers(0, 999_999)
    ),
)
def test_a_compound_angle_is_its_decimal_degrees(
    sign: int, parts: tuple[int, int, int, int]
) -> None:
    found = decimal([sign * part for part in parts])
    assert found == pytest.approx(sign * geolocation.dms2dd(*parts), abs=1e-12)


@given(
    latitude=st.floats(-85, 85),
    longitude=st.floats(-180, 179.9),
    east=st.floats(-500, 500),
    north=st.floats(-500, 500),
)
def test_a_plane_around_a_point_keeps_lengths(
    latitude: float, longitude: float, east: float, north: float
) -> None:
    x, y = transform([0, east], [0, north], local_crs.around(latitude, longitude), WGS84)
    assert (x[0] - longitude + 180) % 360 - 180 == pytest.approx(0, abs=1e-9)
    assert y[0] == pytest.approx(latitude, abs=1e-9)
    _, _, metres = CRS(WGS84).get_geod().inv(x[0], y[0], x[1], y[1])  # type: ignore[union-attr]
    assert metres == pytest.approx(math.hypot(east, north), abs=1e-3)


def without_numbers(found: Inspection) -> None:
    assert found.error is None
    assert found.bounds is None or all(math.isfinite(each) for each in found.bounds)


@pytest.mark.parametrize(
    "number", ["1.E300", "-1.E300", "1.E-320", "0.", "$", "*", "'x'", "(1.,2.)"]
)
@pytest.mark.parametrize("at", range(6))
def test_an_absurd_operation_gives_a_sentence_or_a_place_that_is_a_number(
    tmp_path: Path, number: str, at: int
) -> None:
    said = ["497000.", "2510000.", "12.5", "1.", "0.", "1."]
    said[at] = number
    text = placed("EPSG:4547", f"IFCMAPCONVERSION(#11,#21,{','.join(said)})")
    without_numbers(inspect(file_of(tmp_path, text)))
