"""What the containers of docker-compose.yml run: the same cluster and broker, in the foreground.

The engine gives each container its file system and its user, so no root folder is needed; the state
folder is a volume that all of them share.
"""

import dataclasses
import os
import signal
import sys
from types import FrameType

from private_services import broker, cluster, processes
from private_services.broker import MqttBroker
from private_services.cluster import Cluster
from private_services.problems import CannotGoOnError
from private_services.progress import Progress
from private_services.settings import Settings
from private_services.state import State

DB_PORT = 5432
MQTT_PORT = 1883
_EVERYWHERE = "0.0.0.0"  # noqa: S104 -- the engine's network is private, what leaves it is published
_USAGE = "usage: container prepare | db | broker | healthy db | healthy broker\n"


def main(arguments: list[str]) -> int:
    """Do what the container is for: 0 done, 1 could not, 2 asked wrongly."""
    settings = dataclasses.replace(
        Settings.from_environment(),
        db_host="db",
        mqtt_host="broker",
        db_bind=_EVERYWHERE,
        mqtt_bind=_EVERYWHERE,
    )
    state = State(settings.state_dir)
    try:
        match arguments:
            case ["prepare"]:
                _prepare(state, settings)
            case ["db"]:
                return _stay(Cluster(state), DB_PORT)
            case ["broker"]:
                return _stay(MqttBroker(state), MQTT_PORT)
            case ["healthy", ("db" | "broker") as name]:
                return 0 if _healthy(state, name) else 1
            case _:
                sys.stderr.write(_USAGE)
                return 2
    except CannotGoOnError as error:
        sys.stderr.write(f"container: {error}\n")
        return 1
    return 0


def _prepare(state: State, settings: Settings) -> None:
    """Passwords and services.toml, before anything else starts."""
    with state.locked(Progress()):
        state.make_secrets(settings)
        state.describe(state.store(settings, DB_PORT), state.broker(settings, MQTT_PORT))


def _stay(service: Cluster | MqttBroker, port: int) -> int:
    """Start, and stay until the service ends or the engine wants it to."""
    signal.signal(signal.SIGTERM, _leave)
    try:
        pid = service.start(None, port, _EVERYWHERE, Progress())
        os.waitpid(pid, 0)
    except KeyboardInterrupt:
        service.stop()
        return 0
    raise CannotGoOnError(
        f"the service ended by itself, its last words: {processes.tail(service.log)}"
    )


def _leave(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _healthy(state: State, name: str) -> bool:
    if name == "broker":
        return broker.accepts("127.0.0.1", MQTT_PORT, "ingest", state.secret("mqtt-ingest"))
    prepared = state.folder / cluster.NAME / "prepared"
    return prepared.exists() and not processes.port_free("127.0.0.1", DB_PORT)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
