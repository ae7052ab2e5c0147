"""Properties keep their units, and sets that lead in circles come to an end."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from spatial.models import Element, Json, silent
from spatial.models.ifc.reading import open_model
from tests.unit.spatial.ifc.written import HOUSE, file_of, model

UNITS = (
    "#70=IFCSIUNIT(*,.LENGTHUNIT.,.MILLI.,.METRE.);",
    "#71=IFCSIUNIT(*,.POWERUNIT.,.KILO.,.WATT.);",
    "#72=IFCSIUNIT(*,.POWERUNIT.,$,.WATT.);",
    "#73=IFCSIUNIT(*,.AREAUNIT.,$,.SQUARE_METRE.);",
    "#74=IFCSIUNIT(*,.THERMODYNAMICTEMPERATUREUNIT.,$,.KELVIN.);",
    "#75=IFCDERIVEDUNITELEMENT(#72,1);",
    "#76=IFCDERIVEDUNITELEMENT(#73,-1);",
    "#77=IFCDERIVEDUNITELEMENT(#74,-1);",
    "#78=IFCDERIVEDUNIT((#75,#76,#77),.THERMALTRANSMITTANCEUNIT.,$,$);",
    "#79=IFCSIUNIT(*,.TIMEUNIT.,$,.SECOND.);",
    "#98=IFCDERIVEDUNITELEMENT(#79,-2);",
    "#99=IFCDERIVEDUNIT((#98),.USERDEFINED.,'per square second',$);",
)


def said_of_the_room(folder: Path, *lines: str, properties: str) -> Mapping[str, Json]:
    """Return what a model says of its room, which has one more set."""
    more = (
        f"#89=IFCPROPERTYSET('0pset000000000000000P9',$,'X',$,({properties}));",
        "#95=IFCRELDEFINESBYPROPERTIES('0re1000000000000000R79',$,$,$,(#46),#89);",
    )
    path = file_of(folder, model(*HOUSE, *UNITS, *lines, *more))
    found = open_model(path, geometry=False).elements(silent)
    (room,) = (each for each in found if isinstance(each, Element) and each.name == "101")
    return {name: said for name, said in room.properties.items() if name.startswith("X.")}


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("SINGLEVALUE('P',$,IFCPOWERMEASURE(3.),#71)", {"value": 3.0, "unit": "kW"}),
        (
            "SINGLEVALUE('P',$,IFCTHERMALTRANSMITTANCEMEASURE(0.2),#78)",
            {"value": 0.2, "unit": "W/(m²·K)"},
        ),
        ("SINGLEVALUE('P',$,IFCREAL(4.),#99)", {"value": 4.0, "unit": "1/s²"}),
        ("SINGLEVALUE('P',$,IFCLENGTHMEASURE(3.),$)", {"value": 3.0, "unit": "m"}),
        ("LISTVALUE('P',$,(IFCLENGTHMEASURE(3.)),#70)", [{"value": 3.0, "unit": "mm"}]),
        ("ENUMERATEDVALUE('P',$,(IFCLENGTHMEASURE(3.)),#80)", [{"value": 3.0, "unit": "mm"}]),
        ("ENUMERATEDVALUE('P',$,(IFCLABEL('NEW')),$)", ["NEW"]),
        (
            "BOUNDEDVALUE('P',$,IFCREAL(3.),IFCREAL(1.),$,IFCREAL(2.))",
            {"lower": 1.0, "upper": 3.0, "set_point": 2.0},
        ),
        ("BOUNDEDVALUE('P',$,IFCREAL(3.),$,$,$)", {"lower": None, "upper": 3.0}),
        (
            "TABLEVALUE('P',$,(IFCLENGTHMEASURE(3.)),(IFCPOWERMEASURE(5.)),$,#70,#71,$)",
            {"defining": [{"value": 3.0, "unit": "mm"}], "defined": [{"value": 5.0, "unit": "kW"}]},
        ),
    ],
)
def test_a_value_has_the_unit_that_its_property_says(
    tmp_path: Path, line: str, expected: Json
) -> None:
    enumeration = "#80=IFCPROPERTYENUMERATION('E',(IFCLENGTHMEASURE(3.)),#70);"
    said = said_of_the_room(tmp_path, enumeration, f"#81=IFCPROPERTY{line};", properties="#81")
    assert said == {"X.P": expected}


def test_sets_that_one_relation_names_together_are_all_read(tmp_path: Path) -> None:
    lines = (
        "#81=IFCPROPERTYSINGLEVALUE('P',$,IFCLABEL('one'),$);",
        "#82=IFCPROPERTYSET('0pset000000000000000P8',$,'X',$,(#83));",
        "#83=IFCPROPERTYSINGLEVALUE('Q',$,IFCLABEL('other'),$);",
        "#84=IFCRELDEFINESBYPROPERTIES('0re1000000000000000R78',$,$,$,(#46),#85);".replace(
            "#85", "IFCPROPERTYSETDEFINITIONSET((#82,#57))"
        ),
    )
    said = said_of_the_room(tmp_path, *lines, properties="#81")
    assert said == {"X.P": "one", "X.Q": "other"}


def test_properties_that_lead_to_themselves_a_thousandfold_come_to_an_end(tmp_path: Path) -> None:
    itself = ",".join(["#81"] * 100)
    lines = (
        f"#81=IFCCOMPLEXPROPERTY('C',$,'u',({itself}));",
        "#82=IFCPROPERTYSINGLEVALUE('P',$,IFCLABEL('one'),$);",
    )
    assert said_of_the_room(tmp_path, *lines, properties="#82,#81") == {"X.P": "one"}
