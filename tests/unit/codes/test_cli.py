"""``twin code`` judges and explains without any service."""

import json
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from twin.cli.code import app


def run(*words: str) -> Result:
    return CliRunner().invoke(app, words)


def document(*words: str) -> Any:  # noqa: ANN401 - JSON of whatever shape
    return json.loads(run(*words, "--json").stdout)


@pytest.mark.parametrize(
    "written",
    ["440311-0103-000127-9", "44031101030001279", "4403110103000127", " ４４０３１１0103000127 "],
)
def test_every_written_form_of_a_code_is_right(written: str) -> None:
    result = run("check", written)
    assert result.exit_code == 0
    assert result.stdout == "4403110103000127  440311-0103-000127-9\n"
    assert result.stderr == ""


def test_a_wrong_code_is_a_sentence_on_standard_error_and_exit_code_2() -> None:
    result = run("check", "440311-0103-000127-7")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr == "440311-0103-000127-7: check character is 9\n"


def test_of_several_codes_all_are_judged() -> None:
    result = run("check", "440311-0103-000127-7", "4403110103000127", "x")
    assert result.exit_code == 2
    assert result.stdout == "4403110103000127  440311-0103-000127-9\n"
    assert len(result.stderr.splitlines()) == 2


def test_json_has_one_object_for_each_value_in_order() -> None:
    found = document("check", "4403110103000127", "440311-0103-000127-7")
    assert found == [
        {
            "value": "4403110103000127",
            "scheme": "code",
            "valid": True,
            "canonical": "4403110103000127",
            "printed": "440311-0103-000127-9",
            "warnings": [],
            "error": None,
        },
        {
            "value": "440311-0103-000127-7",
            "scheme": "code",
            "valid": False,
            "canonical": None,
            "printed": None,
            "warnings": [],
            "error": "440311-0103-000127-7: check character is 9",
        },
    ]


def test_unknown_county_and_class_are_warnings() -> None:
    result = run("check", "9999990799000127")
    assert result.exit_code == 0
    assert result.stdout.startswith("9999990799000127  999999-0799-000127-")
    assert len(result.stderr.splitlines()) == 3
    [found] = document("check", "9999990799000127")
    assert found["valid"]
    assert found["warnings"] == [
        "county '999999': not in the table of divisions",
        "major class '07': not in the table of major classes",
        "class '0799': not in the table of classes",
    ]


@pytest.mark.parametrize(
    ("scheme", "value", "stored"),
    [
        ("hj212", "010000a8900016f000169dc0", "010000A8900016F000169DC0"),
        ("sl651", "12345678", "0012345678"),
        ("asset.water", "泵 17", "泵 17"),
    ],
)
def test_other_schemes_print_the_stored_text(scheme: str, value: str, stored: str) -> None:
    assert run("check", value, "--scheme", scheme).stdout == f"{stored}\n"


def test_an_unknown_scheme_is_an_error_that_lists_the_known_ones() -> None:
    result = run("check", "1", "--scheme", "nope")
    assert result.exit_code == 2
    assert "expected one of code, ifc" in result.stderr


def test_markup_in_a_value_is_shown_as_it_is() -> None:
    assert "'[red]x[/red]'" in run("check", "[red]x[/red]").stderr


def test_bytes_that_are_no_text_are_refused_and_shown() -> None:
    [found] = document("check", "\udcff", "--scheme", "mqtt")
    assert (found["value"], found["valid"]) == ("\\udcff", False)


def test_explaining_a_code_names_county_and_class() -> None:
    lines = run("explain", "440311-0103-000127-9").stdout.splitlines()
    assert lines[0] == "4403110103000127  440311-0103-000127-9"
    assert "county       440311           光明区" in lines
    assert any("rainwater manhole cover 雨水井盖 (partly)" in line for line in lines)


def test_explaining_as_json_adds_the_parts() -> None:
    found = document("explain", "4403110103000127")
    assert found["valid"]
    assert [part["name"] for part in found["parts"]] == [
        "county",
        "major",
        "class",
        "serial",
        "check",
    ]


def test_explaining_a_wrong_value_is_exit_code_2() -> None:
    assert run("explain", "440311-0103-000127-7").exit_code == 2
    assert document("explain", "x")["error"].startswith("entity code 'x': expected 16 digits")
