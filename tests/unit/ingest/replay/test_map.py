"""Replay maps: what they refuse, in sentences."""

import pytest

from ingest.replay import ReplayMap, ReplayMapError, read_map

GOOD = """
format = "csv"
scheme = "gauge"
county = "440311"
[columns]
station = "id"
quantity = {fixed = "stage"}
time = "when"
value = "cm"
[[quantity]]
text = "stage"
quantity = "level"
factor = 0.01
"""


def _mistakes(text: str) -> tuple[str, ...]:
    with pytest.raises(ReplayMapError) as caught:
        read_map(text, "x.toml")
    return caught.value.mistakes


def test_a_small_map_gets_the_defaults_of_the_house() -> None:
    found = read_map(GOOD, "x.toml")
    assert isinstance(found, ReplayMap)
    assert (found.time.zone, found.time.format, found.encoding) == ("+08:00", "rfc3339", "utf-8")
    assert found.station_class("level") == "8501"


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('scheme = "gauge"', "", "x.toml: field 'scheme' is missing"),
        ('scheme = "gauge"', 'scheme = "gauge"\ncolour = 1', "x.toml: unknown field 'colour'"),
        ('"440311"', '"44"', "x.toml: county '44': string should match pattern '^[1-9][0-9]{5}$'"),
        (
            '"level"',
            '"lvl"',
            (
                "x.toml: quantity.0.quantity: quantity 'lvl': expected one of quantities.csv, "
                "e.g. 'level'"
            ),
        ),
        (
            "factor = 0.01",
            'statistic = "sum"',
            "x.toml: quantity.0: statistic 'sum': expected its period_s",
        ),
        (
            "factor = 0.01",
            "period_s = 60",
            "x.toml: quantity.0: period_s 60 of an instant: expected a statistic",
        ),
        (
            "factor = 0.01",
            'statistic = "median"',
            (
                "x.toml: quantity.0.statistic: statistic 'median': expected one of "
                "instant, mean, min, max, sum, counter"
            ),
        ),
        (
            "factor = 0.01",
            '[[quantity]]\ntext = "stage"\nquantity = "depth"',
            "x.toml: quantity: 'stage' in '' is mapped twice: expected once",
        ),
        (
            'station = "id"',
            "station = 7",
            'x.toml: columns.station: column 7: expected its heading or {fixed = "text"}',
        ),
        (
            "[[quantity]]",
            '[time]\nzone = "Mars"\n[[quantity]]',
            (
                "x.toml: time.zone: zone 'Mars': expected an offset or a name, "
                "e.g. '+08:00' or 'Asia/Shanghai'"
            ),
        ),
        (
            "[[quantity]]",
            '[time]\nformat = "iso"\n[[quantity]]',
            "x.toml: time.format: format 'iso': expected 'rfc3339' or a pattern, e.g. '%Y-%m-%d'",
        ),
        (
            'format = "csv"',
            'format = "csv"\nencoding = "klingon"',
            "x.toml: encoding: encoding 'klingon': expected one that Python knows, e.g. 'gbk'",
        ),
        (
            'format = "csv"',
            'format = "csv"\nentity_class = "9999"',
            (
                "x.toml: entity_class: entity class '9999': expected four digits of classes.csv, "
                "e.g. '8501'"
            ),
        ),
    ],
)
def test_a_mistake_in_a_map_is_told_in_a_sentence(old: str, new: str, sentence: str) -> None:
    assert _mistakes(GOOD.replace(old, new, 1)) == (sentence,)


def test_a_map_that_is_no_toml_says_so() -> None:
    (sentence,) = _mistakes("format = csv")
    assert sentence.startswith("x.toml: not TOML: ")


def test_all_mistakes_are_told_at_once() -> None:
    assert len(_mistakes("")) == 5
