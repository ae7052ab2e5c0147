"""Reads SenML packs: each record is resolved against the base fields before it (RFC 8428, 4.6)."""

from collections.abc import Sequence
from typing import Final

from ingest.decoders.documents import UnreadableDocumentError
from ingest.decoders.faults import FaultList
from ingest.decoders.quoting import quoted
from ingest.decoders.senml.packs import records_of
from ingest.decoders.senml.resolving import Resolver
from twin.model import Decoded, FaultReason, Message, NativeReading

NEWEST_VERSION: Final = 10
"""Of RFC 8428."""

SECONDARY_UNITS_VERSION: Final = 26
"""Version 10 with the one feature that RFC 9100 adds to it: units of RFC 8798 such as hPa."""


class SenmlDecoder:
    """Reads a pack, or a single record; the topic does not matter."""

    def decode(self, message: Message) -> Decoded:
        """Return the numbers of every record; a bad record does not harm its neighbours."""
        try:
            records = records_of(message.payload)
            _check_versions(records)
        except UnreadableDocumentError as error:
            return Decoded(faults=[error.fault])
        faults = FaultList()
        resolver = Resolver(message, faults)
        natives: list[NativeReading] = []
        for number, record in enumerate(records, start=1):
            faults.place = f"record {number}: " if len(records) > 1 else ""
            if isinstance(record, dict):
                natives += resolver.read(record)
            else:
                sentence = f"{quoted(record)}: expected a record of SenML fields"
                faults.add(FaultReason.UNDECODABLE, sentence)
        return Decoded(
            natives=natives, vocabulary="senml" if natives else "", faults=faults.listed()
        )


def _check_versions(records: Sequence[object]) -> None:
    """Refuse the pack if any record is of a version that we do not understand (RFC 8428, 4.4)."""
    for record in records:
        if not isinstance(record, dict) or "bver" not in record:
            continue
        version = record["bver"]
        known = type(version) is int and (
            1 <= version <= NEWEST_VERSION or version == SECONDARY_UNITS_VERSION
        )
        if not known:
            raise UnreadableDocumentError(
                FaultReason.UNDECODABLE,
                f"bver {quoted(version)}: expected a version from 1 to {NEWEST_VERSION},"
                f" or {SECONDARY_UNITS_VERSION}",
            )
