"""Small models, written line by line as programs write them."""

from collections.abc import Iterable
from pathlib import Path

METRE = "#13=IFCSIUNIT(*,.LENGTHUNIT.,$,.METRE.);"
MILLIMETRE = "#13=IFCSIUNIT(*,.LENGTHUNIT.,.MILLI.,.METRE.);"
FOOT = (
    "#13=IFCCONVERSIONBASEDUNIT(#12,.LENGTHUNIT.,'FOOT',#16);\n"
    "#16=IFCMEASUREWITHUNIT(IFCLENGTHMEASURE(0.3048),#17);\n"
    "#17=IFCSIUNIT(*,.LENGTHUNIT.,$,.METRE.);"
)
METRES_OF_MAP = "#14=IFCSIUNIT(*,.LENGTHUNIT.,$,.METRE.);"
START = (
    "#6=IFCDIRECTION((1.,0.,0.));",
    "#7=IFCDIRECTION((0.,0.,1.));",
    "#8=IFCCARTESIANPOINT((0.,0.,0.));",
    "#9=IFCAXIS2PLACEMENT3D(#8,#7,#6);",
    "#10=IFCLOCALPLACEMENT($,#9);",
    "#11=IFCGEOMETRICREPRESENTATIONCONTEXT($,'Model',3,1.E-05,#9,$);",
    "#12=IFCDIMENSIONALEXPONENTS(1,0,0,0,0,0,0);",
    METRES_OF_MAP,
    "#15=IFCSIUNIT(*,.VOLUMEUNIT.,$,.CUBIC_METRE.);",
    "#19=IFCUNITASSIGNMENT((#13,#15));",
    "#20=IFCPROJECT('2X9wjf5oPB4PQjenCYrhHZ',$,'Project',$,$,$,$,(#11),#19);",
)
"""Up to the project; the unit of length is line 13, that of the map line 14."""
HOUSE = (
    "#30=IFCSITE('0sitE000000000000000S1',$,'Site',$,$,#10,$,$,.ELEMENT.,$,$,$,$,$);",
    "#31=IFCBUILDING('0bui1ding0000000000B01',$,'House',$,$,#10,$,$,.ELEMENT.,$,$,$);",
    "#32=IFCBUILDINGSTOREY('0storey00000000000S001',$,'Ground',$,$,#10,$,$,.ELEMENT.,0.);",
    "#33=IFCCARTESIANPOINT((0.,0.,3.));",
    "#34=IFCAXIS2PLACEMENT3D(#33,$,$);",
    "#35=IFCLOCALPLACEMENT(#10,#34);",
    "#36=IFCBUILDINGSTOREY('0storey00000000000S002',$,'Upper',$,$,#35,$,$,.ELEMENT.,3.);",
    "#37=IFCRELAGGREGATES('0re1000000000000000R01',$,$,$,#20,(#30));",
    "#38=IFCRELAGGREGATES('0re1000000000000000R02',$,$,$,#30,(#31));",
    "#39=IFCRELAGGREGATES('0re1000000000000000R03',$,$,$,#31,(#32,#36));",
    "#40=IFCCARTESIANPOINT((5.,2.));",
    "#41=IFCAXIS2PLACEMENT2D(#40,$);",
    "#42=IFCRECTANGLEPROFILEDEF(.AREA.,$,#41,10.,4.);",
    "#43=IFCEXTRUDEDAREASOLID(#42,#9,#7,2.5);",
    "#44=IFCSHAPEREPRESENTATION(#11,'Body','SweptSolid',(#43));",
    "#45=IFCPRODUCTDEFINITIONSHAPE($,$,(#44));",
    "#46=IFCSPACE('0room000000000000000001',$,'101',$,$,#10,#45,'Hall',.ELEMENT.,$,$);",
    "#47=IFCRELAGGREGATES('0re1000000000000000R04',$,$,$,#32,(#46));",
    "#48=IFCSENSOR('0sensor0000000000000S1',$,'Level',$,$,#35,$,$,$);",
    "#49=IFCSENSORTYPE('0sensortype00000000001',$,'Radar',$,$,(#51),$,$,$,.LEVELSENSOR.);",
    "#50=IFCRELDEFINESBYTYPE('0re1000000000000000R05',$,$,$,(#48),#49);",
    "#51=IFCPROPERTYSET('0pset000000000000000P1',$,'Pset_Type',$,(#52,#53));",
    "#52=IFCPROPERTYSINGLEVALUE('Range',$,IFCLENGTHMEASURE(15.),$);",
    "#53=IFCPROPERTYSINGLEVALUE('Maker',$,IFCLABEL('type says'),$);",
    "#54=IFCPROPERTYSET('0pset000000000000000P2',$,'Pset_Type',$,(#55));",
    "#55=IFCPROPERTYSINGLEVALUE('Maker',$,IFCLABEL('its own says'),$);",
    "#56=IFCRELDEFINESBYPROPERTIES('0re1000000000000000R06',$,$,$,(#48),#54);",
    "#57=IFCELEMENTQUANTITY('0qto0000000000000000Q1',$,'Qto_Space',$,$,(#58));",
    "#58=IFCQUANTITYVOLUME('NetVolume',$,$,100.,$);",
    "#59=IFCRELDEFINESBYPROPERTIES('0re1000000000000000R07',$,$,$,(#46),#57);",
    "#60=IFCRELCONTAINEDINSPATIALSTRUCTURE('0re1000000000000000R08',$,$,$,(#48),#36);",
    "#61=IFCDISTRIBUTIONSYSTEM('0system0000000000000S1',$,'Rain',$,$,$,.STORMWATER.);",
    "#62=IFCRELASSIGNSTOGROUP('0re1000000000000000R09',$,$,$,(#48),$,#61);",
    "#63=IFCCLASSIFICATION($,$,$,'Uniclass',$,$,$);",
    "#64=IFCCLASSIFICATIONREFERENCE($,'Pr_80_51_51','Level sensor',#63,$,$);",
    "#65=IFCRELASSOCIATESCLASSIFICATION('0re1000000000000000R10',$,$,$,(#48),#64);",
)
"""A house of one room of 10 by 4 by 2.5 metres, with a sensor upstairs, in IFC 4."""


def model(*more: str, unit: str = METRE, schema: str = "IFC4X3_ADD2") -> str:
    """Return the text of a model."""
    return step((*START, unit, *more), schema)


def step(lines: Iterable[str], schema: str = "IFC4X3_ADD2") -> str:
    """Return the text of a STEP file."""
    data = "\n".join(lines)
    return (
        "ISO-10303-21;\nHEADER;\nFILE_DESCRIPTION((''),'2;1');\n"
        "FILE_NAME('','2026-01-01T00:00:00',(''),(''),'','','');\n"
        f"FILE_SCHEMA(('{schema}'));\nENDSEC;\nDATA;\n{data}\nENDSEC;\nEND-ISO-10303-21;\n"
    )


def placed(name: str, conversion: str, map_unit: str = "#14", unit: str = METRE, *more: str) -> str:
    """Return a model with one point, a map and an operation to it."""
    return model(
        f"#21=IFCPROJECTEDCRS('{name}',$,$,$,$,$,{map_unit});",
        f"#22={conversion};",
        "#30=IFCSITE('0sitE000000000000000S1',$,'Site',$,$,#10,$,$,.ELEMENT.,$,$,$,$,$);",
        *more,
        unit=unit,
    )


def file_of(folder: Path, content: str | bytes, name: str = "model.ifc") -> Path:
    """Write a file, and return its path."""
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path
