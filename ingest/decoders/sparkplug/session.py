"""What each edge node's births said, and whether it lives (Sparkplug B 3.0, 5 and 6.4).

Memory is bounded: the nodes heard longest ago are forgotten first, which costs them a rebirth.
"""

from typing import Final, NamedTuple

from ingest.decoders.sparkplug.metrics import UNBORN, Definitions
from ingest.decoders.sparkplug.topic import SCHEME
from twin.model import Mode, Name

MAX_KEPT: Final = 250_000
"""How many definitions, devices and nodes are kept in all, some 400 bytes each."""

MAX_KEPT_OF_NODE: Final = 50_000
PATIENCE_US: Final = 600 * 1_000_000
"""How long a wanted rebirth is waited for before it is wanted again."""

MAX_WANTED: Final = 6
"""How many rebirths one node is asked for within an hour, whatever its births are like."""

_HOUR_US = 3600 * 1_000_000
_SEQ_TURN = 256


class TooManyMetricsError(ValueError):
    """A birth that would make a node too large to be kept. Spread its devices over more nodes."""


class RebirthWanted(NamedTuple):
    """An edge node shall be told to send its births again.

    Attributes:
        group: group id.
        node: edge node id.
        why: what was not understood.
    """

    group: str
    node: str
    why: str


class StateChanged(NamedTuple):
    """An edge node or device came or went.

    Attributes:
        device: who; of a node that went, its known devices are named too.
        online: true when it came.
        at_us: when its birth or death arrived, as the standard has it.
    """

    device: Name
    online: bool
    at_us: int


class NodeKey(NamedTuple):
    """Whose session: two brokers, or a replay beside the real city, may have nodes of one name."""

    source: str
    mode: Mode
    group: str
    node: str


