"""Messages that came before: their readings are not taken again."""

from collections.abc import Sequence
from typing import Any

import psycopg

from data import intake
from ingest.batch import Parcel
from ingest.parking import digest_of
from twin.model import Decoded

_CLIENT = "ingest"


def without_redelivered(
    connection: psycopg.Connection[tuple[Any, ...]], parcels: Sequence[Parcel]
) -> Sequence[Parcel]:
    """Empty what came before, under the same packet id and with the same content.

    After a reconnection both copies may wait in one batch, before either is committed.

    Args:
        connection: of the writer, in no transaction.
        parcels: of a batch.

    Returns:
        As many parcels, for fates are told by position.
    """
    again = [p.message.packet_id for p in parcels if p.message.duplicate]
    if not again:
        return parcels
    with connection.cursor() as cursor:
        done = intake.committed(cursor, _CLIENT, again)
    connection.commit()
    fresh: list[Parcel] = []
    here: dict[int, bytes] = {}
    for parcel in parcels:
        message, digest = parcel.message, digest_of(parcel.message)
        before = (done.get(message.packet_id), here.get(message.packet_id))
        if message.duplicate and digest in before:
            fresh.append(Parcel(message, Decoded()))
        else:
            here[message.packet_id] = digest
            fresh.append(parcel)
    return fresh
