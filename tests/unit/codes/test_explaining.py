"""What the tables say about the parts of identifiers."""

import pytest

from data.reference.explaining import explain, parts_of, warnings_about
from twin.codes import EntityCode, parse_in
from twin.codes.beidou import BeidouSolidCode


def meanings(scheme: str, value: str) -> dict[str, str]:
    return {part.name: part.meaning for part in parts_of(parse_in(scheme, value))}


def test_a_code_of_known_county_and_class_has_no_warning() -> None:
    found = explain(EntityCode.parse("4403090103000127"))
    assert found.county is not None
    assert found.county.name_zh == "龙华区"
    assert found.entity_class is not None
    assert found.entity_class.name_zh == "雨水井盖"
    assert found.major is not None
    assert found.major.owner == "national"
    assert (found.status, found.printed[-2:], found.warnings) == ("partly", "-5", ())


def test_each_unknown_part_of_a_code_has_its_sentence() -> None:
    found = explain(EntityCode.parse("4403170799000127"))
    assert (found.county, found.major, found.entity_class) == (None, None, None)
    assert found.status == "unknown"
    assert [warning.partition(":")[0] for warning in found.warnings] == [
        "county '440317'",
        "major class '07'",
        "class '0799'",
    ]


def test_a_video_device_id_is_explained_from_its_table() -> None:
    found = meanings("gb28181", "44031100081322000001")
    assert found["county"] == "光明区"
    assert "城市管理接入" in found["industry"]
    assert "网络摄像机" in found["type"]
    assert "行业专网" in found["network"]


def test_unlisted_parts_of_a_video_device_id_are_warned_of() -> None:
    warnings = warnings_about(parse_in("gb28181", "44031100990458000001"))
    assert warnings == (
        "industry '99': not in the table of GB/T 28181 codes",
        "type '045': not in the table of GB/T 28181 codes",
        "network '8': not in the table of GB/T 28181 codes",
    )


def test_places_in_codes_are_named() -> None:
    assert meanings("house", "4403070030030400042000003")["sub_district"] == "平湖街道"
    assert meanings("grid", "440311001005002")["county"] == "光明区"
    assert list(meanings("division", "440311001").values()) == [
        "广东省",
        "深圳市",
        "光明区",
        "光明街道",
    ]


def test_a_grid_cell_of_beidou_is_explained_by_its_bounds() -> None:
    parts = {part.name: part.value for part in parts_of(parse_in("beidou", "N50F"))}
    assert parts == {
        "level": "1",
        "west": "114.000000000",
        "south": "20.000000000",
        "east": "120.000000000",
        "north": "24.000000000",
    }


@pytest.mark.parametrize(
    ("scheme", "value", "expected"),
    [
        ("ifc", "1L3eG0ufj1rASMH6PLH000", {"uuid": "550e8400-e29b-41d4-a716-446655440000"}),
        ("sl651", "440311000C", {"county": "440311", "number": "00012"}),
        ("hj212", "010000A8900016F000169DC0", {"header": "01", "manager": "0000A89"}),
        ("oid", "1.2.156", {"arcs": "1.2.156"}),
        ("ma", "MA.156.1002.7", {"country": "156", "parts": "1002.7"}),
        ("warning", "44030041600000_20250506131649", {"issued": "2025-05-06T13:16:49+08:00"}),
        ("mqtt", "gauge-1", {"text": "gauge-1"}),
    ],
)
def test_other_identifiers_fall_into_their_parts(
    scheme: str, value: str, expected: dict[str, str]
) -> None:
    parts = {part.name: part.value for part in parts_of(parse_in(scheme, value))}
    assert expected.items() <= parts.items()
    assert "" not in parts.values()


def test_a_solid_cell_of_beidou_has_a_bottom_and_a_top_too() -> None:
    parts = {p.name: p.value for p in parts_of(BeidouSolidCode.encode(113.936, 22.749, 50))}
    assert list(parts) == ["level", "west", "south", "east", "north", "layer", "bottom", "top"]
    assert (parts["layer"], parts["bottom"], parts["top"]) == ("3340", "49.995", "50.010")
