from pathlib import Path

import pytest

from spatial.models.model import Json
from tests.unit.spatial.citygml.writing import building, document, elements, refused


def properties(folder: Path, content: str, version: str = "2.0") -> dict[str, Json]:
    (element,) = elements(folder, document(building(content), version=version))
    return dict(element.properties)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("<bldg:storeysAboveGround>12</bldg:storeysAboveGround>", {"storeysAboveGround": 12}),
        ("<bldg:usage codeSpace='../x.xml'>0411</bldg:usage>", {"usage": "0411"}),
        ("<bldg:usage codeSpace='../x.xml'>411</bldg:usage>", {"usage": "411"}),
        ("<bldg:function>007</bldg:function>", {"function": "007"}),
        (
            "<bldg:measuredHeight uom='m'>6</bldg:measuredHeight>",
            {"measuredHeight": 6.0, "measuredHeight.uom": "m"},
        ),
        ("<uro:elevator>true</uro:elevator>", {"elevator": True}),
        ("<bldg:usage> </bldg:usage><bldg:usage/>", {}),
        ("<bldg:usage>a</bldg:usage><bldg:usage>b</bldg:usage>", {"usage": "a", "usage[2]": "b"}),
        ("<gml:description>old town</gml:description>", {"description": "old town"}),
        ("<core:generalizesTo xlink:href='#b9'/>", {"generalizesTo": "b9"}),
        ("<uro:n>1e400</uro:n><uro:m>1.5</uro:m>", {"n": "1e400", "m": 1.5}),
        (
            "<bldg:measuredHeight uom='m'>1.25E1</bldg:measuredHeight>",
            {"measuredHeight": 12.5, "measuredHeight.uom": "m"},
        ),
        (
            "".join(
                f"<gen:doubleAttribute name='{name}'><gen:value>{value}</gen:value>"
                "</gen:doubleAttribute>"
                for name, value in (("a", "1.5e3"), ("b", "3"), ("c", "NaN"), ("d", "INF"))
            ),
            {"a": 1500.0, "b": 3.0, "c": "NaN", "d": "INF"},
        ),
        (
            (
                "<gen:stringAttribute name='plot'><gen:value>12</gen:value></gen:stringAttribute>"
                "<gen:intAttribute name='flats'><gen:value>12</gen:value></gen:intAttribute>"
                "<gen:measureAttribute name='area'><gen:value uom='m2'>12</gen:value>"
                "</gen:measureAttribute><gen:dateAttribute name='built'><gen:value>2001-02-03"
                "</gen:value></gen:dateAttribute><gen:intAttribute name='none'/>"
            ),
            {"plot": "12", "flats": 12, "area": 12.0, "area.uom": "m2", "built": "2001-02-03"},
        ),
        (
            (
                "<gen:genericAttributeSet name='fire'><gen:intAttribute name='exits'>"
                "<gen:value>3</gen:value></gen:intAttribute></gen:genericAttributeSet>"
            ),
            {"fire.exits": 3},
        ),
        (
            (
                "<uro:risk><uro:FloodRiskAttribute><uro:rank>1</uro:rank></uro:FloodRiskAttribute>"
                "</uro:risk><uro:risk><uro:FloodRiskAttribute><uro:rank>2</uro:rank>"
                "</uro:FloodRiskAttribute></uro:risk>"
            ),
            {"FloodRiskAttribute.rank": 1, "FloodRiskAttribute[2].rank": 2},
        ),
        (
            (
                "<uro:pair><uro:KeyValuePairAttribute><uro:key codeSpace='k'>104</uro:key>"
                "<uro:codeValue codeSpace='v'>1</uro:codeValue></uro:KeyValuePairAttribute>"
                "</uro:pair>"
            ),
            {"KeyValuePairAttribute.104": "1"},
        ),
        (
            (
                "<core:externalReference><core:informationSystem>cadastre</core:informationSystem>"
                "<core:externalObject><core:name>DE1</core:name></core:externalObject>"
                "</core:externalReference>"
            ),
            {
                "externalReference.informationSystem": "cadastre",
                "externalReference.externalObject.name": "DE1",
            },
        ),
        (
            (
                "<bldg:address><core:Address><core:xalAddress><xAL:AddressDetails><xAL:Country>"
                "<xAL:CountryName>China</xAL:CountryName><xAL:Locality><xAL:LocalityName>Shenzhen"
                "</xAL:LocalityName></xAL:Locality></xAL:Country></xAL:AddressDetails>"
                "</core:xalAddress></core:Address></bldg:address>"
            ),
            {"address": "China Shenzhen"},
        ),
    ],
)
def test_what_an_object_says_is_flattened(
    tmp_path: Path, content: str, expected: dict[str, Json]
) -> None:
    assert properties(tmp_path, content) == expected


def test_sets_of_citygml_3_are_flattened(tmp_path: Path) -> None:
    content = (
        "<core:genericAttribute><gen:GenericAttributeSet><gen:name>fire</gen:name>"
        "<gen:genericAttribute><gen:StringAttribute><gen:name>exit</gen:name><gen:value>7"
        "</gen:value></gen:StringAttribute></gen:genericAttribute></gen:GenericAttributeSet>"
        "</core:genericAttribute>"
    )
    assert properties(tmp_path, content, "3.0") == {"fire.exit": "7"}


def test_the_name_is_that_of_gml_or_of_the_zone(tmp_path: Path) -> None:
    zone = "<uro:SedimentDisasterProneArea gml:id='z'>@</uro:SedimentDisasterProneArea>"
    zone = zone.replace("@", "<uro:zoneName>Yae</uro:zoneName>")
    named, area = elements(
        tmp_path, document(building("<gml:name>Museum</gml:name><gml:name>Old</gml:name>"), zone)
    )
    assert (named.name, named.properties["name[2]"]) == ("Museum", "Old")
    assert (area.name, area.klass) == ("Yae", "8802")


@pytest.mark.parametrize(
    ("content", "klass"),
    [
        ("<wtr:class>river</wtr:class>", "8201"),
        ("<wtr:class>Reservoir</wtr:class>", "8203"),
        ("<wtr:class codeSpace='x'>1040</wtr:class>", ""),
        (
            (
                "<uro:a><uro:WaterBodyRiverFloodingRiskAttribute><uro:rank codeSpace='x'>3"
                "</uro:rank>"
                "</uro:WaterBodyRiverFloodingRiskAttribute></uro:a>"
            ),
            "8802",
        ),
    ],
)
def test_what_it_says_of_itself_decides_the_class(tmp_path: Path, content: str, klass: str) -> None:
    text = document(f"<wtr:WaterBody gml:id='w'>{content}</wtr:WaterBody>")
    (element,) = elements(tmp_path, text)
    assert element.klass == klass


def test_an_object_with_more_properties_than_any_is_refused(tmp_path: Path) -> None:
    text = document(building("<bldg:usage>a</bldg:usage>" * 6_000))
    assert refused(tmp_path, text) == {"b1": "has more than 5,000 properties"}
