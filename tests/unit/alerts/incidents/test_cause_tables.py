"""The tables of causes name what there is, and every rule that ships has a family."""

import pytest

from alerts.incidents.candidates import FINDING
from alerts.incidents.stages import STEPS, IllegalStepError, permit, stage_of
from alerts.rule_files import shipped_rules
from data.reference import alert_domains, entity_classes, quantities
from data.reference.causes import (
    ANY_FAMILY,
    cause_families,
    cause_links,
    family_of,
    family_order,
    response_deadline,
)


def test_families_name_quantities_classes_and_domains_that_there_are() -> None:
    for row in cause_families():
        assert row.quantity in {"", *quantities()}, row
        assert row.entity_class in {"", *entity_classes()}, row
        assert row.domain in {"", *alert_domains()}, row
        assert row.status, row


def test_links_name_families_and_relations_that_there_are() -> None:
    names = [link.name for link in cause_links()]
    assert len(names) == len(set(names))
    for link in cause_links():
        assert {link.from_family, link.to_family} <= {ANY_FAMILY, *family_order()}, link
        assert link.relation in FINDING, link
        assert link.kind in {"causes", "shares"}, link
        assert link.distance_m is not None or link.relation in {"entity", "building", "catchment"}


def test_what_shares_a_cause_is_of_one_family_and_quiets_nothing() -> None:
    shared = [link for link in cause_links() if link.kind == "shares"]
    assert all(link.from_family == link.to_family and not link.quiets for link in shared)
    assert all(link.lag_min == link.lead_min for link in shared)


@pytest.mark.parametrize(
    ("quantity", "klass", "domain", "family"),
    [
        ("depth", "8402", "flood", "road_flood"),
        ("depth", "0103", "flood", "sewer_surcharge"),
        ("level", "8202", "flood", "river_level"),
        ("running", "2115", "flood", "pump"),
        ("", "8802", "safety", "presence"),
        ("turbidity", "8202", "water_quality", "runoff"),
        ("anything", "9999", "nothing", "other"),
    ],
)
def test_the_row_that_says_most_counts(quantity: str, klass: str, domain: str, family: str) -> None:
    assert family_of(quantity, klass, domain) == family


def test_every_shipped_rule_of_water_has_a_family() -> None:
    for read in shipped_rules():
        asked = str(getattr(read.rule, "quantity", ""))
        if read.rule.domain in {"flood", "water_quality"}:
            for klass in getattr(read.rule, "entity_classes", None) or ("",):
                assert family_of(asked, klass, read.rule.domain) != "other", read.rule.id


def test_there_is_a_deadline_for_every_domain_and_level() -> None:
    for domain in alert_domains():
        for level in ("blue", "yellow", "orange", "red"):
            deadline = response_deadline(domain, level)
            assert 0 < deadline.response_min < deadline.completion_min


def test_each_step_is_possible_from_its_stages_and_from_no_other() -> None:
    stages = {
        "received": stage_of("open", None, None),
        "accepted": stage_of("open", "at noon", None),
        "offered": stage_of("ended", "at noon", "city"),
        "closed": stage_of("closed", None, "city"),
    }
    for action, step in STEPS.items():
        for name, stage in stages.items():
            assert name == stage
            if stage in step.stages:
                assert permit(1, action, stage, "because") is step
            else:
                with pytest.raises(IllegalStepError, match=f"incident 1 is {stage}: '{action}'"):
                    permit(1, action, stage, "because")
