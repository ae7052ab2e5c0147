"""Maps that are none, or that a model says in a way of its own."""

from pathlib import Path

import pytest

from spatial.models import inspect
from tests.unit.spatial.ifc.places import SHENZHEN, moved
from tests.unit.spatial.ifc.written import METRE, MILLIMETRE, file_of, model, placed

WELL_KNOWN_TEXTS = {
    "heights": 'VERTCRS["a",VDATUM["b"],CS[vertical,1],AXIS["h",up],LENGTHUNIT["metre",1]]',
    "a room": 'ENGCRS["a",EDATUM["b"],CS[Cartesian,2],AXIS["x",east],AXIS["y",north],'
    'LENGTHUNIT["metre",1]]',
    "old words for a room": 'LOCAL_CS["a",UNIT["metre",1]]',
    "times": 'TIMECRS["a",TDATUM["b"],CS[temporal,1],AXIS["t",future]]',
}


@pytest.mark.parametrize("name", ["EPSG:5773", "EPSG:4978", *WELL_KNOWN_TEXTS])
def test_a_crs_of_no_map_places_nothing(tmp_path: Path, name: str) -> None:
    wkt = WELL_KNOWN_TEXTS.get(name)
    lines = [] if wkt is None else [f"#99=IFCWELLKNOWNTEXT('{wkt}',#21);"]
    conversion = f"IFCMAPCONVERSION(#11,#21,{SHENZHEN},1.,0.,$)"
    found = inspect(file_of(tmp_path, placed(name, conversion, "#14", METRE, *lines)))
    assert (found.error, found.crs, found.bounds) == (None, None, None)
    assert "which is of type" in found.warnings[0]


def test_a_string_of_proj_is_no_well_known_text(tmp_path: Path) -> None:
    text = "#99=IFCWELLKNOWNTEXT('+proj=tmerc +lon_0=114 +nadgrids=/etc/passwd',#21);"
    conversion = f"IFCMAPCONVERSION(#11,#21,{SHENZHEN},1.,0.,$)"
    found = inspect(file_of(tmp_path, placed("mine", conversion, "#14", METRE, text)))
    assert (found.crs, found.bounds) == (None, None)
    assert "is no CRS" in found.warnings[0]


def test_the_crs_is_that_of_the_context_of_the_geometry(tmp_path: Path) -> None:
    plan = (
        "#23=IFCGEOMETRICREPRESENTATIONCONTEXT($,'Plan',2,1.E-05,#9,$);",
        "#18=IFCPROJECTEDCRS('EPSG:4548',$,$,$,$,$,#14);",
        "#5=IFCMAPCONVERSION(#23,#18,3.,4.,5.,1.,0.,$);",
    )
    text = placed("EPSG:4547", f"IFCMAPCONVERSION(#11,#21,{SHENZHEN},1.,0.,$)", "#14", METRE, *plan)
    path = file_of(tmp_path, text)
    assert moved(path, 0, 0, 0) == pytest.approx([497000, 2510000, 12.5])
    found = inspect(path)
    assert found.crs == "EPSG:4547"
    assert "contexts are placed differently" in " ".join(found.warnings)


def test_factors_may_say_what_is_between_the_units(tmp_path: Path) -> None:
    conversion = f"IFCMAPCONVERSIONSCALED(#11,#21,{SHENZHEN},1.,0.,1.,0.001,0.001,0.001)"
    path = file_of(tmp_path, placed("EPSG:4547", conversion, unit=MILLIMETRE))
    assert moved(path, 10, 20, 3) == pytest.approx([497010, 2510020, 15.5])
    assert inspect(path).warnings == []


def test_coordinates_of_a_map_are_not_laid_on_the_plane_of_a_site(tmp_path: Path) -> None:
    text = model(
        "#30=IFCSITE('0sitE000000000000000S1',$,'Site',$,$,#10,$,$,.ELEMENT.,(22,32,10),"
        "(114,3,20),$,$,$);",
        "#33=IFCCARTESIANPOINT((497000.,2510000.,3.));",
        "#34=IFCAXIS2PLACEMENT3D(#33,$,$);",
        "#35=IFCLOCALPLACEMENT($,#34);",
        *[f"#4{at}=IFCWALL('0wa11000000000000000W{at}',$,$,$,$,#35,$,$,$);" for at in range(3)],
    )
    found = inspect(file_of(tmp_path, text))
    assert (found.crs, found.bounds) == (None, None)
    assert "its coordinates look like those of a map" in " ".join(found.warnings)


def test_property_sets_may_spell_their_numbers_as_texts(tmp_path: Path) -> None:
    said = {"Eastings": "497000.0", "Northings": "2510000", "TargetCRS": "EPSG:4547", "Scale": "x"}
    lines = [
        f"#{at}=IFCPROPERTYSINGLEVALUE('{name}',$,IFCLABEL('{text}'),$);"
        for at, (name, text) in enumerate(said.items(), 51)
    ]
    text = model(
        "#30=IFCSITE('0sitE000000000000000S1',$,'Site',$,$,#10,$,$,.ELEMENT.,$,$,$,$,$);",
        *lines,
        "#60=IFCPROPERTYSET('0pset000000000000000P1',$,'ePSet_MapConversion',$,(#51,#52,#53,#54));",
        "#61=IFCRELDEFINESBYPROPERTIES('0re1000000000000000R01',$,$,$,(#30),#60);",
        schema="IFC2X3",
    )
    path = file_of(tmp_path, text)
    assert moved(path, 1, 2, 3) == pytest.approx([497001, 2510002, 3])
