"""What the environment may say, and what becomes of it in the state folder."""

import stat
import tomllib
from pathlib import Path

import pytest
from private_services.cluster import server_settings
from private_services.problems import CannotGoOnError
from private_services.settings import CHECKOUT, Settings
from private_services.state import ACCOUNTS, State, describe

GIGABYTE = 1024**3


def settings(tmp_path: Path, **more: str) -> Settings:
    return Settings.from_environment(
        {"HOME": "/nowhere", "CITYTWIN_STATE_DIR": str(tmp_path)} | more
    )


def test_without_a_word_all_is_in_the_checkout() -> None:
    plain = Settings.from_environment({})
    assert plain.state_dir == CHECKOUT / ".citytwin"
    assert plain.db_bind == plain.mqtt_bind == "127.0.0.1"


@pytest.mark.parametrize("wrong", ["abc", "0", "70000", "-1", "5432.0", "٣"])
def test_a_wrong_port_is_named(tmp_path: Path, wrong: str) -> None:
    with pytest.raises(CannotGoOnError, match="CITYTWIN_DB_PORT is "):
        settings(tmp_path, CITYTWIN_DB_PORT=wrong)


def test_a_wrong_address_is_named(tmp_path: Path) -> None:
    with pytest.raises(CannotGoOnError, match="CITYTWIN_MQTT_BIND is 'eth0'"):
        settings(tmp_path, CITYTWIN_MQTT_BIND="eth0")


def test_services_file_says_where_everything_is(tmp_path: Path) -> None:
    state, plain = State(tmp_path), settings(tmp_path)
    state.make_secrets(plain)
    state.describe(state.store(plain, 1234), state.broker(plain, 5678))
    written = tomllib.loads(state.file.read_text())
    passfile = f"?passfile={tmp_path}/secrets/pgpass"
    assert written["store"] == {
        "url": f"postgresql://citytwin@127.0.0.1:1234/citytwin{passfile}",
        "admin_url": f"postgresql://citytwin_admin@127.0.0.1:1234/citytwin{passfile}",
        "managed": True,
    }
    assert (written["mqtt"]["host"], written["mqtt"]["port"]) == ("127.0.0.1", 5678)
    for account in ACCOUNTS:
        entry = written["mqtt"]["accounts"][account]
        assert entry["username"] == account
        assert len(Path(entry["password_file"]).read_text()) >= 32
    assert stat.S_IMODE(state.file.stat().st_mode) == 0o600


def test_secrets_are_different_private_and_stay(tmp_path: Path) -> None:
    state, plain = State(tmp_path), settings(tmp_path)
    state.make_secrets(plain)
    files = sorted(state.secrets.iterdir())
    before = [file.read_text() for file in files]
    state.make_secrets(plain)
    assert [file.read_text() for file in files] == before
    assert len(set(before)) == len(before)
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert stat.S_IMODE(state.secrets.stat().st_mode) == 0o700


def test_a_path_with_odd_characters_survives_the_address(tmp_path: Path) -> None:
    folder = tmp_path / "my twin & co?"
    state = State(folder)
    url = state.store(settings(folder), 1).url
    assert url.endswith("/my%20twin%20%26%20co%3F/secrets/pgpass")
    assert tomllib.loads(
        describe(state.store(settings(folder), 1), state.broker(settings(folder), 2))
    )


def test_servers_that_run_elsewhere_are_used(tmp_path: Path) -> None:
    state = State(tmp_path)
    outside = settings(
        tmp_path,
        CITYTWIN_DATABASE_URL="postgresql://me@db.example/twin",
        CITYTWIN_MQTT_URL="mqtt://gate:p%40ss@mq.example:8883",
    )
    state.make_secrets(outside)
    store, broker = state.store(outside, 1), state.broker(outside, 2)
    assert (store.url, store.admin_url, store.managed) == (
        "postgresql://me@db.example/twin",
        "postgresql://me@db.example/twin",
        False,
    )
    assert (broker.host, broker.port, broker.managed) == ("mq.example", 8883, False)
    user, password_file = broker.accounts["web"]
    assert (user, password_file.read_text()) == ("gate", "p@ss")
    assert not (state.secrets / "pgpass").exists()


def test_a_password_file_of_an_outside_broker_is_named_not_copied(tmp_path: Path) -> None:
    outside = settings(
        tmp_path, CITYTWIN_MQTT_URL="mqtt://gate@mq.example?password_file=/etc/gate.pw"
    )
    state = State(tmp_path)
    state.make_secrets(outside)
    broker = state.broker(outside, 2)
    assert broker.accounts["ingest"] == ("gate", Path("/etc/gate.pw"))
    assert broker.port == 1883
    assert not (state.secrets / "mqtt-outside").exists()


def test_an_address_that_is_not_mqtt_is_refused(tmp_path: Path) -> None:
    outside = settings(tmp_path, CITYTWIN_MQTT_URL="http://mq.example")
    with pytest.raises(CannotGoOnError, match="write mqtt://user:password@host:port"):
        State(tmp_path).broker(outside, 2)


@pytest.mark.parametrize(("memory", "shared"), [(4, "512MB"), (24, "2048MB"), (256, "2048MB")])
def test_the_database_takes_an_eighth_of_memory_at_most_two_gigabytes(
    memory: int, shared: str
) -> None:
    text = server_settings(5432, "127.0.0.1", memory * GIGABYTE)
    assert f"\nshared_buffers = {shared}\n" in text
    assert "\nfsync = on\n" in text
    assert "\nsynchronous_commit = on\n" in text


def test_only_who_says_so_gets_a_database_that_leaves_the_disk_to_the_kernel(
    tmp_path: Path,
) -> None:
    assert settings(tmp_path).db_fsync
    assert not settings(tmp_path, CITYTWIN_DB_FSYNC="off").db_fsync
    with pytest.raises(CannotGoOnError, match="CITYTWIN_DB_FSYNC is 'no': set it to on or off"):
        settings(tmp_path, CITYTWIN_DB_FSYNC="no")
    assert "\nfsync = off\n" in server_settings(5432, "127.0.0.1", GIGABYTE, fsync=False)
