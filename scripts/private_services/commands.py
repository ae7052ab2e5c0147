"""What `scripts/services` can be told to do."""

import json
from collections.abc import Iterable
from urllib.parse import urlsplit, urlunsplit

from private_services import ports, programs
from private_services.broker import NAME as MOSQUITTO
from private_services.broker import MqttBroker
from private_services.chamber import require_mounts
from private_services.cluster import NAME as POSTGRES
from private_services.cluster import Cluster
from private_services.problems import CannotGoOnError
from private_services.progress import Progress
from private_services.settings import DEFAULT_DB_PORT, DEFAULT_MQTT_PORT, Settings
from private_services.state import Broker, State, Store

SERVICES = (POSTGRES, MOSQUITTO)


class Services:
    """The services of one state folder."""

    def __init__(self, settings: Settings, progress: Progress) -> None:
        self._settings = settings
        self._progress = progress
        self._state = State(settings.state_dir)
        self._cluster = Cluster(self._state, fsync=settings.db_fsync)
        self._broker = MqttBroker(self._state)

    def up(self, wanted: Iterable[str]) -> None:
        """Start what does not run; when one cannot start, what this call started ends again."""
        ours = [name for name in wanted if not self._is_outside(name)]
        if ours:
            require_mounts()
        with self._state.locked(self._progress):
            self._state.make_secrets(self._settings)
            running = [name for name in ours if self._service(name).pid() is not None]
            try:
                for name in ours:
                    self._start(name)
            except BaseException:
                self._stop(name for name in ours if name not in running)
                raise
            self._state.describe(*self._addresses())

    def down(self, wanted: Iterable[str]) -> None:
        """End what runs, in order."""
        if not self._state.folder.is_dir():
            return
        with self._state.locked(self._progress):
            self._stop(reversed(list(wanted)))

    def restart(self, wanted: Iterable[str]) -> None:
        """End in order, then start."""
        names = list(wanted)
        self.down(names)
        self.up(names)

    def status(self) -> dict[str, object]:
        """What runs where; no secret is in it."""
        store, broker = self._addresses()
        return {
            "state_dir": str(self._state.folder),
            "services_file": str(self._state.file),
            "database_url": _without_password(store.url),
            "admin_database_url": _without_password(store.admin_url),
            "mqtt": {"host": broker.host, "port": broker.port},
            POSTGRES: self._service_status(POSTGRES),
            MOSQUITTO: self._service_status(MOSQUITTO),
        }

    def _service_status(self, name: str) -> dict[str, object]:
        if self._is_outside(name):
            return {"running": None, "pid": None, "managed": False}
        service = self._service(name)
        pid = service.pid()
        return {
            "running": pid is not None,
            "pid": pid,
            "managed": True,
            "port": self._port(name),
            "log": str(service.log),
        }

    def _service(self, name: str) -> Cluster | MqttBroker:
        return self._cluster if name == POSTGRES else self._broker

    def _is_outside(self, name: str) -> bool:
        named = self._settings.database_url if name == POSTGRES else self._settings.mqtt_url
        return named is not None

    def _wanted_port(self, name: str) -> int:
        """What the environment says, else the one used before, else the default."""
        if name == POSTGRES:
            return self._settings.db_port or self._cluster.port() or DEFAULT_DB_PORT
        return self._settings.mqtt_port or self._broker.port() or DEFAULT_MQTT_PORT

    def _port(self, name: str) -> int:
        """Where it runs; when it does not, where it would."""
        service = self._service(name)
        used = service.port() if service.pid() is not None else None
        return used or self._wanted_port(name)

    def _addresses(self) -> tuple[Store, Broker]:
        store = self._state.store(self._settings, self._port(POSTGRES))
        return store, self._state.broker(self._settings, self._port(MOSQUITTO))

    def _start(self, name: str) -> None:
        """Start it, unless it runs where it should."""
        service, port = self._service(name), self._wanted_port(name)
        pid = service.pid()
        if pid is not None:
            if service.port() != port:
                raise CannotGoOnError(
                    f"{name} of {self._state.folder} runs on port {service.port()} (pid "
                    f"{pid}), not on {port}: "
                    f"run 'scripts/services down {name}' first, or ask for port {service.port()}"
                )
            return
        self._require_port(name, port)
        root = programs.locate(self._settings, self._progress)
        if isinstance(service, Cluster):
            service.start(root, port, self._settings.db_bind, self._progress)
        else:
            service.start(root, port, self._settings.mqtt_bind, self._progress)

    def _require_port(self, name: str, port: int) -> None:
        address = self._settings.db_bind if name == POSTGRES else self._settings.mqtt_bind
        variable = "CITYTWIN_DB_PORT" if name == POSTGRES else "CITYTWIN_MQTT_PORT"
        ports.require_free(name, variable, address, port)

    def _stop(self, names: Iterable[str]) -> None:
        for name in names:
            service = self._service(name)
            pid = service.pid()
            if pid is None:
                continue
            self._progress.say(f"stopping {name} (pid {pid})")
            if not service.stop():
                self._progress.say(
                    f"{name} did not end by itself and was killed; its log is {service.log}"
                )


def _without_password(url: str) -> str:
    parts = urlsplit(url)
    if parts.password is None:
        return url
    return urlunsplit(parts._replace(netloc=parts.netloc.replace(f":{parts.password}@", ":***@")))


def as_text(status: dict[str, object]) -> str:
    """The status as lines for a person."""
    lines = [f"state      {status['state_dir']}", f"database   {status['database_url']}"]
    for name in SERVICES:
        service = status[name]
        if isinstance(service, dict) and not service["managed"]:
            lines.append(f"{name:10} external")
        elif isinstance(service, dict):
            runs = f"running, pid {service['pid']}" if service["running"] else "stopped"
            lines.append(f"{name:10} {runs}, port {service['port']}")
    return "\n".join(lines)


def as_json(status: dict[str, object]) -> str:
    """The status for programs."""
    return json.dumps(status, indent=2)
