"""The classes of finds name only what there is."""

from alerts.rule_files import shipped_rules
from data.reference import alert_domains, entity_classes, major_classes, quantities
from data.reference.case_classes import case_class_of_rule, case_classes


def test_every_class_of_finds_names_what_there_is() -> None:
    rules = {read.rule.id for read in shipped_rules()}
    for code, row in case_classes().items():
        assert row.domain in alert_domains(), code
        assert row.level in ("blue", "yellow", "orange", "red"), code
        assert set(row.entity_classes) <= entity_classes().keys() | major_classes().keys(), code
        assert set(row.quantities) <= quantities().keys(), code
        assert set(row.classes) <= case_classes().keys() - {code}, code
        assert set(row.rules) <= rules, code
        assert 0 < row.near_m <= 500, code
        assert row.status
        assert row.source


def test_what_means_the_same_does_so_both_ways() -> None:
    for code, row in case_classes().items():
        for other in row.classes:
            assert code in case_classes()[other].classes


def test_an_alert_of_a_find_is_known_by_its_rule() -> None:
    ponding = case_classes()["road_ponding"]
    assert case_class_of_rule("case-road_ponding") is ponding
    assert case_class_of_rule("road-waterlogging") is None
    assert case_class_of_rule("case-nothing") is None
    assert ponding.same_rules[0] == "case-road_ponding"
