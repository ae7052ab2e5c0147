"""Remembers what devices announce, and reads the states that follow."""

from collections.abc import Sequence
from typing import Final

from ingest.decoders.documents import MAX_PAYLOAD_BYTES
from ingest.decoders.faults import FaultList
from ingest.decoders.homeassistant.discovery import Discovered, is_discovery, read_discovery
from ingest.decoders.homeassistant.states import MEASURED, SWITCHED, state_numbers
from ingest.decoders.quoting import quoted
from twin.model import Decoded, Fault, FaultReason, Message, Name, NativeReading, Statistic
from twin.units import UnitTable

VOCABULARY: Final = "homeassistant"
DEVICE_SCHEME: Final = "x.homeassistant"
MAX_ENTITIES: Final = 50_000
"""How many entities are remembered; a message that announces one more is refused."""

MAX_OF_ONE_STATE: Final = 500

READ: Final = SWITCHED | MEASURED
"""The components whose states are read."""


class HomeAssistantDecoder:
    """Reads announcements, and the states of what was announced.

    It must see the announcements, which devices have the broker retain, before the states.

    Args:
        units: how units may be written.
    """

    def __init__(self, units: UnitTable) -> None:
        self._units = units
        self._announced: dict[str, Discovered] = {}
        self._by_state: dict[str, dict[str, Discovered]] = {}

    def decode(self, message: Message) -> Decoded:
        """Return the values of a state; an announcement is remembered and holds none."""
        if is_discovery(message.topic):
            return _announcement(self.announce(message))
        if not (entities := self._by_state.get(message.topic)):
            return _fault(
                FaultReason.UNKNOWN_DEVICE,
                f"topic {quoted(message.topic)}: expected the state topic of an announced entity",
            )
        if len(message.payload) > MAX_PAYLOAD_BYTES:
            return _fault(
                FaultReason.TOO_LARGE,
                f"payload of {len(message.payload)} bytes: expected at most {MAX_PAYLOAD_BYTES}",
            )
        return self._states(message.payload, tuple(entities.values()))

    def announce(self, message: Message) -> Discovered | Fault | None:
        """Remember what a discovery message announces, or forget what it withdraws.

        Returns:
            The entity, None where it is withdrawn, or the fault for which it was not taken; an
            unusable announcement forgets what stood under its topic before.
        """
        read = read_discovery(message)
        self._forget(message.topic)
        if not isinstance(read, Discovered):
            return read
        beside = self._by_state.get(read.state_topic, {})
        if len(self._announced) >= MAX_ENTITIES or len(beside) >= MAX_OF_ONE_STATE:
            return Fault(
                FaultReason.TOO_LARGE,
                f"entity {quoted(read.unique_id)}: expected at most {MAX_ENTITIES} announced ones, "
                f"{MAX_OF_ONE_STATE} with one state topic",
            )
        self._announced[read.topic] = read
        if read.state_topic and read.component in READ:
            self._by_state.setdefault(read.state_topic, {})[read.topic] = read
        return read

    def _forget(self, topic: str) -> None:
        if (known := self._announced.pop(topic, None)) is None:
            return
        entities = self._by_state.get(known.state_topic, {})
        entities.pop(topic, None)
        if not entities:
            self._by_state.pop(known.state_topic, None)

    def _states(self, payload: bytes, entities: Sequence[Discovered]) -> Decoded:
        if not payload:
            return Decoded()
        if all(entity.value_path is None for entity in entities):
            return _fault(FaultReason.UNDECODABLE, entities[0].not_understood)
        faults = FaultList()
        numbers = state_numbers(payload, entities, faults)
        natives = [self._native(entity, number) for entity, number in numbers]
        vocabulary = VOCABULARY if natives else ""
        return Decoded(natives=natives, vocabulary=vocabulary, faults=faults.listed())

    def _native(self, entity: Discovered, number: float) -> NativeReading:
        growing = entity.state_class == "total_increasing"
        return NativeReading(
            Name(DEVICE_SCHEME, entity.device),
            native_name(entity),
            number,
            self._units.canonical(entity.unit),
            None,
            entity.unique_id,
            Statistic.COUNTER if growing else Statistic.INSTANT,
        )


def native_name(entity: Discovered) -> str:
    """Return the name under which its vocabulary has what an entity says."""
    named = entity.device_class or entity.object_id
    plain = entity.component in MEASURED or not entity.device_class
    return named if plain else f"{entity.component}.{named}"


def _announcement(read: Discovered | Fault | None) -> Decoded:
    if isinstance(read, Fault):
        return Decoded(faults=[read])
    if read is not None and read.not_understood and read.state_topic:
        return _fault(FaultReason.UNDECODABLE, f"{read.unique_id}: {read.not_understood}")
    return Decoded()


def _fault(reason: FaultReason, sentence: str) -> Decoded:
    return Decoded(faults=[Fault(reason, sentence)])
