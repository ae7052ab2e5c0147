"""The private MQTT broker."""

import ipaddress
import os
import signal
import socket
from pathlib import Path

from private_services import processes
from private_services.chamber import Chamber
from private_services.progress import Progress
from private_services.settings import CHECKOUT
from private_services.state import ACCOUNTS, State

NAME = "mosquitto"
TEMPLATES = CHECKOUT / "ingest/broker"
_START_SECONDS = 60.0
_STOP_SECONDS = 60.0
_LOG_BYTES = 20_000_000
_ANSWER_SECONDS = 2.0
_CONNECT, _PROTOCOL = b"\x10", b"\x00\x04MQTT\x04\xc2\x00\x0a"
_ACCEPTED = b"\x20\x02\x00\x00"
_DISCONNECT = b"\xe0\x00"


class MqttBroker:
    """One state folder and the broker that runs on it."""

    def __init__(self, state: State) -> None:
        self._state = state
        self.folder = state.folder / NAME
        self.log = state.logs / "mosquitto.log"

    def pid(self) -> int | None:
        """The broker's process, if it runs."""
        return processes.main_process(self.folder, "mosquitto")

    def port(self) -> int | None:
        """The port that it was last started on."""
        try:
            return int((self.folder / "listeners/tcp.conf").read_text("utf-8").split()[1])
        except FileNotFoundError:
            return None

    def start(self, root: Path | None, port: int, bind: str, progress: Progress) -> int:
        """Start with the configuration of the checkout; returns the process."""
        chamber = Chamber(root, "mosquitto", self.folder)
        chamber.prepare()
        processes.end_leftovers(self.folder)
        self._configure(chamber, port, bind)
        progress.say(f"starting Mosquitto on port {port}")
        processes.rotate(self.log, _LOG_BYTES)
        server = chamber.launch(
            ["/usr/sbin/mosquitto", "-c", str(chamber.inside / "mosquitto.conf")], self.log
        )
        password = self._state.secret("mqtt-ingest")
        host = "localhost" if ipaddress.ip_address(bind).is_unspecified else bind
        with processes.ended_on_failure(server, self.stop):
            start = processes.Start("Mosquitto", server, self.log, _START_SECONDS)
            start.wait(lambda: accepts(host, port, "ingest", password), progress)
        return server.pid

    def stop(self) -> bool:
        """End the broker in order, so that it writes its queue; False when force was needed."""
        return processes.stop(self.folder, "mosquitto", signal.SIGTERM, _STOP_SECONDS)

    def _configure(self, chamber: Chamber, port: int, bind: str) -> None:
        (self.folder / "listeners").mkdir(exist_ok=True)
        passwords = "".join(f"{name}:{self._state.secret(f'mqtt-{name}')}\n" for name in ACCOUNTS)
        files = {
            "mosquitto.conf": (TEMPLATES / "mosquitto.conf").read_text("utf-8"),
            "acl": (TEMPLATES / "acl").read_text("utf-8"),
            "listeners/tcp.conf": f"listener {port} {bind}\n",
            "passwords": passwords,
        }
        for name, text in files.items():
            self._state.write_private(self.folder / name, text)
        for path in (self.folder / "listeners", *(self.folder / name for name in files)):
            os.chown(path, *chamber.ids())
        chamber.run(["mosquitto_passwd", "-U", str(chamber.inside / "passwords")])


def accepts(host: str, port: int, user: str, password: str) -> bool:
    """Whether a broker answers there and lets this account in."""
    fields = (b"", user.encode(), password.encode())
    body = _PROTOCOL + b"".join(len(field).to_bytes(2, "big") + field for field in fields)
    try:
        with socket.create_connection((host, port), _ANSWER_SECONDS) as wire:
            wire.settimeout(_ANSWER_SECONDS)
            wire.sendall(_CONNECT + bytes([len(body)]) + body)
            answer = wire.recv(4)
            wire.sendall(_DISCONNECT)
    except OSError:
        return False
    return answer == _ACCEPTED
