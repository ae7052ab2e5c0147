"""Cases on disk: a topic, a payload, and what must come of them."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ingest.decoders import DECODERS
from twin.model import Decoded, Message, Mode, from_us

if TYPE_CHECKING:
    from collections.abc import Sequence

CASES = Path(__file__).parents[1] / "cases"
SHARED = Path(__file__).parents[5] / "shared"
RECEIVED_US = 1_777_593_600_000_000  # 2026-05-01T00:00:00Z


class Case(NamedTuple):
    """A folder of ``cases/{decoder}/``."""

    decoder: str
    folder: Path

    @property
    def expected(self) -> dict[str, Any]:
        loaded: dict[str, Any] = json.loads((self.folder / "expected.json").read_text("utf-8"))
        return loaded

    @property
    def message(self) -> Message:
        (payload,) = self.folder.glob("payload.*")
        sent = payload.read_bytes()
        if payload.suffix == ".hex":
            sent = bytes.fromhex(sent.decode("ascii"))
        address = self.folder / "topic.txt"
        topic = address.read_text("utf-8").rstrip("\n") if address.exists() else ""
        mode = Mode(self.expected.get("mode", "actual"))
        return message_of(topic, sent, mode)


def all_cases() -> list[Case]:
    return [Case(path.parent.name, path) for path in sorted(CASES.glob("*/*"))]


def message_of(topic: str, payload: bytes, mode: Mode = Mode.ACTUAL) -> Message:
    return Message("test", mode, topic, payload, RECEIVED_US)


def decode(decoder: str, topic: str, payload: bytes, mode: Mode = Mode.ACTUAL) -> Decoded:
    return DECODERS[decoder].decode(message_of(topic, payload, mode))


def as_expected(decoded: Decoded) -> dict[str, list[dict[str, Any]]]:
    """Return readings, natives and events the way that the cases write them."""
    shown: dict[str, list[dict[str, Any]]] = {}
    said: dict[str, Sequence[Any]] = {
        "readings": decoded.readings,
        "natives": decoded.natives,
        "events": decoded.events,
    }
    for kind, values in said.items():
        rows = [value._asdict() for value in values]
        for row in rows:
            observed = row.pop("observed_us")
            row["observed"] = None if observed is None else from_us(observed).isoformat()
            row.pop("flags", None)
        shown[kind] = json.loads(json.dumps(rows))
    return shown
