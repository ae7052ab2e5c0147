"""The broker's configuration keeps the promises of ingest."""

from pathlib import Path

from private_services.settings import CHECKOUT
from private_services.state import ACCOUNTS

BROKER = CHECKOUT / "ingest/broker"


def directives(path: Path) -> list[tuple[str, str]]:
    lines = (line.strip() for line in path.read_text().splitlines())
    pairs = (line.partition(" ") for line in lines if line and not line.startswith("#"))
    return [(name, value) for name, _, value in pairs]


def test_nothing_confirmed_is_dropped_and_nobody_is_anonymous() -> None:
    conf = dict(directives(BROKER / "mosquitto.conf"))
    assert conf.items() >= {
        ("allow_anonymous", "false"),
        ("persistence", "true"),
        ("autosave_interval", "1"),
        ("autosave_on_changes", "false"),
        ("persistent_client_expiration", "7d"),
        ("max_queued_messages", "0"),
        ("max_inflight_messages", "4000"),
        ("max_packet_size", "16777216"),
        ("set_tcp_nodelay", "true"),
    }


def test_the_listener_is_not_in_the_shared_file() -> None:
    names = [name for name, _ in directives(BROKER / "mosquitto.conf")]
    assert "listener" not in names
    assert "port" not in names


def test_each_account_has_its_rules_and_no_rule_is_for_anybody() -> None:
    rules = directives(BROKER / "acl")
    assert [value for name, value in rules if name == "user"] == list(ACCOUNTS)
    assert rules[0][0] == "user"
    assert "pattern" not in {name for name, _ in rules}


def test_only_ingest_writes_alerts_and_only_clients_write_actual_readings() -> None:
    writers: dict[str, set[str]] = {}
    user = ""
    for name, value in directives(BROKER / "acl"):
        if name == "user":
            user = value
        elif value.startswith("write "):
            writers.setdefault(value.removeprefix("write "), set()).add(user)
    assert {topic for topic, users in writers.items() if "ingest" in users} == {
        "citytwin/v1/alerts/#",
        "citytwin/+/v1/alerts/#",
        "citytwin/v1/incidents/#",
        "citytwin/+/v1/incidents/#",
        "citytwin/v1/heartbeat",
        "citytwin/v1/live/#",
        "citytwin/v1/http/outcomes",
        "citytwin/v1/+/commands",
        "spBv1.0/+/NCMD/#",
        "spBv1.0/+/DCMD/#",
    }
    assert all(len(users) == 1 for users in writers.values())
    assert writers["citytwin/v1/+/telemetry"] == {"client"}
    assert writers["citytwin/v1/http/#"] == {"web"}
    assert writers["citytwin/exercise/v1/#"] == {"exercise"}
    assert writers["citytwin/replay/v1/#"] == {"replay"}
