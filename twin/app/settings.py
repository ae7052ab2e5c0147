"""What the environment and the state folder say, read once when a command starts."""

import json
import os
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from alerts.cap.config import CapConfig
from alerts.subscriptions.config import NoticeConfig
from data.reference.device_types import sentences_of
from ingest.config import BrokerAccount, PipelineConfig, SourceConfig
from ingest.mapping import MappingConfig
from ingest.stations.config import StationConfig
from twin.api.config import WebConfig

_KNOWN = {
    "CITYTWIN_ADMIN_DATABASE_URL",
    "CITYTWIN_CACHE_DIR",
    "CITYTWIN_DATABASE_URL",
    "CITYTWIN_DB_FSYNC",
    "CITYTWIN_DB_PORT",
    "CITYTWIN_DEBIAN_MIRROR",
    "CITYTWIN_HTTP_PORT",
    "CITYTWIN_MQTT_BIND",
    "CITYTWIN_MQTT_PORT",
    "CITYTWIN_MQTT_URL",
    "CITYTWIN_STATE_DIR",
}


class SettingsError(Exception):
    """A setting that cannot be used. Correct it and start again."""


class _File(BaseModel):
    """``citytwin.toml`` in the state folder: all of it may be left out."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    ingest: PipelineConfig = PipelineConfig()
    sources: tuple[SourceConfig, ...] = ()
    mappings: tuple[MappingConfig, ...] = ()
    stations: tuple[StationConfig, ...] = ()
    web: WebConfig = WebConfig()
    notices: NoticeConfig = NoticeConfig()
    cap: CapConfig = CapConfig()


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that a command needs to know.

    Attributes:
        state_dir: folder with the services' facts, secrets, logs and ``citytwin.toml``.
        store_url: of the store, in libpq's form; the password stands in a file that it names.
        accounts: the broker's accounts by name: ingest, web, client, exercise, replay.
        ingest: sizes and waits of the pipeline.
        sources: messages beside those that every district has.
        mappings: what the JSON of other topics means.
        stations: servers for stations that connect by TCP.
        web: address and rights of the web service.
        notices: how subscribers are told.
        cap: our warnings, and those of others.
    """

    state_dir: Path
    store_url: str
    accounts: Mapping[str, BrokerAccount]
    ingest: PipelineConfig
    web: WebConfig
    sources: tuple[SourceConfig, ...] = ()
    mappings: tuple[MappingConfig, ...] = ()
    stations: tuple[StationConfig, ...] = ()
    notices: NoticeConfig = field(default_factory=NoticeConfig)
    cap: CapConfig = field(default_factory=CapConfig)

    @property
    def device_types_folder(self) -> Path:
        """The folder of the district's own device types."""
        return self.state_dir / "device_types"

    @property
    def web_file(self) -> Path:
        """The file in which a web process says where it listens."""
        return self.state_dir / "web.json"

    @property
    def credentials_file(self) -> Path:
        """The file that holds the demo's accounts and API key."""
        return self.state_dir / "secrets" / "credentials.json"

    @property
    def http_url(self) -> str:
        """The address of the map."""
        return f"http://{self.web.host}:{self.web.port}"

    @property
    def live_url(self) -> str:
        """The address of the live stream."""
        return f"ws://{self.web.host}:{self.web.port}/api/v1/live"


def state_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """Return the state folder: as the environment says, else beside the Python environment."""
    named = environment.get("CITYTWIN_STATE_DIR")
    return Path(named).absolute() if named else Path(sys.prefix).parent / ".citytwin"


def load(environment: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings.

    Raises:
        SettingsError: an unknown CITYTWIN_* variable, a missing or wrong file, a wrong value.
    """
    _refuse_unknown(environment)
    state_dir = state_folder(environment)
    services = _services(state_dir)
    file = _own_file(state_dir / "citytwin.toml")
    mqtt = services["mqtt"]
    return Settings(
        state_dir=state_dir,
        store_url=services["store"]["url"],
        accounts={
            name: BrokerAccount(host=mqtt["host"], port=mqtt["port"], **account)
            for name, account in mqtt["accounts"].items()
        },
        ingest=file.ingest,
        sources=file.sources,
        mappings=file.mappings,
        stations=file.stations,
        web=_with_port(file.web, environment.get("CITYTWIN_HTTP_PORT")),
        notices=file.notices,
        cap=file.cap,
    )


def load_running(environment: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings as the web process that was started last has them.

    Raises:
        SettingsError: as ``load``.
    """
    settings = load(environment)
    if "CITYTWIN_HTTP_PORT" in environment or not settings.web_file.exists():
        return settings
    told = json.loads(settings.web_file.read_text(encoding="utf-8"))
    return replace(settings, web=WebConfig(**settings.web.model_dump() | told))


def without_self_watch(settings: Settings) -> Settings:
    """Return settings by which ingest stores no readings about the system itself."""
    return replace(settings, ingest=settings.ingest.model_copy(update={"watch_itself": False}))


def _refuse_unknown(environment: Mapping[str, str]) -> None:
    for name in environment:
        if name.startswith("CITYTWIN_") and name not in _KNOWN:
            raise SettingsError(f"variable {name}: expected one of {', '.join(sorted(_KNOWN))}")


def _services(state_dir: Path) -> dict[str, Any]:
    path = state_dir / "services.toml"
    if not path.exists():
        raise SettingsError(
            f"no services known in {str(state_dir)!r}: run scripts/services up, or name the "
            "state folder with CITYTWIN_STATE_DIR"
        )
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _own_file(path: Path) -> _File:
    if not path.exists():
        return _File()
    try:
        return _File.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except ValidationError as error:
        raise SettingsError(f"file {str(path)!r}: {'; '.join(sentences_of(error))}") from error
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"file {str(path)!r}: not TOML: {error}") from error


def _with_port(web: WebConfig, text: str | None) -> WebConfig:
    if text is None:
        return web
    try:
        return WebConfig(**web.model_dump() | {"port": int(text)})
    except ValueError as error:
        raise SettingsError(f"CITYTWIN_HTTP_PORT is {text!r}: expected a port number") from error
