"""The tables of HJ 212: what the standard prints, and what we make of it."""

import csv
from pathlib import Path

from data.reference import quantities, units
from data.reference.vocabularies import vocabulary
from ingest.decoders.hj212.factors import native_name, old_codes

UNKNOWN_UNITS = {"kg", "g", "mg", "m2", "Bq/L", "{count}/L", "{colour}", "{rev}/min", "t/(km2.mo)"}


def printed(shared: Path) -> list[dict[str, str]]:
    with (shared / "standards" / "hj212_factors.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def test_every_factor_of_the_standard_is_in_the_vocabulary(shared: Path) -> None:
    words, rows = vocabulary("hj212"), printed(shared)
    assert len(rows) == 341
    assert {row["code"] for row in rows} <= set(words)
    summed = {f"{row['code']}-Cou" for row in rows if row["unit_emission"]}
    assert {name for name in words if name.endswith("-Cou")} == summed


def test_units_are_those_of_the_standard_but_for_fine_dust(shared: Path) -> None:
    words = vocabulary("hj212")
    for row in printed(shared):
        term, sent = words[row["code"]], units().canonical(row["unit_concentration"])
        if units().knows(sent) and term.mark == "verified":
            assert term.unit in {sent, "dB(A)"}, row["code"]
    assert {term.native for term in words.values() if term.mark == "project"} == {
        "a34001",
        "a34002",
        "a34004",
        "a34005",
    }
    assert (words["w20111"].unit, words["w20089"].unit, words["w20122"].unit) == (
        "ug/L",
        "ng/L",
        "mg/L",
    )


def test_every_quantity_can_be_had_from_the_unit_that_is_sent() -> None:
    for term in vocabulary("hj212").values():
        assert term.name_zh
        assert term.name_en
        assert term.unit or term.mark == "partly"
        if term.quantity:
            units().convert(1.0, term.unit, quantities()[term.quantity].unit)
        elif term.unit:
            assert units().knows(term.unit) or term.unit in UNKNOWN_UNITS


def test_quantities_are_given_where_they_are_sure() -> None:
    words = vocabulary("hj212")
    named = {name: words[name].quantity for name in ("w01018", "w21003", "w00000", "a34004", "LA")}
    assert named == {
        "w01018": "cod",
        "w21003": "ammonia_nitrogen",
        "w00000": "discharge",
        "a34004": "pm2_5",
        "LA": "noise",
    }
    # Inlets and outlets, sums and percentiles would fall into one series with something else.
    for name in ("e102xx", "w01018-Cou", "L10", "a00000", "Ldn"):
        assert words[name].quantity == ""


def test_every_old_code_leads_to_its_factor(shared: Path) -> None:
    pairs = {row["code_hj2005"]: row["code"] for row in printed(shared) if row["code_hj2005"]}
    assert {old: native.name for old, native in old_codes().items()} == pairs
    assert native_name("011", "32") == ("w01018", "", "", "")
    assert native_name("020", "32") == ("w20111", "", "mg/L", "kg")


def test_names_lose_their_numbers_and_find_their_letter() -> None:
    assert native_name("e10102", "52") == ("e101xx", "02", "", "")
    assert native_name("SB12", "32") == ("SBxxx", "12", "", "")
    assert native_name("01018", "32") == ("w01018", "", "", "")
    assert native_name("01018", "22") == ("01018", "", "", "")
    assert native_name("O3", "22") == ("O3", "", "", "")
    assert native_name("x" * 33, "22") is None
    assert native_name("", "22") is None
