"""Properties are checked against the schema of their class."""

import pytest

from data.reference import entity_classes
from data.reference.class_properties import (
    InvalidPropertyError,
    check_properties,
    json_schema,
    property_kinds,
)
from data.reference.tables import table_rows


def test_a_class_has_its_own_properties_those_of_its_major_and_those_of_all() -> None:
    assert {"depth_m", "material", "maker"} <= set(property_kinds("0103"))
    assert "depth_m" not in property_kinds("0101")
    assert "interval_s" in property_kinds("8501")


def test_every_row_belongs_to_a_class_and_says_a_type() -> None:
    for row in table_rows("properties.csv"):
        assert any(klass.startswith(row[0]) for klass in entity_classes()), row
        assert row[2] in {"number", "integer", "text", "boolean", "date", "choice", "settings"}, row
        assert (row[2] == "choice") == bool(row[6]), row
        assert row[7], row
        assert row[8], row


def test_values_of_the_right_type_pass() -> None:
    given = {"storeys": 33, "use": "住宅", "installed_on": "2024-05-01", "x_colour": "red"}
    assert check_properties("8101", given) == given
    assert check_properties("8101", {"storeys": None, "unheard_of": None}) == {
        "storeys": None,
        "unheard_of": None,
    }


def test_text_of_files_without_types_is_read() -> None:
    found = check_properties(
        "8402", {"width_m": "12.5", "underpass": "true", "x_n": "7"}, from_text=True
    )
    assert found == {"width_m": 12.5, "underpass": True, "x_n": "7"}


@pytest.mark.parametrize(
    ("klass", "name", "value", "sentence"),
    [
        ("8101", "storeys", "33", "property 'storeys' of class 8101: '33', expected an integer"),
        ("8101", "storeys", 301, "301, expected an integer from 0 to 300"),
        ("8101", "storeys", True, "True, expected an integer"),
        ("8202", "warning_level_m", float("nan"), "expected a number from -500 to 9000 m"),
        ("8202", "warning_level_m", 10**400, "expected a number"),
        ("8202", "target_class", "VI", "'VI', expected one of I, II, III, IV, V"),
        ("8101", "installed_on", "1.5.2024", "'1.5.2024', expected a date as YYYY-MM-DD"),
        ("8101", "colour", "red", "property 'colour' of class 8101: expected one of kind"),
        ("8101", "x_list", [1], "property 'x_list': [1], expected a text, number or boolean"),
        ("8101", "use", "a" * 2001, "expected a text"),
    ],
)
def test_a_wrong_value_says_what_was_expected(
    klass: str, name: str, value: object, sentence: str
) -> None:
    with pytest.raises(InvalidPropertyError) as refused:
        check_properties(klass, {name: value})
    assert sentence in str(refused.value)


def test_the_schema_of_a_class_is_json_schema() -> None:
    schema = json_schema("8202")
    assert schema["properties"]["target_class"]["enum"] == ["I", "II", "III", "IV", "V"]
    assert schema["additionalProperties"] is False
    assert "^x_" in schema["patternProperties"]
