"""Rule files: every mistake gets its sentence, and the shipped ones have none."""

from pathlib import Path

import pytest

from alerts.rule_files import rules_from, shipped_rules
from alerts.rules import KINDS, RuleFileError, RuleText, check, read_rules
from alerts.rules.duration import format_duration, parse_duration
from data.reference import rules_folder
from tests.unit.alerts.ruling import LEVEL, level_text, rules_of, video_text

MISTAKES = {
    'quantity = "levle"': "quantity 'levle': expected one of quantities.csv",
    'domain = "fires"': "domain 'fires': expected one of flood, water_quality, safety, device",
    'entity_classes = ["8402", "9999"]': "entity class '9999': expected four digits",
    'unit = "cm"': "unit 'cm': expected 'm', in which depth is stored",
    "levels = { yellow = 0.3, orange = 0.2 }": "expected them to grow from blue to red",
    "levels = { yellow = 0.3, orange = 0.3 }": "expected them to grow from blue to red",
    "levels = { pink = 0.3 }": "'pink': input should be 'blue', 'yellow', 'orange' or 'red'",
    "levels = { red = nan }": "limit nan: expected a number",
    "levels = { red = true }": "limit True: expected a number",
    'levels = { red = { prop = "x" } }': "limit {'prop': 'x'}: expected a number or",
    "levels = {}": "levels {}: dictionary should have at least 1 item",
    "hysteresis = -0.1": "hysteresis -0.1: input should be greater than or equal to 0",
    'hold = "2 weeks"': "duration '2 weeks': expected a number and s, min, h or d",
    "hold = 120": "duration 120: expected a number and s, min, h or d",
    "version = 0": "version 0: input should be greater than or equal to 1",
    'standing = "rumour"': "standing 'rumour': input should be 'standard', 'practice' or",
    'direction = "up"': "direction 'up': input should be 'above' or 'below'",
    "colour = 3": "unknown field 'colour'",
    'kind = "fuzzy"': "kind 'fuzzy': expected one of level, rate, window, ",
}


def with_field(line: str) -> str:
    name = line.partition(" = ")[0]
    kept = [row for row in level_text().splitlines() if not row.startswith(f"{name} =")]
    return "\n".join([*kept, line])


@pytest.mark.parametrize("line", MISTAKES)
def test_a_mistake_gets_one_sentence_that_names_it(line: str) -> None:
    found = check(RuleText("bad.toml", with_field(line)))
    assert len(found) == 1
    assert found[0].startswith("bad.toml: rule 'road': ")
    assert MISTAKES[line] in found[0]


def test_limits_of_a_rule_below_must_fall() -> None:
    text = level_text().replace('"above"', '"below"')
    assert "expected them to fall from blue to red" in check(RuleText("f", text))[0]


def test_all_mistakes_of_all_rules_are_told_at_once() -> None:
    text = with_field('quantity = "levle"') + "\nhysteresis = -1\n" + LEVEL + 'id = "second"\n'
    found = "\n".join(check(RuleText("bad.toml", text)))
    assert "'levle'" in found
    assert "hysteresis" in found
    for field in ("version", "domain", "title_zh", "title_en", "source", "standing"):
        assert f"rule 'second': field '{field}' is missing" in found


def test_an_id_stands_once_in_all_files_together() -> None:
    files = [RuleText("a.toml", level_text()), RuleText("b.toml", level_text())]
    with pytest.raises(RuleFileError, match=r"a.toml, b.toml: rule id 'road': given 2 times"):
        read_rules(files)


def test_text_that_is_not_toml_is_a_mistake() -> None:
    assert check(RuleText("bad.toml", "[[rule]\n"))[0].startswith("bad.toml: not TOML: ")


def test_a_table_beside_the_rules_is_a_mistake() -> None:
    assert "unknown field 'rules'" in check(RuleText("bad.toml", "[[rules]]\nid = 'x'\n"))[0]
    assert "expected [[rule]] tables" in check(RuleText("bad.toml", "rule = 3"))[0]


def test_an_example_that_comes_out_otherwise_is_a_mistake() -> None:
    text = level_text('examples = [{ series = [[0, 0.2]], expect = "red" }]')
    assert check(RuleText("f.toml", text)) == (
        "f.toml: rule 'road': example 1: expected 'red', but the rule gives 'yellow'",
    )


def test_an_example_brings_the_properties_that_its_limits_need() -> None:
    text = level_text(
        'examples = [{ series = [[0, 3.0]], expect = "red", properties = { top_m = 3.0 } }]'
    ).replace("{ yellow = 0.15, orange = 0.27, red = 0.40 }", '{ red = { property = "top_m" } }')
    assert check(RuleText("f.toml", text)) == ()


def test_every_shipped_rule_is_sound_and_every_level_rule_has_examples() -> None:
    shipped = {read.rule.id: read.rule for read in shipped_rules()}
    assert {"road-waterlogging", "river-level", "ammonia-nitrogen", "intrusion"} <= set(shipped)
    assert all(rule.examples for rule in shipped.values() if rule.kind == "level")
    assert {rule.kind for rule in shipped.values()} == set(KINDS)


def test_a_file_on_disk_is_read_like_a_shipped_one(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(level_text() + video_text(), encoding="utf-8")
    assert [(read.rule.id, read.origin) for read in rules_from([path])] == [
        ("road", "mine.toml"),
        ("intruder", "mine.toml"),
    ]
    assert len(list(rules_folder().iterdir())) >= 3


@pytest.mark.parametrize(
    ("text", "microseconds"),
    [("2min", 120_000_000), ("90s", 90_000_000), ("1.5 h", 5_400_000_000), (0, 0)],
)
def test_a_duration_is_read_and_told(text: object, microseconds: int) -> None:
    assert parse_duration(text) == microseconds
    assert parse_duration(format_duration(microseconds)) == microseconds


def test_a_rule_survives_being_written_as_json() -> None:
    rule = rules_of(level_text('hold = "2min"'))[0].rule
    assert type(rule).model_validate_json(rule.model_dump_json(exclude_none=True)) == rule
