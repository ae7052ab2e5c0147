"""The report says honestly which of the true links are found."""

import json

import pytest

from data.demo.district import District, make_district
from data.demo.link_report import link_report, main

SIZE = 4_000


@pytest.fixture(scope="module")
def district() -> District:
    return make_district(size=SIZE, seed=5)


def test_without_jitter_nearly_every_true_link_is_found(district: District) -> None:
    report = link_report(district, jitter_m=0.0)
    assert report["overall"]["share"] > 0.97
    assert report["overall"]["strays_linked"] == 0


def test_the_default_district_keeps_nine_links_of_ten_at_five_metres() -> None:
    report = link_report(make_district())
    assert report["overall"]["share"] > 0.9
    # A manhole gauge must lie within 6 m, so at 5 m in each axis about half of them are missed.
    assert 0.4 < report["by_class"]["8504"]["share"] < 0.65


def test_more_jitter_finds_fewer_links(district: District) -> None:
    shares = [link_report(district, jitter_m=m)["overall"]["share"] for m in (0.0, 10.0, 40.0)]
    assert shares == sorted(shares, reverse=True)
    assert shares[2] < 0.8


def test_the_same_seed_gives_the_same_report(district: District) -> None:
    first, second = link_report(district, seed=3), link_report(district, seed=3)
    assert first["by_class"] == second["by_class"]


def test_every_device_is_counted_once(district: District) -> None:
    report = link_report(district)
    for counts in [report["overall"], *report["by_class"].values()]:
        assert counts["found"] + counts["wrong"] + counts["missed"] == counts["true_links"]
        assert counts["true_links"] + counts["strays"] == counts["devices"]
    assert report["overall"]["devices"] == len(district.devices)
    assert report["by_class"]["8511"]["share"] is None


def test_the_command_prints_json_and_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--size", str(SIZE), "--json"])
    assert json.loads(capsys.readouterr().out)["jitter_m"] == 5.0
    main(["--size", str(SIZE), "--jitter", "0"])
    assert "overall" in capsys.readouterr().out
