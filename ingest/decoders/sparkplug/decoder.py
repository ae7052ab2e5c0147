"""Reads Sparkplug messages; what it must know of earlier ones is in the sessions."""

from collections.abc import Callable
from typing import Final, NamedTuple

from ingest.decoders.sparkplug.commands import rebirth_command
from ingest.decoders.sparkplug.metrics import UNBORN, MetricReader, birth_number
from ingest.decoders.sparkplug.schema import Payload, UnreadablePayloadError, read_payload
from ingest.decoders.sparkplug.session import (
    NodeKey,
    NodeSession,
    RebirthWanted,
    Sessions,
    StateChanged,
    TooManyMetricsError,
)
from ingest.decoders.sparkplug.topic import (
    SCHEME,
    Address,
    MessageType,
    UnreadableTopicError,
    read_topic,
)
from twin.model import Decoded, Fault, FaultReason, Message, Name, Presence, Request

VOCABULARY: Final = "sparkplug"

_WITHOUT_READINGS = frozenset({MessageType.NCMD, MessageType.DCMD, MessageType.STATE})
_BIRTHS = frozenset({MessageType.NBIRTH, MessageType.DBIRTH})
_DEATHS = frozenset({MessageType.NDEATH, MessageType.DDEATH})


class SparkplugOutcome(NamedTuple):
    """What comes of one message.

    Attributes:
        decoded: readings and faults.
        rebirths: edge nodes to be asked for their births.
        states: who came or went.
    """

    decoded: Decoded
    rebirths: tuple[RebirthWanted, ...] = ()
    states: tuple[StateChanged, ...] = ()


class SparkplugDecoder:
    """Reads ``spBv1.0/{group}/{type}/{node}[/{device}]``, source by source.

    Args:
        sessions: what is known of the edge nodes so far.

    Attributes:
        sessions: what is known of them now.
    """

    def __init__(self, sessions: Sessions | None = None) -> None:
        self.sessions = sessions or Sessions()

    def decode(self, message: Message) -> Decoded:
        """Return readings, who came or went, and births to be asked for."""
        outcome = self.take(message)
        if not outcome.states and not outcome.rebirths:
            return outcome.decoded
        reason = f"its edge node sent {read_topic(message.topic).type}"
        return outcome.decoded._replace(
            presences=[Presence(*changed, reason) for changed in outcome.states],
            requests=[
                Request(*rebirth_command(wanted.group, wanted.node, message.received_us))
                for wanted in outcome.rebirths
            ],
        )

    def take(self, message: Message) -> SparkplugOutcome:
        """Return readings, wanted rebirths and changes of state; never raises.

        A payload without a topic, as in a capture, is read as the birth of a device without name.
        """
        try:
            if not message.topic:
                return _captured(message)
            address = read_topic(message.topic)
            if address.type in _WITHOUT_READINGS:
                return SparkplugOutcome(Decoded())
            payload = read_payload(message.payload)
            if address.type not in _DEATHS:
                _refuse_nothing(payload)
            return self._follow(address, message, payload)
        except UnreadableTopicError as error:
            return _faulty(FaultReason.UNDECODABLE, str(error))
        except UnreadablePayloadError as error:
            return _faulty(error.reason, str(error))
        except TooManyMetricsError as error:
            return _faulty(FaultReason.TOO_LARGE, str(error))

    def _follow(self, address: Address, message: Message, payload: Payload) -> SparkplugOutcome:
        key = NodeKey(message.source, message.mode, address.group, address.node)
        session = self.sessions.of(key)
        late = session.is_late(message.received_us, payload.timestamp)
        read = _late if late else _READERS[address.type]
        outcome = read(_Heard(session, address, message, payload))
        self.sessions.keep(key, session)
        return outcome


