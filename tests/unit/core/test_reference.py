"""The reference tables fit together."""

import csv
from pathlib import Path

from data.reference import (
    alert_domains,
    division,
    divisions,
    entity_classes,
    gb28181_codes,
    link_rules,
    major_classes,
    relation_kinds,
    schemes,
)
from twin.codes import DivisionCode

MARKS = {"verified", "partly", "memory", "own"}


def test_our_own_majors_are_81_to_89() -> None:
    own = {row.code for row in entity_classes().values() if row.status == "own"}
    assert {code[:2] for code in own} <= {str(major) for major in range(81, 90)}
    assert len(own) > 20


def test_every_class_code_has_four_digits_and_two_names() -> None:
    for row in entity_classes().values():
        assert len(row.code) == 4
        assert row.code.isdigit()
        assert row.name_en
        assert row.name_zh
        assert row.role in {"thing", "area", "device", "camera", "mobile"}


def test_every_class_belongs_to_a_major_of_the_same_owner() -> None:
    for row in entity_classes().values():
        major = major_classes()[row.code[:2]]
        assert (row.status == "own") == (major.owner == "project")
    assert {code[:2] for code in entity_classes()} == set(major_classes())


def test_classes_that_have_landed_keep_their_number_and_role() -> None:
    landed = {"0103": "thing", "2115": "thing", "8101": "thing", "8202": "thing", "8501": "device"}
    landed |= {"8590": "thing", "8601": "camera", "8703": "thing", "8803": "area", "8901": "thing"}
    landed |= {"8804": "area", "8805": "area"}
    assert {code: entity_classes()[code].role for code in landed} == landed


def test_every_row_says_how_sure_it_is() -> None:
    tables = (entity_classes(), major_classes(), schemes(), divisions(), gb28181_codes())
    for table in tables:
        assert table
        assert {row.status for row in table.values()} <= MARKS


def test_link_rules_speak_of_known_classes_and_relations() -> None:
    classes = entity_classes()
    for rule in link_rules():
        assert classes[rule.sensor_class].role in {"device", "camera"}
        assert classes[rule.target_class].role in {"thing", "area"}
        assert rule.relation in relation_kinds()
        assert rule.max_distance_m > 0


def test_the_first_alert_domains_stand() -> None:
    assert list(alert_domains())[:4] == ["flood", "water_quality", "safety", "device"]


def test_divisions_are_well_formed_and_hang_below_their_parents() -> None:
    for row in divisions().values():
        code = DivisionCode.parse(row.code)
        assert row.level == code.level
        assert row.name_zh
        assert row.parent == str(code.parent() or "")


def test_the_two_districts_and_their_sub_districts_are_known() -> None:
    names = {code: found.name_zh for code in ("440311", "440309") if (found := division(code))}
    assert names == {"440311": "光明区", "440309": "龙华区"}
    for county in names:
        assert len([row for row in divisions().values() if row.parent == county]) == 6


def test_functional_areas_and_local_district_numbers_are_not_counties() -> None:
    assert [division(code) for code in ("440317", "440326", "440327")] == [None] * 3
    shenzhen = [row.name_zh for row in divisions().values() if row.parent == "440300"]
    assert len(shenzhen) == 9
    assert not any("大鹏" in name or "深汕" in name for name in shenzhen)


def test_no_row_of_the_lists_is_lost(shared: Path) -> None:
    standards, gis = shared / "standards", shared / "data" / "gis"
    components = rows_of(standards / "gbt30428_components.csv")
    assert {row["code4"]: row["name_zh"] for row in components}.items() <= {
        row.code: row.name_zh for row in entity_classes().values()
    }.items()
    counties = {row["code"]: row["name"] for row in rows_of(gis / "areas.csv")}
    shenzhen = {row["code"]: row["name_zh"] for row in rows_of(standards / "admin_divisions.csv")}
    assert counties | shenzhen == {row.code: row.name_zh for row in divisions().values()}
    video = {(r["field"].split()[0], r["code"]) for r in rows_of(standards / "gb28181_codes.csv")}
    assert video == set(gb28181_codes())


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8") as lines:
        return list(csv.DictReader(lines))
