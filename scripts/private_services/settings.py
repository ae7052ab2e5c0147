"""What the environment says, read once."""

import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from private_services.problems import CannotGoOnError

CHECKOUT = Path(__file__).resolve().parents[2]
DEFAULT_DB_PORT = 55432
DEFAULT_MQTT_PORT = 51883
_HIGHEST_PORT = 65535


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Where state and cache live, and which ports and outside servers to use.

    A port is None when the environment names none: then the one used before, or the default.
    ``db_fsync`` is off for databases of tests alone: what was committed then outlives a killed
    server, but not a machine that fails.
    """

    state_dir: Path
    cache_dir: Path
    db_port: int | None
    mqtt_port: int | None
    mqtt_bind: str
    db_bind: str = "127.0.0.1"
    db_host: str = "127.0.0.1"
    mqtt_host: str = "127.0.0.1"
    database_url: str | None
    admin_database_url: str | None
    mqtt_url: str | None
    debian_mirror: str | None
    db_fsync: bool = True

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Settings":
        """Read the CITYTWIN_* variables; a wrong one is refused with its name."""
        home_cache = environment.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
        cache = environment.get("CITYTWIN_CACHE_DIR") or f"{home_cache}/citytwin"
        state = environment.get("CITYTWIN_STATE_DIR") or str(CHECKOUT / ".citytwin")
        database_url = environment.get("CITYTWIN_DATABASE_URL") or None
        return cls(
            state_dir=Path(state).absolute(),
            cache_dir=Path(cache).absolute(),
            db_port=port_from(environment, "CITYTWIN_DB_PORT"),
            mqtt_port=port_from(environment, "CITYTWIN_MQTT_PORT"),
            mqtt_bind=_address(environment, "CITYTWIN_MQTT_BIND"),
            database_url=database_url,
            admin_database_url=environment.get("CITYTWIN_ADMIN_DATABASE_URL") or database_url,
            mqtt_url=environment.get("CITYTWIN_MQTT_URL") or None,
            debian_mirror=environment.get("CITYTWIN_DEBIAN_MIRROR") or None,
            db_fsync=_switch(environment, "CITYTWIN_DB_FSYNC"),
        )


def port_from(environment: Mapping[str, str], name: str) -> int | None:
    """The port that the variable names, if it is set."""
    text = environment.get(name)
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or not 0 < int(text) <= _HIGHEST_PORT:
        raise CannotGoOnError(
            f"{name} is {text!r}: set it to a port number from 1 to {_HIGHEST_PORT}"
        )
    return int(text)


def _switch(environment: Mapping[str, str], name: str) -> bool:
    text = environment.get(name) or "on"
    if text not in ("on", "off"):
        raise CannotGoOnError(f"{name} is {text!r}: set it to on or off")
    return text == "on"


def _address(environment: Mapping[str, str], name: str) -> str:
    text = environment.get(name) or "127.0.0.1"
    try:
        ipaddress.ip_address(text)
    except ValueError as error:
        raise CannotGoOnError(
            f"{name} is {text!r}: set it to an address of this machine, such as 0.0.0.0 for "
            "all of them"
        ) from error
    return text
