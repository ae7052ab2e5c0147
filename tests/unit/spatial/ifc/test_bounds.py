"""The bounds of an inspection hold what is drawn."""

import json
from pathlib import Path

import pytest
import shapely

from spatial.crs import WGS84, transform_shapes
from spatial.models import Element, inspect, silent
from spatial.models.ifc.reading import open_model
from tests.unit.spatial.ifc.written import METRE, file_of, placed

CONVERSION = "IFCMAPCONVERSION(#11,#21,497000.,2510000.,12.5,3.,4.,$)"
METRE_DEG = 1e-5


def drawn(*items: str) -> str:
    """Return a model of one wall, whose body is instance 90."""
    return placed(
        "EPSG:4547",
        CONVERSION,
        "#14",
        METRE,
        *items,
        "#91=IFCSHAPEREPRESENTATION(#11,'Body','Some',(#90));",
        "#92=IFCPRODUCTDEFINITIONSHAPE($,$,(#91));",
        "#93=IFCCARTESIANPOINT((100.,200.,3.));",
        "#94=IFCDIRECTION((1.,1.,0.));",
        "#95=IFCAXIS2PLACEMENT3D(#93,$,#94);",
        "#96=IFCLOCALPLACEMENT($,#95);",
        "#97=IFCWALL('0wa110000000000000000W',$,'Wall',$,$,#96,#92,$,$);",
    )


BODIES = {
    "rectangle": (
        "#40=IFCRECTANGLEPROFILEDEF(.AREA.,$,$,10.,4.);",
        "#90=IFCEXTRUDEDAREASOLID(#40,$,#7,2.5);",
    ),
    "rectangle laid down": (
        "#40=IFCRECTANGLEPROFILEDEF(.AREA.,$,$,10.,4.);",
        "#90=IFCEXTRUDEDAREASOLID(#40,#42,#7,25.);",
        "#41=IFCCARTESIANPOINT((1.,2.,3.));",
        "#42=IFCAXIS2PLACEMENT3D(#41,#6,#7);",
    ),
    "outline": (
        "#40=IFCARBITRARYCLOSEDPROFILEDEF(.AREA.,$,#41);",
        "#41=IFCINDEXEDPOLYCURVE(#42,$,$);",
        "#42=IFCCARTESIANPOINTLIST2D(((0.,0.),(30.,0.),(30.,9.),(0.,0.)),$);",
        "#90=IFCEXTRUDEDAREASOLID(#40,$,#7,2.5);",
    ),
    "triangles": (
        "#40=IFCCARTESIANPOINTLIST3D(((0.,0.,0.),(30.,0.,0.),(30.,9.,1.)),$);",
        "#90=IFCTRIANGULATEDFACESET(#40,$,$,((1,2,3)),$);",
    ),
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_bounds_are_those_of_the_outline(tmp_path: Path, body: tuple[str, ...]) -> None:
    path = file_of(tmp_path, drawn(*body))
    found = [each for each in open_model(path).elements(silent) if isinstance(each, Element)]
    shapes = [each.shape for each in found if each.shape is not None]
    (outline,) = transform_shapes(shapes, "EPSG:4547", WGS84)
    assert inspect(path).bounds == pytest.approx(shapely.bounds(outline).tolist(), abs=METRE_DEG)


def test_of_a_list_of_very_many_points_some_are_looked_at(tmp_path: Path) -> None:
    points = json.dumps([[x / 100, x % 7, 0.5] for x in range(20_001)]).translate(
        str.maketrans("[]", "()")
    )
    path = file_of(
        tmp_path,
        drawn(
            f"#40=IFCCARTESIANPOINTLIST3D({points},$);",
            "#90=IFCTRIANGULATEDFACESET(#40,$,$,((1,2,3)),$);",
        ),
    )
    found = inspect(path)
    assert found.bounds is not None
    west, south, east, north = found.bounds
    # 200 m along a diagonal of the model, which is turned by 53 degrees on the map
    assert (north - south) * 111_000 == pytest.approx(200, abs=15)
    assert east - west < north - south
