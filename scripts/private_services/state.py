"""The state folder: secrets, the lock, and the file that says where the servers are."""

import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, quote, unquote, urlsplit

from private_services.problems import CannotGoOnError
from private_services.progress import Progress
from private_services.settings import Settings

DATABASE = "citytwin"
OWNER = "citytwin"
ADMIN = "citytwin_admin"
ACCOUNTS = ("ingest", "web", "client", "exercise", "replay")
_MQTT_PORT = 1883


@dataclass(frozen=True, slots=True)
class Broker:
    """Where the broker is, and the user name and password file of each account."""

    host: str
    port: int
    managed: bool
    accounts: dict[str, tuple[str, Path]]


@dataclass(frozen=True, slots=True)
class Store:
    """The database's addresses, for the owner of the tables and for the superuser."""

    url: str
    admin_url: str
    managed: bool


class State:
    """A state folder; every file in it that holds a secret is readable by its owner only."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.secrets = folder / "secrets"
        self.logs = folder / "log"
        self.file = folder / "services.toml"

    @contextmanager
    def locked(self, progress: Progress) -> Iterator[None]:
        """One caller at a time starts or stops services."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "services.lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                progress.say(f"waiting for another program that works in {self.folder}")
                fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def secret(self, name: str) -> str:
        """The password of this name, made at random the first time."""
        path = self.secrets / name
        if not path.exists():
            self.write_private(path, secrets.token_urlsafe(24))
        return path.read_text("ascii").strip()

    def write_private(self, path: Path, text: str) -> None:
        """Replace a file as a whole, readable by its owner only; the same text is left alone."""
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.parent == self.secrets:
            path.parent.chmod(0o700)
        if path.exists() and path.read_text("utf-8") == text:
            return
        fresh = path.with_name(f".{path.name}.new")
        fresh.unlink(missing_ok=True)
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        fresh.replace(path)

    def make_secrets(self, settings: Settings) -> None:
        """Make what is missing: passwords, libpq's password file, an outside broker's password."""
        if settings.database_url is None:
            users = (OWNER, ADMIN)
            host = settings.db_host
            lines = (f"{host}:*:*:{user}:{self.secret(f'postgres-{user}')}\n" for user in users)
            self.write_private(self.secrets / "pgpass", "".join(lines))
        if settings.mqtt_url is None:
            for account in ACCOUNTS:
                self.secret(f"mqtt-{account}")
        elif not _password_file(settings.mqtt_url):
            password = unquote(urlsplit(settings.mqtt_url).password or "")
            self.write_private(self.secrets / "mqtt-outside", password)

    def store(self, settings: Settings, port: int) -> Store:
        """The private cluster's addresses, or the ones that the environment names."""
        if settings.database_url is not None:
            return Store(
                settings.database_url,
                settings.admin_database_url or settings.database_url,
                managed=False,
            )
        passfile = quote(str(self.secrets / "pgpass"), safe="/")
        owner, admin = (
            f"postgresql://{u}@{settings.db_host}:{port}/{DATABASE}?passfile={passfile}"
            for u in (OWNER, ADMIN)
        )
        return Store(owner, admin, managed=True)

    def broker(self, settings: Settings, port: int) -> Broker:
        """The private broker's address and accounts, or what the environment names."""
        if settings.mqtt_url is not None:
            return self._outside_broker(settings.mqtt_url)
        accounts = {name: (name, self.secrets / f"mqtt-{name}") for name in ACCOUNTS}
        return Broker(settings.mqtt_host, port, managed=True, accounts=accounts)

    def _outside_broker(self, url: str) -> Broker:
        """One user plays every account."""
        parts = urlsplit(url)
        if parts.scheme != "mqtt" or parts.hostname is None:
            raise CannotGoOnError(
                "CITYTWIN_MQTT_URL is no mqtt address: write mqtt://user:password@host:port"
            )
        password_file = _password_file(url) or self.secrets / "mqtt-outside"
        account = (unquote(parts.username or ""), password_file)
        return Broker(
            parts.hostname,
            parts.port or _MQTT_PORT,
            managed=False,
            accounts=dict.fromkeys(ACCOUNTS, account),
        )

    def describe(self, store: Store, broker: Broker) -> None:
        """Write services.toml, which the program reads to find its servers."""
        self.write_private(self.file, describe(store, broker))


def _password_file(url: str) -> Path | None:
    named = parse_qs(urlsplit(url).query).get("password_file")
    return Path(named[0]).absolute() if named else None


def describe(store: Store, broker: Broker) -> str:
    """The text of services.toml. JSON's strings and booleans are TOML's too."""
    lines = ["# Written by scripts/services up; changes are lost at the next one."]
    lines += _table(
        "store", {"url": store.url, "admin_url": store.admin_url, "managed": store.managed}
    )
    lines += _table("mqtt", {"host": broker.host, "port": broker.port, "managed": broker.managed})
    for name, (user, file) in broker.accounts.items():
        lines += _table(f"mqtt.accounts.{name}", {"username": user, "password_file": str(file)})
    return "\n".join(lines) + "\n"


def _table(name: str, values: dict[str, str | int | bool]) -> list[str]:
    return ["", f"[{name}]", *(f"{key} = {json.dumps(value)}" for key, value in values.items())]
