"""The reference tables fit together."""

from data.reference import alert_domains, entity_classes, link_rules, relation_kinds


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


def test_link_rules_speak_of_known_classes_and_relations() -> None:
    classes = entity_classes()
    for rule in link_rules():
        assert classes[rule.sensor_class].role in {"device", "camera"}
        assert classes[rule.target_class].role in {"thing", "area"}
        assert rule.relation in relation_kinds()
        assert rule.max_distance_m > 0


def test_the_first_alert_domains_stand() -> None:
    assert list(alert_domains())[:4] == ["flood", "water_quality", "safety", "device"]
