"""Device types are read from files, and every mistake in one is a sentence."""

from pathlib import Path

import pytest

from data.device_types import SettingsBook, load_types, read_type_files
from data.reference import quantities, units
from data.reference.class_properties import InvalidPropertyError, check_properties
from data.reference.device_types import DeviceTypeError, read_types, shipped_types
from data.reference.vocabularies import vocabulary, vocabulary_names

PLAIN = 'name_en = "a probe"\nname_zh = "探头"\nprotocol = "lorawan"\n'


def mistake_of(text: str) -> str:
    with pytest.raises(DeviceTypeError) as refused:
        read_types([("probe", text)])
    return str(refused.value)


@pytest.mark.parametrize("name", shipped_types())
def test_every_shipped_type_says_values_that_can_be_stored(name: str) -> None:
    kind = shipped_types()[name]
    assert kind.quantities
    for native, meaning in kind.quantities.items():
        words = vocabulary(kind.protocol) if kind.protocol in vocabulary_names() else {}
        known = words[native].quantity if native in words else native
        quantity = known if meaning.quantity is None else meaning.quantity
        if quantity:
            stored = quantities()[quantity].unit
            units().convert(1.0, meaning.unit or stored, stored)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("name_en = ", "device type 'probe': not TOML: "),
        ('name_zh = "x"\nprotocol = "json"', "device type 'probe': field 'name_en' is missing"),
        (PLAIN + "colour = 1", "unknown field 'colour'"),
        (PLAIN.replace("lorawan", "telepathy"), "protocol 'telepathy': expected one of hj212, "),
        (PLAIN + 'classes = ["9999"]', "class '9999': expected four digits of classes.csv"),
        (PLAIN + "interval_s = 0", "interval_s 0: input should be greater than 0"),
        (PLAIN + "minute_interval_s = 420", "minute interval of 420 s: expected whole minutes"),
        (PLAIN + "minute_interval_s = 300", "of protocol 'lorawan': expected protocol 'hj212'"),
        (PLAIN + '[quantities.x]\nquantity = "levl"', "quantities.x.quantity: quantity 'levl'"),
        (PLAIN + '[quantities.x]\nquantity = "level"\nunit = "kPa"', "'kPa': expected one that"),
        (PLAIN + '[quantities.temperature]\nunit = "Cel"', "'temperature': expected its quantity"),
        (PLAIN + '[quantities.PH]\nunit = "m"', "unit 'm': expected one that becomes '1' of ph"),
        (PLAIN + "[quantities.PH]\nfull_scale = [14, 0]", "expected the lesser value first"),
        (PLAIN + "[commands.Open]", "commands.Open"),
        (
            PLAIN.replace("lorawan", "json") + '[quantities.depth]\nunit = "cm"',
            "'depth': unit of protocol 'json': expected full_scale only",
        ),
    ],
)
def test_a_mistake_is_told_with_what_was_expected(text: str, sentence: str) -> None:
    assert sentence in mistake_of(text)


def test_all_mistakes_of_all_files_are_told_at_once() -> None:
    with pytest.raises(DeviceTypeError) as refused:
        read_types([("one", "x = 1"), ("two", PLAIN), ("three", "y =")])
    assert [line.partition(":")[0] for line in refused.value.mistakes] == [
        *["device type 'one'"] * 4,
        "device type 'three'",
    ]


def test_a_districts_own_type_counts_before_the_shipped_one(tmp_path: Path) -> None:
    (tmp_path / "tasmota-plug.toml").write_text(PLAIN)
    (tmp_path / "our_probe.toml").write_text(PLAIN)
    types = load_types(tmp_path)
    assert types["tasmota-plug"].protocol == types["our_probe"].protocol == "lorawan"
    assert set(shipped_types()) < set(types)


def test_a_folder_that_is_not_there_leaves_the_shipped_types(tmp_path: Path) -> None:
    assert load_types(tmp_path / "none") == shipped_types()


def test_a_file_must_be_named_as_an_id(tmp_path: Path) -> None:
    file = tmp_path / "Our Probe.toml"
    file.write_text(PLAIN)
    with pytest.raises(DeviceTypeError, match=r"'Our Probe\.toml': expected small letters"):
        read_type_files([file])


def test_devices_of_one_type_share_their_settings() -> None:
    book = SettingsBook(shipped_types())
    assert book.settings("tasmota-plug", None, None) is book.settings("tasmota-plug", None, None)


def test_a_devices_own_settings_count_before_those_of_its_type() -> None:
    book = SettingsBook(shipped_types())
    own = {"minute_interval_s": 60, "quantities": {"a34002": {"unit": "mg/m3"}}}
    told = book.settings("hj212-air-station", own, 30)
    shared = book.settings("hj212-air-station", None, None)
    assert (told.interval_s, told.minute_interval_s) == (30, 60)
    assert (shared.interval_s, shared.minute_interval_s) == (60, 300)
    # What it does not say stays as the type says it.
    assert told.quantities["a34002"].unit == "mg/m3"
    assert told.quantities["a34002"].full_scale == shared.quantities["a34002"].full_scale
    assert told.quantities["a34004"] == shared.quantities["a34004"]


def test_a_type_that_nobody_knows_leaves_the_device_without_one_and_says_so() -> None:
    told = SettingsBook(shipped_types()).settings("telepath", None, 30)
    assert told.unknown.startswith("device type 'telepath': expected one of hj212-air-station, ")
    assert (told.quantities, told.interval_s) == ({}, 30)


def test_settings_in_the_register_that_cannot_be_read_are_left_out_and_told() -> None:
    told = SettingsBook(shipped_types()).settings("tasmota-plug", {"colour": "red"}, None)
    assert told.unknown == "device settings: unknown field 'colour'"
    assert told.quantities == shipped_types()["tasmota-plug"].quantities


def test_the_register_takes_settings_only_of_devices_and_only_sound_ones() -> None:
    sound = {"quantities": {"a34001": {"unit": "mg/m3"}}}
    assert check_properties("8510", {"device_settings": sound}) == {"device_settings": sound}
    with pytest.raises(InvalidPropertyError, match="property 'device_settings' of class 8101"):
        check_properties("8101", {"device_settings": sound})
    unsound = {"quantities": {"a34001": {"unit": "mgs"}}}
    with pytest.raises(InvalidPropertyError, match=r"quantities\.a34001\.unit: unit 'mgs'"):
        check_properties("8510", {"device_settings": unsound})
    with pytest.raises(InvalidPropertyError, match="'x', expected an object of settings"):
        check_properties("8510", {"device_settings": "x"})


def test_files_without_types_say_settings_as_json() -> None:
    said = {"device_settings": '{"minute_interval_s": 300}'}
    found = check_properties("8511", said, from_text=True)
    assert found == {"device_settings": {"minute_interval_s": 300}}
    with pytest.raises(InvalidPropertyError, match="settings 'red': not JSON"):
        check_properties("8511", {"device_settings": "red"}, from_text=True)