class NodeSession:
    """One edge node between its birth and its death, with its devices.

    Attributes:
        bd_seq: number of its birth, None where it has none.
        kept: how much of it is remembered, in definitions.
    """

    __slots__ = ("_awaiting", "_definitions", "_devices", "_heard_us", "_name", "_next_seq",
                 "_sent_ms", "_wanted_us", "bd_seq", "kept")  # fmt: skip

    def __init__(self, name: Name) -> None:
        self.bd_seq: int | None = None
        self.kept = 1
        self._name = name
        self._definitions: Definitions | None = None
        # None for a device that lives and whose birth in this session is still awaited.
        self._devices: dict[str, Definitions | None] = {}
        self._next_seq: int | None = None
        self._heard_us = self._sent_ms = 0
        self._awaiting = False
        self._wanted_us: list[int] = []

    def definitions(self, device: str) -> Definitions | None:
        """Return what the last birth of the node (empty text) or a device said, if it counts."""
        return self._devices.get(device) if device else self._definitions

    def is_late(self, received_us: int, sent_ms: int) -> bool:
        """Tell whether a message is of the past, as a parked one offered again; else note it.

        Both clocks must say so: ours may be set back.
        """
        if received_us < self._heard_us and sent_ms <= self._sent_ms:
            return True
        self._heard_us, self._sent_ms = received_us, max(sent_ms, self._sent_ms)
        return False

    def begin(
        self, definitions: Definitions, bd_seq: int | None, seq: int, at_us: int
    ) -> list[StateChanged]:
        """Note a node's birth: whatever its devices said before counts no longer.

        A birth with another bdSeq is of another connection, so its devices are away until they
        are born again; one with the same is a rebirth.
        """
        changes = []
        if self._definitions is None:
            changes = [StateChanged(self._name, online=True, at_us=at_us)]
        elif bd_seq != self.bd_seq:
            changes = self._part_from_devices(at_us)
        self._definitions, self.bd_seq = definitions, bd_seq
        self._devices = dict.fromkeys(self._devices)
        self._next_seq = (seq + 1) % _SEQ_TURN
        self._awaiting = False
        self.kept = 1 + len(definitions.by_name) + len(self._devices)
        return changes

    def begin_device(self, device: str, definitions: Definitions, at_us: int) -> list[StateChanged]:
        """Note a device's birth.

        Raises:
            TooManyMetricsError: the node would have more than 50,000 metrics and devices.
        """
        kept = self.kept - self._kept_of(device) + 1 + len(definitions.by_name)
        if kept > MAX_KEPT_OF_NODE:
            raise TooManyMetricsError(
                f"edge node {self._name.value!r} with {kept} metrics and devices: "
                f"expected at most {MAX_KEPT_OF_NODE}"
            )
        new = device not in self._devices
        self._devices[device] = definitions
        self.kept = kept
        return [StateChanged(self._name_of(device), online=True, at_us=at_us)] if new else []

    def end(self, bd_seq: int | None, at_us: int) -> list[StateChanged]:
        """Note a node's death, which counts only for the birth that it was announced with.

        Where no birth was seen, or one without bdSeq, every death counts.
        """
        if self.bd_seq not in {None, bd_seq}:
            return []
        changes = self._part_from_devices(at_us)
        changes.append(StateChanged(self._name, online=False, at_us=at_us))
        self._definitions = self.bd_seq = self._next_seq = None
        self.kept = 1
        return changes

    def end_device(self, device: str, at_us: int) -> list[StateChanged]:
        """Note a device's death."""
        self.kept -= self._kept_of(device)
        self._devices.pop(device, None)
        return [StateChanged(self._name_of(device), online=False, at_us=at_us)]

    def follow(self, seq: int | None) -> str:
        """Return how a message's number breaks the order, empty where it does not.

        Numbers go from 0 to 255 over all messages of a node. The same number again is the same
        message again.
        """
        expected = self._next_seq
        if seq is None or (expected is not None and (seq + 1) % _SEQ_TURN == expected):
            return ""
        self._next_seq = (seq + 1) % _SEQ_TURN
        return "" if expected in {None, seq} else f"message number {seq}: expected {expected}"

    def wants_rebirth(self, now_us: int) -> bool:
        """Tell whether to ask now; counts as asked.

        Asked once, then not before the next birth or ten minutes; a node whose births do not help
        is not asked for ever more of them.
        """
        recent = [at for at in self._wanted_us if now_us - at < _HOUR_US]
        waiting = self._awaiting and recent and now_us - recent[-1] < PATIENCE_US
        if waiting or len(recent) >= MAX_WANTED:
            return False
        self._wanted_us = [*recent, now_us]
        self._awaiting = True
        return True

    def _part_from_devices(self, at_us: int) -> list[StateChanged]:
        gone = [
            StateChanged(self._name_of(device), online=False, at_us=at_us)
            for device in self._devices
        ]
        self._devices = {}
        return gone

    def _name_of(self, device: str) -> Name:
        return Name(self._name.scheme, f"{self._name.value}/{device}")

    def _kept_of(self, device: str) -> int:
        if device not in self._devices:
            return 0
        return 1 + len((self._devices[device] or UNBORN).by_name)


class Sessions:
    """The sessions of all edge nodes, bounded.

    Args:
        room: how many definitions, devices and nodes are kept.
    """

    def __init__(self, room: int = MAX_KEPT) -> None:
        self._room = room
        self._kept = 0
        self._nodes: dict[NodeKey, tuple[NodeSession, int]] = {}

    def of(self, key: NodeKey) -> NodeSession:
        """Return a node's session, a new one where there is none."""
        found = self._nodes.get(key)
        return found[0] if found else NodeSession(Name(SCHEME, f"{key.group}/{key.node}"))

    def births_of(self, device: str) -> Definitions | None:
        """Return what the last birth of a live device of the real city said, None if unknown.

        May be called by any thread.

        Args:
            device: ``group/node`` or ``group/node/device``.
        """
        node, _, rest = device.partition("/")[2].partition("/")
        group = device.partition("/")[0]
        sessions = (
            session
            for key, (session, _) in list(self._nodes.items())
            if key.mode is Mode.ACTUAL and (key.group, key.node) == (group, node)
        )
        return next(filter(None, (session.definitions(rest) for session in sessions)), None)

    def keep(self, key: NodeKey, session: NodeSession) -> None:
        """Remember a session as the one heard last; beyond the room forget the first ones."""
        _, before = self._nodes.pop(key, (session, 0))
        self._nodes[key] = (session, session.kept)
        self._kept += session.kept - before
        while self._kept > self._room and len(self._nodes) > 1:
            _, gone = self._nodes.pop(next(iter(self._nodes)))
            self._kept -= gone
