"""``twin user`` and ``twin key``: what they change, print and refuse."""

import json
from pathlib import Path
from typing import Any

import psycopg
import pytest
import typer
from typer.testing import CliRunner, Result

from twin.api.keys import key_digest
from twin.api.passwords import PasswordChecks
from twin.app.actor import command_line_actor
from twin.cli.people import key_app, user_app

PASSWORD = "long enough so far"  # noqa: S105 - of a test

app = typer.Typer()
app.add_typer(user_app, name="user")
app.add_typer(key_app, name="key")


@pytest.fixture(autouse=True)
def state(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A state folder that leads to the emptied store."""
    lines = ["[store]", f"url = {json.dumps(database_url)}"]
    lines += ["[mqtt]", 'host = "127.0.0.1"', "port = 1", "[mqtt.accounts]"]
    (tmp_path / "services.toml").write_text("\n".join(lines))
    monkeypatch.setenv("CITYTWIN_STATE_DIR", str(tmp_path))


def twin(*arguments: str, typed: str | None = None) -> Result:
    return CliRunner().invoke(app, arguments, input=typed)


def printed(*arguments: str, typed: str | None = None) -> Any:  # noqa: ANN401 - JSON
    done = twin(*arguments, "--json", typed=typed)
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def add(name: str, role: str = "viewer") -> None:
    printed("user", "add", name, "--role", role, "--password-stdin", typed=f"{PASSWORD}\n")


@pytest.mark.anyio
async def test_a_password_from_standard_input_opens_the_account(database_url: str) -> None:
    add("li", "operator")
    with psycopg.connect(database_url) as connection:
        row = connection.execute("SELECT username, role, password_hash FROM account").fetchone()
    assert row is not None
    assert row[:2] == ("li", "operator")
    assert await PasswordChecks(lambda: 0.0).matches(row[2], PASSWORD)


def test_a_generated_password_is_printed_once_and_alone() -> None:
    done = twin("user", "add", "li", "--role", "viewer", "--generate")
    assert done.exit_code == 0, done.output
    password = done.stdout.strip()
    assert len(password) >= 20
    assert password not in twin("user", "list", "--json").output
    changed = printed("user", "password", "li", "--generate")
    assert changed["password"] != password


def test_an_account_is_changed_step_by_step_and_each_step_is_logged(database_url: str) -> None:
    add("li")
    assert printed("user", "role", "li", "dispatcher")["role"] == "dispatcher"
    assert printed("user", "disable", "li")["disabled"] is True
    assert printed("user", "enable", "li")["disabled"] is False
    assert printed("user", "unlock", "li")["locked_until"] is None
    with psycopg.connect(database_url) as connection:
        log = connection.execute("SELECT actor, action, detail FROM actor_log ORDER BY id")
        logged = log.fetchall()
    actor = command_line_actor()
    assert logged == [
        (actor, "account.add", {"role": "viewer"}),
        (actor, "account.change", {"role": "dispatcher"}),
        (actor, "account.change", {"disabled": True}),
        (actor, "account.change", {"disabled": False}),
        (actor, "account.change", {"unlock": True}),
    ]


def test_a_key_is_printed_once_and_kept_as_a_digest(database_url: str) -> None:
    made = printed("key", "add", "gis", "--role", "operator", "--scope", "read", "--days", "30")
    with psycopg.connect(database_url) as connection:
        row = connection.execute(
            "SELECT key_digest, scopes, round(extract(epoch FROM expires_at - created_at) / 86400)"
            " FROM api_key"
        ).fetchone()
    assert row == (key_digest(made["key"]), ["read"], 30)
    plain = twin("key", "add", "other", "--role", "viewer")
    assert plain.stdout.startswith("ct_")
    assert made["key"] not in twin("key", "list", "--json").output
    assert [key["name"] for key in printed("key", "list")] == ["gis", "other"]


def test_a_key_ends_when_it_is_revoked_and_its_name_is_free_again() -> None:
    arguments = ("key", "add", "gis", "--role", "viewer", "--days", "0", "--never-expires")
    assert printed(*arguments)["expires_at"] is None
    assert twin(*arguments).exit_code == 2
    assert printed("key", "revoke", "gis")["revoked_at"] is not None
    assert twin("key", "revoke", "gis").exit_code == 2
    assert printed(*arguments)["revoked_at"] is None


def test_lists_for_people_have_a_line_for_each() -> None:
    add("li", "administrator")
    twin("key", "add", "gis", "--role", "viewer", "--scope", "read")
    users = twin("user", "list").stdout.splitlines()
    assert [line.split() for line in users] == [
        ["username", "role", "disabled", "locked_until"],
        ["li", "administrator"],
    ]
    keys = twin("key", "list").stdout.splitlines()
    assert keys[1].split()[0:4:2] == ["gis", "viewer"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("user", "add", "li", "--role", "viewer"), "--generate where no terminal is"),
        (("user", "add", "a:b", "--role", "viewer", "--generate"), "without spaces, colons"),
        (("user", "add", "li", "--role", "king", "--generate"), "expected one of viewer"),
        (("user", "add", "li", "--role", "viewer", "--password-stdin"), "expected 12 to 256"),
        (("user", "disable", "li"), "account 'li': not in the store"),
        (("key", "add", "x", "--role", "viewer", "--scope", "fly"), "scope 'fly'"),
        (("key", "add", "x", "--role", "viewer", "--days", "0"), "0 with --never-expires"),
        (("key", "add", "x", "--role", "viewer", "--never-expires"), "expected 0 with"),
        (("key", "revoke", "x"), "key 'x': not in the store"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(
    arguments: tuple[str, ...], sentence: str, database_url: str
) -> None:
    done = twin(*arguments, typed="short\n")
    assert done.exit_code == 2
    assert sentence in " ".join(done.stderr.replace("│", " ").split())
    with psycopg.connect(database_url) as connection:
        assert connection.execute("SELECT count(*) FROM actor_log").fetchone() == (0,)
