"""Reads Shelly devices: generation 1 by its topics, all later ones by their notifications."""

from typing import Final

from data.reference.vocabularies import Vocabulary
from ingest.decoders.documents import UnreadableDocumentError
from ingest.decoders.household.availability import availability
from ingest.decoders.household.collecting import refusal
from ingest.decoders.household.payloads import UnreadableAddressError, checked_topic
from ingest.decoders.household.shelly_gen1 import GEN1_PREFIX, read_gen1
from ingest.decoders.household.shelly_rpc import NOTIFICATIONS, read_notification, read_status
from ingest.decoders.quoting import quoted
from ingest.decoders.times import UnreadableTimeError
from twin.model import Decoded, FaultReason, Message

VOCABULARY: Final = "shelly"

_STATUS: Final = "/status/"
_ONLINE: Final = "/online"
_SILENT: Final = ("/rpc", "/debug/log", "/status", "/announce")


class ShellyDecoder:
    """Reads ``{prefix}/events/rpc``, ``{prefix}/status/{component}`` and ``shellies/{id}/…``.

    Args:
        terms: the vocabulary of the names that components have.
    """

    def __init__(self, terms: Vocabulary) -> None:
        self._terms = terms

    def decode(self, message: Message) -> Decoded:
        """Return the numbers and truth values of a status; words are no readings."""
        try:
            return self._routed(checked_topic(message.topic), message)
        except UnreadableAddressError as error:
            return refusal(FaultReason.UNDECODABLE, str(error))
        except UnreadableTimeError as error:
            return refusal(FaultReason.BAD_TIME, str(error))
        except UnreadableDocumentError as error:
            return Decoded(faults=[error.fault])

    def _routed(self, topic: str, message: Message) -> Decoded:
        if topic.endswith(_ONLINE):
            return availability(topic.removesuffix(_ONLINE).removeprefix(GEN1_PREFIX), message)
        prefix, found, component = topic.rpartition(_STATUS)
        if topic.endswith(NOTIFICATIONS) and topic != NOTIFICATIONS:
            return read_notification(topic.removesuffix(NOTIFICATIONS), message, VOCABULARY)
        if found and prefix and component and "/" not in component:
            return read_status(prefix, component, message, VOCABULARY)
        if topic.startswith(GEN1_PREFIX):
            return read_gen1(topic, message, self._terms)
        if topic.endswith(_SILENT) or "/command" in topic:
            return Decoded()
        raise UnreadableAddressError(
            f"topic {quoted(topic)}: expected {{prefix}}/events/rpc, "
            "{prefix}/status/{component}:{id} or shellies/{id}/..."
        )