class _Heard(NamedTuple):
    """A message with what is known of who sent it."""

    session: NodeSession
    address: Address
    message: Message
    payload: Payload

    def reader(self) -> MetricReader:
        return MetricReader(self.address.name, self.message, self.payload)

    def disorder(self) -> str:
        """Return what was missed before this message, empty if nothing was."""
        payload, session = self.payload, self.session
        missed = session.follow(payload.seq if payload.HasField("seq") else None)
        if session.definitions("") is None:
            return f"{self.address.type} before the birth of its edge node"
        return missed

    def rebirths(self, why: str) -> tuple[RebirthWanted, ...]:
        if why and self.session.wants_rebirth(self.message.received_us):
            return (RebirthWanted(self.address.group, self.address.node, why),)
        return ()


def _node_birth(heard: _Heard) -> SparkplugOutcome:
    payload, reader = heard.payload, heard.reader()
    definitions = reader.read_birth()
    states = heard.session.begin(
        definitions, birth_number(payload), payload.seq, heard.message.received_us
    )
    return SparkplugOutcome(_decoded(reader), (), tuple(states))


def _device_birth(heard: _Heard) -> SparkplugOutcome:
    why, reader = heard.disorder(), heard.reader()
    states = heard.session.begin_device(
        heard.address.device, reader.read_birth(), heard.message.received_us
    )
    return SparkplugOutcome(_decoded(reader), heard.rebirths(why), tuple(states))


def _data(heard: _Heard) -> SparkplugOutcome:
    why, reader = heard.disorder(), heard.reader()
    known = heard.session.definitions(heard.address.device)
    reader.read_data(known or UNBORN)
    if known is None:
        why = why or f"{heard.address.type} before the birth of its device"
    return SparkplugOutcome(_decoded(reader), heard.rebirths(why or reader.surprise))


def _node_death(heard: _Heard) -> SparkplugOutcome:
    number = birth_number(heard.payload)
    if number is None and heard.session.bd_seq is not None:
        return _faulty(
            FaultReason.UNDECODABLE,
            f"NDEATH without bdSeq: expected the one of its birth, {heard.session.bd_seq}",
        )
    return SparkplugOutcome(
        Decoded(), (), tuple(heard.session.end(number, heard.message.received_us))
    )


def _device_death(heard: _Heard) -> SparkplugOutcome:
    why = heard.disorder()
    states = heard.session.end_device(heard.address.device, heard.message.received_us)
    return SparkplugOutcome(Decoded(), heard.rebirths(why), tuple(states))


def _late(heard: _Heard) -> SparkplugOutcome:
    """Read a message of the past; it changes nothing that is known."""
    if heard.address.type in _DEATHS:
        return SparkplugOutcome(Decoded())
    reader = heard.reader()
    if heard.address.type in _BIRTHS:
        reader.read_birth()
    else:
        known = heard.session.definitions(heard.address.device) or UNBORN
        reader.read_data(known.at(heard.message.received_us))
    return SparkplugOutcome(_decoded(reader))


def _captured(message: Message) -> SparkplugOutcome:
    payload = read_payload(message.payload)
    _refuse_nothing(payload)
    reader = MetricReader(Name(SCHEME, ""), message, payload)
    reader.read_birth()
    return SparkplugOutcome(_decoded(reader))


def _refuse_nothing(payload: Payload) -> None:
    if not (payload.metrics or payload.HasField("timestamp") or payload.HasField("seq")):
        raise UnreadablePayloadError(
            FaultReason.UNDECODABLE,
            "payload without timestamp, metrics and seq: expected one of Sparkplug B",
        )


def _decoded(reader: MetricReader) -> Decoded:
    natives = reader.natives
    vocabulary = VOCABULARY if natives else ""
    return Decoded(natives=natives, vocabulary=vocabulary, faults=reader.faults.listed())


def _faulty(reason: FaultReason, sentence: str) -> SparkplugOutcome:
    return SparkplugOutcome(Decoded(faults=[Fault(reason, sentence)]))


_READERS: Final[dict[MessageType, Callable[[_Heard], SparkplugOutcome]]] = {
    MessageType.NBIRTH: _node_birth,
    MessageType.DBIRTH: _device_birth,
    MessageType.NDATA: _data,
    MessageType.DDATA: _data,
    MessageType.NDEATH: _node_death,
    MessageType.DDEATH: _device_death,
}
