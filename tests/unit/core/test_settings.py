"""Settings: from the state folder and a few variables, and nothing unknown."""

import json
from pathlib import Path

import pytest

from twin.app.settings import SettingsError, load, load_running

SERVICES = """
[store]
url = "postgresql://citytwin@127.0.0.1:1/citytwin"
[mqtt]
host = "127.0.0.1"
port = 2
[mqtt.accounts.client]
username = "client"
password_file = "/nowhere"
"""


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A state folder as scripts/services leaves it."""
    (tmp_path / "services.toml").write_text(SERVICES)
    return tmp_path


def test_services_and_ports_are_found_in_the_state_folder(state: Path) -> None:
    settings = load({"CITYTWIN_STATE_DIR": str(state), "CITYTWIN_HTTP_PORT": "8123"})
    assert settings.accounts["client"].port == 2
    assert settings.http_url == "http://127.0.0.1:8123"
    assert settings.live_url == "ws://127.0.0.1:8123/api/v1/live"


def test_a_mistyped_variable_is_refused_by_name(state: Path) -> None:
    with pytest.raises(SettingsError, match="CITYTWIN_HTPP_PORT"):
        load({"CITYTWIN_STATE_DIR": str(state), "CITYTWIN_HTPP_PORT": "8123"})


@pytest.mark.parametrize("port", ["", "http", "0", "70000"])
def test_a_port_that_is_none_is_refused_with_its_value(state: Path, port: str) -> None:
    with pytest.raises(SettingsError, match=f"CITYTWIN_HTTP_PORT is '{port}'"):
        load({"CITYTWIN_STATE_DIR": str(state), "CITYTWIN_HTTP_PORT": port})


def test_without_services_it_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="run scripts/services up"):
        load({"CITYTWIN_STATE_DIR": str(tmp_path)})


def test_an_unknown_key_of_the_own_file_is_refused(state: Path) -> None:
    (state / "citytwin.toml").write_text("[ingest]\nbatch_mesages = 5\n")
    with pytest.raises(SettingsError, match="batch_mesages"):
        load({"CITYTWIN_STATE_DIR": str(state)})


def test_who_asks_later_finds_the_port_of_the_running_web_process(state: Path) -> None:
    (state / "web.json").write_text(json.dumps({"host": "127.0.0.1", "port": 9001}))
    folder = {"CITYTWIN_STATE_DIR": str(state)}
    assert load_running(folder).http_url == "http://127.0.0.1:9001"
    assert load(folder).http_url == "http://127.0.0.1:8080"
    named = folder | {"CITYTWIN_HTTP_PORT": "8123"}
    assert load_running(named).http_url == "http://127.0.0.1:8123"
